"""One sweep of frister as a process of its own, so that its memory can be told; prints a line of JSON."""

from __future__ import annotations

import datetime as dt
import os
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.bench.maaleplass import kjerne_paa
from gateway.kjerne import Kjerne
from gateway.runder.frister import utloep_frister
from gateway.store.logg import Hvem

KORRELASJONSID = "bench"
TOMME_SVEIP = 20


@dataclass(frozen=True)
class _Stillestaaende:
    """A clock that shows noon of one day."""

    i_dag: dt.date

    def naa(self) -> dt.datetime:
        return dt.datetime.combine(self.i_dag, dt.time(12), dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Sveip:
    utloept: int
    sekunder: float
    tom_ms: float
    minne_mb: float


def sveip(database_url: str, i_dag: dt.date) -> Sveip:
    """Expire all that is due on `i_dag`; then look again, when nothing is."""
    kjerne = kjerne_paa(database_url, _Stillestaaende(i_dag))
    hvem = Hvem(korrelasjonsid=KORRELASJONSID)
    antall, start = 0, time.perf_counter()
    while utloept := utloep_frister(kjerne, hvem):
        antall += utloept
    sekunder = time.perf_counter() - start
    return Sveip(
        utloept=antall,
        sekunder=sekunder,
        tom_ms=1000 * statistics.median(_tid_av_tom(kjerne, hvem) for _ in range(TOMME_SVEIP)),
        minne_mb=_mest_minne_kib() / 1024,
    )


def _mest_minne_kib() -> int:
    """The most memory that this program has held. What getrusage says counts the parent's, from before the exec."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (linje,) = (linje for linje in status.read_text().splitlines() if linje.startswith("VmHWM:"))
    return int(linje.split()[1])


def _tid_av_tom(kjerne: Kjerne, hvem: Hvem) -> float:
    start = time.perf_counter()
    utloep_frister(kjerne, hvem)
    return time.perf_counter() - start


if __name__ == "__main__":
    funnet = sveip(os.environ["DATABASE_URL"], dt.date.fromisoformat(sys.argv[1]))
    sys.stdout.buffer.write(msgspec.json.encode(funnet))
