"""The listener: an RQ worker that hears rings, and does nothing else that Redis may say.

Whoever can write to Redis may wake a round, which does no harm. So nothing of a job but its few bytes of data is read,
no name in it is looked up, and RQ's own ways to call what a job names are not taken: its functions, callbacks,
webhooks, retries, dependents, commands and maintenance.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
import zlib
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError, ResponseError
from rq import Queue, SimpleWorker, worker_registration
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now

from gateway.runder.alle import RUNDER
from jobs.doerklokke import KOE
from jobs.maalinger import fremmed_jobb
from jobs.runder import gaa

logger = logging.getLogger(__name__)

HOER_ETTER_SEKUNDER = 1
LIVSTEGN_SEKUNDER = 15.0
LENGSTE_RING = 512
JOBB_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
GAA = f"{gaa.__module__}.{gaa.__name__}"


class Lytter(SimpleWorker):
    """RQ's worker, in a thread: `vekk` is called with the name of each round that is rung for, until `stopp` is set.

    `ved_kontakt` is called once Redis has answered. `feil` is why it ended, if it was Redis' fault.
    """

    def __init__(
        self,
        redis: Redis,
        stopp: threading.Event,
        vekk: Callable[[str], None],
        ved_kontakt: Callable[[], None] = lambda: None,
    ) -> None:
        koe = Queue(KOE, connection=redis, serializer=JSONSerializer)
        super().__init__([koe], connection=redis, serializer=JSONSerializer)
        self._stopp = stopp
        self._vekk = vekk
        self._ved_kontakt = ved_kontakt
        self.hoerer = False
        self.feil: RedisError | None = None

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> None:
        """Hear rings until it is to stop, Redis has forgotten this worker, or does not answer."""
        del timeout, max_idle_time  # a worker that never ends by itself
        try:
            self._hoer_etter()
        except RedisError as feil:
            self.feil = feil
        finally:
            self.hoerer = False

    def _hoer_etter(self) -> None:
        neste_livstegn = 0.0
        while not self._stopp.is_set():
            if time.monotonic() >= neste_livstegn:
                if not self.connection.exists(self.key):
                    return
                self.heartbeat()
                neste_livstegn = time.monotonic() + LIVSTEGN_SEKUNDER
            try:
                _, jobb = Queue.lpop(self.queue_keys(), HOER_ETTER_SEKUNDER, connection=self.connection)
                self._hoert(jobb)
            except DequeueTimeout:
                pass
            if not self.hoerer:
                self.hoerer = True
                self._ved_kontakt()

    def _hoert(self, jobb: bytes) -> None:
        runde = les_ring(self.connection, jobb)
        if runde is None:
            fremmed_jobb.inc()
            logger.warning("what is no ring lay in the queue, and was dropped")
        else:
            self._vekk(runde)

    # --- what RQ would do by itself ------------------------------------------------------------------------------

    def _set_connection(self, connection: Redis) -> Redis:
        """RQ would have it wait for minutes for a Redis that hangs."""
        return connection

    def _install_signal_handlers(self) -> None:
        """None: only the main thread may."""

    def subscribe(self) -> None:
        """To no commands."""

    def check_for_suspension(self, burst: bool) -> None:
        """Redis suspends nobody."""

    def run_maintenance_tasks(self) -> None:
        """Forget workers that are gone. There are no results, retries or failures to look after."""
        self.last_cleaned_at = now()  # type: ignore[assignment]  # rq
        for koe in self.queues:
            worker_registration.clean_worker_registry(koe)


def les_ring(redis: Redis, jobb: bytes) -> str | None:
    """The round that the job rings for, which is taken away; None for whatever is no ring.

    Raises RedisError when Redis does not answer.
    """
    if not JOBB_ID.fullmatch(jobb):
        return None
    noekkel = Job.key_for(jobb.decode())
    try:
        lengde = int(redis.hstrlen(noekkel, "data"))
        data = redis.hget(noekkel, "data") if 0 < lengde <= LENGSTE_RING else None
    except ResponseError:  # it is no hash
        data = None
    redis.unlink(noekkel)
    return _runde(data) if isinstance(data, bytes) else None


def _runde(data: bytes) -> str | None:
    try:
        # No more than a ring has, however much it would be unpacked.
        kall = json.loads(zlib.decompressobj().decompress(data, LENGSTE_RING))
    except (zlib.error, ValueError, RecursionError):
        return None
    match kall:
        case [str(navn), None, [str(runde)], dict(resten)] if navn == GAA and runde in RUNDER and not resten:
            return str(runde)
    return None
