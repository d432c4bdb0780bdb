"""nginx in front of a real gateway, with the configuration that production has: what is slow, large or too much."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.oppsett.innstillinger import Innstillinger
from tests.ende_til_ende.kjoerende import Kjoerende, kjoerende_gateway, ledig_port, vent_til
from tests.kjoering.naboer import lag_sertifikat
from tests.kjoering.verktoey import krev
from tests.verden import ROT, melding

OPPSETT = ROT / "config" / "nginx" / "produsentgateway.conf"
INNEN = 20.0
HEMMELIGHET = b"permittering-dev-hemmelighet"
# Shorter than in production, so that the test need not wait.
KORTERE = {"client_body_timeout 10s": "client_body_timeout 3s", "client_header_timeout 10s": "client_header_timeout 1s"}
TREGE = 20


@dataclass
class Proxy:
    port: int
    bak: Kjoerende
    tls: ssl.SSLContext

    def forbindelse(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("localhost", self.port, timeout=INNEN, context=self.tls)

    def kall(
        self, metode: str, sti: str, kropp: bytes | None = None, hoder: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        forbindelse = self.forbindelse()
        try:
            forbindelse.request(metode, sti, kropp, hoder or {})
            svar = forbindelse.getresponse()
            return svar.status, {navn.lower(): verdi for navn, verdi in svar.getheaders()}, svar.read()
        finally:
            forbindelse.close()

    def sokkel(self) -> ssl.SSLSocket:
        return self.tls.wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname="localhost")


def _oppsett(mappe: Path, port: int, http_port: int, bak: int, tls: tuple[Path, Path]) -> Path:
    """What Debian's nginx.conf is around the file, which is as in production but for ports, names and two time-outs."""
    vart = OPPSETT.read_text(encoding="utf-8")
    bytt = {
        "127.0.0.1:8080": f"127.0.0.1:{bak}",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "listen 80;": f"listen 127.0.0.1:{http_port};",
        "gateway.example.no": "localhost",
        "/etc/produsentgateway/tls.pem": str(tls[0]),
        "/etc/produsentgateway/tls-key.pem": str(tls[1]),
        "/var/log/nginx/produsentgateway.log": f"{mappe}/adganger.log",
        **KORTERE,
    }
    for fra, til in bytt.items():
        assert fra in vart, fra
        vart = vart.replace(fra, til)
    (mappe / "produsentgateway.conf").write_text(vart, encoding="utf-8")
    steder = "".join(
        f"{navn}_temp_path {mappe}/{navn};\n" for navn in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    hele = mappe / "nginx.conf"
    hele.write_text(
        f"daemon off;\nuser root;\npid {mappe}/pid;\nerror_log {mappe}/feil.log;\nworker_processes 1;\n"
        f"events {{ worker_connections 768; }}\n"
        f"http {{\naccess_log off;\n{steder}include {mappe}/produsentgateway.conf;\n}}\n",
        encoding="utf-8",
    )
    return hele


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    nginx = krev("nginx", "nginx-light")
    mappe = tmp_path_factory.mktemp("nginx")
    with ExitStack() as opp:
        bak = opp.enter_context(kjoerende_gateway(mappe / "data"))
        port = ledig_port()
        tls = lag_sertifikat(mappe)
        oppsett = _oppsett(mappe, port, ledig_port(), bak.port, tls)
        proevd = subprocess.run([nginx, "-t", "-c", str(oppsett)], capture_output=True, text=True, check=False)
        assert proevd.returncode == 0, proevd.stderr
        prosess = subprocess.Popen([nginx, "-c", str(oppsett)], stderr=subprocess.DEVNULL)
        opp.callback(prosess.wait, INNEN)
        opp.callback(prosess.terminate)
        proxy = Proxy(port, bak, ssl.create_default_context(cafile=str(tls[0])))

        def oppe() -> bool:
            with suppress(OSError):
                return proxy.kall("GET", "/swagger-ui/")[0] == 200
            return False

        vent_til(oppe, sekunder=INNEN, hva=f"nginx: {(mappe / 'feil.log').read_text()}")
        yield proxy


def _signert(kropp: bytes) -> dict[str, str]:
    signatur = hmac.new(HEMMELIGHET, kropp, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={signatur}", "Content-Type": "application/json"}


def test_en_signert_webhook_gaar_uendret_gjennom(proxy: Proxy) -> None:
    kropp = json.dumps({**melding("permittering/masseoppsigelse"), "id": "nginx-1"}, indent=3).encode()
    status, _, svar = proxy.kall("POST", "/webhooks/permittering", kropp, _signert(kropp))
    assert status == 202, svar
    i_biter = proxy.forbindelse()
    i_biter.request(
        "POST", "/webhooks/permittering", iter([kropp[:9], kropp[9:]]), _signert(kropp), encode_chunked=True
    )
    assert i_biter.getresponse().status == 200, "the same, in chunks"
    i_biter.close()
    assert proxy.kall("POST", "/webhooks/permittering", kropp + b" ", _signert(kropp))[0] == 401


def test_trege_kropper_naar_aldri_gatewayen(proxy: Proxy) -> None:
    """More of them than the gateway has threads: it answers as if they were not there, and nginx lets them go."""
    with ExitStack() as opp:
        trege = [opp.enter_context(proxy.sokkel()) for _ in range(TREGE)]
        for treg in trege:
            treg.sendall(
                b"POST /webhooks/permittering HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000\r\n\r\n{"
            )
        startet = time.monotonic()
        underveis: list[float] = []
        while time.monotonic() < startet + 1:
            underveis.append(_kropper_underveis(proxy))
        assert set(underveis) == {0.0}, "none of them comes further than nginx"
        assert proxy.bak.kall("GET", "/internal/isalive").status == 200
        kropp = json.dumps({**melding("permittering/masseoppsigelse"), "id": "nginx-2"}).encode()
        assert proxy.kall("POST", "/webhooks/permittering", kropp, _signert(kropp))[0] == 202
        assert time.monotonic() - startet < 10
        for treg in trege:
            treg.settimeout(INNEN)
            assert re.match(rb"HTTP/1.1 408|$", treg.recv(100)), "it is let go"


def _kropper_underveis(proxy: Proxy) -> float:
    (antall,) = re.findall(
        rb"^gateway_http_kropper (\S+)$", proxy.bak.kall("GET", "/internal/metrics").kropp, flags=re.M
    )
    return float(antall)


def test_en_for_stor_kropp_avvises_som_gatewayen_ville_gjort_det(proxy: Proxy) -> None:
    grense = Innstillinger().maks_kropp
    for stoerrelse in (grense + 1, grense * 2) * 10:
        kropp = b" " * stoerrelse
        status, hoder, svar = proxy.kall("POST", "/webhooks/permittering", kropp, _signert(kropp))
        assert (status, hoder["content-type"]) == (413, "application/problem+json")
        lest = json.loads(svar)
        assert (lest["kode"], lest["status"], lest["title"]) == ("ForStor", 413, "The request is too large")
        assert lest["korrelasjonsid"] == hoder["x-correlation-id"]
    assert proxy.kall("POST", "/webhooks/permittering", b" " * grense, _signert(b" " * grense))[0] == 400


@pytest.mark.parametrize("hode", ["X-Request-ID", "X-Correlation-ID", "call-id", "callId"])
def test_kallerens_korrelasjonsid_gaar_gjennom(proxy: Proxy, hode: str) -> None:
    assert proxy.kall("GET", "/min-side", hoder={hode: "kallerens-id"})[1]["x-correlation-id"] == "kallerens-id"


def test_en_korrelasjonsid_som_kunne_oedelagt_noe_byttes_ut(proxy: Proxy) -> None:
    _, hoder, svar = proxy.kall("POST", "/webhooks/x", b" " * 2_000_000, {"X-Request-ID": '","kode":"Annen'})
    assert json.loads(svar)["kode"] == "ForStor"
    assert re.fullmatch(r"[0-9a-f]{32}", hoder["x-correlation-id"])


def test_det_interne_er_ikke_aapent_utenfra(proxy: Proxy) -> None:
    for sti in ("isalive", "isready", "metrics"):
        assert proxy.bak.kall("GET", f"/internal/{sti}").status == 200
        assert proxy.kall("GET", f"/internal/{sti}")[0] == 404
    assert proxy.kall("GET", "//internal/metrics")[0] == 404
    assert proxy.kall("GET", "/x/../internal/metrics")[0] == 404


def test_understrek_blir_ikke_til_bindestrek(proxy: Proxy) -> None:
    kropp = json.dumps({**melding("permittering/masseoppsigelse"), "id": "nginx-3"}).encode()
    hoder = {navn.replace("-", "_") if "Hub" in navn else navn: verdi for navn, verdi in _signert(kropp).items()}
    assert proxy.kall("POST", "/webhooks/permittering", kropp, hoder)[0] == 401


def test_en_adresse_faar_ikke_flere_forbindelser_enn_sin_del(proxy: Proxy) -> None:
    grense = re.search(r"limit_conn gateway_forbindelser (\d+)", OPPSETT.read_text(encoding="utf-8"))
    assert grense
    with ExitStack() as opp:
        for _ in range(int(grense[1])):
            opp.enter_context(proxy.sokkel()).sendall(
                b"POST /webhooks/permittering HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
            )

        def avvist() -> tuple[int, dict[str, str], bytes] | None:
            svar = proxy.kall("GET", "/swagger-ui/")
            return svar if svar[0] == 429 else None

        _, hoder, svar = vent_til(avvist, sekunder=INNEN, hva="429")
        assert (json.loads(svar)["kode"], hoder["retry-after"]) == ("ForMange", "1")
    vent_til(lambda: proxy.kall("GET", "/swagger-ui/")[0] == 200, sekunder=INNEN, hva="room again")


def test_en_gateway_som_er_borte_er_503_med_tid(proxy: Proxy, tmp_path: Path) -> None:
    with _foran_ingen(proxy, tmp_path) as alene:
        status, hoder, kropp = alene.kall("GET", "/min-side")
        assert (status, hoder["retry-after"], json.loads(kropp)["kode"]) == (503, "2", "Utilgjengelig")


def test_en_hemmelig_sti_staar_ikke_i_nginx_sine_logger(proxy: Proxy, tmp_path: Path) -> None:
    """Neither when it is served, nor when there is nobody to serve it, which nginx tells of with the whole address."""
    hemmelig = "3vXvYb0Jr1Jw3rXo2F3m9Q"
    with _foran_ingen(proxy, tmp_path) as alene:
        for sti in (f"/webhooks/eldre/{hemmelig}", f"//webhooks/eldre/{hemmelig}?a=1", "/webhooks/eldre", "/min-side"):
            assert alene.kall("POST", sti, b"{}")[0] == 503

        def skrevet() -> str:
            logg = (tmp_path / "adganger.log").read_text()
            return logg if logg.count("POST") == 4 else ""

        adganger = vent_til(skrevet, sekunder=INNEN, hva="the log of requests")
    assert adganger.count('"POST /webhooks/eldre/... HTTP/1.1" 503') == 1
    assert '"POST /webhooks/eldre HTTP/1.1" 503' in adganger
    feil = (tmp_path / "feil.log").read_text()
    assert "POST /min-side" in feil, "what has no secret is told in full"
    assert hemmelig not in adganger + feil


@contextmanager
def _foran_ingen(proxy: Proxy, mappe: Path) -> Iterator[Proxy]:
    """nginx before a gateway that is gone."""
    nginx = krev("nginx", "nginx-light")
    tls = lag_sertifikat(mappe)
    port = ledig_port()
    oppsett = _oppsett(mappe, port, ledig_port(), ledig_port(), tls)
    prosess = subprocess.Popen([nginx, "-c", str(oppsett)], stderr=subprocess.DEVNULL)
    try:
        alene = Proxy(port, proxy.bak, ssl.create_default_context(cafile=str(tls[0])))

        def oppe() -> bool:
            with suppress(OSError):
                return bool(alene.kall("GET", "/internal/")[0])
            return False

        vent_til(oppe, sekunder=INNEN, hva="nginx")
        yield alene
    finally:
        prosess.terminate()
        prosess.wait(INNEN)
