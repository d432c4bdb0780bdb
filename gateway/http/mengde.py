"""How much one sender may ask of a web process, so that the others are served too.

Each process counts for itself, in memory: nothing that could be slow or away stands between a request and its answer.
With several processes the whole lets in as many times more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from gateway.domain.takt import Takt, Taktholder


class ForMange(Exception):
    """The sender comes too often. `sekunder`: whole seconds until it may come again."""

    def __init__(self, sekunder: int) -> None:
        super().__init__("Too many requests in a short time")
        self.sekunder = sekunder


class Mengdevern:
    """Holds each sender to its own takt, else to the common one. Senders are those that the configuration names."""

    def __init__(self, felles: Takt, egne: Mapping[str, Takt], *, naa: Callable[[], float] = time.monotonic) -> None:
        self._felles = felles
        self._egne = egne
        self._naa = naa
        self._holdere: dict[str, Taktholder] = {}

    def takt(self, avsender: str) -> Takt:
        return self._egne.get(avsender, self._felles)

    def slipp_inn(self, avsender: str) -> None:
        """Raises ForMange."""
        holder = self._holdere.get(avsender)
        if holder is None:
            holder = self._holdere.setdefault(avsender, Taktholder(self.takt(avsender)))
        if vent := holder.vent(self._naa()):
            raise ForMange(math.ceil(vent))
