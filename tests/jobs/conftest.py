"""A real Valkey, empty for each test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import RedisError

from gateway.dev import valkey
from jobs.doerklokke import koble_til
from tests.ende_til_ende.kjoerende import vent_til


@pytest.fixture(scope="package")
def tjener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    mappe = tmp_path_factory.mktemp("valkey")
    with subprocess.Popen(valkey.kommando(mappe), stdout=subprocess.DEVNULL) as prosess:
        klient = Redis.from_url(valkey.url(mappe))
        vent_til(lambda: _svarer(klient), sekunder=10, hva="Valkey answers")
        yield valkey.url(mappe)
        prosess.terminate()


def _svarer(klient: Redis) -> bool:
    try:
        return bool(klient.ping())
    except RedisError:
        return False


@pytest.fixture
def redis(tjener: str) -> Redis:
    klient = koble_til(tjener)
    klient.flushall()
    return klient
