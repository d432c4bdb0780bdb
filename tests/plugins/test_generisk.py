"""Generisk: a mapping that is configured and not written, and what is told when the configuration is wrong."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.oppsett.produsentregister import les_register
from gateway.plugin.testing import Pluginpakke, Proevebenk
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Pluginfeil
from gateway.vertskap.innlesning import last
from tests.plugins.meldinger import pluginen
from tests.verden import ROT

README = (ROT / "plugins" / "README.md").read_text(encoding="utf-8")
TILBUDT = {"type": "KURS_TILBUDT", "id": "h-1", "kursId": "k-1", "orgnr": "312914174", "tittel": "Arbeidsmiljø"}


@pytest.fixture
def pluginpakke() -> Pluginpakke:
    return pluginen("generisk")


def test_eksemplene_blir_det_som_staar_ved_siden_av(proevebenk: Proevebenk) -> None:
    proevebenk.krev_eksemplene()


def test_et_kurs_blir_en_beskjed_og_beskjeden_gaar_naar_kurset_er_fullt(proevebenk: Proevebenk) -> None:
    assert proevebenk.send("KURS_TILBUDT", TILBUDT).tilstand == "BEHANDLET"
    (beskjed,) = proevebenk.notifikasjoner()
    assert (beskjed.tekst, beskjed.lenke) == ("Nytt kurs: Arbeidsmiljø", "https://arbeidsgiver.nav.no/kurs/k-1")
    proevebenk.send("KURS_FULLT", {"type": "KURS_FULLT", "id": "h-2", "kursId": "k-1"})
    assert proevebenk.notifikasjoner() == []


def test_det_som_hoppes_over_noteres_med_grunnen(proevebenk: Proevebenk) -> None:
    sendt = proevebenk.send("KURS_TILBUDT", {**TILBUDT, "avlyst": True})
    assert (sendt.tilstand, sendt.hoppet_over) == ("BEHANDLET", "The course is called off")
    assert proevebenk.notifikasjoner() == []


def test_et_avslag_som_er_tillatt_noteres_og_er_ingen_feil(proevebenk: Proevebenk) -> None:
    sendt = proevebenk.send("KURS_FULLT", {"type": "KURS_FULLT", "id": "h-2", "kursId": "borte"})
    assert (sendt.tilstand, sendt.utfall) == ("BEHANDLET", [{"avslag": "NotifikasjonFinnesIkke"}])


def test_en_melding_som_ikke_blir_en_gyldig_kommando_sier_hvilket_felt(proevebenk: Proevebenk) -> None:
    skjema = deepcopy(dict(proevebenk.pakke.sted.innstillinger))
    skjema["typer"][0]["skjema"]["properties"]["tittel"] = {"type": "integer"}
    skjema["typer"][0]["eksempel"]["tittel"] = 7
    skjema["typer"][0]["kommandoer"][0]["felter"]["tekst"] = "tittel"
    benk = proevebenk.med(**skjema)
    sendt = benk.send("KURS_TILBUDT", {**TILBUDT, "tittel": 7})
    assert sendt.tilstand == "KARANTENE"
    assert sendt.feilmelding is not None
    assert "NyBeskjed" in sendt.feilmelding
    assert "tekst" in sendt.feilmelding


def _oppsettet() -> dict[str, Any]:
    (blokk,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.S)
    oppsett: dict[str, Any] = yaml.safe_load(blokk)[0]["plugin"]["innstillinger"]
    return oppsett


def _last(innstillinger: dict[str, Any]) -> Any:
    return last(Pluginsted(navn="generisk", modul="plugins.generisk", produsent="kurs", innstillinger=innstillinger))


def test_eksempelet_i_dokumentasjonen_lastes_og_er_en_oppfoering(tmp_path: Path) -> None:
    (blokk,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.S)
    fil = tmp_path / "produsenter.yaml"
    fil.write_text(blokk, encoding="utf-8")
    (oppfoering,) = les_register(fil).oppfoeringer.values()
    assert oppfoering.plugin is not None
    lastet = _last(dict(oppfoering.plugin.innstillinger))
    assert sorted(lastet.erklaering.hendelsestyper) == ["KURS_FULLT", "KURS_TILBUDT"]


def test_hver_plugin_som_foelger_med_staar_paa_siden() -> None:
    tabell = re.findall(r"^\| `(\w+)` \| .* \| ", README.split("## generisk")[0], flags=re.M)
    assert sorted(tabell) == sorted(mappe.parent.name for mappe in (ROT / "plugins").glob("*/__init__.py"))


def _endret(sti: str, verdi: Any) -> dict[str, Any]:
    oppsett = _oppsettet()
    her: Any = oppsett
    *ledd, siste = [int(ett) if ett.isdigit() else ett for ett in sti.split(".")]
    for ett in ledd:
        her = her[ett]
    if verdi is None:
        del her[siste]
    else:
        her[siste] = verdi
    return oppsett


@pytest.mark.parametrize(
    ("sti", "verdi", "sagt"),
    [
        ("typer", None, r"innstillinger\.typer: is missing; add it"),
        ("typer", {}, r"typer: must be a list"),
        ("typer.0.navn", None, r"typer\[0\]\.navn: is missing"),
        ("typer.0.ukjent", 1, r"typer\[0\]\.ukjent: is not a field here; those are beskrivelse, eksempel"),
        ("typer.0.hoppOver.0.naar", "[", r"typer\[0\]\.hoppOver\[0\]\.naar: `\[` is not JMESPath"),
        ("typer.0.hoppOver.0.grunn", " ", r"typer\[0\]\.hoppOver\[0\]\.grunn: must be a text"),
        ("typer.0.kommandoer.0.kommando", "Ny", r"typer\[0\]\.kommandoer\[0\]\.kommando: 'Ny' is no kommando; use one"),
        ("typer.0.kommandoer.0.felter.tekts", "x", r"kommandoer\[0\]\.felter\.tekts: is no field of NyBeskjed; those"),
        ("typer.0.kommandoer.0.felter.tekst", None, r"kommandoer\[0\]\.felter\.tekst: NyBeskjed must have it"),
        ("typer.0.kommandoer.0.felter.tekst", 7, r"felter\.tekst: must be a JMESPath expression"),
        ("typer.0.kommandoer.0.felter.mottakere", [{"a": {"b": "]"}}], r"felter\.mottakere\[0\]\.a\.b: `\]` is not"),
        ("typer.1.kommandoer.0.tillat", ["Feil"], r"typer\[1\]\.kommandoer\[0\]\.tillat\[0\]: 'Feil' is no refusal"),
        ("typer.1.kommandoer.0.avslutter", "ja", r"kommandoer\[0\]\.avslutter: must be true or false"),
        ("typer.0.eksempel", {"id": "x"}, r"the eksempel of type KURS_TILBUDT does not follow its skjema"),
    ],
)
def test_det_som_er_galt_i_oppsettet_sies_med_sted_og_raad(sti: str, verdi: Any, sagt: str) -> None:
    with pytest.raises(Pluginfeil, match=sagt):
        _last(_endret(sti, verdi))
