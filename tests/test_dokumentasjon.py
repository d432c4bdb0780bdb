"""The docs are held against the code."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pluggy
import pytest
import yaml

from gateway.domain.idempotens import LEVETID
from gateway.domain.noekkel import LENGSTE_BYTE, LENGSTE_TEGN
from gateway.inbox.funn import FORSOEK_VED_GRENSEBRUDD, FORSOEK_VED_UKJENT_FEIL
from gateway.oppsett.innstillinger import Innstillinger
from gateway.plugin import formater, hendelser, kanaler, signaturer, tilganger
from gateway.plugin.felles import PROSJEKT
from gateway.plugin.testing import Proevebenk, pakke_i
from gateway.verktoey.benk import Verksted
from gateway.verktoey.eksempler import les_eksempel
from gateway.verktoey.proeving import proeving
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Bruddkode, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.hooker import ADAPTERHOOKER, PRODUSENTHOOKER
from gateway.vertskap.innlesning import last
from gateway.vertskap.skjema import FORMATER
from tests.verden import ROT

HOOKS = (ROT / "gateway" / "plugin" / "hooks.md").read_text(encoding="utf-8")
API = (ROT / "gateway" / "api" / "README.md").read_text(encoding="utf-8")
README = (ROT / "README.md").read_text(encoding="utf-8")
HOOKER = {**PRODUSENTHOOKER, **ADAPTERHOOKER}


def _blokker(tekst: str, spraak: str) -> list[str]:
    return re.findall(rf"```{spraak}\n(.*?)```", tekst, flags=re.S)


@pytest.mark.parametrize("hook", HOOKER)
def test_hver_hook_staar_i_dokumentasjonen_med_sin_signatur(hook: str) -> None:
    signatur = str(inspect.signature(HOOKER[hook])).replace("'", "")
    assert f"### `{hook}{signatur}`" in HOOKS


@pytest.mark.parametrize("hook", HOOKER)
def test_hver_hook_har_en_docstring_som_sier_naar_den_kalles(hook: str) -> None:
    tekst = inspect.getdoc(HOOKER[hook]) or ""
    assert re.search(r"\bCalled\b|\bRuns\b", tekst), tekst


@pytest.fixture
def dokumentert(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The plugin that the page shows whole, and the entry of the register that it shows, as a package of its own."""
    pakke = tmp_path / "tiltak"
    pakke.mkdir()
    (pakke / "__init__.py").write_text(_blokker(HOOKS, "python")[0], encoding="utf-8")
    (oppsett,) = _blokker(HOOKS, "yaml")
    (pakke / "produsent.yaml").write_text(oppsett, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return pakke


def test_eksempelpluginen_i_dokumentasjonen_kan_lastes_og_oversetter_sitt_eget_eksempel(dokumentert: Path) -> None:
    pakke = pakke_i(dokumentert)
    with proeving(pakke, sekunder=5, grenser=Grenser()) as pluginen:
        (type_,) = pluginen.erklaering.hendelsestyper.values()
        fil = dokumentert / "melding.json"
        fil.write_text(json.dumps(type_.eksempel), encoding="utf-8")
        funnet = pluginen.proev(les_eksempel(fil)).funnet
    assert funnet["noekkel"] == "a-1"
    (svar,) = funnet["svar"]
    assert svar["NyOppgave"]["lenke"] == "https://arbeidsgiver.nav.no/tiltak/a-1"


def test_proeven_i_dokumentasjonen_gaar_paa_eksempelpluginen(dokumentert: Path, tmp_path: Path) -> None:
    (kode,) = [ett for ett in _blokker(HOOKS, "python") if "proevebenk" in ett]
    omraade: dict[str, Any] = {}
    exec(compile(kode, "hooks.md", "exec"), omraade)
    (proeve,) = [verdi for navn, verdi in omraade.items() if navn.startswith("test_")]
    verksted = Verksted(tmp_path)
    try:
        proeve(Proevebenk(pakke_i(dokumentert), verksted))
    finally:
        verksted.lukk()


def test_alt_som_staar_om_benken_finnes_paa_den() -> None:
    (tabell,) = re.findall(r"^\| of the bench \|.*\n\| --- .*\n((?:\|.*\n)+)", HOOKS, flags=re.M)
    nevnt = {navn for rad in tabell.splitlines() for navn in re.findall(r"`(\w+)", rad.split("|")[1])}
    finnes = {navn for navn in (*dir(Proevebenk), "kanal", "pakke", "plugin") if not navn.startswith("_")}
    assert nevnt <= finnes, nevnt - finnes
    assert finnes - nevnt <= {"pakke", "plugin", "produsent"}, "what an author may use stands there"


def test_hver_kommando_av_gateway_plugin_staar_der_og_ingen_andre() -> None:
    from gateway.verktoey.kommandoer import plugin

    assert set(re.findall(r"^\| `gateway plugin (\w+)", HOOKS, flags=re.M)) == set(plugin.commands)


def test_det_en_modul_sier_om_seg_selv_staar_der() -> None:
    assert set(re.findall(r"^\| `([A-Z]+)` \|", HOOKS, flags=re.M)) == {
        "VERSJON",
        "API",
        "LAGERVERSJON",
        "INNSTILLINGER",
    }


def test_idempotensnoekkelens_levetid_er_den_som_er_dokumentert() -> None:
    assert f"remembered for {LEVETID.days} days" in API


def test_hvor_mange_forsoek_en_hendelse_har_er_det_som_er_dokumentert() -> None:
    assert (
        f"its process died | tried again, with growing pauses; KARANTENE after {FORSOEK_VED_GRENSEBRUDD} tries" in HOOKS
    )
    assert (
        f"nobody foresaw | tried again, with growing pauses; KARANTENE after {FORSOEK_VED_UKJENT_FEIL} tries" in HOOKS
    )
    assert f"At most {LENGSTE_TEGN} characters and {LENGSTE_BYTE:,} bytes" in HOOKS


def test_hver_innstilling_har_en_mening_og_readme_sier_hvor_de_staar() -> None:
    assert all(felt.metadata["mening"].endswith(".") for felt in fields(Innstillinger))
    assert "gateway config" in README


def test_readme_nevner_bare_kommandoer_som_finnes() -> None:
    from gateway.cli import cli

    nevnt = set(re.findall(r"(?:-m gateway|bin/gateway|`gateway) ([a-z]+)", README))
    assert nevnt
    assert nevnt <= set(cli.commands)


def test_eksemplene_i_konfigurasjonen_er_gyldig_yaml() -> None:
    for fil in (ROT / "config").glob("*.yaml"):
        assert yaml.safe_load(fil.read_text(encoding="utf-8")), fil


def test_hookene_er_pluggys_egne() -> None:
    forvalter = pluggy.PluginManager(PROSJEKT)
    for familie in (formater, hendelser, kanaler, signaturer, tilganger):
        forvalter.add_hookspecs(familie)
    assert set(HOOKER) == set(vars(forvalter.hook)) - {"_plugins"}


def test_hvert_format_som_kontrolleres_staar_i_dokumentasjonen_og_ingen_andre() -> None:
    (tabell,) = re.findall(r"\| `format` \|.*\n\| --- .*\n((?:\|.*\n)+)", HOOKS)
    assert sorted(re.findall(r"`([a-z0-9-]+)`", re.sub(r"\|[^|]*\|$", "|", tabell, flags=re.M))) == sorted(FORMATER)


def test_hver_grense_staar_i_dokumentasjonen_med_sin_standard() -> None:
    innstillinger, grenser = Innstillinger(), Grenser()
    assert set(re.findall(r"\| `(\w+)`(?:, with[^|]*)? \|$", HOOKS, flags=re.M)) >= set(Bruddkode)
    for felt, grense in (
        ("oversett_sekunder", innstillinger.oversett_sekunder),
        ("plugin_lastesekunder", grenser.lastesekunder),
        ("plugin_minne_mb", grenser.minne_mb),
        ("plugin_kommandoer", grenser.kommandoer),
    ):
        assert getattr(innstillinger, felt) == grense
        assert f"`{felt.upper()}`, {grense:g} |" in HOOKS
    assert grenser.svar_bytes == 16 << 20


def test_en_feil_i_en_plugin_sies_som_dokumentasjonen_viser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (vist,) = [ett for ett in _blokker(HOOKS, "text") if "kontext" in ett]
    plugin = _blokker(HOOKS, "python")[0].replace("oversett(hendelse, kontekst)", "oversett(hendelse, kontext)")
    (tmp_path / "feilskrevet.py").write_text(plugin, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Pluginfeil) as feil:
        last(Pluginsted(navn="tiltak", modul="feilskrevet", produsent="tiltak"))
    sagt, linje = str(feil.value).split(" (/")[0], re.findall(r"line \d+", str(feil.value))
    assert vist.startswith(sagt)
    assert re.findall(r"line \d+", vist) == linje
