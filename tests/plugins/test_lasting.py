"""A plugin that is broken is found at load, told in its author's own words, and stops nobody else."""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.feil import UkjentHendelsestype
from gateway.domain.hendelse import Feilklasse
from gateway.domain.hendelsesdata import Format
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin import Hendelse
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.feil import Oversettelsesfeil, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.innlesning import last
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oppdrag import Oppdrag, Resultat
from gateway.vertskap.oversetter import Oversetter
from tests.plugins.moduler import OVERSETT, TYPER, Moduler, TomtLager
from tests.plugins.oversatt import hendelse
from tests.verden import START

HENDELSE: Hendelse = hendelse({"id": "1", "type": "FRISK", "liste": [{"a": 1}]})
EN_TYPE = TYPER.format(type_="SYK")
LASTESEKUNDER = 3.0  # a process of Python's own takes one on a busy machine
FIL = "proeveplugin_syk.py, line"  # the author's lines begin at 3
HOOKENE = (
    "The hooks of a producer's plugin are hendelsestyper, oppgraderinger, lageroppgraderinger, identitet, noekkel, "
    "oppslag, oversett, etter_endring"
)


def type_med(**felter: str) -> str:
    """The hook `hendelsestyper`, with fields of its one type as code."""
    alle = {"navn": '"SYK"', "beskrivelse": '"x"', "skjema": '{"type": "object"}', "eksempel": "{}", **felter}
    sagt = ", ".join(f"{navn}={verdi}" for navn, verdi in alle.items())
    return f"@hookimpl\ndef hendelsestyper(): return [Hendelsestype({sagt})]\n"


def skjema(kode: str, eksempel: str = "{}") -> str:
    return OVERSETT + type_med(skjema=kode, eksempel=eksempel)


def to_versjoner(oppgradering: str) -> str:
    """Two versions of one type, and what makes the first into the second, as code."""
    return (
        OVERSETT
        + "@hookimpl\ndef hendelsestyper(): return [Hendelsestype(navn='SYK', beskrivelse='x', versjon=1, eksempel={}, "
        + "skjema={}), Hendelsestype(navn='SYK', beskrivelse='x', versjon=2, eksempel={'to': 1}, "
        + "skjema={'required': ['to']})]\n"
        + f"@hookimpl\ndef oppgraderinger(): return {{('SYK', 1): {oppgradering}}}\n"
    )


