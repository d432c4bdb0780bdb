"""Faults of the web server: slow bodies, a child or a parent that dies, two on one port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.bench.last import VERT
from gateway.drill.klienter import JSON
from gateway.drill.proever import KLAR, Maal, svarer
from gateway.drill.sted import (
    KLAR_INNEN_SEKUNDER,
    SLUTT_INNEN_SEKUNDER,
    WEBER,
    Sted,
    ledig_port,
)
from gateway.drill.vent import vent_til

# Long enough for a process to start on a busy machine.
AVVIST_INNEN_SEKUNDER = 60.0


@contextmanager
def treg_kropp(sted: Sted, *, antall: int) -> Iterator[None]:
    """To each web process `antall` connections that send a byte of a body every other second, half of them chunked."""

    async def drypp(port: int, i_biter: bool) -> None:
        hoder = "Transfer-Encoding: chunked" if i_biter else "Content-Length: 500"
        hode = f"POST /webhooks/permittering HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\n{hoder}\r\n\r\n"
        while True:
            try:
                leser, skriver = await asyncio.open_connection(VERT, port)
                try:
                    skriver.write(hode.encode())
                    while not leser.at_eof() and not skriver.is_closing():
                        skriver.write(b"1\r\n{\r\n" if i_biter else b"{")
                        await skriver.drain()
                        await asyncio.sleep(2.0)
                finally:
                    skriver.transport.abort()
            except OSError:  # it was shut out
                pass
            await asyncio.sleep(0.5)  # and comes again

    gaar = [sted.nett.start(drypp(port, nummer % 2 == 1)) for port in sted.porter for nummer in range(antall)]
    try:
        yield
    finally:
        for ett in gaar:
            ett.cancel()


@contextmanager
def barn_drept(sted: Sted) -> Iterator[None]:
    """SIGKILL to a child of each web process in turn; its parent goes on."""
    import psutil  # of the test extra only

    for navn in WEBER:
        barna = psutil.Process(sted.pid(navn)).children()
        if not barna:
            sted.sett.append(f"{navn} has no child")
            continue
        offer = max(barna, key=lambda ett: ett.memory_info().rss)
        offer.kill()
        borte = vent_til(lambda barna=barna, navn=navn: _barn_i_alt(sted, navn) >= len(barna), 15.0)  # type: ignore[misc]
        sted.sett.append(f"{navn}: a killed child was {'replaced' if borte else 'NOT replaced'}")
        if not borte:
            sted.brutt.append(f"{navn}: a killed child is not replaced")
    yield


def _barn_i_alt(sted: Sted, navn: str) -> int:
    import psutil  # of the test extra only

    try:
        return len([ett for ett in psutil.Process(sted.pid(navn)).children() if ett.status() != psutil.STATUS_ZOMBIE])
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def forelder_drept(sted: Sted) -> Iterator[None]:
    """SIGKILL to the parent of a third web process: none of its children may be left."""
    import psutil  # of the test extra only

    maal = Maal("web3", ledig_port())
    web = sted.kommando("web", PORT=str(maal.port), INTERN_PORT=str(ledig_port()))
    if not vent_til(lambda: svarer(maal, KLAR), KLAR_INNEN_SEKUNDER):
        sted.brutt.append("the third web process did not become ready")
    barn = psutil.Process(web.pid).children(recursive=True)
    web.kill()
    web.wait()
    _, igjen = psutil.wait_procs(barn, SLUTT_INNEN_SEKUNDER)
    if igjen:
        sted.brutt.append(f"{len(igjen)} of {len(barn)} children outlive their killed parent")
        for ett in igjen:
            ett.kill()
    yield


@contextmanager
def to_paa_en_port(sted: Sted) -> Iterator[None]:
    """A third web process on the port of the first: it is refused, and tells why."""
    web = sted.kommando("web", PORT=str(sted.porter[0]), INTERN_PORT=str(ledig_port()))
    if vent_til(lambda: web.poll() is not None, AVVIST_INNEN_SEKUNDER) and web.returncode:
        utskrift, _ = web.communicate()
        sted.sett.append(f"refused: {(utskrift.strip().splitlines() or ['(no word)'])[-1]}")
    else:
        sted.brutt.append("a second `gateway web` on the same port is not refused")
        web.terminate()
        web.wait()
    yield
