"""The round of paaminnelser: those whose time has come."""

from __future__ import annotations

from gateway.handling.paaminnelse import RUNDE, send_forfalte
from jobs.arbeidsplass import sveip


def runde() -> int:
    """Bring up what is due; return how many notifikasjoner."""
    return sveip(RUNDE, send_forfalte)
