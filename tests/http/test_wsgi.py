"""What the application is told of a request, and how its answers go out: over a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.http.wsgi import environ, hoder
from tests.ende_til_ende.kjoerende import ledig_port, vent_til
from tests.http.server import VERT, Web, kjoerende_web, raa, signert_melding
from tests.verden import ROT


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with kjoerende_web(tmp_path_factory.mktemp("web")) as web:
        yield web


# --- the environ ---------------------------------------------------------------------------------------------------


class Hoder:
    """As the server hands them over: those whose value is not ASCII have a name only."""

    def __init__(self, hoder: list[tuple[str, str]], navn: list[str] | None = None) -> None:
        self._hoder = hoder
        self._navn = navn or list(dict(hoder))

    def items(self) -> list[tuple[str, str]]:
        return list(self._hoder)

    def keys(self) -> list[str]:
        return self._navn


@dataclass
class Scope:
    headers: Any
    method: str = "POST"
    path: str = "/a b/æ"
    query_string: str = "q=%20"
    client: str = "10.0.0.1:4711"
    server: str = "127.0.0.1:8080"
    scheme: str = "http"


def _environ(*hodene: tuple[str, str], navn: list[str] | None = None, kropp: bytes | None = b"abc") -> dict[str, Any]:
    scope = Scope(Hoder(list(hodene), navn))
    return environ(scope, hoder(scope), kropp, ankom=1.0, begynte=2.0)


@pytest.mark.parametrize(
    ("noekkel", "verdi"),
    [
        ("PATH_INFO", "/a b/Ã¦"),
        ("QUERY_STRING", "q=%20"),
        ("REMOTE_ADDR", "10.0.0.1"),
        ("SERVER_PORT", "8080"),
        ("CONTENT_LENGTH", "3"),
        ("gateway.ankom", 1.0),
    ],
)
def test_foresporselen_staar_i_miljoeet(noekkel: str, verdi: object) -> None:
    assert _environ()[noekkel] == verdi


@pytest.mark.parametrize(
    ("hodene", "noekkel", "verdi"),
    [
        ([("x-hub-signature-256", "a"), ("x_hub_signature_256", "b")], "HTTP_X_HUB_SIGNATURE_256", "a"),
        ([("x_hub_signature_256", "b")], "HTTP_X_HUB_SIGNATURE_256", None),
        ([("content_type", "b")], "CONTENT_TYPE", None),
        ([("call_id", "a")], "HTTP_CALL_ID", "a"),
        ([("call_id", "a"), ("call-id", "b")], "HTTP_CALL_ID", "b"),
        ([("content-type", "text/plain")], "CONTENT_TYPE", "text/plain"),
        ([("accept", "a"), ("accept", "b")], "HTTP_ACCEPT", "a,b"),
        ([("cookie", "a=1"), ("cookie", "b=2")], "HTTP_COOKIE", "a=1; b=2"),
        ([("transfer-encoding", "chunked")], "HTTP_TRANSFER_ENCODING", None),
        ([("content-length", "999")], "CONTENT_LENGTH", "3"),
    ],
)
def test_et_hode_er_det_det_heter(hodene: list[tuple[str, str]], noekkel: str, verdi: str | None) -> None:
    assert _environ(*hodene).get(noekkel) == verdi


def test_et_hode_som_ikke_er_ascii_er_tomt_og_ikke_borte() -> None:
    miljoe = _environ(("host", "x"), ("host", "y"), navn=["host", "idempotency-key"])
    assert (miljoe["HTTP_HOST"], miljoe["HTTP_IDEMPOTENCY_KEY"]) == ("x,y", "")


def test_den_som_ikke_sender_noen_kropp_har_ingen_lengde() -> None:
    assert "CONTENT_LENGTH" not in _environ(kropp=None)


# --- over the wire -------------------------------------------------------------------------------------------------


def test_en_signatur_med_understrek_er_ingen_signatur(web: Web) -> None:
    kropp, hodene = signert_melding()
    signatur = hodene.pop("X-Hub-Signature-256")
    assert web.kall("POST", "/webhooks/permittering", kropp, {**hodene, "X_Hub_Signature_256": signatur}).status == 401
    begge = {**hodene, "X-Hub-Signature-256": signatur, "X_Hub_Signature_256": "sha256=00"}
    assert web.kall("POST", "/webhooks/permittering", kropp, begge).status == 202


@pytest.mark.parametrize("hode", ["X-Request-ID", "call-id", "callId", "call_id"])
@pytest.mark.parametrize("sti", ["/api/v1/whoami", "/internal/isalive", "/finnes-ikke"])
def test_korrelasjonsiden_staar_i_hvert_svar(web: Web, hode: str, sti: str) -> None:
    assert web.kall("GET", sti, hoder={hode: "min-id"}).hoder["x-correlation-id"] == "min-id"


def test_head_svarer_uten_kropp_og_med_lengden(web: Web) -> None:
    for sti in ("/openapi.json", "/internal/isready"):
        svar = raa(web.port, f"HEAD {sti} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        hodet, _, kropp = svar.partition(b"\r\n\r\n")
        assert hodet.startswith(b"HTTP/1.1 200")
        assert b"content-length: 0" not in hodet
        assert kropp == b""


def test_options_og_feil_metode(web: Web) -> None:
    assert web.kall("OPTIONS", "/webhooks/permittering").status == 200
    assert web.kall("PUT", "/webhooks/permittering").status == 405
    svar = web.kall("POST", "/internal/isalive")
    assert (svar.status, svar.hoder["allow"], svar.json["kode"]) == (405, "GET, HEAD", "MethodNotAllowed")
    assert web.kall("GET", "/internal/noe").status == 404


def test_en_forbindelse_brukes_igjen(web: Web) -> None:
    with socket.create_connection((VERT, web.port), timeout=10) as sokkel:
        for _ in range(3):
            sokkel.sendall(b"GET /internal/isalive HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sokkel.recv(4096).startswith(b"HTTP/1.1 200")
            sokkel.sendall(b"GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sokkel.recv(4096).startswith(b"HTTP/1.1 401")


def test_statiske_filer(web: Web) -> None:
    fil = next(iter((ROT / "gateway/web/static").iterdir()))
    assert web.kall("GET", f"/static/{fil.name}").kropp == fil.read_bytes()


def test_en_idempotensnoekkel_som_ikke_kan_leses_er_ikke_som_ingen(web: Web) -> None:
    hode = "\r\n".join(f"{navn}: {verdi}" for navn, verdi in web.token.items())
    svar = raa(
        web.port,
        b"DELETE /api/v1/saker/med-grupperingsid?merkelapp=Fager&grupperingsid=x HTTP/1.1\r\nHost: x\r\n"
        b"Connection: close\r\nIdempotency-Key: \xc3\xa6\r\n" + hode.encode() + b"\r\n\r\n",
    )
    assert svar[9:12] in (b"404", b"422"), svar


def test_oppdiktede_metoder_og_stier_gir_ingen_nye_serier(web: Web) -> None:
    def serier() -> set[str]:
        linjer = web.kall("GET", "/internal/metrics").kropp.decode().splitlines()
        return {linje.rpartition(" ")[0] for linje in linjer if linje.startswith("gateway_http")}

    def oppdiktet(nr: int) -> bytes:
        return b"X%d /oppdiktet/%d?q=%d HTTP/1.1\r\nHost: x\r\n\r\n" % (nr, nr, nr)

    raa(web.port, oppdiktet(0)[:-2] + b"Connection: close\r\n\r\n")
    foer = serier()
    with socket.create_connection((VERT, web.port), timeout=20) as sokkel:
        for nr in range(5_000):
            sokkel.sendall(oppdiktet(nr))
            svar = b""
            while b"\r\n\r\n" not in svar or not svar.endswith(b"}"):
                svar += sokkel.recv(65536)
    assert serier() == foer


# --- answers that stream -------------------------------------------------------------------------------------------

STROEMMENDE = """
import os, threading
from gateway.http.inngang import Inngang, grenser
from gateway.http.tjener import tjen
from gateway.oppsett.innstillinger import les_innstillinger

