"""What the tests share: a real database of each kind, a clock that is passed in, and a gateway put together on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.kjerne import Kjerne
from gateway.store.database import Database, aapne
from gateway.store.migrering import migrer
from gateway.store.tabeller import TABELLER
from tests.servere import egen_database, postgres
from tests.verden import TAALMODIG, FastKlokke, lag_kjerne

DATABASER = ("sqlite", "postgresql")
# What takes longest begins first, so that no worker is left with it at the end.
LENGST = (
    "tests/kjoering/test_produksjon",
    "tests/ende_til_ende/test_drap",
    "tests/modell",
    "tests/drill/test_drill",
    "tests/bench",
    "tests/kjoering",
    "tests/ende_til_ende",
    "tests/dev",
    "tests/jobs",
    "tests/http",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((nr for nr, sti in enumerate(LENGST) if item.nodeid.startswith(sti)), len(LENGST)))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL for the whole run, on which tests make databases."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="module")
def egen_postgres_url(postgres_url: str) -> Iterator[str]:
    """An empty database of its own, for a test that runs whole processes."""
    with egen_database(postgres_url, "egen") as url:
        yield url


@pytest.fixture(scope="session")
def _felles_postgres_url(postgres_url: str) -> Iterator[str]:
    """The database that tests share, each emptying it first; not one that the server held before."""
    with egen_database(postgres_url, "felles") as url:
        yield url


@pytest.fixture(scope="session", params=DATABASER)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a migrated database; every test that asks for it runs on both kinds."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("_felles_postgres_url")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'gateway.db'}"
    database = aapne(url)
    migrer(database)
    database.lukk()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, open."""
    database = aapne(database_url, traader=40, grenser=TAALMODIG)
    toem(database)
    yield database
    database.lukk()


@pytest.fixture
def klokke() -> FastKlokke:
    return FastKlokke()


@pytest.fixture
def kjerne(database: Database, klokke: FastKlokke) -> Kjerne:
    """A gateway with the demo producers and their plugins, whose clock stands still until a test moves it."""
    return lag_kjerne(database, klokke)


def toem(database: Database) -> None:
    """Forget all rows, in the way that is fast on each kind."""
    navn = [tabell._meta.table_name for tabell in TABELLER]
    with database.tilkobling():
        if database.er_postgres:
            database.motor.execute_sql(f"TRUNCATE {', '.join(navn)} RESTART IDENTITY CASCADE")
        else:
            with database.motor.atomic("IMMEDIATE"):
                for tabell in reversed(navn):
                    database.motor.execute_sql(f"DELETE FROM {tabell}")
