"""The round of Idempotency-Keys: those past their lifetime."""

from __future__ import annotations

from gateway.handling.idempotens import RUNDE, glem_gamle
from jobs.arbeidsplass import sveip


def runde() -> int:
    """Forget what is past its lifetime; return how many keys."""
    return sveip(RUNDE, glem_gamle)
