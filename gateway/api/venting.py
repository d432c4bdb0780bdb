"""`Prefer: wait=<s>`: an answer that waits a little for what becomes of what was sent.

The database is asked a few times a second, and no connection is held between. Whoever waits holds a thread, so only
some may; others are answered at once, and told so by the preference's not being applied.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import current_app

from gateway.kjerne import Kjerne
from gateway.reading.hendelser import Stand, stand

VENTEROM = "gateway.venterom"
# Of the threads of a process, one in so many may wait.
EN_AV = 4
LENGSTE_SEKUNDER = 5.0
# A batch that is larger is not waited for.
FLEST = 500
FOERSTE_PAUSE, LENGSTE_PAUSE = 0.01, 0.25
_VENT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?=$|[,;])', re.IGNORECASE)


def oensket_ventetid(prefer: str | None) -> float:
    """How many seconds a `Prefer` header asks to wait for, at most LENGSTE_SEKUNDER; 0 for none, or no such wish."""
    funnet = _VENT.search(prefer or "")
    return min(float(funnet[1]), LENGSTE_SEKUNDER) if funnet else 0.0


class Venterom:
    """The places of those who wait in one process."""

    def __init__(self, traader: int) -> None:
        self._plasser = threading.BoundedSemaphore(max(1, traader // EN_AV))

    def vent(self, kjerne: Kjerne, ider: Sequence[UUID], sekunder: float) -> Mapping[UUID, Stand] | None:
        """How the events stand when all have come to an end, or the time is up; None where there was no place.

        What is tried again only after that is not waited for.
        """
        if not 0 < len(ider) <= FLEST or not self._plasser.acquire(blocking=False):
            return None
        try:
            return _vent(kjerne, ider, time.monotonic() + sekunder)
        finally:
            self._plasser.release()


def venterom() -> Venterom:
    svar: Venterom = current_app.extensions[VENTEROM]
    return svar


def _vent(kjerne: Kjerne, ider: Sequence[UUID], frist: float) -> Mapping[UUID, Stand]:
    pause = FOERSTE_PAUSE
    klokke = threading.Event()  # nobody sets it
    while True:
        staar = stand(kjerne, ider)
        igjen = frist - time.monotonic()
        if igjen <= 0 or all(ett.kan_ikke_endres_innen(kjerne.klokke.naa(), igjen) for ett in staar.values()):
            return staar
        klokke.wait(min(pause, igjen))
        pause = min(pause * 1.5, LENGSTE_PAUSE)
