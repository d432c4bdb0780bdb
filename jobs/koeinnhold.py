"""All that Redis holds, to be searched: for those who must show that something is not there."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from redis import Redis

LESERE: Mapping[Any, Callable[[Any, bytes], Iterable[Any]]] = {
    b"string": lambda redis, navn: [redis.get(navn)],
    b"hash": lambda redis, navn: chain.from_iterable(redis.hgetall(navn).items()),
    b"list": lambda redis, navn: redis.lrange(navn, 0, -1),
    b"set": lambda redis, navn: redis.smembers(navn),
    b"zset": lambda redis, navn: redis.zrange(navn, 0, -1),
    b"stream": lambda redis, navn: (ledd for _, felter in redis.xrange(navn) for ledd in chain(*felter.items())),
}


def koeinnhold(redis: Redis) -> Iterator[tuple[str, bytes]]:
    """(key, all that is kept under it) of every key; what RQ has compressed is opened."""
    for navn in redis.scan_iter(count=1000):
        slag = redis.type(navn)
        if slag == b"none":  # gone since the scan saw it
            continue
        if slag not in LESERE:
            raise RuntimeError(f"The key {navn!r} is a {slag!r}, which cannot be searched; look at it by hand.")
        leser = LESERE[slag]
        yield navn.decode(errors="replace"), b"\n".join(_aapnet(verdi) for verdi in leser(redis, navn) if verdi)


def _aapnet(verdi: bytes) -> bytes:
    try:
        return zlib.decompress(verdi)
    except zlib.error:
        return verdi
