"""Events of all producers, for those who run the gateway: how each stands and why, and nothing of what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.domain.feil import HendelseFinnesIkke
from gateway.inbox.utvalg import Antall, Utvalg, finn, tell
from gateway.kjerne import Kjerne
from gateway.reading.cursor import les_cursor
from gateway.store.innboks import KOE
from gateway.store.tabeller import Hendelse

SYNLIG_AV_NOEKKEL = 16
FELTER = (
    *(Hendelse.id, Hendelse.produsent, Hendelse.kilde, Hendelse.type, Hendelse.tilstand, Hendelse.feilkode),
    *(Hendelse.mottatt_tidspunkt, Hendelse.neste_forsoek, Hendelse.forsoek, Hendelse.plugin, Hendelse.korrelasjonsid),
    *(Hendelse.feilklasse, Hendelse.noekkel, Hendelse.merknader, Hendelse.venter_paa, Hendelse.vent_til),
)


@dataclass(frozen=True, kw_only=True)
class Driftshendelse:
    """`merke` tells events of the same key from others', and not which key it is; None while it is not known."""

    id: UUID
    produsent: str
    kilde: str
    type: str
    tilstand: str
    kode: str | None
    klasse: str | None
    mottatt: dt.datetime
    neste_forsoek: dt.datetime | None
    vent_til: dt.datetime | None
    forsoek: int
    plugin: str | None
    korrelasjonsid: str
    merke: str | None
    merknader: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Driftsside:
    """A page, the oldest first. `neste` may be given where the page is short: so much was looked through.

    `i_alt`: how many there are from here on, as far as was counted.
    """

    elementer: Sequence[Driftshendelse]
    neste: str | None
    i_alt: Antall
    naa: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Innhold:
    """What an event says, what was made of it, and what went wrong in words: for those who may see it."""

    hendelse: Driftshendelse
    melding: str | None
    raa: str
    kommandoer: Sequence[Mapping[str, Any]] | None
    utfall: Sequence[Mapping[str, Any]] | None


def driftshendelser(kjerne: Kjerne, utvalg: Utvalg, *, antall: int, etter: str | None) -> Driftsside:
    """Raises Valideringsfeil for a cursor that is none."""
    fra = les_cursor(etter) if etter else None
    with kjerne.database.tilkobling():
        side = finn(kjerne, utvalg, FELTER, antall=antall, etter=fra)
        i_alt = tell(kjerne, utvalg, etter=fra)
    return Driftsside(
        elementer=[_driftshendelse(rad) for rad in side.rader],
        neste=side.neste.hex if side.neste else None,
        i_alt=i_alt,
        naa=kjerne.klokke.naa(),
    )


def innhold(kjerne: Kjerne, hendelse_id: UUID) -> Innhold:
    """Raises HendelseFinnesIkke."""
    with kjerne.database.tilkobling():
        rad = Hendelse.get_or_none(Hendelse.id == hendelse_id)
    if rad is None:
        raise HendelseFinnesIkke("No such hendelse; check the id.")
    return Innhold(
        hendelse=_driftshendelse(rad),
        melding=rad.feilmelding,
        raa=bytes(rad.raa).decode(errors="replace"),
        kommandoer=rad.kommandoer,
        utfall=rad.utfall,
    )


def merke(noekkel: str) -> str | None:
    """What is shown of the hash of a key; None while the key is not known."""
    return None if noekkel == KOE else noekkel[:SYNLIG_AV_NOEKKEL]


def _driftshendelse(rad: Hendelse) -> Driftshendelse:
    return Driftshendelse(
        id=rad.id,
        produsent=rad.produsent,
        kilde=rad.kilde,
        type=rad.type,
        tilstand=rad.tilstand,
        kode=rad.feilkode,
        klasse=rad.feilklasse,
        mottatt=rad.mottatt_tidspunkt,
        neste_forsoek=rad.neste_forsoek,
        vent_til=rad.vent_til,
        forsoek=rad.forsoek,
        plugin=rad.plugin,
        korrelasjonsid=rad.korrelasjonsid,
        merke=merke(rad.noekkel),
        merknader=rad.merknader or {},
    )