OEDELAGT: dict[str, tuple[str, str]] = {
    "does not import": (
        "import finnes_ikke_noe_sted",
        rf"^ModuleNotFoundError: No module named 'finnes_ikke_noe_sted' \(.*{FIL} 3, in <module>\)$",
    ),
    "raises as it is imported": (
        "\n\nraise LookupError('no such thing')",
        rf"^LookupError: no such thing \(.*{FIL} 5, in <module>\)$",
    ),
    "is no Python": ("def hendelsestyper(:", rf"^SyntaxError: invalid syntax \(.*{FIL} 3: def hendelsestyper\(:\)$"),
    "stops the process as it is imported": ("import sys; sys.exit(1)", rf"^SystemExit: 1 \(.*{FIL} 3"),
    "interrupts as it is imported": ("raise KeyboardInterrupt", rf"^KeyboardInterrupt \(.*{FIL} 3"),
    "misspelt hook": (
        EN_TYPE + "@hookimpl\ndef oversettt(hendelse, kontekst): return []",
        rf"syk\.oversettt is no hook; did you mean oversett\? {HOOKENE} \(.*{FIL} 7\)",
    ),
    "a hook of nothing like that name": (
        EN_TYPE + OVERSETT + "@hookimpl\ndef xyz(): return []",
        rf"^syk\.xyz is no hook; {HOOKENE}",
    ),
    "missing marker": (
        EN_TYPE + "def oversett(hendelse, kontekst): return []",
        rf"^syk\.oversett lacks the marker @hookimpl \(.*{FIL} 7\)$",
    ),
    "missing marker of a hook that is optional": (
        EN_TYPE + OVERSETT + "def noekkel(hendelse): return None",
        r"^syk\.noekkel lacks the marker @hookimpl",
    ),
    "marker on a callable that is no function": (
        EN_TYPE + "class Oversett:\n    def __call__(self, hendelse, kontekst): return []\noversett = Oversett()",
        "syk has no @hookimpl oversett",
    ),
    "coroutine": (
        EN_TYPE + "@hookimpl\nasync def oversett(hendelse, kontekst): return []",
        r"^syk\.oversett: must be a plain function, not a coroutine or a generator",
    ),
    "generator": (
        EN_TYPE + "@hookimpl\ndef oversett(hendelse, kontekst): yield None",
        r"^syk\.oversett: must be a plain function, not a coroutine or a generator",
    ),
    "async generator": (
        EN_TYPE + "@hookimpl\nasync def oversett(hendelse, kontekst): yield None",
        r"^syk\.oversett: must be a plain function, not a coroutine or a generator",
    ),
    "argument that the hook does not have": (
        EN_TYPE + "@hookimpl\ndef oversett(hendelse, kontext): return []",
        rf"^syk\.oversett: `oversett\(hendelse, kontext\)`: no argument is called kontext; it takes hendelse, kontekst "
        rf"\(.*{FIL} 7\)$",
    ),
    "argument of a hook that takes none": (
        OVERSETT + EN_TYPE.replace("hendelsestyper()", "hendelsestyper(hendelse: Hendelse)"),
        r"^syk\.hendelsestyper: `hendelsestyper\(hendelse\)`: no argument is called hendelse; it takes innstillinger",
    ),
    "arguments without names": (
        EN_TYPE + "@hookimpl\ndef oversett(*alt, **mer): return []",
        r"^syk\.oversett: `oversett\(\*alt, \*\*mer\)`: \*alt, \*\*mer cannot be given by name; it takes hendelse",
    ),
    "no event types": (OVERSETT, "^syk has no @hookimpl hendelsestyper; a producer's plugin must have it$"),
    "no mapping": (EN_TYPE, "^syk has no @hookimpl oversett; a producer's plugin must have it$"),
    "nothing at all": (
        "",
        "^syk has no @hookimpl hendelsestyper; a producer's plugin must have it; syk has no @hookimpl oversett; ",
    ),
    "no version": (EN_TYPE + OVERSETT + "del VERSJON", r'^syk\.VERSJON is missing; write VERSJON = "1"'),
    "a version that is no text": (EN_TYPE + OVERSETT + "VERSJON = 1.0", r"^syk\.VERSJON must be text"),
    "a version that cannot be stored": (EN_TYPE + OVERSETT + 'VERSJON = "1\\x00"', r"^syk\.VERSJON must be text"),
    "a blank version": (EN_TYPE + OVERSETT + "VERSJON = ' '", r"^syk\.VERSJON must be text"),
    "all of it at once": (
        "del VERSJON\n" + EN_TYPE.replace("eksempel={}", "eksempel=7") + "@hookimpl\ndef oversett(x): return []",
        r"^syk\.oversett: .*; syk\.VERSJON is missing.*; syk\.hendelsestyper: the eksempel of type SYK",
    ),
    "event types that raise": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): raise LookupError('borte')",
        rf"^syk\.hendelsestyper raised LookupError: borte \(.*{FIL} 8, in hendelsestyper\)$",
    ),
    "event types that are text": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return 'SYK'",
        r"^syk\.hendelsestyper answered str; it must answer a list of Hendelsestype",
    ),
    "event types that are a number": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return 7",
        r"^syk\.hendelsestyper answered int; it must answer a list of Hendelsestype",
    ),
    "an event type of another kind": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return [{'navn': 'SYK'}]",
        r"^syk\.hendelsestyper answered dict as number 0; it must answer Hendelsestype",
    ),
    "one type twice": (OVERSETT + EN_TYPE.replace("return [", "return 2 * ["), "it declares 'SYK' twice in version 1"),
    "a name that is no text at all": (OVERSETT + type_med(navn="[]"), r"the navn \[\] must be text"),
    "a name that cannot be stored": (OVERSETT + type_med(navn='"a\\ud800"'), "the navn .* must be text"),
    "a description that cannot be sent": (OVERSETT + type_med(beskrivelse='"\\ud800"'), "the beskrivelse of type SYK"),
    "a name that is none": (OVERSETT + type_med(navn="7"), "the navn 7 must be text"),
    "a version of a type that is none": (
        OVERSETT + type_med(versjon="True"),
        "the versjon of type SYK must be a whole",
    ),
    "an example that breaks its schema": (
        skjema('{"required": ["id"], "properties": {"orgnr": {"type": "string"}}}', '{"orgnr": 7}'),
        r"the eksempel of type SYK does not follow its skjema: at \$, 'id' is a required property; "
        r".*the eksempel of type SYK does not follow its skjema: at \$\.orgnr, 7 is not of type 'string'",
    ),
    "an example that is no JSON": (
        OVERSETT + type_med(eksempel="{1: {2}}"),
        "the eksempel of type SYK is not JSON: set is no JSON",
    ),
    "an example without Unicode": (
        OVERSETT + type_med(eksempel='{"a": "\\ud800"}'),
        "eksempel of type SYK is not JSON",
    ),
    "a schema that is none": (
        skjema('{"type": "objekt"}'),
        r"the skjema of type SYK cannot be used: at \$\.type, 'objekt' is not valid",
    ),
    "a schema that is a list": (skjema("[]"), "the skjema of type SYK cannot be used: must be a JSON object"),
    "a pattern that is none": (
        skjema('{"properties": {"a": {"pattern": "("}}}'),
        r"cannot be used: at \$\.properties\.a\.pattern, '\(' is not a 'regex'",
    ),
    "a format that cannot be checked": (
        skjema('{"properties": {"a": {"items": [], "anyOf": [{"format": "iri"}]}}}').replace('"items": [], ', ""),
        "the format 'iri' cannot be checked; those that are checked: date, date-time, time, email",
    ),
    "an example that breaks a format": (
        skjema('{"properties": {"a": {"format": "date"}}}', '{"a": "2026-02-30"}'),
        r"at \$\.a, '2026-02-30' is not a 'date'",
    ),
    "a schema from the network": (
        skjema('{"$ref": "http://127.0.0.1:9/skjema.json"}'),
        r"it refers to 'http://127\.0\.0\.1:9/skjema\.json', and nothing is fetched",
    ),
    "a schema from a file": (skjema('{"$ref": "file:///etc/passwd"}'), "nothing is fetched"),
    "a reference to nothing": (
        skjema('{"$ref": "#/$defs/borte"}'),
        "it refers to '#/\\$defs/borte', which is not there",
    ),
    "a reference that never ends": (skjema('{"$ref": "#"}'), "the type 'SYK' cannot be checked: RecursionError"),
    "another dialect": (
        skjema('{"$schema": "http://json-schema.org/draft-07/schema#"}'),
        "the gateway reads https://json-schema.org/draft/2020-12/schema",
    ),
    "made for another API": (
        EN_TYPE + OVERSETT + "API = 2\nVERSJON = 7",
        r"^syk was made for version 2 of the plugin API, and this gateway has 1; use a version of the plugin that says "
        r"API = 1, or a gateway that has 2$",
    ),
    "an API that is no number": (EN_TYPE + OVERSETT + "API = '1'", r"^syk\.API must be a whole number from 1"),
    "a version of the state that is none": (
        EN_TYPE + OVERSETT + "LAGERVERSJON = 0",
        r"^syk\.LAGERVERSJON must be a whole number from 1, such as LAGERVERSJON = 1$",
    ),
    "a newer state, and no way there": (
        EN_TYPE + OVERSETT + "LAGERVERSJON = 3",
        r"^syk\.lageroppgraderinger has no upgrade from version 1, 2; LAGERVERSJON is 3, and what was stored",
    ),
    "upgrades of the state that are none": (
        EN_TYPE
        + OVERSETT
        + "LAGERVERSJON = 2\n@hookimpl\ndef lageroppgraderinger(): return {1: 7, 'to': print, 2: print}",
        r"^syk\.lageroppgraderinger: 1 must be a version from 1 and below LAGERVERSJON, 2, and what stands there a "
        r"function.*; syk\.lageroppgraderinger: 'to' must be .*; syk\.lageroppgraderinger: 2 must be .*has no upgrade "
        r"from version 1;",
    ),
    "upgrades of the state that are a list": (
        EN_TYPE + OVERSETT + "@hookimpl\ndef lageroppgraderinger(): return []",
        r"^syk\.lageroppgraderinger answered list; it must answer a dict of functions$",
    ),
    "upgrades that raise": (
        EN_TYPE + OVERSETT + "@hookimpl\ndef oppgraderinger(): raise LookupError('borte')",
        rf"^syk\.oppgraderinger raised LookupError: borte \(.*{FIL} 12, in oppgraderinger\)$",
    ),
    "upgrades of what is not declared": (
        EN_TYPE
        + OVERSETT
        + "@hookimpl\ndef oppgraderinger(): return {('SYK', 7): print, ('X', 1): print, 'SYK': print}",
        r"^syk\.oppgraderinger: version 7 of SYK is not declared by hendelsestyper; syk\.oppgraderinger: version 1 of "
        r"X "
        r"is not declared.*; syk\.oppgraderinger: 'SYK' must be the navn of a type and a version",
    ),
    "an upgrade of the newest": (
        EN_TYPE + OVERSETT + "@hookimpl\ndef oppgraderinger(): return {('SYK', 1): dict}",
        r"^syk\.oppgraderinger: version 1 of SYK is the newest there is$",
    ),
    "an upgrade that fails on the example": (
        to_versjoner("lambda data: {'to': 1 / 0}"),
        r"^syk\.oppgraderinger, with the example, SYK from 1 raised ZeroDivisionError$",
    ),
    "an upgrade that does not lead to the next": (
        to_versjoner("lambda data: {'tre': 1}"),
        r"^syk\.oppgraderinger, with the example, SYK from 1: what it answered does not follow the schema of 2: at \$, "
        r"the rule 'required' is broken$",
    ),
    "an upgrade to what is no JSON": (
        to_versjoner("lambda data: {'to': {1}}"),
        r"^syk\.oppgraderinger, with the example, SYK from 1 answered what is no JSON",
    ),
    "an expression that is none": (
        OVERSETT + type_med(id="'@id'", noekkel="7", tid="'[['"),
        r"the id of type SYK is not JMESPath.*the noekkel of type SYK must be a JMESPath expression, as text; "
        r".*the tid of type SYK is not JMESPath",
    ),
    "more types than can be looked at": (
        OVERSETT + "@hookimpl\ndef hendelsestyper(): return iter(lambda: None, 1)",
        r"^syk\.hendelsestyper answered more than 500 event types$",
    ),
    "a schema of its settings that is none": (
        EN_TYPE + OVERSETT + "INNSTILLINGER = {'type': 'objekt'}",
        r"^syk\.INNSTILLINGER cannot be used: at \$\.type, 'objekt' is not valid",
    ),
    "a schema of its settings that is no JSON": (
        EN_TYPE + OVERSETT + "INNSTILLINGER = {1, 2}",
        r"^syk\.INNSTILLINGER is not JSON: set is no JSON$",
    ),
    "settings that it does not have": (
        EN_TYPE + OVERSETT + "INNSTILLINGER = {'required': ['lenke'], 'properties': {'lenke': {'description': 'Hit'}}}",
        r"^syk: innstillinger\.lenke is missing; add it \(Hit\)$",
    ),
    "a hook of adapters": (
        EN_TYPE + OVERSETT + "@hookimpl\ndef varselkanaler(): return []",
        r"^syk\.varselkanaler is not allowed in a producer's plugin: the hook belongs in an adapter, which app",
    ),
    "another hook of adapters, without a marker": (
        EN_TYPE + OVERSETT + "def signaturordninger(): return []",
        r"^syk\.signaturordninger is not allowed in a producer's plugin",
    ),
}


