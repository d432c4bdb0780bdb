"""Rate limits at the doors: whoever comes too often is told when to come again, and nobody else notices."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from adapters.signaturer import github
from gateway.domain.takt import Takt
from gateway.http.mengde import ForMange, Mengdevern, Sjelden
from gateway.http.tokens import DevUtsteder
from gateway.kjerne import Kjerne
from gateway.oppsett.produsentregister import Produsentregister
from gateway.store.tabeller import Hendelse
from tests.api.conftest import FAGER, lag_app

INNTEKTSMELDING = "dev-gcp:helsearbeidsgiver:im-notifikasjon"
TRE = Takt(3, 3600)
KILDER = """
- {navn: vanlig, produsent: permittering, adapter: github, hemmeligheter: [hemmelig], type: type, id: id}
- {navn: rolig, produsent: permittering, adapter: github, hemmeligheter: [hemmelig], type: type, id: id, grense: 1/time}
- {navn: fri, produsent: permittering, adapter: github, hemmeligheter: [hemmelig], type: type, id: id, grense: ingen}
"""


@pytest.fixture
def app(kjerne: Kjerne, utsteder: DevUtsteder, tmp_path: Path) -> Flask:
    """A gateway where all may come three times an hour, but for those whom the configuration names."""
    fil = tmp_path / "kilder.yaml"
    fil.write_text(KILDER, encoding="utf-8")
    egne = [
        replace(ett, grense=Takt(5, 3600) if ett.produsent.id == "inntektsmelding" else None)
        for ett in kjerne.produsenter.oppfoeringer.values()
    ]
    innstillinger = replace(kjerne.innstillinger, grense_produsent=TRE, grense_kilde=TRE)
    return lag_app(replace(kjerne, innstillinger=innstillinger, produsenter=Produsentregister(egne)), utsteder, fil)


def _send(app: Flask, kilde: str, nummer: int, hemmelighet: str = "hemmelig") -> TestResponse:
    kropp = json.dumps({"type": "MASSEOPPSIGELSE", "id": f"m-{nummer}"}).encode()
    hoder = {"Content-Type": "application/json", github.HODE: github.signer(hemmelighet, kropp)}
    return app.test_client().post(f"/webhooks/{kilde}", data=kropp, headers=hoder)


def test_en_produsent_som_kommer_for_ofte_faar_vite_naar_den_kan_komme_igjen(
    app: Flask, som: Callable[[str], dict[str, str]]
) -> None:
    def spoer(applikasjon: str) -> TestResponse:
        return app.test_client().get("/api/v1/whoami", headers=som(applikasjon))

    assert [spoer(FAGER).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    svar = spoer(FAGER)
    assert (svar.get_json()["kode"], svar.content_type) == ("ForMange", "application/problem+json")
    assert 0 < int(svar.headers["Retry-After"]) <= 1200
    assert [spoer(INNTEKTSMELDING).status_code for _ in range(6)] == [200] * 5 + [429]


def test_en_kilde_som_kommer_for_ofte_faar_vite_det_og_ingenting_lagres(app: Flask, kjerne: Kjerne) -> None:
    assert [_send(app, "vanlig", nummer).status_code for nummer in range(5)] == [202, 202, 202, 429, 429]
    assert [_send(app, "rolig", nummer).status_code for nummer in range(2)] == [202, 429]
    assert {_send(app, "fri", nummer).status_code for nummer in range(10)} == {202}
    with kjerne.database.tilkobling():
        assert Hendelse.select().where(Hendelse.kilde == "vanlig").count() == 3


def test_ingen_andre_kan_bruke_opp_det_en_kilde_eller_produsent_har_lov_til(
    app: Flask, som: Callable[[str], dict[str, str]]
) -> None:
    klient = app.test_client()
    for nummer in range(10):
        assert _send(app, "vanlig", nummer, "feil hemmelighet").status_code == 401
        assert klient.get("/api/v1/whoami", headers={"Authorization": "Bearer tull"}).status_code == 401
        assert klient.get("/api/v1/whoami", headers=som("dev-gcp:noen:andre")).status_code == 403
    assert _send(app, "vanlig", 1).status_code == 202
    assert klient.get("/api/v1/whoami", headers=som(FAGER)).status_code == 200


@pytest.mark.parametrize(("kilde", "hyppighet"), [("rolig", "1"), ("fri", "*")])
def test_haandtrykket_sier_hvor_ofte_kilden_kan_komme(app: Flask, kilde: str, hyppighet: str) -> None:
    svar = app.test_client().options(f"/webhooks/{kilde}", headers={"WebHook-Request-Origin": "avsender.example"})
    assert svar.headers["WebHook-Allowed-Rate"] == hyppighet


def test_mange_traader_slipper_ikke_inn_flere_enn_grensen() -> None:
    vern = Mengdevern(Takt(100, 1), {}, naa=lambda: 0.0)

    def kom(_: int) -> bool:
        try:
            vern.slipp_inn("en")
        except ForMange:
            return False
        return True

    with ThreadPoolExecutor(16) as traader:
        assert sum(traader.map(kom, range(1000))) == 100


def test_loggen_sier_hvem_som_kommer_for_ofte_en_gang_i_minuttet_og_hvor_mange(
    caplog: pytest.LogCaptureFixture,
) -> None:
    klokke = [0.0]
    sjelden = Sjelden("too often", naa=lambda: klokke[0])
    for _ in range(1000):
        sjelden.skjedde("en")
        sjelden.skjedde("annen")
    klokke[0] += 60
    sjelden.skjedde("en")
    assert [(ett.avsender, ett.antall) for ett in caplog.records] == [("en", 1), ("annen", 1), ("en", 1000)]
