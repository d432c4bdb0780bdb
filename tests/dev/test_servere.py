"""A server that somebody else named is only a place to make databases on: what it held before is left alone."""

from __future__ import annotations

import psycopg
import pytest

from tests.servere import egen_database, postgres


def test_et_navngitt_sted_brukes_og_bare_egne_databaser_lages_og_fjernes(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    foer = _databaser(postgres_url)
    with egen_database(postgres_url, "noens") as noens:
        monkeypatch.setenv("TEST_DATABASE_URL", noens)
        with postgres() as tjener, egen_database(tjener, "var") as var:
            assert tjener == noens
            assert len(_databaser(var) - foer) == 2
    assert _databaser(postgres_url) == foer


def _databaser(url: str) -> set[str]:
    with psycopg.connect(url) as tilkobling:
        return {rad[0] for rad in tilkobling.execute("SELECT datname FROM pg_database")}