@pytest.mark.parametrize(("kode", "grunn"), OEDELAGT.values(), ids=OEDELAGT)
def test_det_som_er_galt_med_en_plugin_sies_med_forfatterens_egne_ord(moduler: Moduler, kode: str, grunn: str) -> None:
    with pytest.raises(Pluginfeil, match=grunn) as feil:
        last(moduler.skriv("syk", kode))
    assert "\n" not in str(feil.value)


DREPENDE = {
    "hangs as it is imported": (
        "while True: pass",
        r"^Tidsgrense: syk: loading it took more than 3 s and was stopped$",
    ),
    "hangs as it declares": (
        "@hookimpl\ndef hendelsestyper():\n    while True: pass",
        r"^Tidsgrense: syk: loading it took more than 3 s and was stopped$",
    ),
    "has a schema that hangs on its example": (
        skjema('{"properties": {"a": {"pattern": "^(a+)+$"}}}', '{"a": "a" * 60 + "b"}'),
        r"^Tidsgrense: ",
    ),
    "eats its memory": ("a = ['x' * 1000 + str(i) for i in range(10**8)]", r"^Minnegrense: syk: loading it used more"),
    "dies as it is imported": ("import os; os._exit(7)", r"^ProsessenDoede: syk: .* ended with exit code 7$"),
    "crashes in C": ("import ctypes; ctypes.string_at(0)", r"^ProsessenDoede: syk: .* was killed by SIGSEGV$"),
    "declares more than there is room for": (
        OVERSETT + type_med(eksempel='{"a": "a" * 500_000}'),
        r"^ForStort: syk: the answer is larger than 100000 bytes$",
    ),
    "has a number that nobody can send": (
        OVERSETT + type_med(versjon="10**100"),
        r"^syk\.hendelsestyper: the versjon of type SYK must be a whole number from 1$",
    ),
    "says something wrong": ("raise LookupError('no such thing')", "^LookupError: no such thing"),
    "is not where it is said to be": ("", "^syk has no @hookimpl hendelsestyper"),
}


