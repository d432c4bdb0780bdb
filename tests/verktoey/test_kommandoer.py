"""`gateway plugin …`, as an author types it: a new plugin that works, what a message becomes, and what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.oppsett.innstillinger import Innstillinger, Innstillingsfeil, Miljoe
from gateway.oppsett.produsentregister import Produsentregister, les_register
from gateway.verktoey.kommandoer import plugin
from gateway.vertskap.grenser import Grenser
from tests.verden import ROT


@dataclass
class Hus:
    """A gateway whose own plugins lie in a folder of the test's."""

    rot: Path
    pluginer: list[tuple[str, str, str, str]] = field(default_factory=list)
    miljoe: Miljoe = Miljoe.DEV
    plugingrenser: Grenser = field(default_factory=Grenser)

    @property
    def innstillinger(self) -> Innstillinger:
        return Innstillinger(produsenter=self.rot / "produsenter.yaml", oversett_sekunder=1.0, miljoe=self.miljoe)

    @property
    def register(self) -> Produsentregister:
        return les_register(self.innstillinger.produsenter)

    @property
    def pluginmappe(self) -> Path:
        return self.rot / self.rot.name

    def pluginmoduler(self) -> Mapping[str, str]:
        mapper = sorted(ett.parent.name for ett in self.pluginmappe.glob("*/__init__.py"))
        return {navn: f"{self.pluginmappe.name}.{navn}" for navn in mapper}

    def pluginliste(self) -> Sequence[tuple[str, str, str, str]]:
        return self.pluginer

    def kjoer(self, *argumenter: str) -> Result:
        return CliRunner().invoke(plugin, list(argumenter), obj=self)


@pytest.fixture
def hus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hus:
    # A package of another name in each test: Python remembers the ones that it has seen.
    rot = tmp_path / f"hus_{tmp_path.name.lower()}"
    (rot / rot.name).mkdir(parents=True)
    (rot / rot.name / "__init__.py").touch()
    (rot / "produsenter.yaml").write_text("# Kept as it is.\n[]\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(rot))
    monkeypatch.chdir(rot)
    return Hus(rot)


@pytest.fixture
def tiltak(hus: Hus) -> Path:
    """A new plugin of the house."""
    svar = hus.kjoer("ny", "tiltak", "--type", "AVTALE", "--merkelapp", "Tiltak")
    assert svar.exit_code == 0, svar.output
    return hus.pluginmappe / "tiltak"


# --- ny ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "valg",
    [
        (),
        ("--type", "PERMITTERING_UTEN_LØNN", "--merkelapp", "Ærlig talt", "--ressurs", "nav_annet"),
        ("--type", "t" * 60, "--merkelapp", "m" * 60, "--ressurs", "r" * 60),
    ],
    ids=["as it is", "in Norwegian", "the longest"],
)
def test_en_ny_plugin_virker_som_den_er_og_er_ryddig(hus: Hus, valg: tuple[str, ...]) -> None:
    laget = hus.kjoer("ny", "mitt_lag", *valg)
    assert laget.exit_code == 0, laget.output
    assert "- id: mitt-lag" in laget.output, "its entry is told"
    svar = hus.kjoer("test", "mitt_lag")
    assert (svar.exit_code, svar.output.count(": ok")) == (0, 1), svar.output
    for sjekk in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *sjekk, "--config", str(ROT / "pyproject.toml"), "--ignore", "S101"]
        ruff = ruff if sjekk == ["check"] else ruff[:-2]
        ferdig = subprocess.run([*ruff, str(hus.pluginmappe)], capture_output=True, text=True, check=False)
        assert ferdig.returncode == 0, ferdig.stdout


def test_en_ny_plugin_er_riktig_typet(hus: Hus, tiltak: Path) -> None:
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROT / ".mypy_cache"), str(tiltak)]
    ferdig = subprocess.run(
        mypy, cwd=ROT, env={"MYPYPATH": str(hus.rot), "PATH": ""}, capture_output=True, text=True, check=False
    )
    assert ferdig.returncode == 0, ferdig.stdout


