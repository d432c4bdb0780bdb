"""`felter.md` says of every class that a plugin's author meets which fields it has, held against the code."""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import re
from typing import Any

import pytest
from flask import Flask

import gateway.plugin
from gateway.api.doer import api
from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import KOMMANDOER, NyNotifikasjon, feltnavn
from gateway.domain.validering import valider
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import Tokenkontroll
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne
from gateway.plugin import formater, kanaler, signaturer, tilganger
from tests.verden import ROT

FELTER = (ROT / "gateway" / "plugin" / "felter.md").read_text(encoding="utf-8")
AVSNITT = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", FELTER, flags=re.M | re.S))
AV_ADAPTERE = {modul.__name__ for modul in (formater, kanaler, signaturer, tilganger)}
EKSPORTERT: dict[str, Any] = {
    navn: verdi
    for navn in gateway.plugin.__all__
    if getattr(verdi := getattr(gateway.plugin, navn), "__module__", "") not in AV_ADAPTERE
}
KLASSER: dict[str, Any] = {
    navn: klasse
    for navn, klasse in {**EKSPORTERT, "NyNotifikasjon": NyNotifikasjon}.items()
    if dataclasses.is_dataclass(klasse)
}
IKKE_I_KROPPEN = {"sak", "oppgave", "kalenderavtale", "notifikasjon", "varsel_id", "idempotensnoekkel"}
LAGES_IKKE_AV_PLUGINER = {"Hendelse", "Kontekst", "Endring", "NyNotifikasjon"}
VEIER = dict(re.findall(r"^\| `(\w+)` \|.*\| `([A-Z]+ /\S+)` \|$", FELTER, flags=re.M))


def _felter(navn: str) -> dict[str, str]:
    """The fields of the section's table, with the default that it gives each."""
    rader = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)` )?\| .*\|$", AVSNITT[navn], flags=re.M)
    assert len({felt for felt, _ in rader}) == len(rader), "each field once"
    return dict(rader)


def _eksempel(navn: str) -> Any:
    """What the last expression of the section's example is."""
    (kode,) = re.findall(r"```python\n(.*?)```", AVSNITT[navn], flags=re.S)
    *foer, siste = _setninger(kode)
    omraade: dict[str, Any] = {}
    exec("\n".join(foer), omraade)
    return eval(siste.removeprefix("signert = "), omraade)


def _setninger(kode: str) -> list[str]:
    return [ast.unparse(setning) for setning in ast.parse(kode).body]


def test_hver_klasse_har_sitt_avsnitt_og_ingen_andre() -> None:
    assert set(AVSNITT) == set(KLASSER)


@pytest.mark.parametrize("navn", KLASSER)
def test_hvert_felt_staar_der_med_sin_standard_og_ingen_andre(navn: str) -> None:
    arvet = re.findall(r"^All of `(\w+)`", AVSNITT[navn], flags=re.M)
    felter = {felt.name: felt for felt in dataclasses.fields(KLASSER[navn])}
    for fra in arvet:
        assert issubclass(KLASSER[navn], KLASSER[fra])
        for felt in dataclasses.fields(KLASSER[fra]):
            del felter[felt.name]
    beskrevet = _felter(navn)
    assert set(beskrevet) == set(felter)
    assert list(beskrevet) == list(felter), "in the order of the code"
    for felt in felter.values():
        if felt.name == "hashing":
            continue
        standard = felt.default if felt.default_factory is dataclasses.MISSING else felt.default_factory()
        sagt = beskrevet[felt.name]
        if standard is dataclasses.MISSING:
            assert sagt == "", felt.name
        else:
            assert eval(sagt, dict(EKSPORTERT)) == standard, felt.name


@pytest.mark.parametrize("navn", sorted(set(KLASSER) - LAGES_IKKE_AV_PLUGINER))
def test_eksempelet_er_en_slik(navn: str) -> None:
    laget = _eksempel(navn)
    assert type(laget).__name__ == navn
    if navn in KOMMANDOER:
        valider(laget)


@pytest.mark.parametrize("navn", KOMMANDOER)
def test_feltene_heter_det_samme_i_rest_der_siden_ikke_sier_noe_annet(kjerne: Kjerne, navn: str) -> None:
    metode, sti = VEIER[navn].split()
    mine = {felt.name for felt in dataclasses.fields(KOMMANDOER[navn])}
    ikke_der = mine & IKKE_I_KROPPEN - ({"sak"} if navn.startswith("Sikre") else set())
    if navn == "SlettNotifikasjon":
        ikke_der |= {"av_type"}  # as its row says
    assert _kropp(_openapi(kjerne), sti, metode) == {feltnavn(felt) for felt in mine - ikke_der}


_DOKUMENTER: list[dict[str, Any]] = []


def _openapi(kjerne: Kjerne) -> dict[str, Any]:
    if not _DOKUMENTER:
        app: Flask = lag_applikasjon(kjerne, tokens=Tokenkontroll([]), doerer=(api(Kilder([])),))
        _DOKUMENTER.append(app.test_client().get("/openapi.json").json)
    return _DOKUMENTER[0]


def _kropp(dokument: dict[str, Any], sti: str, metode: str) -> set[str]:
    operasjon = dokument["paths"][f"/api/v1{sti}"][metode.lower()]
    if "requestBody" not in operasjon:
        return set()
    skjema = operasjon["requestBody"]["content"]["application/json"]["schema"]
    return set(dokument["components"]["schemas"][skjema["$ref"].rpartition("/")[2]]["properties"])


def _tabell(overskrift: str) -> dict[str, str]:
    (avsnitt,) = re.findall(rf"^### {overskrift}\n(.*?)(?=^##|\Z)", FELTER, flags=re.M | re.S)
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", avsnitt, flags=re.M))


def test_hvert_fast_ord_staar_der_og_ingen_andre() -> None:
    faste = {
        navn: verdi for navn, verdi in EKSPORTERT.items() if inspect.isclass(verdi) and issubclass(verdi, enum.Enum)
    }
    tabell = _tabell("The fixed words")
    assert set(tabell) == set(faste)
    for navn, verdi in faste.items():
        assert set(re.findall(r"`(\w+)`", tabell[navn])) == {ett.value for ett in verdi}, navn


def test_hvert_avslag_en_plugin_kan_tillate_staar_der() -> None:
    avslag = {navn for navn, verdi in EKSPORTERT.items() if inspect.isclass(verdi) and issubclass(verdi, Avslag)}
    assert set(_tabell("The refusals")) == avslag


def test_hver_kommando_staar_i_tabellen_med_sin_vei() -> None:
    assert set(VEIER) == set(KOMMANDOER)
    assert set(KOMMANDOER) <= set(EKSPORTERT), "a plugin can import each"
