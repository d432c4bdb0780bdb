"""Taking an event in: raw, once, and in its place within its key, before anybody looks at what it says.

Nothing of a plugin runs here. Where a plugin has a say in the key, the event waits in its producer's queue until a
round has asked it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from peewee import fn

from gateway.domain.feil import Konflikt, UkjentHendelsestype
from gateway.domain.hendelse import Hendelsestilstand
from gateway.inbox.format import LestHendelse, Uidentifisert
from gateway.inbox.rekkefoelge import noekkelens_hash
from gateway.kjerne import Kjerne, ny_id
from gateway.store import innboks
from gateway.store.tabeller import Hendelse

RUNDE = "innboks"
UIDENTIFISERT = "Uidentifisert"


@dataclass(frozen=True, kw_only=True)
class Avsender:
    """In whose name an event came in, and by which application or webhook source."""

    produsent: str
    applikasjon: str
    korrelasjonsid: str


@dataclass(frozen=True, kw_only=True)
class Mottaksregler:
    """What becomes of what is not as it should be: refused, so that the sender is told; or kept, so that none is lost.

    `behold_uforstaatt`: a type that no plugin declares is kept in KARANTENE. `noter_annet_innhold`: other content
    under the same source and id is noted on the first event.
    """

    behold_uforstaatt: bool = False
    noter_annet_innhold: bool = False


AVVIS = Mottaksregler()


@dataclass(frozen=True, kw_only=True)
class Mottak:
    """`ny`: this call stored the event; else it had been stored before, and nothing was done."""

    id: UUID
    tilstand: Hendelsestilstand
    ny: bool


@dataclass(frozen=True, kw_only=True)
class _Plass:
    """Where an event goes, and as what."""

    noekkel: str
    tilstand: Hendelsestilstand = Hendelsestilstand.MOTTATT
    plugin: str | None = None
    feilkode: str | None = None
    feilmelding: str | None = None


def ta_imot(
    kjerne: Kjerne, lest: LestHendelse, avsender: Avsender, *, ignorert: bool = False, regler: Mottaksregler = AVVIS
) -> Mottak:
    """Store the event in one transaction and return once it is committed; the same source and id again stores nothing.

    `ignorert`: the source says that the event is none of its business; it is kept as FORKASTET.
    Raises UkjentHendelsestype and Konflikt where the rules say so, Utilgjengelig.
    """
    plass = _plass(kjerne, lest, avsender.produsent, ignorert=ignorert, regler=regler)
    return _lagre(
        kjerne,
        avsender,
        plass,
        regler,
        kilde=lest.kilde,
        ekstern_id=lest.id,
        type=lest.type,
        kilde_noekkel=lest.noekkel,
        format=lest.format,
        raa=lest.raa,
        innhold_hash=innhold_hash(kjerne, avsender.produsent, lest),
    )


def behold_uidentifisert(
    kjerne: Kjerne, ulest: Uidentifisert, avsender: Avsender, *, ignorert: bool = False, regler: Mottaksregler = AVVIS
) -> Mottak:
    """Keep a verified message that does not say what it is, in KARANTENE; its repeat is a repeat."""
    hash_ = kjerne.noekkel_hash(f"uidentifisert\0{avsender.produsent}\0{hashlib.sha256(ulest.raa).hexdigest()}")
    plass = _Plass(
        noekkel=innboks.KOE,
        tilstand=Hendelsestilstand.FORKASTET if ignorert else Hendelsestilstand.KARANTENE,
        feilkode=None if ignorert else UIDENTIFISERT,
        feilmelding=None if ignorert else ulest.grunn,
    )
    return _lagre(
        kjerne,
        avsender,
        plass,
        regler,
        kilde=ulest.kilde,
        ekstern_id=ulest.id or f"uidentifisert:{hash_}",
        type=UIDENTIFISERT,
        kilde_noekkel=None,
        format=ulest.format,
        raa=ulest.raa,
        innhold_hash=hash_,
    )


def innhold_hash(kjerne: Kjerne, produsent: str, lest: LestHendelse) -> str:
    """A keyed hash of what was said, the same in whichever form it was sent."""
    data = msgspec.json.encode((lest.type, lest.noekkel, lest.data), order="sorted")
    return kjerne.noekkel_hash(f"innhold\0{produsent}\0{data.decode()}")


def _plass(kjerne: Kjerne, lest: LestHendelse, produsent: str, *, ignorert: bool, regler: Mottaksregler) -> _Plass:
    """The event's key if it can be known without asking the plugin, else the queue of its producer."""
    av_kilden = noekkelens_hash(kjerne, produsent, lest.noekkel, kilde=lest.kilde, id_=lest.id)
    if ignorert:
        return _Plass(noekkel=av_kilden, tilstand=Hendelsestilstand.FORKASTET)
    try:
        plugin = kjerne.plugins.for_hendelse(produsent, lest.type)
    except UkjentHendelsestype as ukjent:
        if not regler.behold_uforstaatt:
            raise
        return _Plass(
            noekkel=innboks.KOE,
            tilstand=Hendelsestilstand.KARANTENE,
            feilkode=ukjent.kode,
            feilmelding=ukjent.detalj,
        )
    if plugin is None:
        return _Plass(noekkel=innboks.KOE)
    return _Plass(noekkel=innboks.KOE if plugin.har_noekkel else av_kilden, plugin=plugin.id)


