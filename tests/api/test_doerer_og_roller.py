"""The doors, tried with a token of each role."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from gateway.api.doer import api
from gateway.drift.doer import drift
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne
from gateway.oppsett.innstillinger import Miljoe
from gateway.web.doer import web
from tests.api.conftest import FAGER

DOERER = {"/api/v1/whoami": "PRODUSENT", "/min-side": "PERSON", "/drift": "ANSATT"}


@pytest.fixture
def app(kjerne: Kjerne, utsteder: DevUtsteder) -> Flask:
    """The gateway with its doors locked as in `prod`, and tokens of the issuer of `dev`."""
    tokens = Tokenkontroll([utsteder.som_utsteder()])
    i_prod = replace(
        kjerne,
        innstillinger=replace(kjerne.innstillinger, miljoe=Miljoe.PROD, drift_grupper=("vakt",)),
    )
    return lag_applikasjon(i_prod, tokens=tokens, doerer=(api(Kilder(())), drift, web(tokens, None, None)))


@pytest.mark.parametrize("sti", DOERER)
@pytest.mark.parametrize("rolle", [None, "PRODUSENT", "PERSON", "ANSATT"])
def test_hver_doer_aapnes_av_tokens_av_sin_rolle_alene(
    app: Flask, utsteder: DevUtsteder, sti: str, rolle: str | None
) -> None:
    tokens = {
        "PRODUSENT": utsteder.produsent_token(FAGER),
        "PERSON": utsteder.person_token("15488510042"),
        "ANSATT": utsteder.ansatt_token("Z990001", ["vakt"]),
    }
    hoder = {"Authorization": f"Bearer {tokens[rolle]}"} if rolle else {}
    svar = app.test_client().get(sti, headers=hoder)
    if rolle == DOERER[sti]:
        assert svar.status_code == 200
    else:
        # A producer's application is known, and is told that it is not one of those that may.
        assert svar.status_code == (403 if (rolle, sti) == ("PRODUSENT", "/drift") else 401)
