"""The PostgreSQL that tests run against: from the wheel, or the server that TEST_DATABASE_URL names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from gateway.dev.postgres import startet_postgres


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a server on which databases may be made."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="gateway-pg-") as mappe, startet_postgres(Path(mappe) / "data") as url:
        yield url


@contextmanager
def egen_database(tjener_url: str, navn: str) -> Iterator[str]:
    """The URL of a new and empty database; it is dropped in the end. What else the server holds is left alone."""
    navn = f"{navn}_{os.getpid()}"
    with psycopg.connect(tjener_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {navn} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {navn}")
        # No test pulls the plug on the server itself, so none need wait for its disk.
        admin.execute(f"ALTER DATABASE {navn} SET synchronous_commit = off")
        try:
            yield urlsplit(tjener_url)._replace(path=f"/{navn}").geturl()
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {navn} WITH (FORCE)")