def test_en_plugin_for_seg_er_et_prosjekt_med_proever_som_gaar(hus: Hus, tmp_path: Path) -> None:
    mappe = tmp_path / "for_seg"
    laget = hus.kjoer("ny", "helt_for_seg", "--mappe", str(mappe))
    assert laget.exit_code == 0, laget.output
    assert 'helt_for_seg = "helt_for_seg"' in (mappe / "pyproject.toml").read_text(encoding="utf-8")
    assert hus.kjoer("test", str(mappe / "helt_for_seg")).exit_code == 0
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ferdig = subprocess.run(pytest_, cwd=mappe, capture_output=True, text=True, check=False)
    assert "3 passed" in ferdig.stdout, ferdig.stdout


@pytest.mark.parametrize(
    ("argumenter", "sies"),
    [
        (("Tiltak",), "NAVN: must be lower-case letters, digits and _"),
        (("class",), "and no word of Python"),
        (("tiltak", "--type", " "), "--type: must be text of 1 to 60 characters"),
        (("tiltak", "--type", 'A"B', "--merkelapp", "x\ny"), "--merkelapp: must be text"),
        (("tiltak", "--ressurs", "r" * 61), "--ressurs: must be text"),
        (("json", "--mappe", "her"), "there is a module json already"),
    ],
)
def test_det_som_ikke_kan_bli_en_plugin_sies_og_ingenting_lages(
    hus: Hus, argumenter: tuple[str, ...], sies: str
) -> None:
    svar = hus.kjoer("ny", *argumenter)
    assert isinstance(svar.exception, Innstillingsfeil)
    assert sies in str(svar.exception)
    assert hus.pluginmoduler() == {}


def test_det_som_er_der_skrives_ikke_over(hus: Hus, tiltak: Path) -> None:
    (tiltak / "__init__.py").write_text("mitt = 1\n", encoding="utf-8")
    svar = hus.kjoer("ny", "tiltak")
    assert "is there already; remove it, or choose another" in str(svar.exception)
    assert (tiltak / "__init__.py").read_text(encoding="utf-8") == "mitt = 1\n"