@pytest.mark.parametrize(("kode", "grunn"), DREPENDE.values(), ids=DREPENDE)
def test_en_oedelagt_plugin_navngis_med_grunnen_og_stopper_ingen_andre(
    moduler: Moduler, kode: str, grunn: str, caplog: pytest.LogCaptureFixture
) -> None:
    steder = [moduler.frisk("foer", "FOER"), moduler.skriv("syk", kode), moduler.frisk("tilsist", "TILSIST")]
    fra = time.monotonic()
    plugins = last_plugins(steder, grenser=Grenser(lastesekunder=LASTESEKUNDER, minne_mb=128, svar_bytes=100_000))
    assert time.monotonic() - fra < LASTESEKUNDER * 3
    assert list(plugins.oedelagte) == ["syk"]
    assert re.search(grunn, plugins.oedelagte["syk"].feil), plugins.oedelagte["syk"].feil
    assert list(plugins.lastet) == ["foer", "tilsist"]
    (logget,) = [ett for ett in caplog.records if ett.name.startswith("gateway.vertskap")]
    assert (logget.levelname, vars(logget)["plugin"], vars(logget)["feil"]) == (
        "ERROR",
        "syk",
        plugins.oedelagte["syk"].feil,
    )


def test_plugins_lastes_samtidig_og_ingen_venter_paa_en_som_henger(moduler: Moduler) -> None:
    henger = [moduler.skriv(f"henger{nummer}", "while True: pass") for nummer in range(4)]
    fra = time.monotonic()
    plugins = last_plugins([*henger, moduler.frisk()], grenser=Grenser(lastesekunder=LASTESEKUNDER))
    assert time.monotonic() - fra < LASTESEKUNDER * 3
    assert (len(plugins.oedelagte), list(plugins.lastet)) == (4, ["frisk"])


