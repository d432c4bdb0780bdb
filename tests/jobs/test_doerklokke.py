"""The doorbell on a real Valkey: it wakes workers, never holds up a request, and may be lost."""

from __future__ import annotations

import time

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from jobs.doerklokke import KOE, MEST_I_KOE, RqDoerklokke, koble_til, ta_ned_ringen
from jobs.runder import UkjentRunde, gaa, innred
from jobs.timeplan import Timeplan
from tests.ende_til_ende.kjoerende import vent_til

gjort: list[str] = []
RUNDE = "frister"


@pytest.fixture
def doerklokke(redis: Redis) -> RqDoerklokke:
    gjort.clear()
    innred(gjort.append)
    return RqDoerklokke(redis)


def _koeen(redis: Redis) -> Queue:
    return Queue(KOE, connection=redis, serializer=JSONSerializer)


def _koe(redis: Redis) -> int:
    return int(_koeen(redis).count)


def _arbeid(redis: Redis) -> None:
    SimpleWorker([_koeen(redis)], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")


def test_mange_ring_er_en_runde(redis: Redis, doerklokke: RqDoerklokke) -> None:
    for _ in range(100):
        doerklokke.ring_naa(RUNDE)
    assert _koe(redis) == 1
    _arbeid(redis)
    assert gjort == [RUNDE]


def test_den_som_ringer_mens_en_runde_gaar_faar_en_ny(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring_naa(RUNDE)
    ta_ned_ringen(redis, RUNDE)  # the round's first act
    doerklokke.ring_naa(RUNDE)
    _arbeid(redis)
    assert gjort == [RUNDE, RUNDE]


def test_koen_vokser_ikke_med_lasten_selv_om_ingen_arbeider(redis: Redis, doerklokke: RqDoerklokke) -> None:
    for _ in range(MEST_I_KOE + 20):
        doerklokke.ring_naa(RUNDE)
        ta_ned_ringen(redis, RUNDE)
    assert _koe(redis) == MEST_I_KOE


def test_ingen_foresporsel_venter_paa_en_redis_som_er_borte() -> None:
    borte = RqDoerklokke(koble_til("unix:///finnes/ikke.sock"))
    start = time.perf_counter()
    for _ in range(1000):
        borte.ring(RUNDE)
    assert time.perf_counter() - start < 1
    with pytest.raises(RedisError):
        borte.ring_naa(RUNDE)


def test_en_ring_naar_fram_fra_traaden_sin(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring(RUNDE)
    vent_til(lambda: _koe(redis) == 1, sekunder=5, hva="the ring in the queue")


def test_flushall_mister_bare_ringet_og_timeplanen_ringer_igjen(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring_naa(RUNDE)
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


def test_ingenting_i_redis_er_mer_enn_navnet_paa_en_runde(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring_naa(RUNDE)
    (jobb,) = _koeen(redis).jobs
    assert (jobb.func_name, jobb.args, jobb.kwargs) == ("jobs.runder.gaa", [RUNDE], {})


@pytest.mark.parametrize("navn", ["", "os.system", "Frister", "varsler"])
def test_det_som_ikke_er_navnet_paa_en_runde_avvises(redis: Redis, doerklokke: RqDoerklokke, navn: str) -> None:
    with pytest.raises(UkjentRunde):
        doerklokke.ring_naa(navn)
    with pytest.raises(UkjentRunde):
        gaa(navn)
    assert (_koe(redis), gjort) == (0, [])


def test_doerklokka_overlever_hva_som_helst(redis: Redis, doerklokke: RqDoerklokke) -> None:
    doerklokke.ring("finnes ikke")
    vent_til(lambda: not doerklokke._venter, sekunder=5, hva="the fault in the doorbell's thread")
    doerklokke.ring(RUNDE)
    vent_til(lambda: _koe(redis) == 1, sekunder=5, hva="the next ring in the queue")
