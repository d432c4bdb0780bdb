"""How often somebody may come: a number of times in a span of time, all at once or evenly."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

ENHETER = {"sekund": 1, "minutt": 60, "time": 3600}
INGEN = "ingen"
HOEYEST = 1_000_000
_FORM = re.compile(rf"([1-9][0-9]{{0,6}})/({'|'.join(ENHETER)})")


@dataclass(frozen=True)
class Takt:
    """`antall` times in `sekunder` seconds; 0 times is no limit."""

    antall: int
    sekunder: int

    def __str__(self) -> str:
        enhet = next(navn for navn, lengde in ENHETER.items() if lengde == self.sekunder)
        return f"{self.antall}/{enhet}" if self.antall else INGEN

    @property
    def i_minuttet(self) -> int:
        """As whole times a minute, at least one; 0 for no limit."""
        return max(self.antall * 60 // self.sekunder, 1) if self.antall else 0


def les_takt(tekst: str) -> Takt:
    """Read `100/sekund`, `6000/minutt`, `5000/time` or `ingen`. Raises ValueError, with what to give."""
    if tekst == INGEN:
        return Takt(0, 1)
    funn = _FORM.fullmatch(tekst)
    if funn is None or int(funn[1]) > HOEYEST:
        raise ValueError(f"must be such as 100/sekund, 6000/minutt or 5000/time, at most {HOEYEST}, or {INGEN}")
    return Takt(int(funn[1]), ENHETER[funn[2]])


class Taktholder:
    """Holds one to a takt: a bucket that holds `antall`, and is filled evenly. Many threads may ask at once."""

    def __init__(self, takt: Takt) -> None:
        self._mellomrom = takt.sekunder / takt.antall if takt.antall else 0.0
        self._rom = float(takt.sekunder)
        self._laas = threading.Lock()
        self._tom_til = float("-inf")  # when the bucket is full again

    def vent(self, naa: float) -> float:
        """Come once, at `naa` in seconds: 0 for welcome; else how many seconds too early, and it does not count."""
        if not self._mellomrom:
            return 0.0
        with self._laas:
            ny = max(self._tom_til, naa) + self._mellomrom
            for_tidlig = ny - naa - self._rom
            if for_tidlig > 1e-9:
                return for_tidlig
            self._tom_til = ny
            return 0.0
