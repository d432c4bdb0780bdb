"""One HTTP request on one connection, as a client sends it that gives up in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.bench.last import VERT


class Uteblitt(StrEnum):
    """Why there is no answer."""

    TIDSAVBRUDD = "timeout"
    NEKTET = "refused"
    BRUTT = "broken"


@dataclass(frozen=True)
class Svar:
    status: int
    hoder: Mapping[str, str]
    kropp: bytes


def melding(metode: str, sti: str, hoder: Mapping[str, str], kropp: bytes = b"") -> bytes:
    """A request, as it goes over the wire."""
    alle = {"Host": "localhost", "Connection": "close", "Content-Length": str(len(kropp)), **hoder}
    linjer = "".join(f"{navn}: {verdi}\r\n" for navn, verdi in alle.items())
    return f"{metode} {sti} HTTP/1.1\r\n{linjer}\r\n".encode() + kropp


async def send(port: int, foresporsel: bytes, sekunder: float) -> Svar | Uteblitt:
    """Send it to a port on loopback, and wait no longer than this for the whole answer."""
    try:
        async with asyncio.timeout(sekunder):
            leser, skriver = await asyncio.open_connection(VERT, port)
            try:
                skriver.write(foresporsel)
                return await _les(leser)
            finally:
                skriver.close()
    except TimeoutError:
        return Uteblitt.TIDSAVBRUDD
    except ConnectionRefusedError:
        return Uteblitt.NEKTET
    except (OSError, EOFError, ValueError):
        return Uteblitt.BRUTT


async def _les(leser: asyncio.StreamReader) -> Svar:
    statuslinje, *linjer = (await leser.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    hoder = {navn.lower(): verdi.strip() for navn, _, verdi in (linje.partition(":") for linje in linjer)}
    lengde = hoder.get("content-length")
    if hoder.get("transfer-encoding", "").lower() == "chunked":
        kropp = await _les_deler(leser)
    else:
        kropp = await leser.read() if lengde is None else await leser.readexactly(int(lengde))
    return Svar(int(statuslinje.split(" ", 2)[1]), hoder, kropp)


async def _les_deler(leser: asyncio.StreamReader) -> bytes:
    """A body in chunks, as Prometheus sends a long one."""
    kropp = b""
    while lengde := int((await leser.readline()).partition(b";")[0], 16):
        kropp += (await leser.readexactly(lengde + 2))[:-2]
    return kropp
