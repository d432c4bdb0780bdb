"""The event types of the plugins in the document: each version with its schema and an example that is ready to send."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from gateway.api import dokument as dokumentmodul
from gateway.api.typedokument import HENDELSESDATA, STOERSTE_SKJEMA, deklarerte, med_typer
from gateway.http.anrop import KJERNE
from gateway.inbox.format import STRUKTURERT
from gateway.kjerne import Kjerne
from gateway.plugin import Hendelsestype
from gateway.vertskap.erklaering import Plugins
from gateway.vertskap.skjema import DIALEKT
from tests.api.dokument import avvik
from tests.plugins.erklaert import erklaert

STIER = dokumentmodul.HENDELSESSTIER
PERSON = {
    "type": "object",
    "properties": {"navn": {"$ref": "#/$defs/navn"}, "barn": {"type": "array", "items": {"$ref": "#"}}},
    "$defs": {"navn": {"type": "string", "minLength": 1}, "rart/navn~": {"$ref": "#/$defs/navn"}},
    "required": ["navn"],
}


@pytest.fixture
def grunnlag(klient: FlaskClient) -> dict[str, Any]:
    """The document as it is served."""
    innhold: dict[str, Any] = klient.get("/openapi.json").get_json()
    return innhold


@pytest.fixture
def uten_typer(klient: FlaskClient) -> dict[str, Any]:
    """The document without the producers' own schemas, as tools that make code of it may have it."""
    innhold: dict[str, Any] = klient.get("/openapi.json?hendelsestyper=false").get_json()
    assert not _typer(innhold)
    return innhold


def en_type(navn: str, skjema: Mapping[str, Any], eksempel: Mapping[str, Any], versjon: int = 1) -> Hendelsestype:
    return Hendelsestype(navn=navn, beskrivelse="Noe har skjedd", skjema=skjema, eksempel=eksempel, versjon=versjon)


@contextmanager
def byttet(klient: FlaskClient, kjerne: Kjerne) -> Iterator[None]:
    """While it lasts, the application serves another core."""
    app = klient.application
    foer = app.extensions[KJERNE]
    app.extensions[KJERNE] = kjerne
    try:
        yield
    finally:
        app.extensions[KJERNE] = foer


def _typer(dokument: Mapping[str, Any]) -> dict[str, Any]:
    return {
        navn: ett for navn, ett in dokument["components"]["schemas"].items() if navn.startswith(f"{HENDELSESDATA}.")
    }


def test_hver_type_som_er_deklarert_staar_i_dokumentet_med_skjema_og_eksempel(
    kjerne: Kjerne, grunnlag: dict[str, Any]
) -> None:
    ventet = {
        f"{HENDELSESDATA}.{ett.plugin.produsent}.{ett.type.navn}.v{ett.type.versjon}".replace("Ø", "OE"): ett.type
        for ett in deklarerte(kjerne.plugins)
    }
    assert len(ventet) >= 6
    funnet = _typer(grunnlag)
    assert set(ventet) <= set(funnet)
    for sti in STIER:
        innhold = grunnlag["paths"][sti]["post"]["requestBody"]["content"]
        for navn, type_ in ventet.items():
            assert funnet[navn]["examples"] == [type_.eksempel]
            assert avvik(grunnlag, funnet[navn], type_.eksempel) == []
            eksempel = innhold[STRUKTURERT]["examples"][navn.removeprefix(f"{HENDELSESDATA}.")]["value"]
            assert (eksempel["type"], eksempel["data"]) == (type_.navn, type_.eksempel)


@pytest.mark.parametrize(
    ("skjema", "riktig", "galt"),
    [
        (PERSON, {"navn": "Kari", "barn": [{"navn": "Ola"}]}, {"navn": "Kari", "barn": [{}]}),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "object", "required": ["x"]}}}, {"x": 1}, {}),
        (
            {"properties": {"a": {"type": "integer"}, "b": {"$ref": "#/properties/a"}}, "type": "object"},
            {"a": 1, "b": 2},
            {"b": "2"},
        ),
        (
            {
                "type": "object",
                "$defs": {"x": {"$defs": {"y": {"const": 1}}}},
                "properties": {"z": {"$ref": "#/$defs/x/$defs/y"}},
            },
            {"z": 1},
            {"z": 2},
        ),
        (
            {"type": "object", "$schema": DIALEKT, "required": ["q"]},
            {"q": 1},
            {},
        ),
    ],
)
def test_et_skjema_sier_det_samme_i_dokumentet_som_alene(
    uten_typer: dict[str, Any], skjema: dict[str, Any], riktig: dict[str, Any], galt: dict[str, Any]
) -> None:
    dokument = med_typer(uten_typer, Plugins(lastet=[erklaert("fager", en_type("T", skjema, riktig))]), STIER)
    schemathesis.openapi.from_dict(dokument).validate()
    der = _typer(dokument)[f"{HENDELSESDATA}.fager.T.v1"]
    Draft202012Validator.check_schema(der)
    for data, gyldig in ((riktig, True), (galt, False)):
        assert Draft202012Validator(skjema).is_valid(data) is gyldig
        assert (avvik(dokument, der, data) == []) is gyldig


