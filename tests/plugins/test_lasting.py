"""A plugin that is broken is found at load, named with the reason, and stops nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.feil import UkjentHendelsestype
from gateway.plugin import Hendelse, Tillat
from gateway.plugins import Lastet, Pluginfeil, Plugins, Pluginsted, last_plugins
from gateway.settings import Innstillingsfeil
from tests.plugins.moduler import OVERSETT, TYPER, Moduler
from tests.verden import START, en_beskjed, lest, pluginhendelse

HENDELSE: Hendelse = pluginhendelse(lest({"id": "1", "type": "FRISK", "liste": [{"a": 1}]}), START)
EN_TYPE = TYPER.format(type_="SYK")

OEDELAGT = {
    "does not import": ("import finnes_ikke_noe_sted", "ModuleNotFoundError: No module named 'finnes_ikke_noe_sted'"),
    "raises as it is imported": ("raise LookupError('no such thing')", "LookupError: no such thing"),
    "is no Python": ("def hendelsestyper(:", "SyntaxError"),
    "stops the process as it is imported": ("import sys; sys.exit(1)", "SystemExit: 1"),
    "misspelt hook": (
        EN_TYPE + "@hookimpl\ndef oversettt(hendelse, kontekst): return []",
        "syk.oversettt is no hook; the hooks are hendelsestyper, noekkel, oversett",
    ),
    "missing marker": (
        EN_TYPE + "def oversett(hendelse, kontekst): return []",
        "syk.oversett lacks the marker @hookimpl",
    ),
    "missing marker of a hook that is optional": (
        EN_TYPE + OVERSETT + "def noekkel(hendelse): return None",
        "syk.noekkel lacks the marker @hookimpl",
    ),
    "marker on a callable that is no function": (
        EN_TYPE + "class Oversett:\n    def __call__(self, hendelse, kontekst): return []\noversett = Oversett()",
        "syk has no @hookimpl oversett",
    ),
    "coroutine": (
        EN_TYPE + "@hookimpl\nasync def oversett(hendelse, kontekst): return []",
        "syk.oversett must be a plain function, not a coroutine or a generator",
    ),
    "generator": (
        EN_TYPE + "@hookimpl\ndef oversett(hendelse, kontekst): yield None",
        "syk.oversett must be a plain function, not a coroutine or a generator",
    ),
    "async generator": (
        EN_TYPE + "@hookimpl\nasync def oversett(hendelse, kontekst): yield None",
        "syk.oversett must be a plain function, not a coroutine or a generator",
    ),
    "argument that the hook does not have": (
        EN_TYPE + "@hookimpl\ndef oversett(hendelse, database): return []",
        "PluginValidationError: Plugin 'syk' for hook 'oversett'",
    ),
    "no event types": (OVERSETT, "syk has no @hookimpl hendelsestyper; a producer's plugin must have it"),
    "no mapping": (EN_TYPE, "syk has no @hookimpl oversett; a producer's plugin must have it"),
    "nothing at all": ("", "syk has no @hookimpl hendelsestyper; a producer's plugin must have it"),
    "event types that raise": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): raise LookupError('borte')",
        "LookupError: borte",
    ),
    "event types that are text": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return 'SYK'",
        "syk.hendelsestyper answered str; it must answer Hendelsestype",
    ),
    "event types that are a number": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return 7",
        "TypeError: 'int' object is not iterable",
    ),
    "an event type of another kind": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return [{'navn': 'SYK'}]",
        "syk.hendelsestyper answered dict; it must answer Hendelsestype",
    ),
    "one type twice": (
        OVERSETT + EN_TYPE.replace("return [", "return 2 * ["),
        "syk.hendelsestyper declares 'SYK' twice",
    ),
    "an example that breaks its schema": (
        OVERSETT + EN_TYPE.replace('{"type": "object"}', '{"required": ["id"]}'),
        "'id' is a required property",
    ),
    "a schema that is none": (
        OVERSETT + EN_TYPE.replace('{"type": "object"}', '{"type": "objekt"}'),
        "SchemaError: 'objekt' is not valid under any of the given schemas",
    ),
}


@pytest.mark.parametrize(("kode", "grunn"), OEDELAGT.values(), ids=OEDELAGT)
def test_en_oedelagt_plugin_navngis_med_grunnen_og_stopper_ingen_andre(
    moduler: Moduler, kode: str, grunn: str, caplog: pytest.LogCaptureFixture
) -> None:
    steder = [moduler.frisk("foer", "FOER"), moduler.skriv("syk", kode), moduler.frisk("tilsist", "TILSIST")]
    plugins = last_plugins(steder)
    assert list(plugins.oedelagte) == ["syk"]
    assert grunn in plugins.oedelagte["syk"].feil
    assert "\n" not in plugins.oedelagte["syk"].feil
    assert list(plugins.lastet) == ["foer", "tilsist"]
    assert plugins.lastet["tilsist"].oversett(HENDELSE) == []
    (logget,) = caplog.records
    assert (logget.levelname, vars(logget)["plugin"], vars(logget)["feil"]) == (
        "ERROR",
        "syk",
        plugins.oedelagte["syk"].feil,
    )


def test_den_som_laster_strengt_faar_vite_om_alle_de_oedelagte_paa_en_gang(moduler: Moduler) -> None:
    steder = [moduler.skriv("syk", ""), moduler.frisk(), moduler.skriv("verre", "import finnes_ikke_noe_sted")]
    with pytest.raises(Innstillingsfeil) as feil:
        last_plugins(steder, strenge=True)
    foerste, andre = str(feil.value).splitlines()
    assert foerste.startswith("plugin syk: ")
    assert "has no @hookimpl hendelsestyper" in foerste
    assert andre.startswith("plugin verre: ModuleNotFoundError")


def test_en_plugin_som_er_navngitt_men_ikke_finnes_sier_hvor_den_skal_ligge() -> None:
    plugins = last_plugins([Pluginsted(navn="borte", modul="", produsent="fager")])
    assert "borte is not found; ship it in plugins/ or as an entry point" in plugins.oedelagte["fager"].feil


def test_to_plugins_kan_ikke_eie_samme_hendelsestype_og_navnet_avgjoer_hvem_som_faar_den(moduler: Moduler) -> None:
    steder = [moduler.frisk("b", "SAMME"), moduler.frisk("a", "SAMME"), moduler.frisk("c", "EGEN")]
    for rekkefoelge in (steder, steder[::-1]):
        plugins = last_plugins(rekkefoelge)
        assert sorted(plugins.lastet) == ["a", "c"]
        assert "b.hendelsestyper: 'SAMME' is already declared by a" in plugins.oedelagte["b"].feil


def test_en_plugin_kan_mendes_uten_at_de_andre_merker_det(moduler: Moduler) -> None:
    syk = moduler.skriv("syk", "")
    assert "syk" in last_plugins([syk, moduler.frisk()]).oedelagte
    moduler.frisk("syk", "SYK")
    assert sorted(last_plugins([syk, moduler.frisk()]).lastet) == ["frisk", "syk"]


def test_en_frisk_plugin_har_en_versjon_og_plass_for_sine_innstillinger(moduler: Moduler) -> None:
    sted = moduler.skriv("frisk", TYPER.format(type_="FRISK") + OVERSETT + "VERSJON = '7'")
    plugin = last_plugins([sted], strenge=True).lastet["frisk"]
    assert plugin.id == "frisk==7"
    assert list(plugin.hendelsestyper) == ["FRISK"]


def test_det_en_annen_modul_heter_er_ingen_hook(moduler: Moduler) -> None:
    """A plugin may import a function that happens to have the name of a hook."""
    moduler.skriv("felles", "def noekkel(hendelse): return None")
    kode = "from proeveplugin_felles import noekkel\n" + TYPER.format(type_="FRISK") + OVERSETT
    plugin = last_plugins([moduler.skriv("frisk", kode)], strenge=True).lastet["frisk"]
    assert plugin.noekkel(HENDELSE) is None


# --- whose an event is ---------------------------------------------------------------------------------------------


@pytest.fixture
def plugins(moduler: Moduler) -> Plugins:
    return last_plugins([moduler.frisk(), moduler.skriv("syk", "")])


def test_en_hendelse_gaar_til_produsentens_egen_plugin(plugins: Plugins) -> None:
    funnet = plugins.for_hendelse("frisk", "FRISK")
    assert funnet is not None
    assert funnet.navn == "frisk"


def test_en_hendelse_til_en_oedelagt_plugin_tas_imot_siden_den_kan_vaere_dens(plugins: Plugins) -> None:
    assert plugins.for_hendelse("syk", "HVA SOM HELST") is None


@pytest.mark.parametrize(
    ("produsent", "type_", "sagt"),
    [
        ("frisk", "UKJENT", "The plugin frisk does not declare this event type. It knows: FRISK."),
        ("ingen", "FRISK", "No plugin is loaded for ingen; name it in the produsentregister."),
    ],
)
def test_en_hendelse_som_ingen_kjenner_avvises_med_de_som_er_kjent(
    plugins: Plugins, produsent: str, type_: str, sagt: str
) -> None:
    with pytest.raises(UkjentHendelsestype) as feil:
        plugins.for_hendelse(produsent, type_)
    assert str(feil.value) == sagt


def test_alle_steder_er_kjent_for_den_prosessen_som_skal_laste_de_samme(plugins: Plugins) -> None:
    assert sorted(sted.navn for sted in plugins.steder) == ["frisk", "syk"]
    assert sorted(last_plugins(plugins.steder).lastet) == ["frisk"]


# --- what the hooks answer -----------------------------------------------------------------------------------------


def lastet(moduler: Moduler, kropp: str, **innstillinger: Any) -> Lastet:
    """A plugin whose `oversett` has the given body."""
    kode = TYPER.format(type_="FRISK") + f"@hookimpl\ndef oversett(hendelse, kontekst):\n    {kropp}\n"
    sted = replace(moduler.skriv("proevd", kode), innstillinger=innstillinger)
    return last_plugins([sted], strenge=True).lastet["proevd"]


@pytest.mark.parametrize(
    ("kropp", "sagt"),
    [
        ("return None", "proevd.oversett answered NoneType; it must answer a list of kommandoer"),
        ("pass", "proevd.oversett answered NoneType; it must answer a list of kommandoer"),
        ("return 7", "proevd.oversett answered int; it must answer a list of kommandoer"),
        ("return 'NySak'", "proevd.oversett answered str; it must answer a list of kommandoer"),
        ("return b'NySak'", "proevd.oversett answered bytes; it must answer a list of kommandoer"),
        ("return Saksreferanse()", "proevd.oversett answered Saksreferanse; it must answer a list of kommandoer"),
        ("raise LookupError(hendelse.id)", "proevd.oversett raised LookupError"),
        ("return hendelse.data['Ola Nordmann']", "proevd.oversett raised KeyError"),
        ("hendelse.data['x'] = 1", "proevd.oversett raised TypeError"),
        ("hendelse.data['liste'][0]['a'] = 2", "proevd.oversett raised TypeError"),
        ("hendelse.data['liste'].append(1)", "proevd.oversett raised AttributeError"),
        ("raise SystemExit(1)", "proevd.oversett raised SystemExit"),
        ("kontekst.innstillinger['x'] = 1", "proevd.oversett raised TypeError"),
    ],
)
def test_det_en_oversettelse_gjoer_galt_navngis_og_hendelsen_gjentas_ikke(
    moduler: Moduler, kropp: str, sagt: str
) -> None:
    with pytest.raises(Pluginfeil) as feil:
        lastet(moduler, kropp).oversett(HENDELSE)
    assert str(feil.value) == sagt


def test_en_oversettelse_kan_svare_med_alt_som_kan_gaas_gjennom(moduler: Moduler) -> None:
    for svar in ("[]", "()", "iter(())", "{}"):
        assert lastet(moduler, f"return {svar}").oversett(HENDELSE) == []


def test_en_kommando_er_det_samme_som_en_uten_tillatte_avslag(moduler: Moduler) -> None:
    plugin = lastet(moduler, "from tests.verden import en_beskjed; return [en_beskjed()]")
    assert plugin.oversett(HENDELSE) == [Tillat(kommando=en_beskjed(), avslag=())]


def test_en_oversettelse_ser_sine_egne_innstillinger(moduler: Moduler) -> None:
    plugin = lastet(moduler, "return [kontekst.innstillinger['lenker'][0]]", lenker=["https://nav.no"])
    assert plugin.oversett(HENDELSE) == [Tillat(kommando="https://nav.no", avslag=())]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kropp", "svar"), [("return None", None), ("return 'n'", "n"), ("return hendelse.id", "1"), ("pass", None)]
)
def test_noekkelen_er_den_pluginen_sier(moduler: Moduler, kropp: str, svar: str | None) -> None:
    assert _med_noekkel(moduler, kropp).noekkel(HENDELSE) == svar


@pytest.mark.parametrize(
    ("kropp", "sagt"),
    [
        ("return 7", "proevd.noekkel answered int; it must answer text or None"),
        ("return ('a', 'b')", "proevd.noekkel answered tuple; it must answer text or None"),
        ("return hendelse.data['borte']", "proevd.noekkel raised KeyError"),
    ],
)
def test_en_noekkel_som_ikke_er_tekst_avvises(moduler: Moduler, kropp: str, sagt: str) -> None:
    with pytest.raises(Pluginfeil) as feil:
        _med_noekkel(moduler, kropp).noekkel(HENDELSE)
    assert str(feil.value) == sagt


def _med_noekkel(moduler: Moduler, kropp: str) -> Lastet:
    kode = TYPER.format(type_="FRISK") + OVERSETT + f"@hookimpl\ndef noekkel(hendelse):\n    {kropp}\n"
    return last_plugins([moduler.skriv("proevd", kode)], strenge=True).lastet["proevd"]