def test_ingenting_av_en_plugin_kjoerer_i_prosessen_som_laster_den(moduler: Moduler) -> None:
    sted = moduler.frisk()
    assert list(last_plugins([sted], strenge=True).lastet) == ["frisk"]
    assert sted.modul not in sys.modules


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


def test_en_hendelsestype_hoerer_til_produsenten_saa_to_kan_ha_hver_sin(moduler: Moduler) -> None:
    plugins = last_plugins([moduler.frisk("b", "SAMME"), moduler.frisk("a", "SAMME")], strenge=True)
    funnet = [plugins.for_hendelse(produsent, "SAMME") for produsent in ("a", "b")]
    assert [ett.navn for ett in funnet if ett] == ["a", "b"]


def test_en_plugin_kan_mendes_uten_at_de_andre_merker_det(moduler: Moduler) -> None:
    syk = moduler.skriv("syk", "")
    assert "syk" in last_plugins([syk, moduler.frisk()]).oedelagte
    moduler.frisk("syk", "SYK")
    assert sorted(last_plugins([syk, moduler.frisk()]).lastet) == ["frisk", "syk"]


def test_en_frisk_plugin_sier_hva_den_erklaerer(moduler: Moduler) -> None:
    kode = TYPER.format(type_="FRISK") + OVERSETT + "VERSJON = '7'\n"
    steder = [
        moduler.skriv("uten", kode),
        moduler.skriv("med", kode + "@hookimpl\ndef noekkel(hendelse): return None"),
    ]
    lastet = last_plugins(steder, strenge=True).lastet
    assert {navn: (ett.id, ett.har_noekkel) for navn, ett in lastet.items()} == {
        "uten": ("uten==7", False),
        "med": ("med==7", True),
    }
    (type_,) = lastet["uten"].hendelsestyper.values()
    assert (type_.navn, type_.skjema, type_.eksempel, type_.versjon) == ("FRISK", {"type": "object"}, {}, 1)


