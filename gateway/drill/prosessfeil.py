"""Faults of processes: they die, are told to end at a bad time, or differ from one another."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from redis.exceptions import RedisError

from gateway.drill.sted import (
    SLUTT_INNEN_SEKUNDER,
    WEBER,
    Sted,
    ledig_port,
)
from gateway.drill.vent import vent_til

OPPE_INNEN_SEKUNDER = 30.0
# Time for what was killed to begin its work, so that it is killed in the midst of it.
MELLOM_DRAP_SEKUNDER = 3.0


@contextmanager
def drept(sted: Sted, *, navn: str, ganger: int = 1) -> Iterator[None]:
    """SIGKILL to a process and its children, which is started again, as by a platform."""
    for _ in range(ganger):
        os.killpg(sted.pid(navn), signal.SIGKILL)
        time.sleep(2.0)
    yield


@contextmanager
def alt_drept(sted: Sted, *, ganger: int) -> Iterator[None]:
    """SIGKILL to a web process, the worker and Valkey, again and again; and each time Redis forgets everything."""
    for nummer in range(ganger):
        for navn in (WEBER[nummer % len(WEBER)], "worker"):
            if not vent_til(partial(_drept_naa, sted, navn), OPPE_INNEN_SEKUNDER):
                sted.brutt.append(f"{navn} was not started again within {OPPE_INNEN_SEKUNDER:.0f} s of its end")
        with suppress(RedisError):  # it has not come back from the time before
            os.kill(int(sted.redis.info("server")["process_id"]), signal.SIGKILL)
        time.sleep(MELLOM_DRAP_SEKUNDER)
        with suppress(RedisError):
            sted.redis.flushall()
    sted.sett.append(f"a web process, the worker and Valkey were killed {ganger} times each")
    yield


def _drept_naa(sted: Sted, navn: str) -> bool:
    """Whether it ran, and was killed."""
    pid = sted.prosesser[navn].pid
    if pid is None:
        return False
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has ended just now, or is only about to begin
        return False
    return True


@contextmanager
def stopp_under_frys(sted: Sted) -> Iterator[None]:
    """SIGTERM to all kinds while the database hangs: each must end within ten seconds."""
    sted.postgres.frys()
    time.sleep(3.0)
    navn = ("web1", "worker", "scheduler")
    tider: dict[str, float] = {}

    def stopp(ett: str) -> None:
        fra = time.monotonic()
        sted.prosesser[ett].stopp()
        tider[ett] = time.monotonic() - fra

    traader = [threading.Thread(target=stopp, args=(ett,)) for ett in navn]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join()
    sted.sett.append(", ".join(f"{ett} ended in {sekunder:.1f} s" for ett, sekunder in tider.items()))
    sted.brutt += [
        f"{ett} did not end within {SLUTT_INNEN_SEKUNDER:.0f} s of SIGTERM"
        for ett, sekunder in tider.items()
        if sekunder >= SLUTT_INNEN_SEKUNDER
    ]
    sted.postgres.tin()
    for ett in navn:
        sted.start_igjen(ett)
    yield


@contextmanager
def arbeider_ved_siden(sted: Sted, **miljoe: str) -> Iterator[None]:
    """A second worker beside the first, with other settings, as in the middle of a rolling deploy."""
    ved_siden = sted.start("worker2", "worker", INTERN_PORT=str(ledig_port()), **miljoe)
    try:
        yield
    finally:
        ved_siden.stopp()
