"""The docs are held against the code."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pluggy
import pytest
import yaml

import gateway.plugin
from gateway.domain.idempotens import LEVETID
from gateway.domain.kommandoer import KOMMANDOER
from gateway.domain.noekkel import LENGSTE_BYTE, LENGSTE_TEGN
from gateway.inbox.funn import FORSOEK_VED_GRENSEBRUDD, FORSOEK_VED_UKJENT_FEIL
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import les_register
from gateway.plugin import Hendelse, formater, hendelser, kanaler, signaturer, tilganger
from gateway.plugin.felles import PROSJEKT
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Bruddkode, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.hooker import ADAPTERHOOKER, PRODUSENTHOOKER
from gateway.vertskap.innlesning import last
from gateway.vertskap.skjema import FORMATER
from tests.verden import ROT, START

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


def test_eksempelpluginen_i_dokumentasjonen_kan_lastes_og_oversetter_sitt_eget_eksempel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plugin, tillat = _blokker(HOOKS, "python")
    (tmp_path / "dokumentert.py").write_text(plugin, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    (oppsett,) = _blokker(HOOKS, "yaml")
    register = tmp_path / "produsenter.yaml"
    register.write_text(oppsett, encoding="utf-8")
    (oppfoering,) = les_register(register).oppfoeringer.values()
    assert oppfoering.plugin is not None

    sted = Pluginsted(
        navn="tiltak", modul="dokumentert", produsent="tiltak", innstillinger=oppfoering.plugin.innstillinger
    )
    lastet = last(sted)
    (type_,) = lastet.erklaering.hendelsestyper.values()
    hendelse = Hendelse(kilde="x", id="1", type=type_.navn, data=type_.eksempel, mottatt=START)
    assert lastet.noekkel(hendelse) == "a-1"
    (steg,) = lastet.oversett(hendelse)
    assert steg.kommando.lenke == "https://arbeidsgiver.nav.no/tiltak/a-1"

    omraade: dict[str, object] = {}
    exec(compile(tillat, "hooks.md", "exec"), omraade)
    assert "signert" in omraade


def test_hver_kommando_staar_i_dokumentasjonen_og_ingen_andre() -> None:
    tabell = re.findall(r"^\| `(\w+)` \|.*\| `[A-Z]+ /", HOOKS, flags=re.M)
    assert sorted(tabell) == sorted(KOMMANDOER)
    assert set(tabell) <= set(gateway.plugin.__all__), "a plugin can import each"


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
    (vist,) = _blokker(HOOKS, "text")
    plugin = _blokker(HOOKS, "python")[0].replace("oversett(hendelse, kontekst)", "oversett(hendelse, kontext)")
    (tmp_path / "feilskrevet.py").write_text(plugin, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Pluginfeil) as feil:
        last(Pluginsted(navn="tiltak", modul="feilskrevet", produsent="tiltak"))
    sagt, linje = str(feil.value).split(" (/")[0], re.findall(r"line \d+", str(feil.value))
    assert vist.startswith(sagt)
    assert re.findall(r"line \d+", vist) == linje