def test_et_skjema_er_ren_data_hvordan_det_enn_er_skrevet(moduler: Moduler) -> None:
    kode = "from types import MappingProxyType as M\n" + skjema(
        'M({"properties": M({"format": M({"const": {"format": "x"}})}), "enum": ({"format": "iri"}, M({}))})'
    )
    (type_,) = last(moduler.skriv("frisk", kode)).erklaering.hendelsestyper.values()
    assert type_.skjema == {
        "properties": {"format": {"const": {"format": "x"}}},
        "enum": [{"format": "iri"}, {}],
    }


def test_en_hook_kan_ta_faerre_argumenter_og_hete_noe_annet(moduler: Moduler) -> None:
    kode = TYPER.format(type_="FRISK") + "@hookimpl(specname='oversett')\ndef oversett_mine(hendelse): return []"
    assert last(moduler.skriv("frisk", kode)).oversett(HENDELSE) == Resultat()


def test_det_en_annen_modul_heter_er_ingen_hook(moduler: Moduler) -> None:
    """A plugin may import a function that happens to have the name of a hook."""
    moduler.skriv("felles", "def noekkel(hendelse): return None")
    kode = "from proeveplugin_felles import noekkel\n" + TYPER.format(type_="FRISK") + OVERSETT
    assert not last(moduler.skriv("frisk", kode)).erklaering.har_noekkel


def test_innstillingene_naar_fram_slik_de_staar_i_registeret(moduler: Moduler) -> None:
    innstillinger = {"dato": dt.date(2026, 1, 15), "tall": [1, 2.5, None, True], "under": {"a": "b"}}
    kode = (
        "import datetime\n"
        + TYPER.format(type_="FRISK")
        + "@hookimpl\ndef oversett(hendelse, kontekst):\n    raise LookupError(repr(dict(kontekst.innstillinger)))"
    )
    sted = replace(moduler.skriv("frisk", kode), innstillinger=innstillinger)
    ny = Oversetter([sted], sekunder=5)
    oppdrag = Oppdrag(produsent="frisk", kilde="k", id="1", type="FRISK", mottatt=START, format=Format.JSON, raa=b"{}")
    try:
        (feil,) = ny.oversett_alle("frisk", [oppdrag], TomtLager())
    finally:
        ny.lukk()
    assert isinstance(feil, Oversettelsesfeil)
    assert "'dato': datetime.date(2026, 1, 15), 'tall': (1, 2.5, None, True)" in feil.spor


