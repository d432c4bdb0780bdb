"""The round of frister: open oppgaver whose frist's day has ended in Norway."""

from __future__ import annotations

from gateway.handling.frister import RUNDE, utloep_frister
from jobs.arbeidsplass import sveip


def runde() -> int:
    """Expire what is due; return how many oppgaver."""
    return sveip(RUNDE, utloep_frister)
