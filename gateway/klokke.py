"""The clock that frister, paaminnelser, windows and deletions go by; in `dev` it can be moved.

Tokens, the replay windows of signatures and leases go by real time, `sann_tid`, whatever this clock says.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path
from typing import Protocol

from gateway.domain.tid import instant

FLYTTING = re.compile(r"([+-])(\d+)([smhdw])")
ENHETER = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def sann_tid() -> dt.datetime:
    """Real time, in UTC: the one place that reads the system's clock."""
    return dt.datetime.now(dt.UTC)


class Klokke(Protocol):
    def naa(self) -> dt.datetime:
        """The time that the product goes by, an instant in UTC."""


class Systemklokke:
    def naa(self) -> dt.datetime:
        return sann_tid()


class FlyttbarKlokke:
    """The clock of `dev`: real time moved by an offset that all processes of a data folder share through a file."""

    def __init__(self, mappe: Path) -> None:
        self._fil = mappe / "klokke.json"
        self._lest_naar: int | None = None
        self._forskyvning = dt.timedelta()

    def naa(self) -> dt.datetime:
        try:
            endret = self._fil.stat().st_mtime_ns
        except FileNotFoundError:
            return sann_tid()
        if endret != self._lest_naar:
            self._forskyvning = dt.timedelta(seconds=json.loads(self._fil.read_text())["forskyvning_sekunder"])
            self._lest_naar = endret
        return sann_tid() + self._forskyvning

    def still(self, tidspunkt: dt.datetime) -> None:
        """Move the clock so that it is `tidspunkt` (an instant) now; it goes on from there."""
        self._skriv(tidspunkt - sann_tid())

    def nullstill(self) -> None:
        """Back to real time."""
        self._fil.unlink(missing_ok=True)

    def _skriv(self, forskyvning: dt.timedelta) -> None:
        self._fil.parent.mkdir(parents=True, exist_ok=True)
        midlertidig = self._fil.with_suffix(f".{os.getpid()}")
        midlertidig.write_text(json.dumps({"forskyvning_sekunder": forskyvning.total_seconds()}))
        midlertidig.replace(self._fil)


def still_klokken(klokke: FlyttbarKlokke, til: str) -> dt.datetime:
    """Carry out what `gateway klokke` takes: `+3d`, `-2h`, a moment in Oslo, or `naa`; return the time it then is.

    Raises ValueError with what can be given.
    """
    if til == "naa":
        klokke.nullstill()
    elif flytting := FLYTTING.fullmatch(til):
        retning, antall, enhet = flytting.groups()
        klokke.still(klokke.naa() + int(f"{retning}{antall}") * dt.timedelta(**{ENHETER[enhet]: 1}))
    else:
        try:
            klokke.still(instant(dt.datetime.fromisoformat(til)))
        except ValueError:
            raise ValueError(
                "give a move such as +3d, +2h or +30m, a moment such as 2026-12-24T00:01, or naa"
            ) from None
    return klokke.naa()
