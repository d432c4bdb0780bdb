"""The heats' fixtures: threads and processes, on both databases; and a PostgreSQL that finds deadlocks at once."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from gateway.kjerne import Kjerne
from gateway.store.database import aapne
from gateway.store.migrering import migrer
from tests.conftest import toem
from tests.kapploep.bane import PROSESSER, Bane
from tests.kapploep.loepere import Loeper, Prosesser
from tests.verden import TAALMODIG, FastKlokke, lag_kjerne


@pytest.fixture(scope="session")
def prosesser(database_url: str) -> Iterator[Prosesser]:
    nye = Prosesser(database_url, PROSESSER)
    yield nye
    nye.lukk()


@pytest.fixture
def loeper(kjerne: Kjerne) -> Iterator[Loeper]:
    ny = Loeper(kjerne)
    yield ny
    ny.lukk()


@pytest.fixture(params=["traader", "prosesser"])
def bane(request: pytest.FixtureRequest, kjerne: Kjerne, klokke: FastKlokke, loeper: Loeper) -> Bane:
    andre = request.getfixturevalue("prosesser") if request.param == "prosesser" else None
    return Bane(kjerne, klokke, loeper, andre)


@pytest.fixture(scope="module")
def _rask_postgres_url(egen_postgres_url: str) -> str:
    """A migrated PostgreSQL of its own, which finds deadlocks at once; SQLite, with one writer, has none."""
    with psycopg.connect(egen_postgres_url, autocommit=True) as admin:
        navn = admin.info.dbname
        admin.execute(f"ALTER DATABASE {navn} SET deadlock_timeout = '20ms'")
    database = aapne(egen_postgres_url)
    migrer(database)
    database.lukk()
    return egen_postgres_url


@pytest.fixture
def pg(_rask_postgres_url: str, klokke: FastKlokke) -> Iterator[Kjerne]:
    database = aapne(_rask_postgres_url, traader=40, grenser=TAALMODIG)
    toem(database)
    yield lag_kjerne(database, klokke)
    database.lukk()
