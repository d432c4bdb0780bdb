"""The doorbell: has a worker do a round soon. It holds nothing that the database does not."""

from __future__ import annotations

import logging
import threading

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Tilkoblingsfeil
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from jobs.maalinger import ring_feilet
from jobs.runder import gaa, krev_runde

logger = logging.getLogger(__name__)

KOE = "runder"
# While a ring stands, others of the same round add nothing. It is taken down before the round is woken, so that one
# that comes while it works brings another round; should no worker hear it, the ring falls by itself.
RINGET_SEKUNDER = 3
MEST_I_KOE = 30
# A ring that no worker has taken by now is of no use to anyone.
RING_I_KOE_SEKUNDER = 60
UTEN_GRENSE = -1
# A Redis that hangs is given up after this. It is longer than the listener waits for a ring at a time.
SVAR_SEKUNDER = 3.0


def koble_til(url: str) -> Redis:
    """Short time-outs: a Redis that hangs may hold up a ring, and nothing else.

    One new try, at once, and only where the connection was dead: the client's own way is three, after seconds each.
    """
    return Redis.from_url(
        url,
        socket_timeout=SVAR_SEKUNDER,
        socket_connect_timeout=1,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1, (Tilkoblingsfeil,)),
    )


class RqDoerklokke:
    """Rings from a thread of its own, so that no request waits for Redis; a ring that fails is logged, and lost."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._venter: set[str] = set()
        self._signal = threading.Condition()
        self._traad: threading.Thread | None = None
        self._virker = True

    def ring(self, runde: str) -> None:
        with self._signal:
            self._venter.add(runde)
            if self._traad is None:
                # Here and not at start, since a server may fork after that.
                self._traad = threading.Thread(target=self._ring_for_alltid, name="doerklokke", daemon=True)
                self._traad.start()
            self._signal.notify()

    def _ring_for_alltid(self) -> None:
        while True:
            with self._signal:
                self._signal.wait_for(lambda: bool(self._venter))
                runder, self._venter = self._venter, set()
            for runde in runder:
                self._ring_uten_aa_feile(runde)

    def _ring_uten_aa_feile(self, runde: str) -> None:
        try:
            self.ring_naa(runde)
        except Exception as feil:  # noqa: BLE001 - whatever it was, the next ring is to be heard
            ring_feilet.inc()
            if self._virker:  # told once for as long as it lasts
                logger.warning(
                    "the doorbell does not work; the timetable will find what is due",
                    extra={"feil": type(feil).__name__},
                )
            self._virker = False
        else:
            if not self._virker:
                logger.info("the doorbell works again")
            self._virker = True

    def ring_naa(self, runde: str) -> None:
        """Ring and wait for it. Raises RedisError, and UkjentRunde."""
        krev_runde(runde)
        if not self._redis.set(_ring(runde), 1, nx=True, ex=RINGET_SEKUNDER):
            return
        koe = Queue(KOE, connection=self._redis, serializer=JSONSerializer)
        if koe.count < MEST_I_KOE:
            koe.enqueue(
                gaa,
                runde,
                job_timeout=UTEN_GRENSE,
                ttl=RING_I_KOE_SEKUNDER,
                result_ttl=0,
                failure_ttl=RING_I_KOE_SEKUNDER,
            )


def ta_ned_ringen(redis: Redis, runde: str) -> None:
    """A round is being woken: whoever rings from now on gets another."""
    redis.delete(_ring(runde))


def _ring(runde: str) -> str:
    return f"gateway:ring:{runde}"
