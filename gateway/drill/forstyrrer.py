"""A TCP proxy that makes the faults of a network: it hangs, refuses, cuts off, or is slow, when it is told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from gateway.bench.last import VERT

STYKKE = 1 << 16


class Modus(StrEnum):
    GJENNOM = "through"
    # Whoever connects is let in, and nothing is passed on either way, until it is through again.
    HENGER = "hangs"
    NEKTER = "refuses"


class Forstyrrer:
    """Stands before one server: that of a Unix socket, or of a port on loopback. Lives in one event loop."""

    def __init__(self, til: Path | int) -> None:
        self.port = 0
        self._til = til
        self._fritt = asyncio.Event()
        self._fritt.set()
        self._forsinkelse = 0.0
        self._tjener: asyncio.Server | None = None
        self._aapne: set[asyncio.StreamWriter] = set()

    async def start(self) -> Forstyrrer:
        """Listen on a free port, and on the same one ever after."""
        await self._lytt()
        return self

    async def sett(self, modus: Modus, *, forsinkelse: float = 0.0) -> None:
        """From now on. `forsinkelse`: seconds that each piece waits before it is passed on."""
        self._forsinkelse = forsinkelse
        if modus is Modus.NEKTER:
            if self._tjener:
                self._tjener.close()
                self._tjener = None
            await self.kutt()
        elif self._tjener is None:
            await self._lytt()
        if modus is Modus.HENGER:
            self._fritt.clear()
        else:
            self._fritt.set()

    async def kutt(self) -> None:
        """Break all connections, at once."""
        for skriver in self._aapne:
            skriver.transport.abort()

    async def _lytt(self) -> None:
        self._tjener = await asyncio.start_server(self._betjen, VERT, self.port, backlog=1024)
        self.port = int(self._tjener.sockets[0].getsockname()[1])

    async def _betjen(self, leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
        self._aapne.add(skriver)
        try:
            await self._fritt.wait()
            await self._formidle(leser, skriver)
        except OSError:  # nobody is there, or one of the two went: so does the other
            skriver.transport.abort()
        finally:
            self._aapne.discard(skriver)
            skriver.close()

    async def _formidle(self, leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
        if isinstance(self._til, Path):
            bak_leser, bak_skriver = await asyncio.open_unix_connection(self._til)
        else:
            bak_leser, bak_skriver = await asyncio.open_connection(VERT, self._til)
        self._aapne.add(bak_skriver)
        veier = [asyncio.ensure_future(ett) for ett in (self._pump(leser, bak_skriver), self._pump(bak_leser, skriver))]
        try:
            await asyncio.wait(veier, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for vei in veier:
                vei.cancel()
            with suppress(OSError):
                await asyncio.gather(*veier, return_exceptions=True)
            self._aapne.discard(bak_skriver)
            bak_skriver.close()

    async def _pump(self, fra: asyncio.StreamReader, til: asyncio.StreamWriter) -> None:
        while stykke := await fra.read(STYKKE):
            await self._fritt.wait()
            if self._forsinkelse:
                await asyncio.sleep(self._forsinkelse)
            til.write(stykke)
            await til.drain()
