"""The round of kalenderavtaler: those whose start has passed."""

from __future__ import annotations

from gateway.handling.kalenderavtale import RUNDE, avhold_forfalte
from jobs.arbeidsplass import sveip


def runde() -> int:
    """Set AVHOLDT what is due; return how many kalenderavtaler."""
    return sveip(RUNDE, avhold_forfalte)
