"""Whoever is refused while sending hears why: the answer waits for the body, and no connection is reset under it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.http.server import VERT, Web, kjoerende_web

GANGER = 15
STOERRELSER = (1_100_000, 2_000_000, 3_900_000)
WEBHOOK = "/webhooks/permittering"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with kjoerende_web(tmp_path_factory.mktemp("web"), MAKS_KROPP="1000000") as web:
        yield web


def _raatt(web: Web, sti: str, kropp: bytes, *, i_deler: bool, hoder: Mapping[str, str]) -> int:
    """A client that reads nothing before all is sent."""
    linjer = "".join(f"{navn}: {verdi}\r\n" for navn, verdi in hoder.items())
    lengde = "Transfer-Encoding: chunked" if i_deler else f"Content-Length: {len(kropp)}"
    with socket.create_connection((VERT, web.port), timeout=20) as sokkel:
        sokkel.sendall(f"POST {sti} HTTP/1.1\r\nHost: x\r\n{lengde}\r\n{linjer}\r\n".encode())
        if i_deler:
            for fra in range(0, len(kropp), 50_000):
                bit_ = kropp[fra : fra + 50_000]
                sokkel.sendall(b"%x\r\n%s\r\n" % (len(bit_), bit_))
            sokkel.sendall(b"0\r\n\r\n")
        else:
            sokkel.sendall(kropp)
        return int(sokkel.recv(65536)[9:12])


def _http_client(web: Web, sti: str, kropp: bytes, *, i_deler: bool, hoder: Mapping[str, str]) -> int:
    """The connection is used again: what was refused is out of it."""
    forbindelse = http.client.HTTPConnection(VERT, web.port, timeout=20)
    try:
        forbindelse.request("POST", sti, iter([kropp]) if i_deler else kropp, dict(hoder), encode_chunked=i_deler)
        svar = forbindelse.getresponse()
        svar.read()
        sokkel = forbindelse.sock
        forbindelse.request("GET", "/internal/isalive")
        assert forbindelse.getresponse().status == 200
        assert forbindelse.sock is sokkel
        return svar.status
    finally:
        forbindelse.close()


@pytest.mark.parametrize("klient", [_raatt, _http_client])
@pytest.mark.parametrize("i_deler", [False, True], ids=["med lengde", "i deler"])
def test_en_for_stor_kropp_faar_alltid_vite_det(web: Web, klient: Callable[..., int], i_deler: bool) -> None:
    for _ in range(GANGER):
        for stoerrelse in STOERRELSER:
            assert klient(web, WEBHOOK, b" " * stoerrelse, i_deler=i_deler, hoder={}) == 413


# Refused by what stands in the head alone, while the body is still on its way.
REFUSERT = {
    401: (WEBHOOK, {"X-Hub-Signature-256": "sha256=00"}),
    404: ("/webhooks/finnes-ikke", {}),
    405: ("/internal/isalive", {}),
    415: ("/api/v1/hendelser", {"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("i_deler", [False, True], ids=["med lengde", "i deler"])
@pytest.mark.parametrize("status", REFUSERT)
def test_alt_annet_som_avvises_mens_det_sendes_hoeres_ogsaa(web: Web, status: int, i_deler: bool) -> None:
    sti, hoder = REFUSERT[status]
    hoder = {**hoder, **(web.token if sti.startswith("/api/") else {})}
    for _ in range(GANGER):
        assert _raatt(web, sti, b" " * 950_000, i_deler=i_deler, hoder=hoder) == status


def test_den_som_spoer_foerst_faar_svar_med_en_gang_og_sender_ingenting(web: Web) -> None:
    for lengde, venter in ((2_000_000, b"HTTP/1.1 413"), (2_000, b"HTTP/1.1 100")):
        hode = f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: {lengde}\r\nExpect: 100-continue\r\n\r\n"
        with socket.create_connection((VERT, web.port), timeout=5) as sokkel:
            sokkel.sendall(hode.encode())
            assert sokkel.recv(4096).startswith(venter)
