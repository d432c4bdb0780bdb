"""A database that is slow or silent: health answers, too much is refused at once, what nobody waits for is not done."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from gateway.store.database import aapne
from gateway.store.migrering import migrer
from gateway.store.tabeller import Notifikasjon
from tests.ende_til_ende.kjoerende import vent_til
from tests.http.server import (
    FAGER,
    Ivrige,
    Mellomledd,
    Web,
    kjoerende_web,
    start_web,
    stopp,
    trege_sendere,
)

TRAADER = 2
VENTENDE = 4
ENKLE = ("/internal/isalive", "/internal/isready")


@pytest.fixture
def mellomledd(egen_postgres_url: str) -> Iterator[Mellomledd]:
    mellomledd = Mellomledd(egen_postgres_url)
    yield mellomledd
    mellomledd.lukk()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, egen_postgres_url: str) -> Iterator[Web]:
    grenser = {
        "WEB_TRAADER": str(TRAADER),
        "VENTENDE_FORESPOERSLER": str(VENTENDE),
        "FORESPOERSEL_SEKUNDER": "4",
        "DATABASE_LAAS_SEKUNDER": "30",
        "DATABASE_SEKUNDER": "30",
    }
    with kjoerende_web(tmp_path_factory.mktemp("web"), egen_postgres_url, **grenser) as web:
        yield web


class Laast:
    """The table of notifikasjoner is locked, so that whoever creates one waits."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        self._forbindelse = psycopg.connect(self._url)
        self._forbindelse.execute("LOCK TABLE notifikasjon IN EXCLUSIVE MODE")

    def __exit__(self, *_: object) -> None:
        self._forbindelse.rollback()
        self._forbindelse.close()


def _finnes(url: str, ekstern_id: str) -> bool:
    with psycopg.connect(url) as forbindelse:
        rad = forbindelse.execute("SELECT 1 FROM notifikasjon WHERE ekstern_id = %s", (ekstern_id,)).fetchone()
    return rad is not None


def _alle_traader_er_i_bruk(web: Web) -> bool:
    return web.maal("gateway_http_traader_i_bruk") == TRAADER


def test_det_ingen_venter_paa_gjoeres_ikke(web: Web, egen_postgres_url: str) -> None:
    with ThreadPoolExecutor(TRAADER) as andre:
        with Laast(egen_postgres_url):
            opptatt = [andre.submit(web.ny_oppgave, f"opptatt-{nr}") for nr in range(TRAADER)]
            vent_til(lambda: _alle_traader_er_i_bruk(web), sekunder=5, hva="all threads wait for the lock")
            with pytest.raises(TimeoutError):
                web.ny_oppgave("gitt-opp", frist=0.3)
            vent_til(
                lambda: 'grunn="klienten_borte"} 1.0' in web.kall("GET", "/internal/metrics").kropp.decode(),
                sekunder=5,
                hva="the client is seen to be gone",
            )
        assert [ett.result().status for ett in opptatt] == [201] * TRAADER
    assert web.ny_oppgave("etterpaa").status == 201
    assert _finnes(egen_postgres_url, "opptatt-0")
    assert not _finnes(egen_postgres_url, "gitt-opp")


def test_den_som_har_ventet_for_lenge_faar_503_og_gjoeres_ikke(web: Web, egen_postgres_url: str) -> None:
    with ThreadPoolExecutor(TRAADER) as andre:
        with Laast(egen_postgres_url):
            opptatt = [andre.submit(web.ny_oppgave, f"holder-{nr}") for nr in range(TRAADER)]
            vent_til(lambda: _alle_traader_er_i_bruk(web), sekunder=5, hva="all threads wait for the lock")
            foer = time.monotonic()
            svar = web.ny_oppgave("ventet-for-lenge")
            assert 3 < time.monotonic() - foer < 8
            assert (svar.status, svar.hoder["retry-after"]) == (503, "2")
            assert (svar.json["kode"], svar.hoder["content-type"]) == ("Utilgjengelig", "application/problem+json")
        assert {ett.result().status for ett in opptatt} == {201}
    assert not _finnes(egen_postgres_url, "ventet-for-lenge")
    vent_til(lambda: web.maal("gateway_http_venter") == 0, sekunder=5, hva="nobody waits")


def test_full_koe_svarer_503_med_en_gang(web: Web, egen_postgres_url: str) -> None:
    with ThreadPoolExecutor(TRAADER + VENTENDE) as andre:
        with Laast(egen_postgres_url):
            foerste = [andre.submit(web.ny_oppgave, f"full-{nr}") for nr in range(TRAADER)]
            vent_til(lambda: _alle_traader_er_i_bruk(web), sekunder=5, hva="all threads wait for the lock")
            foerste += [andre.submit(web.ny_oppgave, f"venter-{nr}") for nr in range(VENTENDE)]
            vent_til(lambda: web.maal("gateway_http_venter") == VENTENDE, sekunder=5, hva="the queue is full")
            foer = time.monotonic()
            svar = web.kall("GET", "/min-side")
            assert (svar.status, svar.hoder["retry-after"]) == (503, "2")
            assert time.monotonic() - foer < 1
            assert [web.status(sti) for sti in ENKLE] == [200, 200]
            for stoerrelse in (900_000, 3_000_000):
                assert web.kall("POST", "/webhooks/permittering", b" " * stoerrelse).status == 503, "all was sent"
        assert all(ett.result().status in (201, 503) for ett in foerste)
    maalt = web.kall("GET", "/internal/metrics").kropp.decode()
    assert 'gateway_http_avvist_total{grunn="fullt"}' in maalt
    assert 'gateway_http_sekunder_count{metode="GET",rute="avvist",status="503"}' in maalt


