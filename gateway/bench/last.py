"""A cheap load generator: raw HTTP/1.1 over kept-alive connections, so that the load costs little beside what it loads.

Every function takes ready-made requests and measures the answers; a connection that breaks ends the run.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import quantiles

VERT = "127.0.0.1"
SVARFRIST = 60.0
_LENGDE = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass
class Maaling:
    """What came of one load: how each request was answered, and how many seconds after it was due."""

    sekunder: float = 0.0
    statuser: Counter[int] = field(default_factory=Counter)
    ventetider: list[float] = field(default_factory=list)

    def __add__(self, annen: Maaling) -> Maaling:
        return Maaling(
            sekunder=self.sekunder + annen.sekunder,
            statuser=self.statuser + annen.statuser,
            ventetider=self.ventetider + annen.ventetider,
        )

    @property
    def antall(self) -> int:
        return len(self.ventetider)

    @property
    def per_sekund(self) -> float:
        return self.antall / self.sekunder if self.sekunder else 0.0

    def prosentil(self, prosent: int) -> float:
        """The wait, in milliseconds, that `prosent` of the requests stayed within."""
        if self.antall < 2:
            return 1000 * sum(self.ventetider)
        return 1000 * quantiles(self.ventetider, n=100, method="inclusive")[prosent - 1]

    @property
    def lengst(self) -> float:
        return 1000 * max(self.ventetider, default=0.0)


def over_nettet(sti: str, innholdstype: str, kropp: bytes, **hoder: str) -> bytes:
    """A POST as it goes over the wire; in the names of `hoder`, `_` stands for `-`."""
    linjer = "".join(f"{navn.replace('_', '-')}: {verdi}\r\n" for navn, verdi in hoder.items())
    hode = f"POST {sti} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {innholdstype}\r\nContent-Length: {len(kropp)}\r\n"
    return f"{hode}{linjer}\r\n".encode() + kropp


class _Forbindelse(asyncio.Protocol):
    """One connection, with one request under way at a time."""

    def __init__(self) -> None:
        self._svar = bytearray()
        self._venter: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def spoer(self, foresporsel: bytes) -> asyncio.Future[int]:
        """Send; the future gives the status once the whole answer is here."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the server closed the connection")
        self._venter = asyncio.get_running_loop().create_future()
        self._transport.write(foresporsel)
        return self._venter

    def data_received(self, data: bytes) -> None:
        self._svar += data
        hodeslutt = self._svar.find(b"\r\n\r\n")
        if hodeslutt < 0 or self._venter is None:
            return
        lengde = _LENGDE.search(self._svar, 0, hodeslutt + 2)
        if len(self._svar) < hodeslutt + 4 + (int(lengde[1]) if lengde else 0):
            return
        status = int(self._svar[9:12])
        self._svar.clear()
        venter, self._venter = self._venter, None
        venter.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._venter is not None and not self._venter.done():
            self._venter.set_exception(exc or ConnectionError("the server closed the connection"))

    def lukk(self) -> None:
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def _forbindelser(port: int, antall: int) -> AsyncIterator[list[_Forbindelse]]:
    loop = asyncio.get_running_loop()
    aapnet = [(await loop.create_connection(_Forbindelse, VERT, port))[1] for _ in range(antall)]
    try:
        yield aapnet
    finally:
        for ett in aapnet:
            ett.lukk()


def mett(port: int, foresporsler: Iterator[bytes], *, forbindelser: int, sekunder: float) -> Maaling:
    """Closed loop: on every connection the next request follows upon the last one's answer."""
    maaling = Maaling()

    async def hold_gaaende(forbindelse: _Forbindelse, slutt: float) -> None:
        naa = asyncio.get_running_loop().time
        while (start := naa()) < slutt:
            maaling.statuser[await forbindelse.spoer(next(foresporsler))] += 1
            maaling.ventetider.append(naa() - start)

    async def kjoer() -> None:
        async with asyncio.timeout(sekunder + SVARFRIST), _forbindelser(port, forbindelser) as alle:
            start = asyncio.get_running_loop().time()
            await asyncio.gather(*(hold_gaaende(ett, start + sekunder) for ett in alle))
            maaling.sekunder = asyncio.get_running_loop().time() - start

    asyncio.run(kjoer())
    return maaling


def jevnt(port: int, foresporsler: Iterator[bytes], *, forbindelser: int, per_sekund: int, sekunder: float) -> Maaling:
    """Open loop: one request each 1/`per_sekund`, whatever the server does.

    A request's wait begins when it is due: one that finds no free connection waits, and its wait counts.
    """
    maaling = Maaling()

    async def kjoer() -> None:
        naa = asyncio.get_running_loop().time
        async with asyncio.timeout(sekunder + SVARFRIST), _forbindelser(port, forbindelser) as alle:
            ledige: asyncio.Queue[_Forbindelse] = asyncio.Queue()
            for ett in alle:
                ledige.put_nowait(ett)

            async def send(foresporsel: bytes, til: float) -> None:
                forbindelse = await ledige.get()
                maaling.statuser[await forbindelse.spoer(foresporsel)] += 1
                maaling.ventetider.append(naa() - til)
                ledige.put_nowait(forbindelse)

            start = naa()
            async with asyncio.TaskGroup() as gruppe:
                for nummer in range(int(per_sekund * sekunder)):
                    til = start + nummer / per_sekund
                    if (om := til - naa()) > 0:
                        await asyncio.sleep(om)
                    gruppe.create_task(send(next(foresporsler), til))
            maaling.sekunder = naa() - start

    asyncio.run(kjoer())
    return maaling
