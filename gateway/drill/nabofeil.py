"""Faults of the other neighbours: Redis, the mail server and the JWKS server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway.drill.forstyrrer import Forstyrrer, Modus
from gateway.drill.http import Svar, melding, send
from gateway.drill.klienter import FRIST_SEKUNDER
from gateway.drill.sted import APPLIKASJON, Sted


@contextmanager
def forstyrret(
    sted: Sted, *, hvem: Callable[[Sted], Forstyrrer], modus: Modus, forsinkelse: float = 0.0
) -> Iterator[None]:
    """The proxy before a neighbour makes the fault."""
    sted.nett.gjoer(hvem(sted).sett(modus, forsinkelse=forsinkelse))
    try:
        yield
    finally:
        sted.nett.gjoer(hvem(sted).sett(Modus.GJENNOM))


@contextmanager
def redis_toemt(sted: Sted) -> Iterator[None]:
    """All that Redis holds is thrown away, every half second."""
    ferdig = threading.Event()

    def toem() -> None:
        while not ferdig.wait(0.5):
            sted.redis.flushall()

    traad = threading.Thread(target=toem, daemon=True)
    traad.start()
    try:
        yield
    finally:
        ferdig.set()
        traad.join()


@contextmanager
def smtp_ikke_naa(sted: Sted) -> Iterator[None]:
    """The mail server says of each mail: not now."""
    sted.post.nekter = True
    try:
        yield
    finally:
        sted.post.nekter = False


@contextmanager
def jwks_syk(sted: Sted, *, modus: Modus = Modus.GJENNOM, tull: bool = False) -> Iterator[None]:
    """The JWKS server hangs, or serves what is no JWKS, while somebody comes with a made-up `kid`, again and again."""
    oppdiktet = melding("GET", "/api/v1/notifikasjoner", _bearer(sted.utsteder.oppdiktet_token(APPLIKASJON)))
    svar: list[Any] = []

    async def mas(port: int) -> None:
        while True:
            ett = await send(port, oppdiktet, FRIST_SEKUNDER)
            svar.append(ett.status if isinstance(ett, Svar) else ett)
            await asyncio.sleep(0.5)

    sted.utsteder.tull = tull
    sted.nett.gjoer(sted.foran_jwks.sett(modus))
    gaar = [sted.nett.start(mas(port)) for port in sted.porter]
    try:
        yield
    finally:
        for ett in gaar:
            ett.cancel()
        sted.nett.gjoer(sted.foran_jwks.sett(Modus.GJENNOM))
        sted.utsteder.tull = False
        sted.sett.append("a made-up kid was answered " + ", ".join(sorted({str(ett) for ett in svar})))
        if any(isinstance(ett, int) and ett < 400 for ett in svar):
            sted.brutt.append("a token with a made-up kid was let in")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def foran_postgres(sted: Sted) -> Forstyrrer:
    """The proxy before it."""
    return sted.foran_postgres


def foran_redis(sted: Sted) -> Forstyrrer:
    """The proxy before it."""
    return sted.foran_redis


def foran_smtp(sted: Sted) -> Forstyrrer:
    """The proxy before it."""
    return sted.foran_smtp