def test_en_plugin_sier_alt_den_kan(moduler: Moduler) -> None:
    kode = (
        to_versjoner("lambda data: {'to': 1}")
        + "API = 1\nLAGERVERSJON = 2\n"
        + "@hookimpl\ndef lageroppgraderinger(): return {1: lambda gammel: gammel}\n"
        + "@hookimpl\ndef identitet(hendelse): return None\n"
        + "@hookimpl\ndef oppslag(hendelse): return []\n"
        + "@hookimpl\ndef etter_endring(endring): return []\n"
    )
    erklaering = last_plugins([moduler.skriv("syk", kode)], strenge=True).lastet["syk"]
    assert (erklaering.har_identitet, erklaering.har_oppslag, erklaering.har_observatoer, erklaering.har_noekkel) == (
        *(True, True, True),
        False,
    )
    assert (erklaering.api, erklaering.lagerversjon) == (1, 2)
    assert [ett.versjon for ett in erklaering.typer["SYK"]] == [2, 1]
    assert erklaering.hendelsestyper["SYK"].eksempel == {"to": 1}


# --- the settings, and what is secret of them ----------------------------------------------------------------------

HEMMELIGHET = "svaert-hemmelig\\'noekkel"
MED_INNSTILLINGER = (
    TYPER.format(type_="FRISK")
    + """
INNSTILLINGER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "lenke": {"type": "string", "pattern": "^https:", "description": "Where the employer is sent"},
        "dato": {"format": "date"},
        "noekler": {"type": "array", "items": {"type": "string", "minLength": 5, "writeOnly": True}},
        "api": {"type": "object", "properties": {"noekkel": {"type": "string", "writeOnly": True}}},
    },
}

@hookimpl
def oversett(hendelse, kontekst):
    raise LookupError(kontekst.innstillinger)
"""
)


def med_innstillinger(moduler: Moduler, innstillinger: dict[str, Any], kode: str = MED_INNSTILLINGER) -> Pluginsted:
    return replace(moduler.skriv("frisk", kode), innstillinger=innstillinger)


@pytest.mark.parametrize(
    ("innstillinger", "sagt"),
    [
        (
            {"lenke": "http://hemmelig"},
            r"frisk: innstillinger\.lenke breaks the rule 'pattern' of the plugin: \"\^https:\" \(Where the employer",
        ),
        ({"lenke": 7}, "innstillinger.lenke breaks the rule 'type' of the plugin: \"string\""),
        ({"ukjent": 1}, "innstillinger has a key that the plugin does not know; it knows lenke, dato, noekler, api"),
        (
            {"lenke": "env:SYK_LENKE"},
            "innstillinger.lenke is given by reference, as a secret is; mark it in INNSTILLINGER",
        ),
        (
            {"api": {"noekkel": "hemmelig"}},
            "innstillinger.api.noekkel is a secret, and the register says it; name where it is: env:NAME or file:/path",
        ),
        (
            {"noekler": ["env:SYK_LENKE", "hemmelig"]},
            r"innstillinger.noekler\[1\] is a secret, and the register says it",
        ),
        ({"noekler": ["env:KORT"]}, r"innstillinger.noekler\[0\] breaks the rule 'minLength' of the plugin: 5"),
        ({"dato": "i morgen"}, "innstillinger.dato breaks the rule 'format' of the plugin"),
    ],
)
def test_innstillinger_som_ikke_stemmer_sies_med_noekkelen_og_aldri_med_verdien(
    moduler: Moduler, monkeypatch: pytest.MonkeyPatch, innstillinger: dict[str, Any], sagt: str
) -> None:
    monkeypatch.setenv("SYK_LENKE", "hemmelig")
    monkeypatch.setenv("KORT", "hei!")
    plugins = last_plugins([med_innstillinger(moduler, innstillinger)])
    oedelagt = plugins.oedelagte["frisk"]
    assert re.search(sagt, oedelagt.feil), oedelagt.feil
    assert "hemmelig" not in oedelagt.feil
    assert "hei!" not in oedelagt.feil
    assert oedelagt.klasse is Feilklasse.VARIG


