"""The page on how a producer starts: open to all, true of the register, and with commands that work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from flask import Flask
from marshmallow import fields

from app import Gateway
from gateway.cli import cli
from gateway.domain.vilkaar import gjeldende
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import Tokenkontroll
from gateway.oppsett.oppslagsvalg import OppslagSkjema
from gateway.oppsett.produsentregister import ProdusentSkjema, les_register
from gateway.store.database import Database
from gateway.web.doer import web
from gateway.web.kom_i_gang import KILDE, innholdet
from tests.verden import FastKlokke, lag_kjerne

SIDEN = KILDE.read_text(encoding="utf-8")


@pytest.fixture
def app(database: Database) -> Flask:
    return lag_applikasjon(
        lag_kjerne(database, FastKlokke()), tokens=Tokenkontroll([]), doerer=(web(Tokenkontroll([]), None, None),)
    )


def test_siden_er_aapen_for_alle_og_henter_ingenting_utenfra(app: Flask) -> None:
    svar = app.test_client().get("/kom-i-gang")
    assert svar.status_code == 200
    assert "<h1>How a producer starts</h1>" in svar.text
    assert "<table>" in svar.text
    assert not re.findall(r"(?:src|href)=.https?:", svar.text)
    assert "default-src" in svar.headers["Content-Security-Policy"]


def test_html_i_teksten_er_tekst() -> None:
    assert "<script" not in innholdet()
    assert "```" not in innholdet()


def test_vilkaarene_paa_siden_er_de_som_gjelder() -> None:
    assert f"Versjon **{gjeldende()}**" in SIDEN


def _noekler(skjema: object, foran: str = "") -> set[str]:
    funnet: set[str] = set()
    for navn, felt in skjema.fields.items():  # type: ignore[attr-defined]
        under = getattr(felt, "schema", None) if isinstance(felt, fields.Nested) else None
        funnet |= _noekler(under, f"{foran}{navn}.") if under else {f"{foran}{navn}"}
    return funnet


def test_hver_noekkel_i_registeret_staar_paa_siden_og_ingen_andre() -> None:
    registeret, tjenesten = SIDEN.split("| key of a service |")
    assert sorted(_tabell(registeret)) == sorted(_noekler(ProdusentSkjema()))
    assert sorted(_tabell(tjenesten)) == sorted(OppslagSkjema().fields)


def _tabell(tekst: str) -> list[str]:
    return re.findall(r"^\| `([A-Za-z.]+)` \|", tekst, flags=re.M)


def test_kommandoen_paa_siden_skriver_oppfoeringen_paa_siden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fil = tmp_path / "produsenter.yaml"
    monkeypatch.setenv("PRODUSENTER", str(fil))
    (kommando,) = re.findall(r"^gateway (produsent ny --id .*)$", SIDEN, flags=re.M)
    svar = CliRunner().invoke(cli, shlex.split(kommando), obj=Gateway())
    assert svar.exit_code == 0, svar.output
    (vist,) = re.findall(r"```yaml\n(.*?)```", SIDEN, flags=re.S)
    assert yaml.safe_load(fil.read_text(encoding="utf-8")) == yaml.safe_load(vist)
    assert list(les_register(fil).oppfoeringer) == ["tiltak"]
