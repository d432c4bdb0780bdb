"""The clients send the same request until it is taken or refused for good, and remember what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.bench.last import VERT
from gateway.drill.klienter import Klienter, Slag
from gateway.drill.vent import vent_til

Svarer = Callable[[int, bytes], bytes]
FLERE = 12


def _svar(status: int, kropp: bytes = b'{"id": "a", "kode": "Nei"}', hoder: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, hoder, len(kropp), kropp)


async def _kjoer(svarer: Svarer) -> tuple[Klienter, list[bytes]]:
    """Twelve requests to a server that answers the n-th one as `svarer` says."""
    mottatt: list[bytes] = []

    async def betjen(leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
        hode = await leser.readuntil(b"\r\n\r\n")
        lengde = int(hode.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        foresporsel = hode + await leser.readexactly(lengde)
        mottatt.append(foresporsel)
        skriver.write(svarer(len(mottatt), foresporsel))
        skriver.close()

    tjener = await asyncio.start_server(betjen, VERT, 0)
    klienter = Klienter([int(tjener.sockets[0].getsockname()[1])], lambda: "token", "hemmelig", per_sekund=1000)
    gaar = asyncio.create_task(klienter.gaa())
    assert await asyncio.to_thread(vent_til, lambda: len(mottatt) >= FLERE, 10.0)
    await klienter.stopp()
    await asyncio.wait_for(gaar, 30.0)
    tjener.close()
    return klienter, mottatt


def test_det_som_blir_tatt_imot_er_kvittert_og_sendes_ikke_igjen() -> None:
    klienter, mottatt = asyncio.run(_kjoer(lambda nummer, _: _svar(201)))
    assert len(klienter.kvittert) == len(klienter.forsoek) == len(mottatt) == len(set(mottatt))
    assert {ett.id for ett in klienter.kvittert} == {"a"}
    assert {ett.bestilling.slag for ett in klienter.kvittert} == set(Slag)
    assert any(ett.bestilling.mottaker for ett in klienter.kvittert)


@pytest.mark.parametrize(
    "avvisning",
    [_svar(503), _svar(429, hoder=b"Retry-After: 1\r\n"), _svar(500), b"", b"HTTP/1.1 200 OK\r\nContent-Le"],
    ids=["503", "429", "500", "closed", "cut off"],
)
def test_det_som_kan_lykkes_sendes_igjen_likt_til_det_er_tatt_imot(avvisning: bytes) -> None:
    avvist: set[bytes] = set()

    def foerst_nei(nummer: int, foresporsel: bytes) -> bytes:
        if foresporsel in avvist:
            return _svar(201)
        avvist.add(foresporsel)
        return avvisning

    klienter, mottatt = asyncio.run(_kjoer(foerst_nei))
    assert klienter.avvist == klienter.ubesvart == []
    assert len(mottatt) == 2 * len(klienter.kvittert) == 2 * len(avvist)


def test_det_som_er_avvist_for_godt_sendes_ikke_igjen() -> None:
    klienter, mottatt = asyncio.run(_kjoer(lambda nummer, _: _svar(422)))
    assert klienter.kvittert == []
    assert len(klienter.avvist) == len(mottatt)
    assert {(status, kode) for _, status, kode in klienter.avvist} == {(422, "Nei")}