@pytest.mark.parametrize(
    "skjema",
    [
        {"type": "object", "$id": "urn:min", "required": ["x"]},
        {"type": "object", "$defs": {"a": {"$anchor": "her", "type": "string"}}, "properties": {"x": {"$ref": "#her"}}},
        {"type": "object", "description": "x" * STOERSTE_SKJEMA},
    ],
)
def test_et_skjema_som_ikke_kan_staa_der_vises_det_til(uten_typer: dict[str, Any], skjema: dict[str, Any]) -> None:
    dokument = med_typer(uten_typer, Plugins(lastet=[erklaert("fager", en_type("T", skjema, {"x": "1"}))]), STIER)
    schemathesis.openapi.from_dict(dokument).validate()
    assert "GET /api/v1/hendelsestyper" in _typer(dokument)[f"{HENDELSESDATA}.fager.T.v1"]["description"]


def test_navnene_er_gyldige_og_ulike_hva_typene_enn_heter(uten_typer: dict[str, Any]) -> None:
    navn = ["a b", "a/b", "a_b", "A_B", "Æ", "no.nav.x", "#/components", "a" * 400]
    typer = [en_type(ett, {"type": "object"}, {}) for ett in navn]
    dokument = med_typer(uten_typer, Plugins(lastet=[erklaert("fager", *typer)]), STIER)
    schemathesis.openapi.from_dict(dokument).validate()
    assert len(_typer(dokument)) == len(navn)
    eksempler = dokument["paths"][STIER[0]]["post"]["requestBody"]["content"][STRUKTURERT]["examples"]
    assert sorted(ett["value"]["type"] for ett in eksempler.values()) == sorted(navn)


def test_versjoner_av_en_type_staar_side_om_side(klient: FlaskClient, kjerne: Kjerne, fager: dict[str, str]) -> None:
    ny = en_type("T", {"type": "object", "required": ["ny"]}, {"ny": 1}, versjon=2)
    gammel = en_type("T", {"type": "object", "required": ["gammel"]}, {"gammel": 1})
    plugins = Plugins(lastet=[erklaert("fager", ny, gammel)])
    with byttet(klient, replace(kjerne, plugins=plugins)):
        dokument = klient.get("/openapi.json").get_json()
        liste = klient.get("/api/v1/hendelsestyper", headers=fager).get_json()["elementer"]
    assert set(_typer(dokument)) == {f"{HENDELSESDATA}.fager.T.v1", f"{HENDELSESDATA}.fager.T.v2"}
    assert [(ett["versjon"], ett["eksempel"]) for ett in liste] == [(2, {"ny": 1}), (1, {"gammel": 1})]
    assert [ett["skjema"] for ett in liste] == [ny.skjema, gammel.skjema]


def test_uten_en_eneste_plugin_er_dokumentet_gyldig(uten_typer: dict[str, Any]) -> None:
    dokument = med_typer(uten_typer, Plugins(), STIER)
    schemathesis.openapi.from_dict(dokument).validate()


def test_dokumentet_foelger_pluginene_naar_de_blir_andre(kjerne: Kjerne, klient: FlaskClient) -> None:
    plugins = Plugins(lastet=[erklaert("fager", en_type("HELT_NY", {"type": "object"}, {}))])
    with byttet(klient, replace(kjerne, plugins=plugins)):
        dokument = klient.get("/openapi.json").get_json()
    assert list(_typer(dokument)) == [f"{HENDELSESDATA}.fager.HELT_NY.v1"]
    assert f"{HENDELSESDATA}.fager.HELT_NY.v1" not in _typer(klient.get("/openapi.json").get_json())


def test_med_tre_hundre_typer_lages_det_raskt_og_er_ikke_stort(uten_typer: dict[str, Any]) -> None:
    felter = {f"felt{nr}": {"type": "string", "description": "Hva det er"} for nr in range(15)}
    skjema = {"type": "object", "properties": felter}
    plugins = Plugins(
        lastet=[
            erklaert(
                f"produsent-{nr}", *(en_type(f"TYPE_{ett}", skjema, dict.fromkeys(felter, "x")) for ett in range(6))
            )
            for nr in range(50)
        ]
    )
    begynte = time.perf_counter()
    tekst = json.dumps(med_typer(uten_typer, plugins, STIER))
    brukt = time.perf_counter() - begynte
    assert len(tekst) < 3_000_000
    assert brukt < 2.0
