"""The whole API over Flask's test client, on a core with the demo producers, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from adapters.registrer import Adaptere
from gateway.api.applikasjon import lag_applikasjon
from gateway.kilder import les_kilder
from gateway.kjerne import Kjerne
from gateway.tokens import DevUtsteder, Tokenkontroll
from tests.verden import ROT

FAGER = "dev-gcp:fager:fager-demo"


@pytest.fixture(scope="session")
def utsteder(tmp_path_factory: pytest.TempPathFactory) -> DevUtsteder:
    return DevUtsteder(tmp_path_factory.mktemp("utsteder"))


def lag_app(kjerne: Kjerne, utsteder: DevUtsteder) -> Flask:
    """The whole API on a core."""
    kilder = les_kilder(ROT / "config" / "kilder.yaml", Adaptere().signaturordninger(), kjerne.produsenter, dev=True)
    return lag_applikasjon(kjerne, tokens=Tokenkontroll([utsteder.som_utsteder()]), kilder=kilder)


@pytest.fixture
def klient(kjerne: Kjerne, utsteder: DevUtsteder) -> FlaskClient:
    return lag_app(kjerne, utsteder).test_client()


@pytest.fixture
def som(utsteder: DevUtsteder) -> Callable[[str], dict[str, str]]:
    """The headers of a producer's application."""
    return lambda app: {"Authorization": f"Bearer {utsteder.produsent_token(app)}"}


@pytest.fixture
def fager(som: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return som(FAGER)
