"""The drill's own HTTP client reads an answer however its length is told."""

from __future__ import annotations

import asyncio

import pytest

from gateway.bench.last import VERT
from gateway.drill.http import Svar, melding, send


@pytest.mark.parametrize(
    "svar",
    [
        b"Content-Length: 11\r\n\r\nhei paa deg",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhei \r\n7;x=1\r\npaa deg\r\n0\r\n\r\n",
        b"Connection: close\r\n\r\nhei paa deg",
    ],
    ids=["med lengde", "i deler", "til den lukkes"],
)
def test_et_svar_leses_helt(svar: bytes) -> None:
    async def kjoer() -> object:
        async def betjen(leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
            await leser.readuntil(b"\r\n\r\n")
            skriver.write(b"HTTP/1.1 200 OK\r\n" + svar)
            skriver.close()

        async with await asyncio.start_server(betjen, VERT, 0) as tjener:
            return await send(int(tjener.sockets[0].getsockname()[1]), melding("GET", "/", {}), 10.0)

    lest = asyncio.run(kjoer())
    assert isinstance(lest, Svar)
    assert (lest.status, lest.kropp) == (200, b"hei paa deg")
