"""The worker: a thread for each round, and one that listens for rings; so no round waits for one of another kind."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import structlog
from redis import Redis
from redis.exceptions import RedisError

from gateway.kjerne import ny_id
from gateway.klokke import sann_tid
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass, Runde
from gateway.store.logg import Hvem
from jobs.doerklokke import ta_ned_ringen
from jobs.lytter import Lytter
from jobs.maalinger import Rundetall
from jobs.runder import gaa, innred

logger = logging.getLogger(__name__)

# A round looks up after this long, so that the log tells of it; what is left it takes at once.
TIDSSKIVE = dt.timedelta(seconds=10)
# A round that nobody has rung for looks by itself: the doorbell, or the timetable, may be away for long.
EGET_INITIATIV_SEKUNDER = 5.0
IGJEN_OM_SEKUNDER = 1
# The platform waits ten seconds from SIGTERM; what has not ended by then is left, and its leases run out.
NAADETID_SEKUNDER = 6.0
# Threads that may want the database at once: one a round, and those that the inbox handles events in.
TRAADER_MED_DATABASE = len(RUNDER) + 32


class Rundetraad(threading.Thread):
    """Does one round whenever it is woken, or has not been for a while, until it is asked to stop.

    No fault of a round ends it.
    """

    def __init__(self, runde: Runde, plass: Callable[[], Arbeidsplass], stopp: threading.Event) -> None:
        super().__init__(name=f"runde-{runde.navn}", daemon=True)
        self._runde = runde
        self._plass = plass
        self._stopp = stopp
        self._vekket = threading.Event()
        self.tall = Rundetall()

    def vekk(self) -> None:
        """Have it do the round; once more, if it is at it now."""
        self._vekket.set()

    def run(self) -> None:
        while not self._stopp.is_set():
            self._vekket.wait(EGET_INITIATIV_SEKUNDER)
            self._vekket.clear()
            if not self._stopp.is_set():
                self._gaa()

    def _gaa(self) -> None:
        til = sann_tid() + TIDSSKIVE
        plass = self._plass()

        def fortsett() -> bool:
            return sann_tid() < til and not self._stopp.is_set() and plass is self._plass()

        hvem = Hvem(korrelasjonsid=f"runde-{ny_id()}")
        # An event has a correlation id of its own; its lines tell beside it which round was at it.
        with structlog.contextvars.bound_contextvars(
            korrelasjonsid=hvem.korrelasjonsid, runde=self._runde.navn, runde_id=hvem.korrelasjonsid
        ):
            self.tall.begynn()
            try:
                antall = self._runde.gjoer(plass, hvem, fortsett)
            except Exception:
                self.tall.feil()
                logger.exception("round failed; the timetable brings the next")
                return
            self.tall.ferdig(antall, sann_tid().timestamp())
            if antall:
                logger.info("round done", extra={"antall": antall})
        if sann_tid() >= til or plass is not self._plass():
            self.vekk()


class Arbeider:
    """The threads of one worker process."""

    def __init__(self, plass: Arbeidsplass, redis: Redis, runder: Sequence[Runde] = tuple(RUNDER.values())) -> None:
        self._redis = redis
        self._plass = plass
        self._stopp = threading.Event()
        self._traader = {runde.navn: Rundetraad(runde, lambda: self._plass, self._stopp) for runde in runder}
        self._lytter = threading.Thread(target=self._lytt, name="lytter", daemon=True)
        self._hoerer: Lytter | None = None
        self._redis_er_borte = False

    def start(self) -> None:
        innred(self._vekk)
        for traad in self._traader.values():
            traad.start()
        self._lytter.start()

    @property
    def tall(self) -> dict[str, Rundetall]:
        """What each round has done here."""
        return {navn: traad.tall for navn, traad in self._traader.items()}

    def hoerer(self) -> bool:
        """Whether it hears the doorbell now."""
        return self._hoerer is not None and self._hoerer.hoerer

    def doede(self) -> list[str]:
        """The threads that should run and do not; one that hangs in a round does. None should, once it is to stop."""
        if self._stopp.is_set():
            return []
        return [ett.name for ett in (self._lytter, *self._traader.values()) if not ett.is_alive()]

    def bytt(self, plass: Arbeidsplass) -> None:
        """Work at this place from now on. Rounds at hand end in the one that they began at, whose plugins stop."""
        forrige, self._plass = self._plass, plass
        forrige.steng_plugins()
        for traad in self._traader.values():
            traad.vekk()

    def steng_plugins(self) -> None:
        """No plugin is asked from now on; what is asked of one now is answered by Stoppet."""
        self._plass.steng_plugins()

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
            if traad := self._traader.get(runde):
                traad.vekk()

    def _lytt(self) -> None:
        """Listen for as long as the worker works; a Redis that is away is told of once, and tried every second."""
        while not self._stopp.is_set():
            startet = time.monotonic()
            try:
                self._hoerer = Lytter(self._redis, self._stopp, gaa, self._redis_svarer)
                self._hoerer.work(logging_level="WARNING")
                if self._hoerer.feil:
                    raise self._hoerer.feil
            except RedisError as feil:
                if not self._redis_er_borte:
                    logger.warning(
                        "Redis is away; rounds look by themselves until it is back", extra={"feil": type(feil).__name__}
                    )
                self._redis_er_borte = True
            except Exception:
                logger.exception("the worker cannot listen; it tries again")
            self._stopp.wait(max(0.0, IGJEN_OM_SEKUNDER - (time.monotonic() - startet)))

    def _redis_svarer(self) -> None:
        if self._redis_er_borte:
            logger.info("Redis is back; the worker listens")
        self._redis_er_borte = False


def arbeid(arbeider: Arbeider, *, til_slutt: Callable[[], None] = lambda: None) -> None:
    """Work until SIGTERM or SIGINT, and end within ten seconds of it, whatever hangs.

    `til_slutt` is called at the end, and may take a second.
    """
    for signalnummer in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signalnummer, lambda *_: arbeider.be_om_stopp())
    arbeider.start()
    arbeider.vent_paa_stopp()
    arbeider.steng_plugins()  # first: nobody's mapping holds up the end, and what it had at hand is mapped anew
    henger = arbeider.avslutt()
    til_slutt()
    if henger:
        logger.warning("rounds did not end in time; what they held is taken up by others", extra={"runder": henger})
        logging.shutdown()
        os._exit(0)
