"""Where benchmarks run: a database of their own on a PostgreSQL server, and servers as processes of their own."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from gateway.bench.last import VERT
from gateway.dev.postgres import startet_postgres
from gateway.domain.noekkelring import Noekkelring
from gateway.kjerne import Kjerne, StilleDoerklokke
from gateway.klokke import Klokke, Systemklokke
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import les_register
from gateway.store.database import aapne
from gateway.store.migrering import migrer
from gateway.vertskap.erklaering import Plugins

OPPSTART_SEKUNDER = 30
STOPP_SEKUNDER = 10
# One sender makes all the load: it is held to a limit as ever, and to one that it cannot reach.
UTEN_TAK = {"GRENSE_PRODUSENT": "1000000/sekund", "GRENSE_KILDE": "1000000/sekund"}


@contextmanager
def egen_database(tjener_url: str = "", navn: str = "bench") -> Iterator[str]:
    """A new, migrated database, which is dropped in the end; give its URL.

    It is made on the server at `tjener_url`, where no other database is touched; else on an embedded one.
    """
    if tjener_url:
        with _ny_database(tjener_url, navn) as url:
            yield url
        return
    with (
        tempfile.TemporaryDirectory(prefix="gateway-bench-") as mappe,
        startet_postgres(Path(mappe) / "data") as innebygd,
        _ny_database(innebygd, navn) as url,
    ):
        yield url


@contextmanager
def _ny_database(tjener_url: str, navn: str) -> Iterator[str]:
    navn = f"gateway_{navn}_{os.getpid()}"
    with psycopg.connect(tjener_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(navn)))
        try:
            url = urlunsplit(urlsplit(tjener_url)._replace(path=f"/{navn}"))
            database = aapne(url)
            migrer(database)
            database.lukk()
            yield url
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(navn)))


def kjerne_paa(database_url: str, klokke: Klokke | None = None) -> Kjerne:
    """The gateway's core on the database, for what is measured in this process; no bell is rung. Close its database."""
    innstillinger = Innstillinger()
    return Kjerne(
        innstillinger=innstillinger,
        database=aapne(database_url),
        klokke=klokke or Systemklokke(),
        produsenter=les_register(innstillinger.produsenter),
        plugins=Plugins(),
        doerklokke=StilleDoerklokke(),
        noekkelring=Noekkelring(gjeldende=b"bench"),
    )


@contextmanager
def tjener(kommando: Sequence[str], miljoe: Mapping[str, str], mappe: Path, *, klar: str) -> Iterator[int]:
    """Run an HTTP server on a free port, given as PORT; give the port once it answers 200 at the path `klar`.

    Raises RuntimeError, with what the server wrote, when it does not.
    """
    port = _ledig_port()
    utskrift = mappe / f"tjener-{port}.log"
    with utskrift.open("wb") as fil:
        prosess = subprocess.Popen(  # noqa: S603 - our own commands
            list(kommando),
            # On the Python at hand: a measurement sets up no environment.
            env={**os.environ, **UTEN_TAK, **miljoe, "PORT": str(port), "GATEWAY_UTEN_VENV": "1"},
            stdin=subprocess.DEVNULL,
            stdout=fil,
            stderr=subprocess.STDOUT,
        )
    try:
        _vent_paa(prosess, port, klar, utskrift)
        yield port
    finally:
        prosess.terminate()
        try:
            prosess.wait(STOPP_SEKUNDER)
        except subprocess.TimeoutExpired:
            prosess.kill()
            prosess.wait()


def _vent_paa(prosess: subprocess.Popen[bytes], port: int, klar: str, utskrift: Path) -> None:
    frist = time.monotonic() + OPPSTART_SEKUNDER
    while prosess.poll() is None and time.monotonic() < frist:
        if _svarer(port, klar):
            return
        time.sleep(0.1)
    raise RuntimeError(f"The server does not serve; it wrote:\n{utskrift.read_text(errors='replace')}")


def _svarer(port: int, sti: str) -> bool:
    tilkobling = http.client.HTTPConnection(VERT, port, timeout=2)
    try:
        tilkobling.request("GET", sti)
        return tilkobling.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        tilkobling.close()


def _ledig_port() -> int:
    with socket.create_server((VERT, 0)) as sokkel:
        return int(sokkel.getsockname()[1])
