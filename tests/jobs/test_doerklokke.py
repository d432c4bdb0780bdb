"""The doorbell on a real Valkey: it wakes workers, never holds up a request, and may be lost."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker

from gateway.kjerne import Kjerne
from gateway.vertskap.oversetter import Oversetter
from jobs.arbeidsplass import Arbeidsplass, Rundefeil, gaa_runde, innred
from jobs.doerklokke import KOE, MEST_I_KOE, RqDoerklokke, koble_til, ta_ned_ringen
from jobs.timeplan import Timeplan
from tests.ende_til_ende.kjoerende import vent_til
from tests.verden import FastKlokke

gjort: list[str] = []


def runde() -> None:
    gjort.append("runde")


@pytest.fixture
def doerklokke(redis: Redis) -> RqDoerklokke:
    gjort.clear()
    return RqDoerklokke(redis, {"runde": runde})


def _koe(redis: Redis) -> int:
    return int(Queue(KOE, connection=redis).count)


def _arbeid(redis: Redis) -> None:
    SimpleWorker([Queue(KOE, connection=redis)], connection=redis).work(burst=True, logging_level="ERROR")


def test_mange_ring_er_en_runde(redis: Redis, doerklokke: RqDoerklokke) -> None:
    for _ in range(100):
        doerklokke.ring_naa("runde")
    assert _koe(redis) == 1
    _arbeid(redis)
    assert gjort == ["runde"]


def test_den_som_ringer_mens_en_runde_gaar_faar_en_ny(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring_naa("runde")
    ta_ned_ringen(redis, "runde")  # the round's first act
    doerklokke.ring_naa("runde")
    _arbeid(redis)
    assert gjort == ["runde", "runde"]


def test_koen_vokser_ikke_med_lasten_selv_om_ingen_arbeider(redis: Redis, doerklokke: RqDoerklokke) -> None:
    for _ in range(MEST_I_KOE + 20):
        doerklokke.ring_naa("runde")
        ta_ned_ringen(redis, "runde")
    assert _koe(redis) == MEST_I_KOE


def test_ingen_foresporsel_venter_paa_en_redis_som_er_borte() -> None:
    borte = RqDoerklokke(koble_til("unix:///finnes/ikke.sock"), {"runde": runde})
    start = time.perf_counter()
    for _ in range(1000):
        borte.ring("runde")
    assert time.perf_counter() - start < 1
    with pytest.raises(RedisError):
        borte.ring_naa("runde")


def test_en_ring_naar_fram_fra_traaden_sin(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring("runde")
    vent_til(lambda: _koe(redis) == 1, sekunder=5, hva="the ring in the queue")


def test_flushall_mister_bare_ringet_og_timeplanen_ringer_igjen(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring_naa("runde")
    redis.flushall()
    assert _koe(redis) == 0
    ringt: list[str] = []
    timeplan = Timeplan(redis, _Lytter(ringt))  # type: ignore[arg-type]
    assert len(timeplan.enqueue_jobs()) == len(timeplan.get_jobs()) == len(ringt)
    assert timeplan.enqueue_jobs() == [], "not again before its time"


class _Lytter:
    def __init__(self, ringt: list[str]) -> None:
        self._ringt = ringt

    def ring_naa(self, runde: str) -> None:
        self._ringt.append(runde)


def test_ingenting_i_redis_er_mer_enn_navnet_paa_en_runde(
    redis: Redis, doerklokke: RqDoerklokke, tmp_path: Path
) -> None:
    doerklokke.ring_naa("runde")
    (jobb,) = Queue(KOE, connection=redis).jobs
    assert (jobb.args, jobb.kwargs) == ((), {})


def _uheldig(*_: object) -> int:
    raise LookupError("Ola Nordmann, 21459310093")


def test_det_en_runde_feiler_med_kommer_aldri_i_redis(redis: Redis, kjerne: Kjerne) -> None:
    oversetter = Oversetter([], sekunder=1)
    innred(Arbeidsplass(kjerne=kjerne, oversetter=oversetter, kanaler=[], sann_tid=FastKlokke(), redis=redis))
    with pytest.raises(Rundefeil, match=r"^LookupError$") as fanget:
        gaa_runde("runde", _uheldig)
    som_rq_skriver = "".join(traceback.format_exception(fanget.value))
    assert "Nordmann" not in som_rq_skriver
    assert "21459310093" not in som_rq_skriver
