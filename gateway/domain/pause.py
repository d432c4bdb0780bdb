"""How long to wait before a new try: growing, bounded, jittered."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

DOBLINGER = 20


@dataclass(frozen=True, kw_only=True)
class Pauser:
    """From `foerste`, twice as long after each failed try, never longer than `lengste`."""

    foerste: dt.timedelta
    lengste: dt.timedelta

    def etter(self, forsoek: int) -> dt.timedelta:
        """The pause after that many failed tries: between half and the whole of its length."""
        lengde: dt.timedelta = min(self.lengste, self.foerste * 2 ** min(forsoek - 1, DOBLINGER))
        return lengde * random.uniform(0.5, 1)  # noqa: S311 - jitter, so that many do not come back at once
