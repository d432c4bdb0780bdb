"""What a producer reads of its events, and of the types that its plugin declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gateway.domain.feil import HendelseFinnesIkke
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.produsent import Produsent
from gateway.kjerne import Kjerne
from gateway.reading.cursor import les_cursor
from gateway.store.tabeller import Hendelse


@dataclass(frozen=True, kw_only=True)
class Hendelsesside:
    elementer: Sequence[Hendelse]
    neste: str | None


def hendelse(kjerne: Kjerne, produsent: Produsent, hendelse_id: UUID) -> Hendelse:
    """Raises HendelseFinnesIkke, also for another producer's."""
    with kjerne.database.tilkobling():
        rad: Hendelse | None = Hendelse.get_or_none(Hendelse.id == hendelse_id, Hendelse.produsent == produsent.id)
    if rad is None:
        raise HendelseFinnesIkke("No such hendelse of yours; check the id.")
    return rad


def hendelser(
    kjerne: Kjerne, produsent: Produsent, *, tilstand: Hendelsestilstand | None, antall: int, etter: str | None
) -> Hendelsesside:
    """A page of the producer's events, in the order of arrival. Raises Valideringsfeil for a cursor that is not one."""
    # One walk along the index (produsent, tilstand, id) for each tilstand, merged.
    funnet: list[Hendelse] = []
    with kjerne.database.tilkobling():
        for ett in [tilstand] if tilstand else list(Hendelsestilstand):
            sporring = Hendelse.select().where(Hendelse.produsent == produsent.id, Hendelse.tilstand == ett)
            if etter:
                sporring = sporring.where(Hendelse.id > les_cursor(etter))
            funnet.extend(sporring.order_by(Hendelse.id).limit(antall + 1))
    funnet.sort(key=lambda rad: rad.id)
    side = funnet[:antall]
    return Hendelsesside(elementer=side, neste=side[-1].id.hex if len(funnet) > antall else None)
