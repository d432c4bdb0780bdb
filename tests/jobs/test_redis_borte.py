"""Redis that is away, hangs, or comes back empty: the rounds go on, and within five seconds all is as it was."""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

import jobs.arbeider
from gateway.dev import valkey
from gateway.kjerne import Kjerne
from gateway.runder.runde import Arbeidsplass
from gateway.vertskap.oversetter import Oversetter
from jobs.arbeider import Arbeider
from jobs.doerklokke import RqDoerklokke, koble_til
from tests.ende_til_ende.kjoerende import vent_til
from tests.jobs.test_arbeider import Proeverunde
from tests.verden import FastKlokke

RUNDE = "frister"
BORTE_SEKUNDER = 8


class Egen:
    """A Valkey of the test's own, to be stopped, frozen and emptied."""

    def __init__(self, mappe: Path) -> None:
        self.mappe = mappe
        self.prosess: subprocess.Popen[bytes] | None = None
        self.redis: Redis = koble_til(valkey.url(mappe))

    def start(self) -> None:
        self.prosess = subprocess.Popen(valkey.kommando(self.mappe), stdout=subprocess.DEVNULL)
        vent_til(lambda: valkey.sokkel(self.mappe).exists(), sekunder=20, hva="Valkey listens")

    def send(self, hva: signal.Signals) -> None:
        assert self.prosess is not None
        self.prosess.send_signal(hva)

    def stopp(self) -> None:
        if self.prosess is not None:
            self.send(signal.SIGKILL)
            self.prosess.wait(10)
            self.prosess = None
            valkey.sokkel(self.mappe).unlink(missing_ok=True)


@pytest.fixture
def egen(tmp_path: Path) -> Iterator[Egen]:
    ny = Egen(tmp_path / "valkey")
    ny.start()
    yield ny
    ny.stopp()


def _plass(kjerne: Kjerne) -> Arbeidsplass:
    plugins = Oversetter([], sekunder=1)
    return Arbeidsplass(kjerne=kjerne, oversetter=plugins, observatoerer=plugins, kanaler=[], sann_tid=FastKlokke())


@pytest.fixture
def arbeider(egen: Egen, kjerne: Kjerne, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Arbeider, Proeverunde]]:
    """A worker whose round does nothing of its own accord, so that it is the ring that is heard."""
    monkeypatch.setattr(jobs.arbeider, "EGET_INITIATIV_SEKUNDER", 3600)
    proeve = Proeverunde()
    ny = Arbeider(_plass(kjerne), egen.redis, [proeve.lag(RUNDE)])
    ny.start()
    vent_til(ny.hoerer, sekunder=20, hva="the worker listens")
    yield ny, proeve
    ny.avslutt(0.1)


def _er_i_arbeid_igjen(egen: Egen, arbeider: Arbeider, proeve: Proeverunde) -> float:
    """Seconds until a ring, by a doorbell as the timetable has it, has been answered by the round."""
    antall, start = len(proeve.gaatt), time.monotonic()
    ringer = RqDoerklokke(koble_til(valkey.url(egen.mappe)))

    def ringt() -> bool:
        ringer._ring_uten_aa_feile(RUNDE)
        return len(proeve.gaatt) > antall

    vent_til(ringt, sekunder=30, hva="the round after Redis is back")
    vent_til(arbeider.hoerer, sekunder=5, hva="the worker knows that it hears")
    return time.monotonic() - start


def _vent_ut() -> None:
    til = time.monotonic() + BORTE_SEKUNDER
    vent_til(lambda: time.monotonic() > til, sekunder=BORTE_SEKUNDER + 5, hva="the outage")


@pytest.mark.parametrize("tom", [False, True])
def test_redis_som_startes_paa_nytt_hoeres_innen_fem_sekunder(
    egen: Egen, arbeider: tuple[Arbeider, Proeverunde], tom: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobs.arbeider")
    egen.stopp()
    vent_til(lambda: not arbeider[0].hoerer(), sekunder=10, hva="the worker sees that Redis is away")
    _vent_ut()
    if tom:
        shutil.rmtree(egen.mappe)
    egen.start()
    assert _er_i_arbeid_igjen(egen, *arbeider) < 5
    fortalt = [ett.getMessage() for ett in caplog.records if ett.name in ("jobs.arbeider", "rq.worker")]
    assert [linje for linje in fortalt if "Redis" in linje] == [
        "Redis is away; rounds look by themselves until it is back",
        "Redis is back; the worker listens",
    ]


def test_redis_som_henger_hoeres_innen_fem_sekunder_etter_at_den_svarer(
    egen: Egen, arbeider: tuple[Arbeider, Proeverunde]
) -> None:
    egen.send(signal.SIGSTOP)
    try:
        vent_til(lambda: not arbeider[0].hoerer(), sekunder=20, hva="the worker sees that Redis hangs")
        _vent_ut()
    finally:
        egen.send(signal.SIGCONT)
    assert _er_i_arbeid_igjen(egen, *arbeider) < 5


def test_uten_redis_gaar_rundene_av_seg_selv(kjerne: Kjerne, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.arbeider, "EGET_INITIATIV_SEKUNDER", 0.1)
    proeve = Proeverunde()
    arbeider = Arbeider(_plass(kjerne), koble_til("unix:///finnes/ikke.sock"), [proeve.lag(RUNDE)])
    arbeider.start()
    vent_til(lambda: len(proeve.gaatt) > 3, sekunder=20, hva="rounds that nobody has rung for")
    assert not arbeider.hoerer()
    assert arbeider.doede() == [], "away is not dead"
    assert arbeider.avslutt() == []
    assert arbeider.doede() == [], "nor is what was asked to end"