def test_en_treg_forespoersel_staar_en_gang_i_loggen_med_tiden_fra_den_kom(web: Web, egen_postgres_url: str) -> None:
    with ThreadPoolExecutor(TRAADER + 1) as andre:
        with Laast(egen_postgres_url):
            foerste = [andre.submit(web.ny_oppgave, f"treg-{nr}") for nr in range(TRAADER)]
            vent_til(lambda: _alle_traader_er_i_bruk(web), sekunder=5, hva="all threads wait for the lock")
            sist = andre.submit(web.ny_oppgave, "treg-sist")
            vent_til(lambda: web.maal("gateway_http_venter") == 1, sekunder=5, hva="it waits for a thread")
            threading.Event().wait(1.1)  # longer than what is slow, and shorter than the deadline
        assert [ett.result().status for ett in (*foerste, sist)] == [201] * (TRAADER + 1)
    utskrift = re.sub(r"\x1b\[\d*m", "", web.utskrift).splitlines()
    (linje,) = [linje for linje in utskrift if "korrelasjonsid=treg-sist" in linje]
    funnet = re.search(r" ms=(\d+) .*ventet_ms=(\d+)", linje)
    assert funnet, linje
    ms, ventet = map(int, funnet.groups())
    assert 1_000 < ventet <= ms < 10_000
    maalt = web.kall("GET", "/internal/metrics").kropp.decode()
    assert re.search(r'gateway_http_ventetid_sekunder_bucket\{le="1.0"\} (\S+)', maalt)


def _migrert(url: str) -> None:
    database = aapne(url)
    migrer(database)
    database.lukk()


def test_en_database_som_ikke_svarer_roerer_ikke_helsa_og_er_glemt_to_sekunder_etter(
    mellomledd: Mellomledd, tmp_path: Path
) -> None:
    with kjoerende_web(tmp_path / "web", mellomledd.url) as web:
        ivrige = Ivrige(web, antall=10)
        ivrige.start()
        vent_til(lambda: ivrige.svar, sekunder=10, hva="they are answered")
        mellomledd.heng()
        hang = time.monotonic()
        sett = set()
        while time.monotonic() - hang < 12:
            for sti in ENKLE:
                foer = time.monotonic()
                sett.add((sti, web.kall("GET", sti).status))
                assert time.monotonic() - foer < 1, sti
            threading.Event().wait(0.2)
        assert (ENKLE[0], 503) not in sett, "it lives"
        assert web.status(ENKLE[1]) == 503, "and is not ready"
        foer = time.monotonic()
        assert web.maal("gateway_database_oppe") == 0
        assert time.monotonic() - foer < 3
        mellomledd.slipp()
        slapp = time.monotonic()
        etter = vent_til(lambda: ivrige.foerste_nyttige_etter(slapp), sekunder=30, hva="useful answers again")
        ivrige.stopp()
        assert etter < 2, f"it took {etter:.1f} s"
        vent_til(lambda: web.status(ENKLE[1]) == 200, sekunder=10, hva="ready again")


def test_sigterm_stopper_innen_ti_sekunder_selv_om_alt_henger(mellomledd: Mellomledd, tmp_path: Path) -> None:
    _migrert(mellomledd.url)
    web = start_web(tmp_path, mellomledd.url, WEB_TRAADER=str(TRAADER))
    try:
        vent_til(lambda: web.status(ENKLE[1]) == 200, sekunder=60, hva="ready")
        mellomledd.heng()
        with ThreadPoolExecutor(TRAADER) as andre, trege_sendere(web.port, 9, i_deler=False):
            henger = [andre.submit(web.kall, "GET", "/api/v1/notifikasjoner", None, web.token) for _ in range(TRAADER)]
            vent_til(lambda: _alle_traader_er_i_bruk(web), sekunder=5, hva="all threads hang")
            foer = time.monotonic()
            web.prosess.terminate()
            assert web.prosess.wait(15) == 0, web.utskrift
            assert time.monotonic() - foer < 10
            for ett in henger:
                assert isinstance(ett.exception(), OSError) or ett.result().status == 503, "told, or cut off"
    finally:
        if web.prosess.poll() is None:
            stopp(web)


def test_sigterm_lar_det_som_er_i_gang_bli_ferdig(egen_postgres_url: str, tmp_path: Path) -> None:
    with kjoerende_web(tmp_path, egen_postgres_url, WEB_TRAADER=str(TRAADER)) as web:
        with ThreadPoolExecutor(1) as andre:
            with Laast(egen_postgres_url):
                i_gang = andre.submit(web.ny_oppgave, "i-gang")
                vent_til(lambda: web.maal("gateway_http_traader_i_bruk") == 1, sekunder=5, hva="it is under way")
                web.prosess.terminate()
                vent_til(lambda: web.status(ENKLE[0], 1) == 0, sekunder=5, hva="nobody new is let in")
            assert i_gang.result().status == 201
        web.prosess.wait(10)


def test_navnet_paa_applikasjonen_staar_ikke_i_maalingene(web: Web) -> None:
    assert FAGER not in web.kall("GET", "/internal/metrics").kropp.decode()
    assert Notifikasjon._meta.table_name == "notifikasjon", "which the tests lock"
