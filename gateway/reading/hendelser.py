"""What a producer reads of its events, and of the types that its plugin declares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from gateway.domain.feil import HendelseFinnesIkke
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand, skal_behandles
from gateway.domain.produsent import Produsent
from gateway.inbox.utvalg import Utvalg, finn
from gateway.kjerne import Kjerne
from gateway.reading.cursor import les_cursor
from gateway.store.dialekt import blant
from gateway.store.tabeller import Hendelse, Hendelsesobjekt

FLEST_OBJEKTER = 1_000
# All but what it said and what was made of it: a page of large events is no large page.
FELTER = (
    *(Hendelse.id, Hendelse.kilde, Hendelse.ekstern_id, Hendelse.type, Hendelse.noekkel, Hendelse.tilstand),
    *(Hendelse.mottatt_tidspunkt, Hendelse.tid, Hendelse.behandlet_tidspunkt, Hendelse.neste_forsoek),
    *(Hendelse.forsoek, Hendelse.plugin, Hendelse.feilkode, Hendelse.feilklasse, Hendelse.feilmelding),
    *(Hendelse.merknader, Hendelse.venter_paa, Hendelse.vent_til),
)


@dataclass(frozen=True, kw_only=True)
class Hendelsesside:
    """A page, in the order of arrival. `neste` may be given where the page is short: so much was looked through."""

    elementer: Sequence[Hendelse]
    neste: str | None


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How an event stands, and what came of it."""

    tilstand: Hendelsestilstand
    neste_forsoek: dt.datetime | None
    feilkode: str | None
    feilklasse: Feilklasse | None
    feilmelding: str | None
    utfall: Sequence[Mapping[str, Any]] | None

    def kan_ikke_endres_innen(self, naa: dt.datetime, sekunder: float) -> bool:
        """Whether nothing becomes of it by itself so soon: it is finished, with a person, or tried again later."""
        if not skal_behandles(self.tilstand):
            return True
        return self.neste_forsoek is not None and (self.neste_forsoek - naa).total_seconds() > sekunder


def stand(kjerne: Kjerne, ider: Sequence[UUID]) -> Mapping[UUID, Stand]:
    """How those events stand, in one question."""
    felter = (Hendelse.id, Hendelse.tilstand, Hendelse.neste_forsoek, Hendelse.utfall)
    feil = (Hendelse.feilkode, Hendelse.feilklasse, Hendelse.feilmelding)
    with kjerne.database.tilkobling():
        return {rad.id: _stand(rad) for rad in Hendelse.select(*felter, *feil).where(blant(Hendelse.id, ider))}


def _stand(rad: Hendelse) -> Stand:
    return Stand(
        tilstand=Hendelsestilstand(rad.tilstand),
        neste_forsoek=rad.neste_forsoek,
        feilkode=rad.feilkode,
        feilklasse=rad.feilklasse and Feilklasse(rad.feilklasse),
        feilmelding=rad.feilmelding,
        utfall=rad.utfall,
    )


def hendelse(kjerne: Kjerne, produsent: Produsent, hendelse_id: UUID) -> Hendelse:
    """Raises HendelseFinnesIkke, also for another producer's."""
    with kjerne.database.tilkobling():
        rad: Hendelse | None = Hendelse.get_or_none(Hendelse.id == hendelse_id, Hendelse.produsent == produsent.id)
    if rad is None:
        raise HendelseFinnesIkke("No such hendelse of yours; check the id.")
    return rad


def hendelser(kjerne: Kjerne, produsent: Produsent, utvalg: Utvalg, *, antall: int, etter: str | None) -> Hendelsesside:
    """A page of the producer's own events. Raises Valideringsfeil for a cursor that is not one."""
    fra = les_cursor(etter) if etter else None
    with kjerne.database.tilkobling():
        side = finn(kjerne, replace(utvalg, produsent=produsent.id), FELTER, antall=antall, etter=fra)
    return Hendelsesside(elementer=side.rader, neste=side.neste.hex if side.neste else None)


def objekter(kjerne: Kjerne, hendelse: Hendelse) -> Sequence[UUID]:
    """The saker and notifikasjoner that the event has to do with: those it made, changed or names."""
    with kjerne.database.tilkobling():
        rader = Hendelsesobjekt.select(Hendelsesobjekt.objekt_id).where(Hendelsesobjekt.hendelse == hendelse.id)
        return sorted(objekt_id for (objekt_id,) in rader.limit(FLEST_OBJEKTER).tuples())
