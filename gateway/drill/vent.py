"""Waiting on a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

PULS_SEKUNDER = 0.1


def vent_til(sant: Callable[[], bool], sekunder: float) -> bool:
    """Wait until it is so, or no longer than this; whether it came to be."""
    frist = time.monotonic() + sekunder
    while not sant():
        if time.monotonic() > frist:
            return False
        time.sleep(PULS_SEKUNDER)
    return True
