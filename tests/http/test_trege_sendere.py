"""Slow senders cost themselves only: no thread waits for a body, and health does not notice."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ende_til_ende.kjoerende import vent_til
from tests.http.server import VERT, Web, kjoerende_web, raa, signert_melding, svarlinje, trege_sendere

PER_ADRESSE = 50


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    grenser = {"KROPP_SEKUNDER": "5", "KROPPER_PER_ADRESSE": str(PER_ADRESSE), "MAKS_KROPP": "100000"}
    with kjoerende_web(tmp_path_factory.mktemp("web"), **grenser) as web:
        yield web


@pytest.mark.parametrize("i_deler", [False, True], ids=["med lengde", "i deler"])
@pytest.mark.parametrize("antall", [9, 200])
def test_trege_kropper_roerer_verken_helsa_eller_signerte_forespoersler(web: Web, antall: int, i_deler: bool) -> None:
    with trege_sendere(web.port, antall, i_deler=i_deler) as sokler:
        for _ in range(5):
            for sti in ("/internal/isalive", "/internal/isready"):
                foer = time.monotonic()
                assert web.kall("GET", sti).status == 200
                assert time.monotonic() - foer < 1
            foer = time.monotonic()
            assert web.signert().status == 202
            assert time.monotonic() - foer < 2
        svar = Counter(svarlinje(sokkel) for sokkel in sokler)
    # Each is told: those beyond the bound at once, the rest when their time is out.
    assert set(svar) <= {408, 429}, svar
    over = max(antall - PER_ADRESSE, 0)
    assert over <= svar[429] <= (over and over + 5), "and as many more as signed ones took the place of"
    vent_til(lambda: web.maal("gateway_http_kropper") == 0, sekunder=10, hva="no body is under way")


def test_den_som_gaar_midt_i_kroppen_er_bare_borte(web: Web) -> None:
    borte = re.escape('gateway_http_avvist_total{grunn="klienten_borte"}')
    foer = max(web.maal(borte), 0)
    for _ in range(5):
        with socket.create_connection((VERT, web.port)) as sokkel:
            sokkel.sendall(b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
    vent_til(lambda: web.maal(borte) >= foer + 5, sekunder=10, hva="all are seen to be gone")
    assert "Traceback" not in web.utskrift


def test_en_treg_kropp_faar_vite_hvorfor(web: Web) -> None:
    svar = raa(web.port, b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
    assert svar.startswith(b"HTTP/1.1 408")
    for del_ in (b"application/problem+json", b'"kode": "RequestTimeout"', b"x-correlation-id", b"korrelasjonsid"):
        assert del_ in svar, svar


@pytest.mark.parametrize(
    "hode",
    [b"Content-Length: 100001\r\nExpect: 100-continue", b"Content-Length: 400001"],
    ids=["spoer foerst", "altfor"],
)
def test_en_for_stor_kropp_som_ikke_blir_lest_avvises_paa_lengden_alene(web: Web, hode: bytes) -> None:
    foer = time.monotonic()
    svar = raa(web.port, b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\n" + hode + b"\r\n\r\n")
    assert svar.startswith(b"HTTP/1.1 413")
    assert b'"kode": "ForStor"' in svar
    assert time.monotonic() - foer < 2


@pytest.mark.parametrize("i_deler", [False, True], ids=["med lengde", "i deler"])
def test_en_for_stor_kropp_som_aldri_tar_slutt_avvises_naar_tiden_er_ute(web: Web, i_deler: bool) -> None:
    hode = b"Transfer-Encoding: chunked" if i_deler else b"Content-Length: 200000"
    kropp = (b"%x\r\n" % 150_000 if i_deler else b"") + b"x" * 150_000
    foer = time.monotonic()
    svar = raa(web.port, b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\n" + hode + b"\r\n\r\n" + kropp)
    assert svar.startswith(b"HTTP/1.1 413"), svar
    assert time.monotonic() - foer < 15
    assert web.maal("gateway_http_kropper") == 0


def test_en_kropp_i_deler_som_er_for_stor_avvises_foer_den_er_ferdig_naar_den_er_altfor_stor(web: Web) -> None:
    bit_ = b"%x\r\n%s\r\n" % (60_000, b"x" * 60_000)
    hode = b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert raa(web.port, hode + bit_ * 7).startswith(b"HTTP/1.1 413"), "although it has not ended"


def test_en_kropp_i_deler_som_broet_av_er_ikke_hele_kroppen(web: Web) -> None:
    """Half of it may well be something that could be read: it is never taken for the whole."""
    kropp, hoder = signert_melding()
    linjer = "".join(f"{navn}: {verdi}\r\n" for navn, verdi in hoder.items()).encode()
    hode = b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + linjer + b"\r\n"
    with socket.create_connection((VERT, web.port), timeout=20) as sokkel:
        sokkel.sendall(hode + b"%x\r\n%s\r\n" % (len(kropp), kropp))
        sokkel.shutdown(socket.SHUT_WR)
        svar = sokkel.recv(65536)
    assert not svar or svar.startswith(b"HTTP/1.1 400"), svar
    # The same message is new when it comes whole.
    assert web.kall("POST", "/webhooks/permittering", kropp, hoder).status == 202


def test_en_kropp_i_deler_kommer_hel_fram(web: Web) -> None:
    kropp, hoder = signert_melding()
    linjer = "".join(f"{navn}: {verdi}\r\n" for navn, verdi in hoder.items()).encode()
    deler = b"".join(b"%x\r\n%s\r\n" % (len(d), d) for d in (kropp[:7], kropp[7:])) + b"0\r\n\r\n"
    svar = raa(
        web.port,
        b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
        + linjer
        + b"\r\n"
        + deler,
    )
    assert svar.startswith(b"HTTP/1.1 202"), svar


def test_den_som_venter_paa_lov_til_aa_sende_faar_det(web: Web) -> None:
    kropp, hoder = signert_melding()
    svar = web.kall("POST", "/webhooks/permittering", kropp, {**hoder, "Expect": "100-continue"})
    assert svar.status == 202


def test_et_hode_som_aldri_blir_ferdig_og_en_stum_forbindelse_lukkes(tmp_path: Path) -> None:
    with kjoerende_web(tmp_path, HODE_SEKUNDER="1") as web:
        for begynnelse in (b"GET / HTTP/1.1\r\nHo", b"GET /internal/isalive HTTP/1.1\r\nHost: x\r\n\r\n"):
            foer = time.monotonic()
            raa(web.port, begynnelse)
            assert time.monotonic() - foer < 10


def test_mange_stumme_forbindelser_roerer_ikke_helsa(web: Web) -> None:
    with ExitStack() as stabel:
        for _ in range(500):
            stabel.enter_context(socket.create_connection((VERT, web.port), timeout=20))
        foer = time.monotonic()
        assert web.status("/internal/isalive") == 200
        assert time.monotonic() - foer < 1
