"""Taking an event in: raw, once, and in its place within its key, before anybody looks at what it says."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gateway.inbox.format import LestHendelse
from gateway.kjerne import Kjerne, ny_id
from gateway.plugin import Hendelse as Pluginhendelse
from gateway.plugins import Lastet, Pluginfeil, frosset
from gateway.store import innboks
from gateway.store.tabeller import Hendelse

logger = logging.getLogger(__name__)
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


@dataclass(frozen=True, kw_only=True)
class _Noekkel:
    noekkel: str
    feil: str | None = None


def ta_imot(kjerne: Kjerne, lest: LestHendelse, avsender: Avsender, *, ignorert: bool = False) -> Mottak:
    """Store the event in one transaction and return once it is committed; the same source and id again stores nothing.

    `ignorert`: the source says that the event is none of its business; it is kept as FORKASTET.
    Raises UkjentHendelsestype when the producer's plugin does not declare the type, Utilgjengelig.
    """
    plugin = None if ignorert else kjerne.plugins.for_hendelse(avsender.produsent, lest.type)
    naa = kjerne.klokke.naa()
    noekkel = _noekkel(plugin, lest, naa)
    tilstand = Hendelsestilstand.MOTTATT
    if ignorert:
        tilstand = Hendelsestilstand.FORKASTET
    elif noekkel.feil:
        tilstand = Hendelsestilstand.KARANTENE

    hendelse_id = ny_id()

    def lagre() -> bool:
        ny = innboks.lagre(
            kjerne.database,
            id=hendelse_id,
            produsent=avsender.produsent,
            kilde=lest.kilde,
            ekstern_id=lest.id,
            type=lest.type,
            noekkel=noekkel.noekkel,
            klar_tidspunkt=naa if tilstand is Hendelsestilstand.MOTTATT else None,
            format=lest.format,
            raa=lest.raa,
            applikasjon=avsender.applikasjon,
            korrelasjonsid=avsender.korrelasjonsid,
            mottatt_tidspunkt=naa,
            tilstand=tilstand,
            plugin=plugin.id if plugin else None,
            feilkode="Pluginfeil" if noekkel.feil else None,
            feilmelding=noekkel.feil,
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


def _noekkel(plugin: Lastet | None, lest: LestHendelse, naa: dt.datetime) -> _Noekkel:
    """The ordering key: what the plugin says, else the source, else the event stands alone."""
    alene = f"hendelse:{lest.kilde}:{lest.id}"
    try:
        egen = plugin.noekkel(pluginhendelse(lest, naa)) if plugin else None
    except Pluginfeil as feil:
        # Its order cannot be known, so it is kept for a person instead of being handled out of order.
        logger.warning("event goes to quarantine", extra={"plugin": plugin.id if plugin else None, "feil": str(feil)})
        return _Noekkel(noekkel=alene, feil=str(feil))
    noekkel = egen or lest.noekkel
    return _Noekkel(noekkel=f"noekkel:{noekkel}" if noekkel else alene)


def pluginhendelse(lest: LestHendelse, mottatt: dt.datetime) -> Pluginhendelse:
    """The event as a plugin sees it."""
    return Pluginhendelse(kilde=lest.kilde, id=lest.id, type=lest.type, data=frosset(lest.data), mottatt=mottatt)
