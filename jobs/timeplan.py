"""The timetable: rings for every round every few seconds, so that a lost ring costs seconds."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested

from gateway.klokke import sann_tid
from gateway.runder.alle import RUNDER
from jobs.doerklokke import KOE, RqDoerklokke
from jobs.maalinger import ring_feilet
from jobs.runder import gaa

logger = logging.getLogger(__name__)

HVERT_SEKUND = 3
IGJEN_OM_SEKUNDER = 1
# What it may have at hand when it is to stop is a ring; a Redis that hangs is not waited for longer than this.
NAADETID_SEKUNDER = 4.0


class Timeplan(CronScheduler):
    """RQ's CronScheduler, that rings the doorbell instead of queueing a job for each time: the queue never grows."""

    def __init__(self, redis: Redis, doerklokke: RqDoerklokke, stopp: threading.Event | None = None) -> None:
        super().__init__(connection=redis)
        self._doerklokke = doerklokke
        self._stopp = stopp or threading.Event()
        for navn in RUNDER:
            self.register(gaa, KOE, interval=HVERT_SEKUND, name=navn)

    def enqueue_jobs(self) -> list[CronJob]:
        """Ring for the rounds whose time has come. Raises StopRequested, RedisError."""
        if self._stopp.is_set():
            raise StopRequested
        forfalte = [jobb for jobb in self.get_jobs() if jobb.should_run()]
        for jobb in forfalte:
            self._doerklokke.ring_naa(jobb.name)
            jobb.set_enqueue_time(sann_tid())
        return forfalte

    def _install_signal_handlers(self) -> None:
        """None: only the main thread may."""


class Timeplanholder:
    """Keeps the timetable in a thread of its own; a Redis that is away is told of once, and tried every second."""

    def __init__(self, redis: Redis, doerklokke: RqDoerklokke) -> None:
        self._redis = redis
        self._doerklokke = doerklokke
        self._stopp = threading.Event()
        self._traad = threading.Thread(target=self._hold, name="timeplan", daemon=True)

    def doede(self) -> list[str]:
        """The threads that should run and do not. None should, once it is to stop."""
        return [] if self._traad.is_alive() or self._stopp.is_set() else [self._traad.name]

    def hold(self, *, til_slutt: Callable[[], None] = lambda: None) -> None:
        """Keep it until SIGTERM or SIGINT, and end within seconds of it; `til_slutt` is called at the end."""
        for signalnummer in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signalnummer, lambda *_: self._stopp.set())
        self._traad.start()
        self._stopp.wait()
        self._traad.join(NAADETID_SEKUNDER)
        til_slutt()

    def _hold(self) -> None:
        borte = False
        while not self._stopp.is_set():
            try:
                self._redis.ping()
                if borte:
                    logger.info("Redis is back; the timetable rings")
                borte = False
                Timeplan(self._redis, self._doerklokke, self._stopp).start()  # type: ignore[no-untyped-call]  # rq
            except RedisError as feil:
                ring_feilet.inc()
                if not borte:
                    logger.warning("Redis is away; the timetable waits for it", extra={"feil": type(feil).__name__})
                borte = True
            except Exception:
                logger.exception("the timetable cannot be kept; it tries again")
            self._stopp.wait(IGJEN_OM_SEKUNDER)
