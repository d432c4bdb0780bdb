"""A whole running gateway for tests: `gateway dev`, as a newcomer starts it, in a data folder of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests.verden import ROT

T = TypeVar("T")
OPPSTART_SEKUNDER = 60
# Each that is loaded costs every process of a gateway a start of its own.
PLUGINS = "permittering,inntektsmelding"


def vent_til(sant: Callable[[], T], *, sekunder: float, hva: str) -> T:
    """Wait on a condition, with a deadline; return what made it true."""
    frist = time.monotonic() + sekunder
    puls = threading.Event()
    while not (svar := sant()):
        if time.monotonic() > frist:
            raise AssertionError(f"not within {sekunder} s: {hva}")
        puls.wait(0.05)
    return svar


def ledig_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sokkel:
        return int(sokkel.getsockname()[1])


@dataclass(frozen=True)
class Svar:
    status: int
    hoder: Mapping[str, str]
    kropp: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.kropp)


@dataclass
class Kjoerende:
    """A `gateway dev` in the background, and how to talk to it."""

    prosess: subprocess.Popen[str]
    port: int
    miljoe: dict[str, str]
    linjer: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return Path(self.miljoe["GATEWAY_DATA"])

    @property
    def utskrift(self) -> str:
        return "\n".join(self.linjer)

    def klar(self) -> bool:
        if self.prosess.poll() is not None:
            raise AssertionError(f"gateway dev ended:\n{self.utskrift}")
        return any(linje.startswith("klar:") for linje in self.linjer) and "first webhook" in self.utskrift

    @property
    def epost_url(self) -> str:
        funnet = re.search(r"caught mail\s+(\S+)", self.utskrift)
        assert funnet, self.utskrift
        return funnet[1]

    def kall(
        self,
        metode: str,
        sti: str,
        kropp: bytes | Iterator[bytes] | None = None,
        hoder: Mapping[str, str] | None = None,
    ) -> Svar:
        """One request. Raises OSError when nobody answers, or the answer ends in the middle of it."""
        tilkobling = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            tilkobling.request(metode, sti, kropp, dict(hoder or {}), encode_chunked=not isinstance(kropp, bytes))
            svar = tilkobling.getresponse()
            hoder = {navn.lower(): verdi for navn, verdi in svar.getheaders()}
            return Svar(svar.status, hoder, svar.read())
        except http.client.HTTPException as e:  # a server killed while it answers leaves half a status line or body
            raise ConnectionError(f"{metode} {sti}: the answer was cut off: {e!r}") from e
        finally:
            tilkobling.close()

    def kommando(self, *argumenter: str) -> str:
        """Run `gateway …` in another terminal; return what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "gateway", *argumenter],
            cwd=ROT,
            env=self.miljoe,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.strip()

    def barn(self, navn: str) -> psutil.Process | None:
        """The child process of that name, if it runs now."""
        for ett in psutil.Process(self.prosess.pid).children():
            try:
                if navn in ett.cmdline()[-1] or (navn == "valkey" and "valkey" in " ".join(ett.cmdline()[:1])):
                    return ett
            except (psutil.NoSuchProcess, IndexError):
                continue
        return None

    def drep(self, navn: str) -> bool:
        """SIGKILL; whether there was something to kill."""
        barn = self.barn(navn)
        if barn is None:
            return False
        try:
            barn.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return False
        return True

    def les(self) -> None:
        assert self.prosess.stdout is not None
        for linje in self.prosess.stdout:
            self.linjer.append(linje.rstrip())


def miljoe_for(data: Path, port: int, database_url: str = "", **miljoe: str) -> dict[str, str]:
    """The environment of a gateway on a data folder of its own, whatever servers the one at hand names."""
    return {
        **{navn: verdi for navn, verdi in os.environ.items() if navn not in ("DATABASE_URL", "REDIS_URL", "SMTP_URL")},
        "GATEWAY_DATA": str(data),
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "GATEWAY_UTEN_VENV": "1",
        "PLUGINS": PLUGINS,
        **miljoe,
    }


def start(kommando: str, miljoe: Mapping[str, str], rot: Path = ROT) -> subprocess.Popen[str]:
    """`gateway <kommando>` in a session of its own; what it prints is to be read."""
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", kommando],
        cwd=rot,
        env=miljoe,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def kjoerende_gateway(data: Path, database_url: str = "", *, rot: Path = ROT, **miljoe: str) -> Iterator[Kjoerende]:
    """Start a `gateway dev` of the code in `rot`, wait until it says `klar:`, and stop it with Ctrl-C in the end."""
    port = ledig_port()
    variabler = miljoe_for(data, port, database_url, **miljoe)
    prosess = start("dev", variabler, rot)
    kjoerende = Kjoerende(prosess, port, variabler)
    leser = threading.Thread(target=kjoerende.les, daemon=True)
    leser.start()
    try:
        vent_til(kjoerende.klar, sekunder=OPPSTART_SEKUNDER, hva="klar:")
        yield kjoerende
    finally:
        prosess.send_signal(signal.SIGINT)
        try:
            prosess.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(prosess.pid, signal.SIGKILL)
            raise AssertionError(f"gateway dev did not stop on Ctrl-C:\n{kjoerende.utskrift}") from None
    assert prosess.returncode == 0, kjoerende.utskrift
