"""A plugin that is broken is found at load, told in its author's own words, and stops nobody else."""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from dataclasses import replace

import pytest

from gateway.domain.feil import UkjentHendelsestype
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
from tests.plugins.moduler import OVERSETT, TYPER, Moduler
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
    "one type twice": (OVERSETT + EN_TYPE.replace("return [", "return 2 * ["), "it declares 'SYK' twice"),
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
        with pytest.raises(Oversettelsesfeil) as feil:
            ny.oversett(oppdrag)
    finally:
        ny.lukk()
    assert "'dato': datetime.date(2026, 1, 15), 'tall': (1, 2.5, None, True)" in feil.value.spor


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
