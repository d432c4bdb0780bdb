"""The worker: takes rounds off the queue, one at a time, in a process that keeps its connections and its mapper."""

from __future__ import annotations

import logging
import signal
import threading

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker

from jobs.arbeidsplass import Arbeidsplass, innred
from jobs.doerklokke import KOE

logger = logging.getLogger(__name__)

IGJEN_OM_SEKUNDER = 1


def arbeid(plass: Arbeidsplass) -> None:
    """Work until SIGTERM or SIGINT, which let the round at hand end; a Redis that is away is waited for."""
    innred(plass)
    stopp = threading.Event()
    try:
        while not stopp.is_set():
            # RQ takes over the signals while it works; between two tries they are ours.
            for signalnummer in (signal.SIGTERM, signal.SIGINT):
                signal.signal(signalnummer, lambda *_: stopp.set())
            try:
                arbeider = SimpleWorker([Queue(KOE, connection=plass.redis)], connection=plass.redis)
                arbeider.work(logging_level="WARNING", with_scheduler=False)
                return
            except RedisError as feil:
                logger.warning("Redis is away; the worker waits for it", extra={"feil": type(feil).__name__})
                stopp.wait(IGJEN_OM_SEKUNDER)
    finally:
        plass.oversetter.lukk()
