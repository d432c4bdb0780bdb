"""The web of the version before goes on, under load, while the new version migrates and after: a rolling deploy."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3

from gateway.store.database import aapne
from gateway.store.migrering import mangler
from gateway.store.tabeller import Notifikasjon
from tests.ende_til_ende.kjoerende import ledig_port, vent_til
from tests.servere import egen_database
from tests.verden import ROT

ARKIV = Path(__file__).parent / "forrige" / "forrige.tar.xz"
OPPGAVE = {
    "merkelapp": "Fager",
    "virksomhetsnummer": "312914174",
    "mottakere": [{"altinnRessurs": {"ressursId": "nav_sykepenger_inntektsmelding"}}],
    "tekst": "En oppgave",
    "lenke": "https://arbeidsgiver.nav.no/im-dialog",
    "frist": "2099-12-31",
}
# So many answers are seen after the migration; those before and during it come on top.
SVAR_ETTERPAA = 60
LASTERE = 3


@dataclass
class Last:
    """Clients that create oppgaver, end them and read them, and count what they are answered."""

    port: int
    token: str
    svar: Counter[int] = field(default_factory=Counter)
    skrevet: set[str] = field(default_factory=set)
    stopp: threading.Event = field(default_factory=threading.Event)

    def kjoer(self, nummer: int) -> None:
        with urllib3.HTTPConnectionPool("127.0.0.1", self.port, timeout=30, retries=False) as klient:
            for runde in itertools.count():
                if self.stopp.is_set():
                    return
                ekstern_id = f"{nummer}-{runde}"
                ny = self._send(klient, "POST", "/api/v1/oppgaver", {**OPPGAVE, "eksternId": ekstern_id})
                self.skrevet.add(ekstern_id)
                if runde % 2:
                    self._send(klient, "POST", f"/api/v1/oppgaver/{ny['id']}/utfoert", {})
                self._send(klient, "GET", "/api/v1/notifikasjoner?antall=5")

    def _send(self, klient: urllib3.HTTPConnectionPool, metode: str, sti: str, kropp: object = None) -> dict[str, str]:
        svar = klient.request(metode, sti, json=kropp, headers={"Authorization": f"Bearer {self.token}"})
        self.svar[svar.status] += 1
        assert svar.status < 300, svar.data
        lest: dict[str, str] = json.loads(svar.data)
        return lest

    @property
    def antall(self) -> int:
        return sum(self.svar.values())


@contextmanager
def _forrige_web(mappe: Path, url: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Its port and environment, once it is ready."""
    with tarfile.open(ARKIV) as arkiv:
        arkiv.extractall(mappe, filter="data")
    port = ledig_port()
    miljoe = {
        **{navn: verdi for navn, verdi in os.environ.items() if navn not in ("REDIS_URL", "SMTP_URL")},
        "DATABASE_URL": url,
        "GATEWAY_DATA": str(mappe / "data"),
        "GATEWAY_UTEN_VENV": "1",
        "PORT": str(port),
        "PYTHONPATH": str(mappe),
    }
    gateway = [sys.executable, "-m", "gateway"]
    subprocess.run([*gateway, "migrate"], cwd=mappe, env=miljoe, check=True, timeout=120, stdout=subprocess.DEVNULL)
    with subprocess.Popen([*gateway, "web"], cwd=mappe, env=miljoe, stdout=subprocess.DEVNULL) as web:
        try:
            vent_til(lambda: _er_klar(port), sekunder=60, hva="the web of the version before")
            yield port, miljoe
            assert web.poll() is None
        finally:
            web.send_signal(signal.SIGTERM)
            try:
                web.wait(30)
            except subprocess.TimeoutExpired:
                web.kill()


def _er_klar(port: int) -> bool:
    try:
        return urllib3.request("GET", f"http://127.0.0.1:{port}/internal/isready", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gateway.db'}"
        return
    with egen_database(request.getfixturevalue("postgres_url"), "forrige") as ny:
        yield ny


def test_den_forrige_versjonen_svarer_mens_og_etter_at_den_nye_migrerer(url: str, tmp_path: Path) -> None:
    forrige = tmp_path / "forrige"
    with _forrige_web(forrige, url) as (port, miljoe):
        # Its own: what a token must say is not the same in every version.
        token = subprocess.run(
            [sys.executable, "-m", "gateway", "token", "produsent", "dev-gcp:fager:fager-demo"],
            cwd=forrige,
            env=miljoe,
            check=True,
            timeout=60,
            capture_output=True,
            text=True,
        ).stdout.strip()
        last = Last(port, token)
        lastere = [threading.Thread(target=last.kjoer, args=(nummer,)) for nummer in range(LASTERE)]
        for ett in lastere:
            ett.start()
        try:
            _vent(last, 10, lastere)
            migrert = subprocess.run(
                [sys.executable, "-m", "gateway", "migrate"],
                cwd=ROT,
                env={**miljoe, "PYTHONPATH": str(ROT)},
                check=False,
                timeout=120,
                capture_output=True,
                text=True,
            )
            assert migrert.returncode == 0, migrert.stderr
            _vent(last, last.antall + SVAR_ETTERPAA, lastere)
        finally:
            last.stopp.set()
            for ett in lastere:
                ett.join(60)
        assert {status // 100 for status in last.svar} == {2}, last.svar

        database = aapne(url)
        assert mangler(database) == []
        with database.tilkobling():
            funnet = {ekstern_id for (ekstern_id,) in Notifikasjon.select(Notifikasjon.ekstern_id).tuples()}
        assert funnet >= last.skrevet
        database.lukk()
        assert _er_klar(port), "also after the new one has written"


def _vent(last: Last, antall: int, lastere: list[threading.Thread]) -> None:
    frist = time.monotonic() + 120
    while last.antall < antall:
        assert time.monotonic() < frist, last.svar
        assert all(ett.is_alive() for ett in lastere), last.svar
        last.stopp.wait(0.05)
