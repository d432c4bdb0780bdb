"""Unfinished events of all producers, for those who run the gateway: why each waits, and nothing of what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gateway.domain.feil import HendelseFinnesIkke
from gateway.inbox.driftsinngrep import VINDU, Utvalg
from gateway.kjerne import Kjerne
from gateway.reading.cursor import les_cursor
from gateway.store.tabeller import Hendelse

FELTER = (
    *(Hendelse.id, Hendelse.produsent, Hendelse.kilde, Hendelse.type, Hendelse.tilstand, Hendelse.feilkode),
    *(Hendelse.mottatt_tidspunkt, Hendelse.neste_forsoek, Hendelse.forsoek, Hendelse.plugin, Hendelse.korrelasjonsid),
)


@dataclass(frozen=True, kw_only=True)
class Uferdig:
    id: UUID
    produsent: str
    kilde: str
    type: str
    tilstand: str
    kode: str | None
    mottatt: dt.datetime
    neste_forsoek: dt.datetime | None
    forsoek: int
    plugin: str | None
    korrelasjonsid: str


@dataclass(frozen=True, kw_only=True)
class Uferdigside:
    """A page, the oldest first. `neste` may be given where the page is short: so much was looked through."""

    elementer: Sequence[Uferdig]
    neste: str | None
    naa: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Innhold:
    """What an event says, and what went wrong in words: for those who may see it."""

    uferdig: Uferdig
    melding: str | None
    raa: str


def uferdige(kjerne: Kjerne, utvalg: Utvalg, *, antall: int, etter: str | None) -> Uferdigside:
    """Raises Valideringsfeil for a cursor that is none."""
    fra = les_cursor(etter) if etter else None
    with kjerne.database.tilkobling():
        rader = [_uferdig(rad) for rad in utvalg.treff(FELTER, antall + 1, fra).objects()]
        neste = None
        if len(rader) > antall:
            neste = rader[antall - 1].id.hex
        elif siste := utvalg.vindu(fra).offset(VINDU - 1).limit(1).scalar():
            neste = siste.hex
    return Uferdigside(elementer=rader[:antall], neste=neste, naa=kjerne.klokke.naa())


def innhold(kjerne: Kjerne, hendelse_id: UUID) -> Innhold:
    """Raises HendelseFinnesIkke."""
    with kjerne.database.tilkobling():
        rad = Hendelse.get_or_none(Hendelse.id == hendelse_id)
    if rad is None:
        raise HendelseFinnesIkke("No such hendelse; check the id.")
    return Innhold(uferdig=_uferdig(rad), melding=rad.feilmelding, raa=bytes(rad.raa).decode(errors="replace"))


def _uferdig(rad: Hendelse) -> Uferdig:
    return Uferdig(
        id=rad.id,
        produsent=rad.produsent,
        kilde=rad.kilde,
        type=rad.type,
        tilstand=rad.tilstand,
        kode=rad.feilkode,
        mottatt=rad.mottatt_tidspunkt,
        neste_forsoek=rad.neste_forsoek,
        forsoek=rad.forsoek,
        plugin=rad.plugin,
        korrelasjonsid=rad.korrelasjonsid,
    )
