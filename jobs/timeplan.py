"""The timetable: rings for every round every few seconds, so that a lost ring costs seconds."""

from __future__ import annotations

import logging
import time

from redis import Redis
from redis.exceptions import RedisError
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested

from gateway.klokke import sann_tid
from gateway.runder.alle import RUNDER
from jobs.doerklokke import KOE, RqDoerklokke
from jobs.runder import gaa

logger = logging.getLogger(__name__)

HVERT_SEKUND = 3
IGJEN_OM_SEKUNDER = 1


class Timeplan(CronScheduler):
    """RQ's CronScheduler, that rings the doorbell instead of queueing a job for each time: the queue never grows."""

    def __init__(self, redis: Redis, doerklokke: RqDoerklokke) -> None:
        super().__init__(connection=redis)
        self._doerklokke = doerklokke
        for navn in RUNDER:
            self.register(gaa, KOE, interval=HVERT_SEKUND, name=navn)

    def enqueue_jobs(self) -> list[CronJob]:
        """Ring for the rounds whose time has come."""
        forfalte = [jobb for jobb in self.get_jobs() if jobb.should_run()]
        for jobb in forfalte:
            self._doerklokke.ring_naa(jobb.name)
            jobb.set_enqueue_time(sann_tid())
        return forfalte


def hold_timeplanen(redis: Redis, doerklokke: RqDoerklokke) -> None:
    """Keep the timetable until SIGTERM or SIGINT; a Redis that is away is waited for."""
    while True:
        try:
            Timeplan(redis, doerklokke).start()  # type: ignore[no-untyped-call]  # rq
            return
        except RedisError as feil:
            logger.warning("Redis is away; the timetable waits for it", extra={"feil": type(feil).__name__})
            try:
                time.sleep(IGJEN_OM_SEKUNDER)
            except StopRequested:
                return
