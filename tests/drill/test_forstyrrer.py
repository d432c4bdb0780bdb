"""The proxy makes each fault of a network, and ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.bench.last import VERT
from gateway.drill.forstyrrer import Forstyrrer, Modus

STRAKS, KORT = 5.0, 0.2


async def _ekko(leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
    try:
        while stykke := await leser.read(100):
            skriver.write(stykke)
    except OSError:
        pass
    finally:
        skriver.close()


@asynccontextmanager
async def _forstyrret_ekko() -> AsyncIterator[Forstyrrer]:
    tjener = await asyncio.start_server(_ekko, VERT, 0)
    forstyrrer = await Forstyrrer(int(tjener.sockets[0].getsockname()[1])).start()
    try:
        yield forstyrrer
    finally:
        await forstyrrer.sett(Modus.NEKTER)
        tjener.close()


async def _spoer(leser: asyncio.StreamReader, skriver: asyncio.StreamWriter, sekunder: float) -> bytes:
    skriver.write(b"hei")
    return await asyncio.wait_for(leser.read(100), sekunder)


def test_den_slipper_gjennom() -> None:
    async def proev() -> None:
        async with _forstyrret_ekko() as forstyrrer:
            assert await _spoer(*await asyncio.open_connection(VERT, forstyrrer.port), STRAKS) == b"hei"

    asyncio.run(proev())


def test_den_henger_baade_for_gamle_og_nye_og_gir_alt_videre_naar_den_er_gjennom_igjen() -> None:
    async def proev() -> None:
        async with _forstyrret_ekko() as forstyrrer:
            gammel = await asyncio.open_connection(VERT, forstyrrer.port)
            await _spoer(*gammel, STRAKS)
            await forstyrrer.sett(Modus.HENGER)
            ny = await asyncio.open_connection(VERT, forstyrrer.port)
            for forbindelse in (gammel, ny):
                try:
                    svar = await _spoer(*forbindelse, KORT)
                except TimeoutError:
                    svar = b"(nothing)"
                assert svar == b"(nothing)"
            await forstyrrer.sett(Modus.GJENNOM)
            for leser, _ in (gammel, ny):
                assert await asyncio.wait_for(leser.read(100), STRAKS) == b"hei"

    asyncio.run(proev())


def test_den_nekter_nye_bryter_gamle_og_lytter_paa_samme_port_etterpaa() -> None:
    async def proev() -> None:
        async with _forstyrret_ekko() as forstyrrer:
            gammel = await asyncio.open_connection(VERT, forstyrrer.port)
            await _spoer(*gammel, STRAKS)
            await forstyrrer.sett(Modus.NEKTER)
            utfall = []
            for hva in (_spoer(*gammel, STRAKS), asyncio.open_connection(VERT, forstyrrer.port)):
                try:
                    utfall.append(await hva or "ended")
                except OSError as feil:
                    utfall.append(type(feil).__name__)
            assert utfall[0] in ("ended", "ConnectionResetError")
            assert utfall[1] == "ConnectionRefusedError"
            await forstyrrer.sett(Modus.GJENNOM)
            assert await _spoer(*await asyncio.open_connection(VERT, forstyrrer.port), STRAKS) == b"hei"

    asyncio.run(proev())
