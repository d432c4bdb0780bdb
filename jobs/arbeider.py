"""The worker: a thread for each round, and one that listens for rings; so no round waits for one of another kind."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import threading
import time
from collections.abc import Sequence

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from gateway.kjerne import ny_id
from gateway.klokke import sann_tid
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass, Runde
from gateway.store.logg import Hvem
from jobs.doerklokke import KOE, ta_ned_ringen
from jobs.runder import innred

logger = logging.getLogger(__name__)

# A round looks up after this long, so that the log tells of it; what is left it takes at once.
TIDSSKIVE = dt.timedelta(seconds=10)
IGJEN_OM_SEKUNDER = 1
# The platform waits ten seconds from SIGTERM; what has not ended by then is left, and its leases run out.
NAADETID_SEKUNDER = 7.0
# Threads that may want the database at once: one a round, and those that the inbox handles events in.
TRAADER_MED_DATABASE = len(RUNDER) + 32


class Rundetraad(threading.Thread):
    """Does one round whenever it is woken, until it is asked to stop. No fault of a round ends it."""

    def __init__(self, runde: Runde, plass: Arbeidsplass, stopp: threading.Event) -> None:
        super().__init__(name=f"runde-{runde.navn}", daemon=True)
        self._runde = runde
        self._plass = plass
        self._stopp = stopp
        self._vekket = threading.Event()

    def vekk(self) -> None:
        """Have it do the round; once more, if it is at it now."""
        self._vekket.set()

    def run(self) -> None:
        while not self._stopp.is_set():
            self._vekket.wait()
            self._vekket.clear()
            if not self._stopp.is_set():
                self._gaa()

    def _gaa(self) -> None:
        til = sann_tid() + TIDSSKIVE
        hvem = Hvem(korrelasjonsid=f"runde-{ny_id()}")
        with structlog.contextvars.bound_contextvars(korrelasjonsid=hvem.korrelasjonsid, runde=self._runde.navn):
            try:
                antall = self._runde.gjoer(self._plass, hvem, lambda: sann_tid() < til and not self._stopp.is_set())
            except Exception:
                logger.exception("round failed; the timetable brings the next")
                return
            if antall:
                logger.info("round done", extra={"antall": antall})
        if sann_tid() >= til:
            self.vekk()


class _Lytter(SimpleWorker):
    """RQ's worker, in a thread: signals are the main thread's, and a job only wakes somebody, so none needs an end."""

    death_penalty_class = TimerDeathPenalty
    max_connection_wait_time = IGJEN_OM_SEKUNDER

    def __init__(self, redis: Redis, stopp: threading.Event) -> None:
        koe = Queue(KOE, connection=redis, serializer=JSONSerializer)
        super().__init__([koe], connection=redis, serializer=JSONSerializer)
        self._stopp = stopp

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Asked before each wait for a job, and each new try at a Redis that is away: the moment to end."""
        if self._stopp.is_set():
            raise StopRequested
        return bool(super().should_run_maintenance_tasks)

    def _install_signal_handlers(self) -> None:
        """None: only the main thread may."""


class Arbeider:
    """The threads of one worker process."""

    def __init__(self, plass: Arbeidsplass, redis: Redis, runder: Sequence[Runde] = tuple(RUNDER.values())) -> None:
        self._redis = redis
        self._stopp = threading.Event()
        self._traader = {runde.navn: Rundetraad(runde, plass, self._stopp) for runde in runder}

    def start(self) -> None:
        innred(self._vekk)
        for traad in self._traader.values():
            traad.start()
        threading.Thread(target=self._lytt, name="lytter", daemon=True).start()

    def be_om_stopp(self) -> None:
        """Ask all to end; those under way end with what they have at hand."""
        self._stopp.set()

    def vent_paa_stopp(self) -> None:
        self._stopp.wait()

    def avslutt(self, sekunder: float = NAADETID_SEKUNDER) -> list[str]:
        """Stop, and wait no longer than this for rounds that are under way; the names of those that still are."""
        self.be_om_stopp()
        frist = time.monotonic() + sekunder
        for traad in self._traader.values():
            traad.vekk()
        for traad in self._traader.values():
            traad.join(max(0.0, frist - time.monotonic()))
        return [navn for navn, traad in self._traader.items() if traad.is_alive()]

    def _vekk(self, runde: str) -> None:
        try:
            ta_ned_ringen(self._redis, runde)
        finally:
            self._traader[runde].vekk()

    def _lytt(self) -> None:
        while not self._stopp.is_set():
            try:
                _Lytter(self._redis, self._stopp).work(logging_level="WARNING", with_scheduler=False)
            except RedisError as feil:
                logger.warning("Redis is away; the worker waits for it", extra={"feil": type(feil).__name__})
            except Exception:
                logger.exception("the worker cannot listen; it tries again")
            self._stopp.wait(IGJEN_OM_SEKUNDER)


def arbeid(plass: Arbeidsplass, redis: Redis) -> None:
    """Work until SIGTERM or SIGINT, and end within ten seconds of it, whatever hangs."""
    arbeider = Arbeider(plass, redis)
    for signalnummer in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signalnummer, lambda *_: arbeider.be_om_stopp())
    arbeider.start()
    arbeider.vent_paa_stopp()
    plass.oversetter.lukk()  # first: nobody's mapping holds up the end, and what it had at hand is mapped anew
    henger = arbeider.avslutt()
    if henger:
        logger.warning("rounds did not end in time; what they held is taken up by others", extra={"runder": henger})
        logging.shutdown()
        os._exit(0)
