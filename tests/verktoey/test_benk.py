"""The bench of `gateway.plugin.testing`: what an author can do on it, and that it costs nobody else anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.domain.feil import Konflikt, UkjentHendelsestype
from gateway.plugin import Oppslag
from gateway.plugin.testing import START, Pluginpakke, Proevebenk, pakke_i

PLUGIN = """
from gateway.plugin import *

VERSJON = "1"


@hookimpl
def hendelsestyper():
    felles = {"beskrivelse": "x", "skjema": {"type": "object"}, "eksempel": {}}
    return [
        Hendelsestype(navn="BESKJED", id="id", noekkel="noekkel", **felles),
        Hendelsestype(navn="OPPGAVE", **felles),
        Hendelsestype(navn="SLAA_OPP", **felles),
        Hendelsestype(navn="HUSK", **felles),
        Hendelsestype(navn="HOPP", **felles),
    ]


def felter(hendelse):
    return dict(
        merkelapp="Benk", ekstern_id=hendelse.id, virksomhetsnummer="312914174", lenke="https://nav.no",
        tekst=hendelse.data.get("tekst", "Hei"),
        mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="en_ressurs")),),
    )


@hookimpl
def oppslag(hendelse):
    return [Oppslag(navn="svar", tjeneste="et-register", sti="/1")] if hendelse.type == "SLAA_OPP" else []


@hookimpl
def oversett(hendelse, kontekst):
    import datetime as dt
    match hendelse.type:
        case "OPPGAVE":
            return [NyOppgave(**felter(hendelse), frist=dt.date(2026, 1, 20))]
        case "SLAA_OPP":
            return [NyBeskjed(**{**felter(hendelse), "tekst": kontekst.oppslag["svar"]["tekst"]})]
        case "HUSK":
            return [Lagre(noekkel="sist", verdi=hendelse.data)]
        case "HOPP":
            return [HoppOver(grunn="ikke vår"), Merknad(tekst="sett")]
    return [NyBeskjed(**felter(hendelse))]
"""
PRODUSENT = """\
- id: benk
  applikasjoner: ["dev-gcp:benk:benk"]
  merkelapper: [Benk]
  mottakere: {ressurser: [en_ressurs], naermesteLeder: false}
  plugin: {navn: benkplugin, oppslag: {et-register: {url: "https://register.example.no"}}}
