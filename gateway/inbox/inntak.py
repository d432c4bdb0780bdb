"""Taking an event in: raw, once, and in its place within its key, before anybody looks at what it says.

Nothing of a plugin runs here. Where a plugin has a say in the key, the event waits in its producer's queue until a
round has asked it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from peewee import fn

from gateway.domain.bevaring import slutt
from gateway.domain.feil import Konflikt, UkjentHendelsestype
from gateway.domain.hendelse import Hendelsestilstand
from gateway.inbox.format import LestHendelse, Uidentifisert
from gateway.inbox.rekkefoelge import noekkelens_hash, noekkelens_hasher
from gateway.kjerne import Kjerne, ny_id
from gateway.store import innboks
from gateway.store.noekkelbytte import ett_sted, hold_koeen
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
    # All hashes of the key, the oldest secret's first, where events of it must keep their order.
    hasher: Sequence[str] = ()


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
        _innhold(avsender.produsent, lest),
        [lest.id],
        kilde=lest.kilde,
        type=lest.type,
        kilde_noekkel=lest.noekkel,
        format=lest.format,
        raa=lest.raa,
    )


def behold_uidentifisert(
    kjerne: Kjerne, ulest: Uidentifisert, avsender: Avsender, *, ignorert: bool = False, regler: Mottaksregler = AVVIS
) -> Mottak:
    """Keep a verified message that does not say what it is, in KARANTENE; its repeat is a repeat."""
    innhold = f"uidentifisert\0{avsender.produsent}\0{hashlib.sha256(ulest.raa).hexdigest()}"
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
        innhold,
        [ulest.id] if ulest.id else [f"uidentifisert:{ett}" for ett in kjerne.noekkelring.hasher(innhold)],
        kilde=ulest.kilde,
        type=UIDENTIFISERT,
        kilde_noekkel=None,
        format=ulest.format,
        raa=ulest.raa,
    )


def innhold_hash(kjerne: Kjerne, produsent: str, lest: LestHendelse) -> str:
    """A keyed hash of what was said, the same in whichever form it was sent."""
    return kjerne.noekkel_hash(_innhold(produsent, lest))


def _innhold(produsent: str, lest: LestHendelse) -> str:
    data = msgspec.json.encode((lest.type, lest.noekkel, lest.data), order="sorted")
    return f"innhold\0{produsent}\0{data.decode()}"


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
    if plugin.har_noekkel:
        return _Plass(noekkel=innboks.KOE, plugin=plugin.id)
    return _Plass(noekkel=av_kilden, plugin=plugin.id, hasher=noekkelens_hasher(kjerne, produsent, lest.noekkel))


def _lagre(
    kjerne: Kjerne,
    avsender: Avsender,
    plass: _Plass,
    regler: Mottaksregler,
    innhold: str,
    ekstern_ider: Sequence[str],
    **lest: Any,
) -> Mottak:
    """`ekstern_ider`: all that the event may be known by; the first is what it is stored with."""
    naa = kjerne.klokke.naa()
    klar = plass.tilstand is Hendelsestilstand.MOTTATT
    hendelse_id = ny_id()
    sluttet = slutt(kjerne.produsenter.bevaring(avsender.produsent), plass.tilstand, plugin=plass.plugin, naa=naa)
    # While a secret is changed, what one hash cannot tell is looked up first, with its place held.
    under_bytte = len(ekstern_ider) > 1 or len(plass.hasher) > 1

    def lagre() -> bool:
        noekkel = plass.noekkel
        if under_bytte:
            if len(ekstern_ider) > 1:
                innboks.trekk_loepenumre(avsender.produsent, innboks.KOE, 1, None)
            if _funnet(avsender.produsent, lest["kilde"], ekstern_ider) is not None:
                return False
            if len(plass.hasher) > 1 and not hold_koeen(avsender.produsent):
                noekkel = ett_sted(avsender.produsent, plass.hasher, plass.noekkel)
        ny = innboks.lagre(
            kjerne.database,
            id=hendelse_id,
            produsent=avsender.produsent,
            ekstern_id=ekstern_ider[0],
            innhold_hash=kjerne.noekkel_hash(innhold),
            noekkel=noekkel,
            klar_tidspunkt=naa if klar else None,
            applikasjon=avsender.applikasjon,
            korrelasjonsid=avsender.korrelasjonsid,
            mottatt_tidspunkt=naa,
            tilstand=plass.tilstand,
            plugin=plass.plugin,
            feilkode=plass.feilkode,
            feilmelding=plass.feilmelding,
            avsluttet_tidspunkt=sluttet.avsluttet_tidspunkt,
            bevares_til=sluttet.bevares_til,
            **lest,
        )
        if ny and klar:
            kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
        return ny

    while not kjerne.database.i_transaksjon(lagre, en_setning=not under_bytte):
        with kjerne.database.tilkobling():
            finnes = _funnet(avsender.produsent, lest["kilde"], ekstern_ider)
        if finnes is not None:  # else its time was up just now, and it is new
            return _gjentatt(kjerne, finnes, innhold, regler)
    return Mottak(id=hendelse_id, tilstand=plass.tilstand, ny=True)


def _funnet(produsent: str, kilde: str, ekstern_ider: Sequence[str]) -> Hendelse | None:
    """The event that was stored before, on a connection that is held."""
    finnes: Hendelse | None = (
        Hendelse.select(Hendelse.id, Hendelse.tilstand, Hendelse.innhold_hash)
        .where(Hendelse.produsent == produsent, Hendelse.kilde == kilde, Hendelse.ekstern_id.in_(ekstern_ider))
        .first()
    )
    return finnes


def _gjentatt(kjerne: Kjerne, finnes: Hendelse, innhold: str, regler: Mottaksregler) -> Mottak:
    """What is answered where the event, or another by its name, was stored before.

    Raises Konflikt for another where the rules say so.
    """
    if finnes.innhold_hash is not None and finnes.innhold_hash not in kjerne.noekkelring.hasher(innhold):
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
