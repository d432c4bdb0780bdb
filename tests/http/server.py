"""A `gateway web` of its own for a test, raw connections to it, and a proxy that can hang before its database."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from psycopg.conninfo import conninfo_to_dict

from gateway.http.tokens import DevUtsteder
from gateway.store.database import aapne
from gateway.store.migrering import migrer
from tests.ende_til_ende.kjoerende import Svar, ledig_port, miljoe_for, start, vent_til
from tests.verden import melding

VERT = "127.0.0.1"
FAGER = "dev-gcp:fager:fager-demo"
HEMMELIGHET = b"permittering-dev-hemmelighet"
OPPGAVE = {
    "merkelapp": "Fager",
    "virksomhetsnummer": "312914174",
    "mottakere": [{"altinnRessurs": {"ressursId": "nav_sykepenger_inntektsmelding"}}],
    "tekst": "Send inn",
    "lenke": "https://arbeidsgiver.nav.no/1",
}


@dataclass
class Web:
    prosess: subprocess.Popen[str]
    port: int
    data: Path
    linjer: list[str] = field(default_factory=list)

    @property
    def utskrift(self) -> str:
        return "\n".join(self.linjer)

    def les(self) -> None:
        assert self.prosess.stdout is not None
        for linje in self.prosess.stdout:
            self.linjer.append(linje.rstrip())

    def kall(
        self,
        metode: str,
        sti: str,
        kropp: bytes | None = None,
        hoder: Mapping[str, str] | None = None,
        frist: float = 20,
    ) -> Svar:
        """One request on a connection of its own. Raises OSError, also when no answer comes within `frist` seconds."""
        tilkobling = http.client.HTTPConnection(VERT, self.port, timeout=frist)
        try:
            tilkobling.request(metode, sti, kropp, dict(hoder or {}))
            svar = tilkobling.getresponse()
            return Svar(svar.status, {navn.lower(): verdi for navn, verdi in svar.getheaders()}, svar.read())
        except http.client.HTTPException as feil:
            raise ConnectionError(repr(feil)) from feil
        finally:
            tilkobling.close()

    def status(self, sti: str, frist: float = 20) -> int:
        """0: nobody answered."""
        try:
            return self.kall("GET", sti, frist=frist).status
        except OSError:
            return 0

    def maal(self, navn: str) -> float:
        """The value of one metric, without labels; -1: it is not there."""
        funnet = re.search(rf"^{navn} (\S+)$", self.kall("GET", "/internal/metrics").kropp.decode(), re.M)
        return float(funnet[1]) if funnet else -1

    def ny_oppgave(self, ekstern_id: str, frist: float = 20) -> Svar:
        """Its correlation id is the eksternId."""
        kropp = json.dumps({**OPPGAVE, "eksternId": ekstern_id}).encode()
        hoder = {**self.token, "Content-Type": "application/json", "X-Request-ID": ekstern_id}
        return self.kall("POST", "/api/v1/oppgaver", kropp, hoder, frist)

    @property
    def token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {DevUtsteder(self.data).produsent_token(FAGER)}"}

    def signert(self, frist: float = 20) -> Svar:
        kropp, hoder = signert_melding()
        return self.kall("POST", "/webhooks/permittering", kropp, hoder, frist)

    def barn(self) -> list[psutil.Process]:
        """The processes that serve."""
        alle = psutil.Process(self.prosess.pid).children()
        return [ett for ett in alle if any("spawn_main" in ledd for ledd in ett.cmdline())]


def signert_melding() -> tuple[bytes, dict[str, str]]:
    kropp = json.dumps({**melding("permittering/masseoppsigelse"), "id": str(uuid.uuid4())}).encode()
    signatur = hmac.new(HEMMELIGHET, kropp, hashlib.sha256).hexdigest()
    return kropp, {"X-Hub-Signature-256": f"sha256={signatur}", "Content-Type": "application/json"}


def start_web(data: Path, database_url: str = "", *, port: int = 0, **miljoe: str) -> Web:
    """Start it, and read what it prints; it may not serve yet."""
    port = port or ledig_port()
    prosess = start("web", miljoe_for(data, port, database_url, **{"MILJOE": "dev", **miljoe}))
    web = Web(prosess, port, data)
    threading.Thread(target=web.les, daemon=True).start()
    return web


@contextmanager
def kjoerende_web(data: Path, database_url: str = "", *, port: int = 0, **miljoe: str) -> Iterator[Web]:
    """A `gateway web` that is ready, on a database that is up to date; it is stopped in the end."""
    data.mkdir(parents=True, exist_ok=True)
    database = aapne(database_url or f"sqlite:///{data / 'gateway.db'}")
    migrer(database)
    database.lukk()
    web = start_web(data, database_url, port=port, **miljoe)
    try:
        vent_til(lambda: _klar(web), sekunder=60, hva="the web is ready")
        yield web
    finally:
        stopp(web)


def _klar(web: Web) -> bool:
    assert web.prosess.poll() is None, web.utskrift
    return web.status("/internal/isready", 2) == 200


def stopp(web: Web) -> None:
    if web.prosess.poll() is None:
        web.prosess.terminate()
    try:
        web.prosess.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(web.prosess.pid, signal.SIGKILL)
        raise AssertionError(f"the web did not stop:\n{web.utskrift}") from None


# --- slow senders --------------------------------------------------------------------------------------------------


@contextmanager
def trege_sendere(port: int, antall: int, *, i_deler: bool) -> Iterator[list[socket.socket]]:
    """So many connections, each sending a body of one byte a second that never ends."""
    hode = b"Transfer-Encoding: chunked" if i_deler else b"Content-Length: 1000"
    byte = b"1\r\nx\r\n" if i_deler else b"x"
    sokler = [socket.create_connection((VERT, port), timeout=20) for _ in range(antall)]
    slutt = threading.Event()

    def drypp() -> None:
        while not slutt.wait(1):
            for sokkel in sokler:
                with contextlib.suppress(OSError):
                    sokkel.sendall(byte)

    for sokkel in sokler:
        sokkel.sendall(b"POST /webhooks/permittering HTTP/1.1\r\nHost: x\r\n" + hode + b"\r\n\r\n" + byte)
    traad = threading.Thread(target=drypp, daemon=True)
    traad.start()
    try:
        yield sokler
    finally:
        slutt.set()
        traad.join()
        for sokkel in sokler:
            sokkel.close()


def svarlinje(sokkel: socket.socket) -> int:
    """The status of the answer that comes, 0 when the connection ends without one."""
    try:
        svar = sokkel.recv(4096)
    except ConnectionError:
        return 0
    return int(svar[9:12]) if svar else 0


def raa(port: int, foresporsel: bytes) -> bytes:
    """What comes back on a raw connection until it is closed."""
    with socket.create_connection((VERT, port), timeout=20) as sokkel:
        sokkel.sendall(foresporsel)
        svar = b""
        with contextlib.suppress(ConnectionError):
            while del_ := sokkel.recv(65536):
                svar += del_
        return svar


# --- the database behind a proxy -----------------------------------------------------------------------------------


class Mellomledd:
    """A TCP proxy. While it hangs it accepts, and passes nothing on in any direction."""

    def __init__(self, url: str) -> None:
        self._maal = conninfo_to_dict(url)
        self._gaar = threading.Event()
        self._gaar.set()
        self._server = socket.create_server((VERT, 0))
        port = self._server.getsockname()[1]
        hvem = ":".join(str(self._maal[ett]) for ett in ("user", "password") if self._maal.get(ett))
        self.url = f"postgresql://{hvem}@{VERT}:{port}/{self._maal['dbname']}"
        threading.Thread(target=self._ta_imot, daemon=True).start()

    def heng(self) -> None:
        self._gaar.clear()

    def slipp(self) -> None:
        self._gaar.set()

    def lukk(self) -> None:
        self.slipp()
        self._server.close()

    def _til_tjeneren(self) -> socket.socket:
        vert, port = str(self._maal.get("host", VERT)), int(self._maal.get("port", 5432))
        if not vert.startswith("/"):
            return socket.create_connection((vert, port))
        sokkel = socket.socket(socket.AF_UNIX)
        sokkel.connect(f"{vert}/.s.PGSQL.{port}")
        return sokkel

    def _ta_imot(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                klient, _ = self._server.accept()
                threading.Thread(target=self._formidle, args=(klient,), daemon=True).start()

    def _formidle(self, klient: socket.socket) -> None:
        self._gaar.wait()
        with contextlib.suppress(OSError), klient, self._til_tjeneren() as tjener:
            andre = {klient: tjener, tjener: klient}
            while True:
                for fra in select.select(list(andre), [], [])[0]:
                    self._gaar.wait()
                    data = fra.recv(65536)
                    if not data:
                        return
                    andre[fra].sendall(data)


# --- clients that give up and try again ----------------------------------------------------------------------------


@dataclass
class Ivrige:
    """Clients that each wait one second for an answer, and try again until they are told to stop."""

    web: Web
    antall: int
    svar: list[tuple[float, int]] = field(default_factory=list)
    _slutt: threading.Event = field(default_factory=threading.Event)
    _traader: Sequence[threading.Thread] = ()

    def start(self) -> None:
        self._traader = [threading.Thread(target=self._gaa, daemon=True) for _ in range(self.antall)]
        for traad in self._traader:
            traad.start()

    def stopp(self) -> None:
        self._slutt.set()
        for traad in self._traader:
            traad.join()

    def foerste_nyttige_etter(self, naar: float) -> float | None:
        """Seconds until the first answer that a client could use."""
        nyttige = [kom - naar for kom, status in list(self.svar) if status < 300 and kom > naar]
        return min(nyttige) if nyttige else None

    def _gaa(self) -> None:
        while not self._slutt.wait(0.2):
            try:
                status = self.web.signert(frist=1).status
            except OSError:
                continue
            self.svar.append((time.monotonic(), status))
