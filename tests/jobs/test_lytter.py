"""Redis is no way in: the worker hears the names of rounds, and does nothing else that lies there."""

from __future__ import annotations

import os
import pickle
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Callback, Queue, Retry, Worker
from rq.command import send_shutdown_command
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs.doerklokke import KOE, RqDoerklokke
from jobs.lytter import Lytter
from jobs.maalinger import REGISTER
from jobs.runder import gaa, innred
from tests.ende_til_ende.kjoerende import vent_til

RUNDE = "frister"


class Ond:
    def __init__(self, merke: Path) -> None:
        self.merke = merke

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.merke}",)


def _fremmede() -> float:
    return REGISTER.get_sample_value("gateway_fremmede_jobber_total") or 0.0


def _json_koe(redis: Redis) -> Queue:
    return Queue(KOE, connection=redis, serializer=JSONSerializer)


def _jobb(redis: Redis, data: bytes, jobb_id: str = "x", **felter: Any) -> None:
    redis.hset(Job.key_for(jobb_id), mapping={"data": data, "status": "queued", "origin": KOE, **felter})
    redis.rpush(f"rq:queue:{KOE}", jobb_id)


def _pakket(tekst: bytes) -> bytes:
    return zlib.compress(tekst)


FIENDTLIGE: dict[str, Callable[[Redis, Path], Any]] = {
    "by name": lambda redis, merke: _json_koe(redis).enqueue("os.system", f"touch {merke}"),
    "by name, compressed by hand": lambda redis, merke: _jobb(
        redis, _pakket(f'["os.system", null, ["touch {merke}"], {{}}]'.encode())
    ),
    "a pickled job": lambda redis, merke: Queue(KOE, connection=redis).enqueue("os.system", f"touch {merke}"),
    "a pickle that runs when it is read": lambda redis, merke: _jobb(redis, pickle.dumps(Ond(merke))),
    "a pickle in meta, in result": lambda redis, merke: _jobb(
        redis, b"[", meta=pickle.dumps(Ond(merke)), result=pickle.dumps(Ond(merke))
    ),
    "no round": lambda redis, merke: _json_koe(redis).enqueue(gaa, f"; touch {merke}"),
    "an instance of something": lambda redis, merke: _jobb(
        redis, _pakket(f'["jobs.runder.gaa", "os.system", ["{RUNDE}"], {{}}]'.encode())
    ),
    "keywords": lambda redis, merke: _jobb(
        redis, _pakket(f'["jobs.runder.gaa", null, ["{RUNDE}"], {{"a": 1}}]'.encode())
    ),
    "another function here": lambda redis, merke: _jobb(
        redis, _pakket(f'["jobs.runder.innred", null, ["{RUNDE}"], {{}}]'.encode())
    ),
    "garbage": lambda redis, merke: _jobb(redis, os.urandom(300)),
    "garbage for a name": lambda redis, merke: redis.rpush(f"rq:queue:{KOE}", os.urandom(30)),
    "a name of 10 MB": lambda redis, merke: redis.rpush(f"rq:queue:{KOE}", b"x" * 10_000_000),
    "a job of 50 MB": lambda redis, merke: _jobb(redis, b"x" * 50_000_000),
    "a bomb": lambda redis, merke: _jobb(redis, zlib.compress(b"[" * 400_000, 9)),
    "brackets without end": lambda redis, merke: _jobb(redis, b"[" * 500),
    "a job that is no hash": lambda redis, merke: (
        redis.set(Job.key_for("x"), "text"),
        redis.rpush(f"rq:queue:{KOE}", "x"),
    ),
    "a job that is not there": lambda redis, merke: redis.rpush(f"rq:queue:{KOE}", "borte"),
}


@pytest.fixture
def lytter(redis: Redis) -> Iterator[list[str]]:
    """A listener at work, and the rounds that it was told to wake."""
    vekket: list[str] = []
    stopp = threading.Event()
    innred(vekket.append)
    hoerer = Lytter(redis, stopp, gaa)
    traad = threading.Thread(target=hoerer.work, kwargs={"logging_level": "WARNING"})
    traad.start()
    vent_til(lambda: hoerer.hoerer, sekunder=10, hva="the listener listens")
    yield vekket
    stopp.set()
    traad.join(10)


@pytest.mark.parametrize("slag", FIENDTLIGE)
def test_det_som_ikke_er_et_ring_kastes_telles_og_gjoer_ingenting(
    redis: Redis, lytter: list[str], tmp_path: Path, slag: str
) -> None:
    foer, merke = _fremmede(), tmp_path / "kjoert"
    FIENDTLIGE[slag](redis, merke)
    vent_til(lambda: _fremmede() > foer, sekunder=10, hva="it is counted")
    RqDoerklokke(redis).ring_naa(RUNDE)
    vent_til(lambda: lytter, sekunder=10, hva="the ring that came after it")
    assert lytter == [RUNDE]
    assert not merke.exists()
    assert redis.llen(f"rq:queue:{KOE}") == 0


def test_et_ring_med_alt_rq_kan_er_bare_et_ring(redis: Redis, lytter: list[str], tmp_path: Path) -> None:
    """Callbacks, retries and dependents of a job that rings are not looked at."""
    merke = tmp_path / "kjoert"
    ond = Callback("os.system")
    koe = _json_koe(redis)
    ringer = koe.enqueue(gaa, RUNDE, on_success=ond, on_failure=ond, on_stopped=ond, retry=Retry(3))
    koe.enqueue("os.system", f"touch {merke}", depends_on=ringer)
    vent_til(lambda: lytter, sekunder=10, hva="the ring")
    RqDoerklokke(redis).ring_naa("sletting")
    vent_til(lambda: "sletting" in lytter, sekunder=10, hva="the ring after it")
    assert lytter == [RUNDE, "sletting"]
    assert not merke.exists()


def test_ingen_kommando_eller_pause_i_redis_naar_arbeideren(redis: Redis, lytter: list[str]) -> None:
    (navn,) = (ett.name for ett in Worker.all(connection=redis))
    send_shutdown_command(redis, navn)
    redis.set("rq:suspended", 1)
    RqDoerklokke(redis).ring_naa(RUNDE)
    vent_til(lambda: lytter, sekunder=10, hva="the ring")
