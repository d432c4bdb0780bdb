"""The watch: what a process says of itself, without waiting for anybody."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.http import vakt as vaktmodul
from gateway.http.internserver import SAMTIDIGE, start_internserver
from gateway.http.vakt import IkkeKlar, Internsvar, Proeve, Vakt
from tests.ende_til_ende.kjoerende import vent_til


def _bra() -> None: ...


def _galt() -> None:
    raise ConnectionError("postgresql://bruker:hemmelig@vert/db")


def _umigrert() -> None:
    raise IkkeKlar("Migrations are missing: 0006. Run gateway migrate.")


def _lag(*proever: Proeve, **annet: object) -> Vakt:
    return Vakt(rolle="web", versjon="1", proever=proever, register=CollectorRegistry(), **annet)  # type: ignore[arg-type]


def _klar(vakt: Vakt) -> tuple[int, dict[str, object]]:
    svar = vakt.isready()
    return svar.status, json.loads(svar.kropp)


def test_klar_naar_alt_som_kreves_svarer() -> None:
    vakt = _lag(Proeve(navn="database", spoer=_bra), Proeve(navn="redis", spoer=_galt, kreves=False), bilde=list)
    assert _klar(vakt)[0] == 503, "nobody has looked yet"
    vakt.se_etter()
    assert _klar(vakt) == (200, {"status": "klar", "grunner": []})
    maalt = vakt.metrics().kropp.decode()
    assert "gateway_database_oppe 1.0" in maalt
    assert "gateway_redis_oppe 0.0" in maalt
    assert 'rolle="web",versjon="1"' in maalt


@pytest.mark.parametrize(
    ("spoer", "detalj"),
    [(_galt, "database cannot be reached: ConnectionError."), (_umigrert, "Migrations are missing: 0006.")],
)
def test_ikke_klar_sier_hvorfor_og_naar_det_kan_proeves_igjen(spoer: object, detalj: str) -> None:
    vakt = _lag(Proeve(navn="database", spoer=spoer))  # type: ignore[arg-type]
    vakt.se_etter()
    svar = vakt.isready()
    innhold = json.loads(svar.kropp)
    assert (svar.status, innhold["kode"], svar.hoder) == (503, "Utilgjengelig", (("Retry-After", "2"),))
    assert innhold["detail"].startswith(detalj)
    assert "hemmelig" not in svar.kropp.decode()
    assert vakt.isalive().status == 200, "no restart mends a database"
    assert "gateway_database_oppe 0.0" in vakt.metrics().kropp.decode()


def test_det_som_er_galt_med_produktet_gjoer_ingen_prosess_uklar() -> None:
    vakt = _lag(bilde=lambda: ["Pluginen syk er ødelagt."])
    vakt.se_etter()
    assert _klar(vakt) == (200, {"status": "degradert", "grunner": ["Pluginen syk er ødelagt."]})


def test_den_som_henger_gjoer_uklar_og_ingen_venter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaktmodul, "FERSK_SEKUNDER", 0.2)
    slipp = threading.Event()
    svarte = threading.Event()

    def henger() -> None:
        if svarte.is_set():
            slipp.wait(60)
        svarte.set()

    monkeypatch.setattr(vaktmodul, "HVERT_SEKUND", 0.01)
    vakt = _lag(Proeve(navn="database", spoer=henger))
    vakt.start()
    vent_til(lambda: "has not answered for" in str(_klar(vakt)[1].get("detail")), sekunder=10, hva="the probe is old")
    foer = time.monotonic()
    assert vakt.isready().status == 503
    assert "gateway_database_oppe 0.0" in vakt.metrics().kropp.decode()
    assert time.monotonic() - foer < 1
    slipp.set()


class _Treg(Collector):
    def __init__(self, slipp: threading.Event) -> None:
        self.slipp = slipp
        self.spurt = 0

    def collect(self) -> Iterator[Metric]:
        self.spurt += 1
        self.slipp.wait(60)
        yield GaugeMetricFamily("gateway_innboks_antall", "How many", 3)


def test_maalinger_svarer_uten_det_som_databasen_ikke_sier() -> None:
    slipp = threading.Event()
    kilde = _Treg(slipp)
    vakt = _lag(Proeve(navn="database", spoer=_bra), fra_databasen=[kilde])
    vakt.se_etter()
    foer = time.monotonic()
    for _ in range(2):
        assert "gateway_innboks_antall" not in vakt.metrics().kropp.decode()
    assert time.monotonic() - foer < 5
    assert kilde.spurt == 1, "whoever reads meanwhile waits for the same thread"
    slipp.set()
    vent_til(lambda: b"gateway_innboks_antall 3.0" in vakt.metrics().kropp, sekunder=10, hva="the database is back")


# --- the server of worker and scheduler ----------------------------------------------------------------------------


def _hent(port: int, sti: str) -> tuple[int, bytes]:
    tilkobling = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        tilkobling.request("GET", sti)
        svar = tilkobling.getresponse()
        return svar.status, svar.read()
    finally:
        tilkobling.close()


def test_internserveren_svarer_ogsaa_naar_mange_holder_den_opptatt(monkeypatch: pytest.MonkeyPatch) -> None:
    vakt = _lag(Proeve(navn="redis", spoer=_bra))
    vakt.se_etter()
    server = start_internserver(vakt, "127.0.0.1", 0)
    port = server.server_port
    try:
        assert _hent(port, "/internal/isalive")[0] == 200
        assert _hent(port, "/internal/isready?x=1")[0] == 200
        assert b"gateway_redis_oppe 1.0" in _hent(port, "/internal/metrics")[1]
        assert _hent(port, "/drift")[0] == 404
        stumme = [socket.create_connection(("127.0.0.1", port)) for _ in range(3 * SAMTIDIGE)]
        for ett in stumme[SAMTIDIGE:]:
            ett.settimeout(5)
            assert ett.recv(1) == b"", "more than it has threads for are closed at once"
        for ett in stumme:
            ett.close()
        vent_til(lambda: _svarer(port), sekunder=10, hva="it answers again")
    finally:
        server.shutdown()
        server.server_close()


def _svarer(port: int) -> bool:
    try:
        return _hent(port, "/internal/isalive")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_en_vakt_svarer_ikke_andre_steder() -> None:
    vakt = _lag()
    assert vakt.svar("/internal") is None
    assert isinstance(vakt.svar("/internal/isalive"), Internsvar)
