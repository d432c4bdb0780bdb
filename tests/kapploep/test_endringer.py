"""The change feed beside transactions that commit in any order."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from gateway.kjerne import Kjerne
from gateway.reading.endringer import Endringsside, endringer
from gateway.store import logg
from gateway.store.tabeller import Logg
from tests.handling.gjoer import SWEEP, rader
from tests.verden import START

SKRIVERE = 40
AAPNE_SAMTIDIG = 6


class Skriver:
    """A transaction in a thread of its own: it writes an entry, stays open until it is let go, and writes another."""

    def __init__(self, kjerne: Kjerne, nummer: int, traader: ThreadPoolExecutor) -> None:
        self._kjerne, self._nummer = kjerne, nummer
        self._skrevet, self._slipp = threading.Event(), threading.Event()
        self._ferdig: Future[None] = traader.submit(kjerne.database.i_transaksjon, self._arbeid)
        assert self._skrevet.wait(30)

    def fullfoer(self) -> None:
        self._slipp.set()
        self._ferdig.result(30)

    def _arbeid(self) -> None:
        self._skriv("foerst", "Fager")
        self._skrevet.set()
        assert self._slipp.wait(30)
        self._skriv("sist", "Demo")

    def _skriv(self, hva: str, merkelapp: str) -> None:
        innslag = logg.Innslag(hva=f"{hva} {self._nummer}", merkelapp=merkelapp)
        logg.skriv(SWEEP, START, [innslag])


class Leser:
    """A reader that keeps its cursor, and asks on from it all the time."""

    def __init__(self, kjerne: Kjerne, traader: ThreadPoolExecutor) -> None:
        self._kjerne, self._slutt, self._har_lest = kjerne, threading.Event(), threading.Semaphore(0)
        self._ferdig: Future[list[int]] = traader.submit(self._les)

    def vent_paa_en_lesning(self) -> None:
        """Return once a page was asked for that was not under way before."""
        while self._har_lest.acquire(blocking=False):
            pass
        for _ in range(2):
            assert self._har_lest.acquire(timeout=30)

    def alt(self) -> list[int]:
        self._slutt.set()
        return self._ferdig.result(30)

    def _les(self) -> list[int]:
        sett: list[int] = []
        etter = None
        while True:
            siste = self._slutt.is_set()
            side = les_side(self._kjerne, etter)
            sett += [rad.id for rad in side.elementer]
            etter = side.neste or etter
            self._har_lest.release()
            if siste and side.neste is None:
                return sett


def les_side(kjerne: Kjerne, etter: str | None) -> Endringsside:
    return endringer(kjerne, kjerne.produsenter.hent("fager"), merkelapper=(), antall=3, etter=etter)


@pytest.mark.parametrize("froe", range(3))
def test_den_som_leser_endringene_gaar_ikke_glipp_av_noe_i_hvilken_rekkefoelge_de_enn_fullfoeres(
    pg: Kjerne, froe: int
) -> None:
    valg = random.Random(froe)
    with ThreadPoolExecutor(AAPNE_SAMTIDIG + 2) as traader:
        leser = Leser(pg, traader)
        aapne_naa: list[Skriver] = []
        startet = 0
        while startet < SKRIVERE or aapne_naa:
            if startet < SKRIVERE and len(aapne_naa) < valg.randint(1, AAPNE_SAMTIDIG):
                aapne_naa.append(Skriver(pg, startet, traader))
                startet += 1
            else:
                aapne_naa.pop(valg.randrange(len(aapne_naa))).fullfoer()
            if valg.random() < 0.5:
                leser.vent_paa_en_lesning()
        sett = leser.alt()
    paa_nytt = []
    side = les_side(pg, None)
    while side.neste:
        paa_nytt += [rad.id for rad in side.elementer]
        side = les_side(pg, side.neste)
    assert sett == paa_nytt, "what came while it read lies where a later reader finds it"
    assert sorted(sett) == [rad.id for rad in rader(pg, Logg)]
    assert len(sett) == 2 * SKRIVERE
    assert sett != sorted(sett), "the commits were out of order, or this shows nothing"