def test_registrer_legger_til_produsenten_og_lar_resten_staa(hus: Hus) -> None:
    fil = hus.innstillinger.produsenter
    fil.write_text((ROT / "config" / "produsenter.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    foer = fil.read_text(encoding="utf-8")
    svar = hus.kjoer("ny", "tiltak", "--registrer")
    assert "registered tiltak in produsenter.yaml" in svar.output
    assert fil.read_text(encoding="utf-8").startswith(foer.rstrip())
    assert hus.register.for_applikasjon("dev-gcp:tiltak:tiltak").id == "tiltak"
    etter = fil.read_text(encoding="utf-8")
    igjen = hus.kjoer("ny", "tiltak", "--registrer", "--mappe", str(hus.rot / "annet"))
    assert "stands on line" in str(igjen.exception), "two producers cannot be the same"
    assert fil.read_text(encoding="utf-8") == etter
    assert not list(fil.parent.glob(".produsenter*"))


def test_registrer_er_bare_for_dev(hus: Hus) -> None:
    hus.miljoe = Miljoe.PROD
    svar = hus.kjoer("ny", "tiltak", "--registrer")
    assert (svar.exit_code, hus.pluginmoduler()) == (1, {})
    assert "for dev only" in svar.output


def test_spoer_spoer_etter_det_som_ikke_er_sagt(hus: Hus) -> None:
    svar = CliRunner().invoke(plugin, ["ny", "tiltak", "--spoer", "--type", "AVTALE"], "Avtaler\n\n", obj=hus)
    assert svar.exit_code == 0, svar.output
    assert "Event type" not in svar.output
    assert 'MERKELAPP = "Avtaler"' in (hus.pluginmappe / "tiltak" / "__init__.py").read_text(encoding="utf-8")


# --- proev, test, vis, list ----------------------------------------------------------------------------------------


def _endre(pakke: Path, fra: str, til: str) -> None:
    fil = pakke / "__init__.py"
    tekst = fil.read_text(encoding="utf-8")
    assert fra in tekst
    fil.write_text(tekst.replace(fra, til), encoding="utf-8")


def _eksempel(pakke: Path, navn: str, melding: Any, ventet: Any = None) -> str:
    fil = pakke / "eksempler" / f"{navn}.json"
    fil.write_text(json.dumps(melding), encoding="utf-8")
    if ventet is not None:
        fil.with_name(f"{navn}.ventet.json").write_text(json.dumps(ventet), encoding="utf-8")
    return str(fil)


def test_proev_viser_forskjellen_til_den_er_skrevet(hus: Hus, tiltak: Path) -> None:
    fil = str(tiltak / "eksempler" / "avtale.json")
    assert "as expected" in hus.kjoer("proev", "tiltak", fil).output
    _endre(tiltak, 'tittel=melding["tittel"]', 'tittel="Noe annet"')
    svar = hus.kjoer("proev", "tiltak", fil)
    assert svar.exit_code == 1
    assert '-        "tittel": "Vi har mottatt søknaden",' in svar.output
    assert '+        "tittel": "Noe annet",' in svar.output
    assert hus.kjoer("test", "tiltak").exit_code == 1
    ventet = str(tiltak / "eksempler" / "avtale.ventet.json")
    assert hus.kjoer("proev", "tiltak", fil, ventet, "--skriv").exit_code == 0, "what is expected is no message"
    assert sorted(ett.name for ett in (tiltak / "eksempler").iterdir()) == ["avtale.json", "avtale.ventet.json"]
    assert hus.kjoer("test", "tiltak").exit_code == 0


def test_proev_uten_forventning_viser_alt(hus: Hus, tiltak: Path) -> None:
    fil = _eksempel(tiltak, "ny", {"id": "2", "orgnr": "312914174", "tittel": "Hei"})
    svar = hus.kjoer("proev", str(tiltak), fil)
    assert svar.exit_code == 0
    vist = json.loads(svar.output)
    assert (vist["type"], vist["id"], vist["noekkel"]) == ("AVTALE", "2", "2")
    assert vist["svar"][0]["NySak"]["tittel"] == "Hei"


def test_en_cloudevent_sier_selv_hva_den_er(hus: Hus, tiltak: Path) -> None:
    data = {"id": "2", "orgnr": "312914174", "tittel": "Hei"}
    konvolutt = {"specversion": "1.0", "type": "AVTALE", "source": "et-system", "id": "ce-1", "data": data}
    vist = json.loads(hus.kjoer("proev", "tiltak", _eksempel(tiltak, "ce", konvolutt)).output)
    assert (vist["id"], vist["svar"][0]["NySak"]["grupperingsid"]) == ("ce-1", "2")


@pytest.mark.parametrize(
    ("innhold", "valg", "sies"),
    [
        ("{", (), "avtale2.json:1: is not JSON"),
        ("{}", ("--type", "UKJENT"), "tiltak declares no event type 'UKJENT'; it knows: AVTALE"),
        (None, (), "cannot be read (No such file or directory)"),
    ],
)
def test_en_melding_som_ikke_kan_proeves_sies(
    hus: Hus, tiltak: Path, innhold: str | None, valg: tuple[str, ...], sies: str
) -> None:
    fil = tiltak / "eksempler" / "avtale2.json"
    if innhold is not None:
        fil.write_text(innhold, encoding="utf-8")
    svar = hus.kjoer("proev", "tiltak", str(fil), *valg)
    assert isinstance(svar.exception, Innstillingsfeil)
    assert sies in str(svar.exception)


@pytest.mark.parametrize(
    ("til", "sies"),
    [
        ("while True: pass", "Tidsgrense: tiltak: oversett took more than 1 s"),
        ("raise LookupError('oi')", "tiltak.oversett raised LookupError"),
        ("import os; os._exit(3)", "ProsessenDoede: tiltak: oversett: its process ended with exit code 3"),
    ],
)
def test_en_plugin_som_oppfoerer_seg_daarlig_holdes_til_grensene(hus: Hus, tiltak: Path, til: str, sies: str) -> None:
    _endre(tiltak, "melding = hendelse.data", f"{til}; melding = hendelse.data" if "while" not in til else til)
    svar = hus.kjoer("proev", "tiltak", str(tiltak / "eksempler" / "avtale.json"))
    assert svar.exit_code == 1
    assert sies in svar.output


def test_det_en_melding_moeter_staar_i_filen_ved_siden_av(hus: Hus, tiltak: Path) -> None:
    _endre(tiltak, '+ melding["id"],', '+ melding["id"],\n            neste_steg=kontekst.lager["neste"],')
    melding = {"id": "1", "orgnr": "312914174", "tittel": "Hei"}
    fil = _eksempel(tiltak, "med", melding, {"gitt": {"lager": {"neste": "Nav vurderer"}}})
    assert hus.kjoer("proev", "tiltak", fil, "--skriv").exit_code == 0
    skrevet = json.loads((tiltak / "eksempler" / "med.ventet.json").read_text(encoding="utf-8"))
    assert skrevet["gitt"] == {"lager": {"neste": "Nav vurderer"}}
    assert skrevet["svar"][0]["NySak"]["neste_steg"] == "Nav vurderer"


def test_hver_versjon_av_hver_type_maa_ha_et_eksempel_med_det_som_ventes(hus: Hus, tiltak: Path) -> None:
    _endre(tiltak, "    return [\n        Hendelsestype(", "    return [ANDRE,\n        Hendelsestype(")
    felter = 'navn="AVTALE", versjon=2, beskrivelse="x", skjema={"required": ["n"]}, eksempel={"n": 1}'
    andre = f"ANDRE = Hendelsestype({felter})"
    _endre(tiltak, 'VERSJON = "1"', f'VERSJON = "1"\n{andre}')
    svar = hus.kjoer("test", "tiltak")
    assert svar.exit_code == 1
    assert "no example of AVTALE, version 2" in svar.output
    (tiltak / "eksempler" / "avtale.ventet.json").unlink()
    assert "avtale.json has no avtale.ventet.json beside it" in hus.kjoer("test", "tiltak").output


def test_en_oedelagt_plugin_sies_med_alt_som_er_galt(hus: Hus, tiltak: Path) -> None:
    _endre(tiltak, "def oversett(", "def overset(")
    svar = hus.kjoer("test", "tiltak")
    assert isinstance(svar.exception, Innstillingsfeil)
    assert "tiltak.overset is no hook; did you mean oversett?" in str(svar.exception)


def test_en_plugin_som_ikke_finnes_sies_med_dem_som_gjoer(hus: Hus, tiltak: Path) -> None:
    svar = hus.kjoer("vis", "titlak")
    assert "plugin titlak: is not found; these are: tiltak" in str(svar.exception)


def test_vis_sier_hva_pluginen_erklaerer(hus: Hus, tiltak: Path) -> None:
    vist = hus.kjoer("vis", "tiltak").output
    assert "tiltak==1  (API 1, state version 1)" in vist
    assert "AVTALE, version 1: Something has been received from an employer: becomes a sak" in vist
    assert "hooks      hendelsestyper, oversett\nsettings   lenke\n" in vist
    assert '"pattern": "^[0-9]{9}$"' in vist


@pytest.mark.parametrize(("feil", "slutt"), [("", 0), ("tiltak.VERSJON is missing", 1)])
def test_list_slutter_med_1_naar_noen_er_oedelagt(hus: Hus, feil: str, slutt: int) -> None:
    hus.pluginer = [("permittering", "1", "permittering", ""), ("tiltak", "?", "tiltak", feil)]
    svar = hus.kjoer("list")
    assert svar.exit_code == slutt
    assert svar.output == f"permittering==1  permittering  ok\ntiltak==?  tiltak  {feil or 'ok'}\n"