"""


@pytest.fixture(scope="module")
def mappe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    mappe = tmp_path_factory.mktemp("benk") / "benkplugin"
    mappe.mkdir()
    (mappe / "__init__.py").write_text(PLUGIN, encoding="utf-8")
    (mappe / "produsent.yaml").write_text(PRODUSENT, encoding="utf-8")
    return mappe


@pytest.fixture
def pluginpakke(mappe: Path, monkeypatch: pytest.MonkeyPatch) -> Pluginpakke:
    # Whatever the gateway at hand is configured with.
    for navn in ("PRODUSENTER", "KILDER", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(navn, "/finnes/ikke")
    return pakke_i(mappe)


def test_det_som_sendes_er_gjort_naar_det_svares(proevebenk: Proevebenk) -> None:
    sendt = proevebenk.send("BESKJED", {"id": "b-1"})
    assert (sendt.tilstand, sendt.ny, [type(ett).__name__ for ett in sendt.kommandoer]) == (
        "BEHANDLET",
        True,
        ["NyBeskjed"],
    )
    assert [ett["ny"] for ett in sendt.utfall] == [True]
    assert [ett.ekstern_id for ett in proevebenk.notifikasjoner()] == ["b-1"]


def test_den_samme_igjen_er_en_gjentagelse_og_en_annen_med_samme_id_avvises(proevebenk: Proevebenk) -> None:
    assert proevebenk.send("BESKJED", {"id": "b-1"}).ny
    assert not proevebenk.send("BESKJED", {"id": "b-1"}).ny
    with pytest.raises(Konflikt):
        proevebenk.send("BESKJED", {"id": "b-1", "tekst": "En annen"})
    with pytest.raises(UkjentHendelsestype):
        proevebenk.send("FINNES_IKKE", {})


def test_det_som_legges_inn_gjoeres_i_sin_rekkefoelge_naar_det_kjoeres(proevebenk: Proevebenk) -> None:
    inn = [proevebenk.legg_inn("BESKJED", {"id": f"b-{nr}", "noekkel": "n"}) for nr in range(3)]
    assert {ett.tilstand for ett in inn} == {"MOTTATT"}
    proevebenk.kjoer()
    assert {proevebenk.les(ett).tilstand for ett in inn} == {"BEHANDLET"}
    assert [ett.ekstern_id for ett in proevebenk.notifikasjoner()] == ["b-0", "b-1", "b-2"]


def test_tiden_staar_til_den_flyttes(proevebenk: Proevebenk) -> None:
    proevebenk.send("OPPGAVE", {})
    assert (proevebenk.naa, proevebenk.notifikasjoner()[0].tilstand) == (START, "NY")
    proevebenk.gaa(days=4)
    assert proevebenk.notifikasjoner()[0].tilstand == "NY"
    proevebenk.gaa(days=2)
    assert proevebenk.notifikasjoner()[0].tilstand == "UTGAATT"


def test_oppslag_svares_av_testen_og_ingen_spoerres(proevebenk: Proevebenk) -> None:
    uten = proevebenk.send("SLAA_OPP", {}, id="s-1")
    assert (uten.tilstand, uten.feilklasse) == ("PAA_VENT", "KONFIGURASJON")
    assert "say one with proevebenk.svar_paa" in (uten.feilmelding or "")
    benk = proevebenk.med()
    benk.svar_paa("et-register", lambda oppslag: {"tekst": f"Svar på {oppslag.sti}"})
    assert benk.send("SLAA_OPP", {}, id="s-1").tilstand == "BEHANDLET"
    assert [ett.tekst for ett in benk.notifikasjoner()] == ["Svar på /1"]
    assert benk.spurt == [Oppslag(navn="svar", tjeneste="et-register", sti="/1")]


def test_det_pluginen_husker_leses_med_noekkelen_i_klartekst(proevebenk: Proevebenk) -> None:
    assert "sist" not in proevebenk.lager
    proevebenk.send("HUSK", {"a": 1})
    assert proevebenk.lager["sist"] == {"a": 1}
    with pytest.raises(KeyError):
        proevebenk.lager["annet"]
    with pytest.raises(TypeError, match="cannot be listed"):
        list(proevebenk.lager)


def test_det_som_hoppes_over_og_merkes_staar_paa_hendelsen(proevebenk: Proevebenk) -> None:
    sendt = proevebenk.send("HOPP", {})
    assert (sendt.tilstand, sendt.hoppet_over, list(sendt.merknader)) == ("BEHANDLET", "ikke vår", ["sett"])


def test_den_som_ikke_ber_om_benken_betaler_ingenting_for_den() -> None:
    tungt = ("peewee", "flask", "gateway.plugin", "gateway.store", "gateway.verktoey.benk")
    kode = f"import sys, gateway.verktoey.fixturer; print([ett for ett in {tungt} if ett in sys.modules])"
    ferdig = subprocess.run([sys.executable, "-c", kode], capture_output=True, text=True, check=True)
    assert ferdig.stdout == "[]\n"


def test_uten_produsent_yaml_sies_hva_som_mangler(tmp_path: Path) -> None:
    (tmp_path / "test_noe.py").write_text("def test_noe(proevebenk): pass\n", encoding="utf-8")
    kommando = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)]
    ferdig = subprocess.run(kommando, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "no produsent.yaml above" in ferdig.stdout
    assert "define the fixture `pluginpakke`" in ferdig.stdout
