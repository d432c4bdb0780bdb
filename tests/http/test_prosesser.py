"""Processes of one `gateway web`: they share what they count, are replaced when they die, and leave none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.ende_til_ende.kjoerende import ledig_port, vent_til
from tests.http.server import Web, kjoerende_web, start_web, stopp

RUTE = "/api/v1/whoami"


def _antall(web: Web) -> float:
    return web.maal(rf'gateway_http_sekunder_count\{{metode="GET",rute="{RUTE}",status="401"\}}')


def test_to_prosesser_deler_maalingene_og_en_som_drepes_erstattes_og_telles(tmp_path: Path) -> None:
    with kjoerende_web(tmp_path, WEB_PROSESSER="2") as web:
        vent_til(lambda: web.maal("gateway_web_prosesser") == 2, sekunder=20, hva="two serve")
        for _ in range(40):
            assert web.status(RUTE) == 401
        for _ in range(10):  # whichever of the two answers
            assert _antall(web) == 40
        # Long enough after the start: a process that dies at once, again and again, ends the parent instead.
        drept = web.barn()[0]
        drept.send_signal(signal.SIGKILL)
        drept.wait(10)  # while it dies, what comes to it is broken off
        vent_til(lambda: web.maal("gateway_web_starter_total") == 3, sekunder=30, hva="another was started")
        vent_til(lambda: web.maal("gateway_web_prosesser") == 2, sekunder=10, hva="two serve again")
        assert web.maal("gateway_http_traader") == 16, "the dead one's threads are not counted"
        assert _antall(web) == 40, "and what it counted is not forgotten"
        assert drept.pid not in {barn.pid for barn in web.barn()}
        vent_til(lambda: "Unexpected exit" in web.utskrift, sekunder=5, hva="it is told in the log")


def test_naar_forelderen_drepes_blir_ingen_igjen_og_porten_er_fri(tmp_path: Path) -> None:
    with kjoerende_web(tmp_path / "a", WEB_PROSESSER="2") as web:
        barn = psutil.Process(web.prosess.pid).children(recursive=True)
        assert len(barn) >= 2
        os.kill(web.prosess.pid, signal.SIGKILL)
        web.prosess.wait()
        # At once, as a platform does: it waits for the port, and gets it.
        with kjoerende_web(tmp_path / "b", port=web.port) as neste:
            assert neste.status("/internal/isalive") == 200
        _, levende = psutil.wait_procs(barn, timeout=15)
        assert levende == []


def test_to_paa_samme_port_nektes_og_faar_vite_hva_de_kan_gjoere(tmp_path: Path) -> None:
    with kjoerende_web(tmp_path / "a") as web:
        andre = start_web(tmp_path / "b", port=web.port)
        assert andre.prosess.wait(30) == 1
        vent_til(lambda: "DELT_PORT=1" in andre.utskrift, sekunder=5, hva="what to do")
        assert f"127.0.0.1:{web.port}" in andre.utskrift
        assert "Traceback" not in andre.utskrift
        assert web.status("/internal/isalive") == 200


def test_to_paa_samme_port_er_lov_for_den_som_ber_om_det(tmp_path: Path) -> None:
    port = ledig_port()
    with kjoerende_web(tmp_path, port=port, DELT_PORT="1") as web:
        andre = start_web(tmp_path, port=port, DELT_PORT="1", WEB_TRAADER="3")
        try:
            vent_til(
                lambda: {web.maal("gateway_http_traader") for _ in range(20)} == {3, 8}, sekunder=30, hva="both answer"
            )
        finally:
            stopp(andre)
        assert web.status("/internal/isalive") == 200


def test_en_kjoering_rydder_etter_seg_og_etter_en_som_ble_drept(tmp_path: Path) -> None:
    midlertidig = tmp_path / "tmp"
    doed = midlertidig / "gateway-maalinger-999999999-x"
    doed.mkdir(parents=True)
    with kjoerende_web(tmp_path / "data", TMPDIR=str(midlertidig)):
        assert not doed.exists()
        (mappe,) = midlertidig.glob("gateway-maalinger-*")
        assert list(mappe.glob("*.db"))
    assert list(midlertidig.glob("gateway-maalinger-*")) == []


def test_maalinger_finnes_uten_felles_mappe() -> None:
    """In tests, worker and scheduler nobody shares: the same metrics are kept in memory."""
    kode = "from gateway.http.maalinger import starter; starter.inc(); print(starter._value.get())"
    svar = subprocess.run([sys.executable, "-c", kode], capture_output=True, text=True, check=True)
    assert svar.stdout.strip() == "1.0"
