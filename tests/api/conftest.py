"""The whole API over Flask's test client, on a core with the demo producers, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from adapters.registrer import Adaptere
from gateway.api.doer import api
from gateway.drift.doer import drift
from gateway.drift.maalinger import Etterslepsmaaler
from gateway.drift.proever import Databaseproeve, roede_grunner
from gateway.http.anrop import KJERNE
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.http.vakt import Proeve, Vakt
from gateway.inbox.kilder import les_kilder
from gateway.kjerne import Kjerne
from gateway.store.database import aapne
from tests.conftest import toem
from tests.verden import ROT, START, FastKlokke, lag_kjerne

FAGER = "dev-gcp:fager:fager-demo"


@pytest.fixture(scope="session")
def utsteder(tmp_path_factory: pytest.TempPathFactory) -> DevUtsteder:
    return DevUtsteder(tmp_path_factory.mktemp("utsteder"))


def lag_app(kjerne: Kjerne, utsteder: DevUtsteder, kilder_fil: Path = ROT / "config" / "kilder.yaml") -> Flask:
    """The whole API on a core."""
    adaptere = Adaptere()
    kilder = les_kilder(
        kilder_fil, adaptere.signaturordninger(), kjerne.produsenter, formater=adaptere.formater(), dev=True
    )
    return lag_applikasjon(kjerne, tokens=Tokenkontroll([utsteder.som_utsteder()]), doerer=(api(kilder), drift))


@pytest.fixture(scope="module")
def _applikasjon(database_url: str, utsteder: DevUtsteder) -> Iterator[Flask]:
    """Put together once for a module: the document alone takes a third of a second."""
    database = aapne(database_url, traader=40)
    yield lag_app(lag_kjerne(database, FastKlokke()), utsteder)
    database.lukk()


@pytest.fixture
def kjerne(_applikasjon: Flask) -> Kjerne:
    """The core of the API, with nothing stored and the clock at its beginning."""
    kjerne: Kjerne = _applikasjon.extensions[KJERNE]
    toem(kjerne.database)
    kjerne.klokke.still(START)
    return kjerne


@pytest.fixture
def klokke(kjerne: Kjerne) -> FastKlokke:
    return kjerne.klokke


@pytest.fixture
def klient(kjerne: Kjerne, _applikasjon: Flask) -> FlaskClient:
    return _applikasjon.test_client()


@pytest.fixture
def internt(kjerne: Kjerne) -> Callable[[str], str]:
    """What a web process on this core answers under `/internal`."""

    def svar(sti: str) -> str:
        vakt = Vakt(
            rolle="web",
            versjon="1",
            proever=[Proeve(navn="database", spoer=Databaseproeve(kjerne.database))],
            register=CollectorRegistry(),
            fra_databasen=[Etterslepsmaaler(lambda: kjerne)],
            bilde=lambda: roede_grunner(kjerne),
        )
        vakt.se_etter()
        funnet = vakt.svar(sti)
        assert funnet is not None
        assert funnet.status == 200, funnet
        return funnet.kropp.decode()

    return svar


@pytest.fixture
def som(utsteder: DevUtsteder) -> Callable[[str], dict[str, str]]:
    """The headers of a producer's application."""
    return lambda app: {"Authorization": f"Bearer {utsteder.produsent_token(app)}"}


@pytest.fixture
def fager(som: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return som(FAGER)
