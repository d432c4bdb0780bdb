"""What the store keeps as JSON, as the domain's own values again."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.mottaker import Mottaker
from gateway.domain.paaminnelse import Paaminnelsestidspunkt


def mottakere_av(lagret: Any) -> tuple[Mottaker, ...]:
    """The mottakere of an object."""
    return msgspec.convert(lagret, tuple[Mottaker, ...])


def lokasjon_av(lagret: Any) -> Lokasjon | None:
    """The place of an appointment."""
    return msgspec.convert(lagret, Lokasjon | None)


def oenske_av(lagret: Any) -> Paaminnelsestidspunkt:
    """When a paaminnelse was wished for."""
    return msgspec.convert(lagret, Paaminnelsestidspunkt)