def app(miljoe, start):
    if miljoe["PATH_INFO"] == "/feil":
        raise RuntimeError
    start("200 OK", [("Content-Type", "text/event-stream")])
    if miljoe["PATH_INFO"] == "/stroem":
        def deler():
            yield b"data: 1\\n\\n"
            while not os.path.exists(os.environ["SLIPP"]):
                threading.Event().wait(0.02)
            yield b"data: 2\\n\\n"
        return deler()
    return [b"hele ", b"svaret"]

def lag():
    return Inngang(app, grenser(les_innstillinger()))

if __name__ == "__main__":
    tjen("stroemmende:lag", les_innstillinger())
"""


def test_svar_i_deler_sendes_som_de_kommer(tmp_path: Path) -> None:
    (tmp_path / "stroemmende.py").write_text(STROEMMENDE)
    slipp, port = tmp_path / "slipp", ledig_port()
    miljoe = {**os.environ, "PORT": str(port), "SLIPP": str(slipp), "PYTHONPATH": f"{tmp_path}:{ROT}"}
    prosess = subprocess.Popen([sys.executable, "stroemmende.py"], cwd=tmp_path, env=miljoe)
    web = Web(prosess, port, tmp_path)  # type: ignore[arg-type]
    try:
        vent_til(lambda: web.status("/") == 200, sekunder=30, hva="it serves")
        assert web.kall("GET", "/").kropp == b"hele svaret"
        assert web.kall("GET", "/feil").status == 500
        with socket.create_connection((VERT, port), timeout=10) as sokkel:
            sokkel.sendall(b"GET /stroem HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            svar = b""
            while b"data: 1" not in svar:
                svar += sokkel.recv(4096)
            assert b"data: 2" not in svar
            slipp.touch()
            while del_ := sokkel.recv(4096):
                svar += del_
            assert b"data: 2" in svar
    finally:
        prosess.terminate()
        prosess.wait(15)