def _lagre(kjerne: Kjerne, avsender: Avsender, plass: _Plass, regler: Mottaksregler, **lest: Any) -> Mottak:
    naa = kjerne.klokke.naa()
    klar = plass.tilstand is Hendelsestilstand.MOTTATT
    hendelse_id = ny_id()

    def lagre() -> bool:
        ny = innboks.lagre(
            kjerne.database,
            id=hendelse_id,
            produsent=avsender.produsent,
            noekkel=plass.noekkel,
            klar_tidspunkt=naa if klar else None,
            applikasjon=avsender.applikasjon,
            korrelasjonsid=avsender.korrelasjonsid,
            mottatt_tidspunkt=naa,
            tilstand=plass.tilstand,
            plugin=plass.plugin,
            feilkode=plass.feilkode,
            feilmelding=plass.feilmelding,
            **lest,
        )
        if ny and klar:
            kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
        return ny

    if kjerne.database.i_transaksjon(lagre, en_setning=True):
        return Mottak(id=hendelse_id, tilstand=plass.tilstand, ny=True)
    return _finnes(kjerne, avsender, regler, lest)


def _finnes(kjerne: Kjerne, avsender: Avsender, regler: Mottaksregler, lest: dict[str, Any]) -> Mottak:
    """The event that was stored before, if this is it again. Raises Konflikt for another where the rules say so."""
    with kjerne.database.tilkobling():
        finnes = (
            Hendelse.select(Hendelse.id, Hendelse.tilstand, Hendelse.innhold_hash)
            .where(
                Hendelse.produsent == avsender.produsent,
                Hendelse.kilde == lest["kilde"],
                Hendelse.ekstern_id == lest["ekstern_id"],
            )
            .get()
        )
    if finnes.innhold_hash not in (None, lest["innhold_hash"]):
        if not regler.noter_annet_innhold:
            raise Konflikt(
                "The same source and id was taken in before with other content; a new event needs a new id.",
                id_til_eksisterende=finnes.id,
            )
        kjerne.database.i_transaksjon(_noter_annet_innhold(kjerne, finnes.id))
    return Mottak(id=finnes.id, tilstand=Hendelsestilstand(finnes.tilstand), ny=False)


def _noter_annet_innhold(kjerne: Kjerne, hendelse_id: UUID) -> Callable[[], object]:
    endring = {
        "annet_innhold": fn.COALESCE(Hendelse.annet_innhold, 0) + 1,
        "annet_innhold_tidspunkt": kjerne.klokke.naa(),
    }
    return lambda: Hendelse.update(endring).where(Hendelse.id == hendelse_id).execute()
