"""The round of deletion: saker and notifikasjoner whose deletion time has come."""

from __future__ import annotations

from gateway.handling.sletting import RUNDE, slett_forfalte
from jobs.arbeidsplass import sveip


def runde() -> int:
    """Delete what is due; return how many objects."""
    return sveip(RUNDE, slett_forfalte)