@pytest.mark.parametrize(
    ("referanse", "sagt"),
    [
        ("env:FINNES_IKKE", "names the environment variable FINNES_IKKE, which is not set; set it, and start anew"),
        ("env:", "names the environment variable , which is not set"),
        ("file:/finnes/ikke", "names a file that cannot be read"),
        ("file:", "names a file that cannot be read"),
        ("env:HEMMELIG_NOEKKEL", "names HEMMELIG_NOEKKEL, which is the gateway's own; give the plugin one of its own"),
        ("env:DATABASE_URL_FILE", "names DATABASE_URL_FILE, which is the gateway's own"),
    ],
)
def test_en_hemmelighet_som_mangler_er_ikke_pluginens_feil_og_den_venter_paa_den(
    moduler: Moduler, monkeypatch: pytest.MonkeyPatch, referanse: str, sagt: str
) -> None:
    for navn in ("HEMMELIG_NOEKKEL", "DATABASE_URL_FILE"):
        monkeypatch.setenv(navn, "gatewayens-egen-hemmelighet-0123456789")
    plugins = last_plugins([med_innstillinger(moduler, {"api": {"noekkel": referanse}}), moduler.frisk("annen")])
    oedelagt = plugins.oedelagte["frisk"]
    assert oedelagt.klasse is Feilklasse.KONFIGURASJON
    assert oedelagt.feil.startswith(f"frisk waits for its configuration: innstillinger.api.noekkel {sagt}")
    assert plugins.for_hendelse("frisk", "FRISK") is None, "what comes in is kept, and waits"
    assert list(plugins.lastet) == ["annen"]


def test_hemmeligheter_naar_fram_til_pluginen_og_vises_ingen_andre_steder(
    moduler: Moduler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fil = tmp_path / "noekkel"
    fil.write_text("fra-fil-" + HEMMELIGHET + "\n")
    monkeypatch.setenv("PLUGINENS_NOEKKEL", HEMMELIGHET)
    innstillinger = {"noekler": ["env:PLUGINENS_NOEKKEL", f"file:{fil}"], "lenke": "https://nav.no"}
    sted = med_innstillinger(moduler, innstillinger)
    plugins = last_plugins([sted], strenge=True)
    assert HEMMELIGHET not in repr(plugins.steder)
    ny = Oversetter(plugins.steder, sekunder=5)
    oppdrag = Oppdrag(produsent="frisk", kilde="k", id="1", type="FRISK", mottatt=START, format=Format.JSON, raa=b"{}")
    try:
        (feil,) = ny.oversett_alle("frisk", [oppdrag], TomtLager())
    finally:
        ny.lukk()
    assert isinstance(feil, Oversettelsesfeil)
    assert "'noekler': ('(hidden)', " in feil.spor.replace('"', "'")
    assert "https://nav.no" in feil.spor
    for vist in (feil.spor, str(feil), feil.utdyping, caplog.text):
        assert "svaert-hemmelig" not in vist


def test_en_plugin_som_skriker_ut_hemmeligheten_under_lasting_avsloerer_den_ikke(
    moduler: Moduler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PLUGINENS_NOEKKEL", HEMMELIGHET)
    kode = (
        "INNSTILLINGER = {'properties': {'n': {'writeOnly': True}}}\n"
        + OVERSETT
        + "@hookimpl\ndef hendelsestyper(innstillinger): raise LookupError(innstillinger['n'])"
    )
    plugins = last_plugins([med_innstillinger(moduler, {"n": "env:PLUGINENS_NOEKKEL"}, kode)])
    assert "raised LookupError: (hidden)" in plugins.oedelagte["frisk"].feil
    assert "svaert-hemmelig" not in caplog.text


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
