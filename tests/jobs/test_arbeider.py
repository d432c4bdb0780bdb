"""The worker on a real Valkey: no kind of round waits for another, nothing ends it, and it ends when it is asked to."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from redis import Redis

from gateway.kjerne import Kjerne
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass, Fortsett, Runde
from gateway.store.logg import Hvem
from gateway.vertskap.oversetter import Oversetter
from jobs.arbeider import Arbeider
from jobs.doerklokke import RqDoerklokke, koble_til
from tests.ende_til_ende.kjoerende import vent_til
from tests.verden import ROT, FastKlokke


class Proeverunde:
    """Rounds that do as they are told, and note that they were at it."""

    def __init__(self) -> None:
        self.gaatt: list[str] = []
        self.slipp = threading.Event()

    def lag(self, navn: str, *, henger: bool = False, feil: Exception | None = None) -> Runde:
        def gjoer(plass: Arbeidsplass, hvem: Hvem, fortsett: Fortsett) -> int:
            self.gaatt.append(navn)
            if henger:
                self.slipp.wait()
            if feil and self.gaatt.count(navn) == 1:
                raise feil
            return 1

        return replace(RUNDER[navn], gjoer=gjoer)


@pytest.fixture
def proeve() -> Iterator[Proeverunde]:
    proeve = Proeverunde()
    yield proeve
    proeve.slipp.set()


@pytest.fixture
def plass(kjerne: Kjerne) -> Arbeidsplass:
    oversetter = Oversetter([], sekunder=1)
    return Arbeidsplass(
        kjerne=kjerne, oversetter=oversetter, observatoerer=oversetter, kanaler=[], sann_tid=FastKlokke()
    )


def test_en_runde_som_henger_holder_ingen_andre_oppe(redis: Redis, plass: Arbeidsplass, proeve: Proeverunde) -> None:
    runder = [proeve.lag("varsler_epost", henger=True), proeve.lag("frister"), proeve.lag("varsler_sms")]
    arbeider = Arbeider(plass, redis, runder)
    arbeider.start()
    ring = RqDoerklokke(redis).ring_naa
    ring("varsler_epost")
    vent_til(lambda: proeve.gaatt, sekunder=10, hva="the round that hangs")
    ring("frister")
    ring("varsler_sms")
    vent_til(lambda: {"frister", "varsler_sms"} <= set(proeve.gaatt), sekunder=10, hva="the others")
    start = time.monotonic()
    assert arbeider.avslutt(0.2) == ["varsler_epost"]
    assert time.monotonic() - start < 5, "it is not waited for longer than that"


def test_en_runde_som_feiler_gaar_igjen(
    redis: Redis, plass: Arbeidsplass, proeve: Proeverunde, caplog: pytest.LogCaptureFixture
) -> None:
    arbeider = Arbeider(plass, redis, [proeve.lag("frister", feil=LookupError("x"))])
    arbeider.start()
    ring = RqDoerklokke(redis).ring_naa
    for gang in (1, 2):
        ring("frister")
        vent_til(lambda gang=gang: len(proeve.gaatt) == gang, sekunder=10, hva=f"round {gang}")  # type: ignore[misc]
    assert arbeider.avslutt() == []
    assert [ett.getMessage() for ett in caplog.records if ett.levelname in ("WARNING", "ERROR")] == [
        "round failed; the timetable brings the next"
    ], "one line, of whoever it is"
    tall = arbeider.tall["frister"]
    assert (tall.gaatt, tall.feilet, tall.gjort) == (2, 1, 1)
    assert tall.sist_vellykket > 0


def test_det_en_runde_feiler_med_kommer_aldri_i_redis(redis: Redis, plass: Arbeidsplass, proeve: Proeverunde) -> None:
    arbeider = Arbeider(plass, redis, [proeve.lag("frister", feil=LookupError("Ola Nordmann, 21459310093"))])
    arbeider.start()
    RqDoerklokke(redis).ring_naa("frister")
    vent_til(lambda: proeve.gaatt, sekunder=10, hva="the round")
    arbeider.avslutt()
    from jobs.koeinnhold import koeinnhold

    alt = b"".join(innhold for _, innhold in koeinnhold(redis))
    assert b"Nordmann" not in alt
    assert b"21459310093" not in alt


def test_arbeideren_lytter_igjen_naar_redis_har_mistet_alt(
    redis: Redis, plass: Arbeidsplass, proeve: Proeverunde
) -> None:
    arbeider = Arbeider(plass, redis, [proeve.lag("frister")])
    arbeider.start()
    ring = RqDoerklokke(redis).ring_naa
    ring("frister")
    vent_til(lambda: len(proeve.gaatt) == 1, sekunder=10, hva="the first round")
    redis.flushall()
    ring("frister")
    vent_til(lambda: len(proeve.gaatt) == 2, sekunder=10, hva="the next round")
    assert arbeider.avslutt() == []


def test_en_arbeider_som_faar_et_nytt_sted_slutter_med_det_gamle_og_gaar_videre_i_det_nye(
    redis: Redis, plass: Arbeidsplass
) -> None:
    """What `dev` does when the configuration was read anew."""
    steder: list[Arbeidsplass] = []
    slapp: list[bool] = []

    def til_noen_sier_stopp(plass: Arbeidsplass, hvem: Hvem, fortsett: Callable[[], bool]) -> int:
        steder.append(plass)
        while len(steder) == 1 and fortsett():
            pass
        slapp.append(True)
        return 0

    arbeider = Arbeider(plass, redis, [replace(RUNDER["frister"], gjoer=til_noen_sier_stopp)])
    arbeider.start()
    RqDoerklokke(redis).ring_naa("frister")
    vent_til(lambda: steder, sekunder=10, hva="the first round")
    ny = replace(plass, oversetter=Oversetter([], sekunder=1), observatoerer=Oversetter([], sekunder=1))
    arbeider.bytt(ny)
    vent_til(lambda: len(slapp) == 2, sekunder=2, hva="a round at the new place, which nobody has rung for")
    assert [ett is sted for ett, sted in zip(steder, (plass, ny), strict=True)] == [True, True]
    assert arbeider.avslutt() == []


HENGENDE = """
import sys, threading
from dataclasses import replace
import jobs.arbeider as a
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass
from jobs.doerklokke import RqDoerklokke, koble_til

def heng(*_):
    print("henger", flush=True)
    threading.Event().wait()
    return 0

class Oversetter:
    def lukk(self): pass

redis = koble_til(sys.argv[1])
RqDoerklokke(redis).ring_naa("frister")
plass = Arbeidsplass(kjerne=None, oversetter=Oversetter(), observatoerer=Oversetter(), kanaler=[], sann_tid=None)
a.arbeid(a.Arbeider(plass, redis, (replace(RUNDER["frister"], gjoer=heng),)))
"""


def test_sigterm_ender_prosessen_i_tide_hva_som_enn_henger(redis: Redis, tjener: str) -> None:
    assert koble_til(tjener).ping()
    with subprocess.Popen([sys.executable, "-c", HENGENDE, tjener], cwd=ROT, stdout=subprocess.PIPE, text=True) as en:
        assert en.stdout is not None
        assert en.stdout.readline() == "henger\n"
        start = time.monotonic()
        en.terminate()
        assert en.wait(10) == 0
        assert time.monotonic() - start < 10
