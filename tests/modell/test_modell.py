"""Random histories, told to the gateway and to the model of the contract: after every step both must show the same.

Each sequence starts from an empty database and a clock that it sets. A step is a kommando, a repeat of an earlier one,
a sweep, a round of sending, something an employer does, or a move of the clock. What is compared: the answer or the
refusal, the change feed, each object whose view the model says has changed, and by turns the producer's list and what
each employer sees. At the end of a sequence everything is read again, one by one and page by page.

In CI 100 sequences run, the same ones every time. `GATEWAY_NATTLIG=1` runs 2,000 new ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.registrer import Adaptere
from gateway.api.doer import api
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.inbox.kilder import les_kilder
from gateway.kjerne import Kjerne
from gateway.store.database import Database
from tests.modell.maskin import Maskin
from tests.modell.verden import Verden
from tests.verden import ROT, FastKlokke

_FELLES = settings(
    deadline=None,  # how long a step takes says nothing about the contract, and much about the machine
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.register_profile("modell", _FELLES, max_examples=50, stateful_step_count=15, derandomize=True)
settings.register_profile("modell-nattlig", _FELLES, max_examples=1_000, stateful_step_count=30)
NATTLIG = os.environ.get("GATEWAY_NATTLIG") == "1"
PROFIL = settings.get_profile("modell-nattlig" if NATTLIG else "modell")


@pytest.fixture
def verden(kjerne: Kjerne, klokke: FastKlokke, tmp_path: Path) -> Verden:
    utsteder = DevUtsteder(tmp_path / "utsteder")
    kilder = les_kilder(ROT / "config" / "kilder.yaml", Adaptere().signaturordninger(), kjerne.produsenter, dev=True)
    applikasjon = lag_applikasjon(kjerne, tokens=Tokenkontroll([utsteder.som_utsteder()]), doerer=[api(kilder)])
    return Verden(
        kjerne=kjerne,
        klokke=klokke,
        klient=applikasjon.test_client(),
        token=lambda app: {"Authorization": f"Bearer {utsteder.produsent_token(app)}"},
    )


def test_gatewayen_gjoer_som_kontrakten_sier(verden: Verden) -> None:
    def maskin() -> Maskin:
        return Maskin(verden)

    # By day the same sequences every time, but others on each database.
    fabrikk = maskin if NATTLIG else seed(verden.kjerne.database.er_postgres)(maskin)
    with _lett_tilkobling(verden.kjerne.database):
        run_state_machine_as_test(fabrikk, settings=PROFIL)


@contextmanager
def _lett_tilkobling(database: Database) -> Iterator[None]:
    """One connection for all, which does not wait for the disk: that what is committed is kept has tests of its own."""
    with database.tilkobling():
        database.motor.execute_sql(
            "SET synchronous_commit = off" if database.er_postgres else "PRAGMA synchronous = off"
        )
        yield
