"""All that Redis holds can be searched: whatever it is kept as, what is there is found."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue

from gateway.kjerne import Kjerne
from gateway.reading.spor import spor
from jobs.koeinnhold import koeinnhold

TEKST = "Søknad om støtte"
OBJEKT = UUID("0198f3c2-a4b4-7c55-a3a1-c0ffee000001")


def _ingenting() -> None:
    """A job."""


@pytest.mark.parametrize(
    "legg_inn",
    [
        lambda redis: redis.set("noe", TEKST),
        lambda redis: redis.set("noe", zlib.compress(TEKST.encode())),
        lambda redis: redis.hset("noe", "felt", TEKST),
        lambda redis: redis.hset("noe", TEKST, "verdi"),
        lambda redis: redis.rpush("noe", "foerst", TEKST),
        lambda redis: redis.sadd("noe", TEKST),
        lambda redis: redis.zadd("noe", {TEKST: 1}),
        lambda redis: redis.xadd("noe", {"felt": TEKST}),
        lambda redis: redis.set(TEKST, "verdi"),
        lambda redis: redis.set("noe", OBJEKT.hex),
        lambda redis: redis.set("noe", str(OBJEKT)),
        lambda redis: Queue("en", connection=redis).enqueue(_ingenting, job_id=str(OBJEKT)),
        lambda redis: Queue("en", connection=redis).enqueue(_ingenting, meta={"tekst": TEKST}),
    ],
    ids=[
        *("string", "compressed", "hash value", "hash field", "list", "set", "sorted set", "stream"),
        *("name of a key", "id in hex", "id", "id of a job", "in a job"),
    ],
)
def test_det_som_ligger_i_redis_blir_funnet(kjerne: Kjerne, redis: Redis, legg_inn: Callable[[Redis], Any]) -> None:
    redis.set("noe annet", "uten betydning")
    assert spor(kjerne.database, OBJEKT, [TEKST], koeinnhold(redis)) == []
    legg_inn(redis)
    funnet = spor(kjerne.database, OBJEKT, [TEKST], koeinnhold(redis))
    assert funnet
    assert all(ett.innhold and ett.sted.startswith("queue: ") for ett in funnet)
