"""What the rounds of a worker process work with; set once, when the worker starts."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from redis import Redis

from gateway.kjerne import Kjerne, ny_id
from gateway.klokke import Klokke, sann_tid
from gateway.plugin import Varselkanal
from gateway.store.logg import Hvem
from gateway.vertskap.oversetter import Oversetter
from jobs.doerklokke import ta_ned_ringen

logger = logging.getLogger(__name__)

# A round gives its place to others after this long; what is left is found by the next.
TIDSSKIVE = dt.timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Arbeidsplass:
    kjerne: Kjerne
    oversetter: Oversetter
    kanaler: Sequence[Varselkanal]
    sann_tid: Klokke
    redis: Redis


class Rundefeil(Exception):
    """A round failed, and left the rest to the next. The text names the fault's class; the log says more."""


_plass: list[Arbeidsplass] = []


def innred(plass: Arbeidsplass) -> None:
    """Set what this process' rounds work with."""
    _plass[:] = [plass]


def gaa_runde(navn: str, arbeid: Callable[[Arbeidsplass, Hvem, dt.datetime], int]) -> int:
    """Do one round, until nothing is due or its time slice is over; return how much was done."""
    (plass,) = _plass
    ta_ned_ringen(plass.redis, navn)
    korrelasjonsid = f"runde-{ny_id()}"
    with structlog.contextvars.bound_contextvars(korrelasjonsid=korrelasjonsid, runde=navn):
        til = sann_tid() + TIDSSKIVE
        try:
            antall = arbeid(plass, Hvem(korrelasjonsid=korrelasjonsid), til)
        except Exception as feil:
            # RQ keeps in Redis what a job raised, and a message may repeat what somebody sent.
            logger.exception("round failed")
            raise Rundefeil(type(feil).__name__) from None
        if antall:
            logger.info("round done", extra={"antall": antall})
        if sann_tid() >= til:
            plass.kjerne.doerklokke.ring(navn)
    return antall


def sveip(navn: str, arbeid: Callable[[Kjerne, Hvem], int]) -> int:
    """Do the round of this name by doing `arbeid`, a batch each time, until it finds nothing; return how much."""

    def til_det_er_tomt(plass: Arbeidsplass, hvem: Hvem, til: dt.datetime) -> int:
        antall = 0
        while plass.sann_tid.naa() < til and (gjort := arbeid(plass.kjerne, hvem)):
            antall += gjort
        return antall

    return gaa_runde(navn, til_det_er_tomt)
