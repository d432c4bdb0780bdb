"""Where the identity of an event comes from: itself, its source, its type, its plugin, in that order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.signaturer import github
from gateway.http.anrop import KJERNE
from gateway.http.tokens import DevUtsteder
from gateway.kjerne import Kjerne
from gateway.plugin import Hendelsestype
from gateway.store.database import aapne
from gateway.store.innboks import KOE
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering, Plugins
from tests.api.conftest import lag_app
from tests.verden import FastKlokke, lag_kjerne

HEMMELIG = "hemmelighet"
FELLES = f"produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}]"
KILDER = f"""
- {{navn: flere-slag, {FELLES}, type: slag}}
- {{navn: med-id, {FELLES}, type: slag, id: nr, noekkel: egen, tid: egen_tid}}
- {{navn: streng, {FELLES}, type: slag, uforstaatt: avvis}}
- {{navn: xml, {FELLES}, format: xml, type: local-name(.)}}
"""
TOM = {"beskrivelse": "b", "skjema": {}, "eksempel": {}}
TYPER = {
    "SOEKNAD": (
        Hendelsestype(navn="SOEKNAD", versjon=2, id="soeknad.id", noekkel="orgnr", tid="sendt", **TOM),
        Hendelsestype(navn="SOEKNAD", versjon=1, id="gammelId", **TOM),
    ),
    "VEDTAK": (Hendelsestype(navn="VEDTAK", id="vedtaksnr", noekkel="orgnr", **TOM),),
    "UTEN": (Hendelsestype(navn="UTEN", **TOM),),
}


def plugins(*hooker: str) -> Plugins:
    erklaering = Erklaering(
        navn="permittering", versjon="1", produsent="permittering", typer=TYPER, har_identitet="identitet" in hooker
    )
    return Plugins(lastet=[erklaering])


@pytest.fixture(scope="module")
def _applikasjon(database_url: str, utsteder: DevUtsteder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    fil = tmp_path_factory.mktemp("kilder") / "kilder.yaml"
    fil.write_text(KILDER, encoding="utf-8")
    database = aapne(database_url, traader=40)
    yield lag_app(lag_kjerne(database, FastKlokke(), plugins=plugins()), utsteder, fil)
    database.lukk()


@pytest.fixture
def med_hook(klient: FlaskClient, kjerne: Kjerne) -> Iterator[Kjerne]:
    """The same gateway with a plugin that brings the hook `identitet`."""
    utvidelser = klient.application.extensions
    utvidelser[KJERNE] = replace(kjerne, plugins=plugins("identitet"))
    yield utvidelser[KJERNE]
    utvidelser[KJERNE] = kjerne


def post(klient: FlaskClient, kilde: str, kropp: Any) -> TestResponse:
    raa = (kropp if isinstance(kropp, str) else json.dumps(kropp)).encode()
    return klient.post(f"/webhooks/{kilde}", data=raa, headers={github.HODE: github.signer(HEMMELIG, raa)})


def lagret(kjerne: Kjerne) -> list[Any]:
    with kjerne.database.tilkobling():
        return list(Hendelse.select().order_by(Hendelse.id))


@pytest.mark.parametrize(
    ("kropp", "id_", "tid"),
    [
        ({"slag": "SOEKNAD", "soeknad": {"id": "s"}, "sendt": "2026-11-23T09:00"}, "s", "2026-11-23T08:00:00+00:00"),
        ({"slag": "SOEKNAD", "gammelId": 7}, "7", None),
        ({"slag": "SOEKNAD", "soeknad": {"id": "ny"}, "gammelId": "gammel"}, "ny", None),
        ({"slag": "VEDTAK", "vedtaksnr": "v-1"}, "v-1", None),
    ],
)  # fmt: skip
def test_en_kilde_med_flere_slag_meldinger_lar_hver_type_si_hva_som_er_id(
    klient: FlaskClient, kjerne: Kjerne, kropp: Any, id_: str, tid: str | None
) -> None:
    for status in (202, 200):
        assert post(klient, "flere-slag", kropp).status_code == status
    (rad,) = lagret(kjerne)
    assert (rad.ekstern_id, rad.type, rad.tilstand) == (id_, kropp["slag"], "MOTTATT")
    assert (rad.tid.isoformat() if rad.tid else None) == tid


def test_samme_noekkel_av_to_typer_er_samme_noekkel(klient: FlaskClient, kjerne: Kjerne) -> None:
    post(klient, "flere-slag", {"slag": "SOEKNAD", "gammelId": "1", "orgnr": "9"})
    post(klient, "flere-slag", {"slag": "VEDTAK", "vedtaksnr": "1a", "orgnr": "9"})
    post(klient, "flere-slag", {"slag": "VEDTAK", "vedtaksnr": "2", "orgnr": "8"})
    en, to, tre = [rad.noekkel for rad in lagret(kjerne)]
    assert en == to != tre


def test_det_kilden_selv_sier_gaar_foran_typen(klient: FlaskClient, kjerne: Kjerne) -> None:
    kropp = {"slag": "VEDTAK", "nr": "kildens", "vedtaksnr": "typens", "egen": "k", "orgnr": "o", "egen_tid": 0}
    post(klient, "med-id", kropp)
    post(klient, "med-id", {**kropp, "nr": "2", "vedtaksnr": "3", "egen": None, "orgnr": "k"})
    post(klient, "med-id", {**kropp, "nr": None})
    en, to, tre = lagret(kjerne)
    assert (en.ekstern_id, en.tid.year) == ("kildens", 1970)
    assert en.noekkel == to.noekkel, "where the source finds no key, the type does"
    assert tre.ekstern_id == "typens"


def test_en_cloudevent_sier_selv_hvem_den_er(klient: FlaskClient, kjerne: Kjerne) -> None:
    data = {"vedtaksnr": "typens", "orgnr": "o"}
    post(klient, "flere-slag", {"specversion": "1.0", "id": "ce", "source": "s", "type": "VEDTAK", "data": data})
    (rad,) = lagret(kjerne)
    assert rad.ekstern_id == "ce"


@pytest.mark.parametrize(
    ("kropp", "sagt"),
    [
        ({"slag": "UTEN"}, "id is missing."),
        ({"slag": "UKJENT"}, "id is missing."),
        ({}, "id is missing. type (`slag`) is missing."),
        ({"slag": "VEDTAK", "vedtaksnr": {"a": 1}}, "the id that its type declares is no text in this message"),
        ({"slag": "SOEKNAD", "gammelId": "1", "sendt": "i går"}, "the tid that its type declares must be"),
    ],
)
def test_uten_id_fra_noen_er_den_i_karantene_eller_avvises(
    klient: FlaskClient, kjerne: Kjerne, kropp: Any, sagt: str
) -> None:
    assert post(klient, "flere-slag", kropp).get_json()["tilstand"] == "KARANTENE"
    assert sagt in lagret(kjerne)[0].feilmelding
    svar = post(klient, "streng", kropp)
    assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil")
    assert sagt in svar.get_json()["detail"]


@pytest.mark.parametrize(
    ("kilde", "kropp", "data"),
    [
        ("flere-slag", {"slag": "UTEN", "a": 1}, {"slag": "UTEN", "a": 1}),
        ("streng", {"slag": "UTEN", "a": 1}, {"slag": "UTEN", "a": 1}),
        ("xml", "<UTEN a='1'/>", {"@a": "1"}),
    ],
)
def test_der_bare_pluginen_kjenner_den_venter_den_i_koeen_paa_aa_bli_spurt_om(
    klient: FlaskClient, med_hook: Kjerne, kilde: str, kropp: Any, data: Any
) -> None:
    svar = post(klient, kilde, kropp)
    assert (svar.status_code, svar.get_json()["tilstand"]) == (202, "MOTTATT"), svar.text
    assert post(klient, kilde, kropp).status_code == 200, "the same bytes are a repeat"
    (rad,) = lagret(med_hook)
    assert (rad.type, rad.noekkel, rad.plugin, rad.feilkode) == ("UTEN", KOE, "permittering==1", "Uidentifisert")
    assert rad.ekstern_id.startswith("uidentifisert:")
    assert json.loads(bytes(rad.raa)) == data, "what its plugin can read"


def test_den_som_pluginen_ikke_kjente_kan_spoerres_om_igjen(klient: FlaskClient, med_hook: Kjerne, som: Any) -> None:
    post(klient, "xml", "<UTEN a='1'/>")
    rad = lagret(med_hook)[0]
    hoder = som(med_hook.produsenter.hent("permittering").applikasjoner[0])
    # As a round leaves it when the plugin does not know it.
    med_hook.database.i_transaksjon(lambda: Hendelse.update(tilstand="KARANTENE").execute())
    svar = klient.post(f"/api/v1/hendelser/{rad.id}/paa-nytt", headers=hoder)
    assert (svar.status_code, svar.get_json()["tilstand"]) == (200, "MOTTATT"), svar.text
    igjen = lagret(med_hook)[0]
    assert (igjen.type, igjen.feilkode, igjen.plugin) == ("UTEN", "Uidentifisert", "permittering==1")
