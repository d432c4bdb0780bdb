"""Taking an event in: raw, once, and in its place within its key, before anybody looks at what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gateway.inbox.format import LestHendelse
from gateway.kjerne import Kjerne, ny_id
from gateway.store import innboks
from gateway.store.tabeller import Hendelse

RUNDE = "innboks"


class Hendelsestilstand(StrEnum):
    MOTTATT = "MOTTATT"
    BEHANDLET = "BEHANDLET"
    PAA_VENT = "PAA_VENT"
    KARANTENE = "KARANTENE"
    FORKASTET = "FORKASTET"


@dataclass(frozen=True, kw_only=True)
class Avsender:
    """In whose name an event came in, and by which application or webhook source."""

    produsent: str
    applikasjon: str
    korrelasjonsid: str


@dataclass(frozen=True, kw_only=True)
class Mottak:
    """`ny`: this call stored the event; else it had been stored before, and nothing was done."""

    id: UUID
    tilstand: Hendelsestilstand
    ny: bool


def ta_imot(kjerne: Kjerne, lest: LestHendelse, avsender: Avsender, *, ignorert: bool = False) -> Mottak:
    """Store the event in one transaction and return once it is committed; the same source and id again stores nothing.

    `ignorert`: the source says that the event is none of its business; it is kept as FORKASTET.
    Raises UkjentHendelsestype when the producer's plugin does not declare the type, Utilgjengelig.
    """
    plugin = None if ignorert else kjerne.plugins.for_hendelse(avsender.produsent, lest.type)
    naa = kjerne.klokke.naa()
    tilstand = Hendelsestilstand.FORKASTET if ignorert else Hendelsestilstand.MOTTATT

    hendelse_id = ny_id()

    def lagre() -> bool:
        ny = innboks.lagre(
            kjerne.database,
            id=hendelse_id,
            produsent=avsender.produsent,
            kilde=lest.kilde,
            ekstern_id=lest.id,
            type=lest.type,
            noekkel=_noekkel(lest),
            klar_tidspunkt=naa if tilstand is Hendelsestilstand.MOTTATT else None,
            format=lest.format,
            raa=lest.raa,
            applikasjon=avsender.applikasjon,
            korrelasjonsid=avsender.korrelasjonsid,
            mottatt_tidspunkt=naa,
            tilstand=tilstand,
            plugin=plugin.id if plugin else None,
            feilkode=None,
            feilmelding=None,
        )
        if ny and tilstand is Hendelsestilstand.MOTTATT:
            kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
        return ny

    if kjerne.database.i_transaksjon(lagre, en_setning=True):
        return Mottak(id=hendelse_id, tilstand=tilstand, ny=True)
    return _finnes(kjerne, lest, avsender)


def _finnes(kjerne: Kjerne, lest: LestHendelse, avsender: Avsender) -> Mottak:
    with kjerne.database.tilkobling():
        finnes = Hendelse.get(
            Hendelse.produsent == avsender.produsent, Hendelse.kilde == lest.kilde, Hendelse.ekstern_id == lest.id
        )
    return Mottak(id=finnes.id, tilstand=Hendelsestilstand(finnes.tilstand), ny=False)


def _noekkel(lest: LestHendelse) -> str:
    """The ordering key: what the source says, else the event stands alone."""
    return f"noekkel:{lest.noekkel}" if lest.noekkel else f"hendelse:{lest.kilde}:{lest.id}"
