"""How much one sender may ask of a web process, so that the others are served too.

Each process counts for itself, in memory: nothing that could be slow or away stands between a request and its answer.
With several processes the whole lets in as many times more.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from gateway.domain.takt import Takt, Taktholder

logger = logging.getLogger(__name__)

SIES_ETTER_SEKUNDER = 60.0


class ForMange(Exception):
    """The sender comes too often. `sekunder`: whole seconds until it may come again."""

    def __init__(self, sekunder: int) -> None:
        super().__init__("Too many requests in a short time")
        self.sekunder = sekunder


class Sjelden:
    """Tells the log of what happens to a sender once a minute at most, with how many times it has happened since.

    Senders are those that the configuration names, so that what is kept of them is bounded.
    """

    def __init__(self, melding: str, *, naa: Callable[[], float] = time.monotonic) -> None:
        self._melding = melding
        self._naa = naa
        self._laas = threading.Lock()
        self._sagt: dict[str, float] = {}
        self._siden: Counter[str] = Counter()

    def skjedde(self, avsender: str) -> None:
        naa = self._naa()
        with self._laas:
            self._siden[avsender] += 1
            if naa - self._sagt.get(avsender, float("-inf")) < SIES_ETTER_SEKUNDER:
                return
            self._sagt[avsender] = naa
            antall = self._siden.pop(avsender)
        logger.warning(self._melding, extra={"avsender": avsender, "antall": antall})


class Mengdevern:
    """Holds each sender to its own takt, else to the common one. Senders are those that the configuration names."""

    def __init__(self, felles: Takt, egne: Mapping[str, Takt], *, naa: Callable[[], float] = time.monotonic) -> None:
        self._felles = felles
        self._egne = egne
        self._naa = naa
        self._holdere: dict[str, Taktholder] = {}
        self._avvist = Sjelden("a sender comes too often", naa=naa)

    def takt(self, avsender: str) -> Takt:
        return self._egne.get(avsender, self._felles)

    def slipp_inn(self, avsender: str) -> None:
        """Raises ForMange."""
        holder = self._holdere.get(avsender)
        if holder is None:
            holder = self._holdere.setdefault(avsender, Taktholder(self.takt(avsender)))
        if vent := holder.vent(self._naa()):
            self._avvist.skjedde(avsender)
            raise ForMange(math.ceil(vent))
