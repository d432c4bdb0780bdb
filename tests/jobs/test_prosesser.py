"""Worker and scheduler as processes: they tell how they are, and SIGTERM ends them in time whatever hangs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.klokke import sann_tid
from gateway.store.database import aapne
from gateway.store.migrering import migrer
from gateway.store.prosess import prosesser
from tests.ende_til_ende.kjoerende import ledig_port, vent_til
from tests.verden import ROT

FRIST = 10


@pytest.fixture
def taus() -> Iterator[int]:
    """The port of a server that takes connections and says nothing, as one that is frozen does."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield int(server.getsockname()[1])


@contextmanager
def _prosess(rolle: str, data: Path, **miljoe: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = ledig_port()
    variabler = {
        **{navn: verdi for navn, verdi in os.environ.items() if navn not in ("DATABASE_URL", "REDIS_URL", "SMTP_URL")},
        "GATEWAY_DATA": str(data),
        "GATEWAY_UTEN_VENV": "1",
        ("PORT" if rolle == "web" else "INTERN_PORT"): str(port),
        "PLUGINS": "permittering",
        **miljoe,
    }
    prosess = subprocess.Popen([sys.executable, "-m", "gateway", rolle], cwd=ROT, env=variabler)
    try:
        yield prosess, port
    finally:
        prosess.kill()
        prosess.wait(10)


def _spoer(port: int, sti: str) -> tuple[int, str]:
    """The status and the body; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/internal/{sti}", timeout=5) as svar:
            return svar.status, svar.read().decode()
    except urllib.error.HTTPError as feil:
        return feil.code, feil.read().decode()
    except OSError:
        return 0, ""


def _ender_i_tide(prosess: subprocess.Popen[bytes]) -> None:
    start = time.monotonic()
    prosess.terminate()
    assert prosess.wait(FRIST + 20) == 0
    assert time.monotonic() - start < FRIST


@pytest.mark.parametrize("database_henger", [False, True])
@pytest.mark.parametrize("rolle", ["worker", "scheduler"])
def test_sigterm_ender_prosessen_i_tide_naar_redis_eller_databasen_er_frosset(
    tmp_path: Path, taus: int, rolle: str, database_henger: bool
) -> None:
    if database_henger:
        database = f"postgresql://bruker@127.0.0.1:{taus}/gateway"
    else:
        database = f"sqlite:///{tmp_path / 'gateway.db'}"
        migrer(aapne(database))
    with _prosess(rolle, tmp_path, DATABASE_URL=database, REDIS_URL=f"redis://127.0.0.1:{taus}/0") as (prosess, port):
        vent_til(lambda: _spoer(port, "isalive")[0] == 200, sekunder=60, hva="the process serves")
        # It has not answered for a while, or was given up: each is true in turn.
        vent_til(
            lambda: (svar := _spoer(port, "isready"))[0] == 503 and "redis " in json.loads(svar[1])["detail"],
            sekunder=60,
            hva="it sees that Redis hangs",
        )
        assert _spoer(port, "isalive")[0] == 200, "what it waits for has no say"
        _ender_i_tide(prosess)


def test_en_arbeider_sier_fra_i_maalinger_og_i_databasen_og_melder_seg_av(tmp_path: Path, tjener: str) -> None:
    database = aapne(f"sqlite:///{tmp_path / 'gateway.db'}")
    migrer(database)

    def roller() -> set[str]:
        with database.tilkobling():
            return {ett.rolle for ett in prosesser(sann_tid())}

    with (
        _prosess("worker", tmp_path, DATABASE_URL=database.url, REDIS_URL=tjener) as (worker, port),
        _prosess("scheduler", tmp_path, DATABASE_URL=database.url, REDIS_URL=tjener) as (scheduler, annen_port),
    ):
        for ett in (port, annen_port):
            vent_til(lambda ett=ett: _spoer(ett, "isready")[0] == 200, sekunder=60, hva="it is ready")  # type: ignore[misc]
        vent_til(lambda: roller() == {"worker", "scheduler"}, sekunder=20, hva="both have told of themselves")
        with database.tilkobling():
            (arbeideren,) = (ett for ett in prosesser(sann_tid()) if ett.rolle == "worker")
        assert [(ett.produsent, bool(ett.versjon)) for ett in arbeideren.plugins] == [("permittering", True)]

        def rundene_gaar() -> bool:
            maalt = _spoer(port, "metrics")[1]
            return (
                "gateway_lytter_tilkoblet 1.0" in maalt
                and 'gateway_runde_gaatt_total{runde="frister"} 0.0' not in maalt
            )

        vent_til(rundene_gaar, sekunder=30, hva="the rounds go, and the doorbell is heard")
        maalt = _spoer(port, "metrics")[1]
        assert 'gateway_runde_feilet_total{runde="frister"} 0.0' in maalt
        assert "gateway_redis_oppe 1.0" in maalt
        assert "gateway_doerklokke_feilet_total 0.0" in _spoer(annen_port, "metrics")[1]
        _ender_i_tide(worker)
        _ender_i_tide(scheduler)
    assert roller() == set()


def test_en_webprosess_melder_seg_av_naar_den_stoppes(tmp_path: Path, tjener: str) -> None:
    database = aapne(f"sqlite:///{tmp_path / 'gateway.db'}")
    migrer(database)

    def roller() -> set[str]:
        with database.tilkobling():
            return {ett.rolle for ett in prosesser(sann_tid())}

    with _prosess("web", tmp_path, DATABASE_URL=database.url, REDIS_URL=tjener) as (web, port):
        vent_til(lambda: roller() == {"web"}, sekunder=60, hva="it has told of itself")
        # One that is stopped before it serves is killed, and is gone from there when it has said nothing for a minute.
        vent_til(lambda: _spoer(port, "isalive")[0] == 200, sekunder=60, hva="it serves")
        _ender_i_tide(web)
    assert roller() == set()
