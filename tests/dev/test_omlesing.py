"""The configuration is read anew when its files have changed, and a fault in them leaves the one before in use."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pytest

from app import VARIGE, Gateway
from gateway.dev.omlesing import Omlesing
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin import Tilganger
from tests.verden import ROT


class Lest:
    """What was read, and what was told of what could not be."""

    def __init__(self) -> None:
        self.antall = 0
        self.feil: list[str] = []
        self.neste: Exception | None = None

    def les(self) -> None:
        if self.neste:
            raise self.neste
        self.antall += 1


def se_til_det_er_stille(omlesing: Omlesing) -> None:
    omlesing.se()
    omlesing.se()


@pytest.mark.parametrize(
    "endre",
    [
        pytest.param(lambda mappe: (mappe / "a.yaml").write_text("- id: b\n"), id="a file is written"),
        pytest.param(lambda mappe: (mappe / "a.yaml").unlink(), id="a file is removed"),
        pytest.param(lambda mappe: (mappe / "plugins" / "ny.py").write_text(""), id="a file is new in a folder"),
        pytest.param(lambda mappe: os.utime(mappe / "plugins" / "en" / "__init__.py", (1, 1)), id="deep in a folder"),
        pytest.param(lambda mappe: (mappe / "a.yaml").rename(mappe / "plugins" / "a.yaml"), id="a file is moved"),
    ],
)
def test_det_som_er_endret_leses_naar_det_er_stille(tmp_path: Path, endre: Callable[[Path], object]) -> None:
    (tmp_path / "plugins" / "en").mkdir(parents=True)
    (tmp_path / "a.yaml").write_text("- id: a\n")
    (tmp_path / "plugins" / "en" / "__init__.py").write_text("")
    lest = Lest()
    omlesing = Omlesing(lambda: [tmp_path / "a.yaml", tmp_path / "plugins"], lest.les, lest.feil.append)
    se_til_det_er_stille(omlesing)
    assert lest.antall == 0, "what was there counts as read"
    endre(tmp_path)
    omlesing.se()
    assert lest.antall == 0, "somebody may be writing still"
    omlesing.se()
    assert lest.antall == 1
    se_til_det_er_stille(omlesing)
    assert lest.antall == 1


@pytest.mark.parametrize("navn", ["__pycache__/en.pyc", ".en.py.swp", ".git/index"])
def test_det_ingen_har_skrevet_leses_ikke(tmp_path: Path, navn: str) -> None:
    lest = Lest()
    omlesing = Omlesing(lambda: [tmp_path], lest.les, lest.feil.append)
    (tmp_path / navn).parent.mkdir(exist_ok=True)
    (tmp_path / navn).write_text("x")
    se_til_det_er_stille(omlesing)
    assert lest.antall == 0


def test_en_feil_sies_linje_for_linje_og_leses_igjen_foerst_naar_filen_er_endret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fil = tmp_path / "a.yaml"
    fil.write_text("1")
    lest = Lest()
    omlesing = Omlesing(lambda: [fil], lest.les, lest.feil.append)
    lest.neste = Innstillingsfeil("a.yaml:1: one\na.yaml:2: two")
    fil.write_text("22")
    se_til_det_er_stille(omlesing)
    se_til_det_er_stille(omlesing)
    assert lest.feil == ["a.yaml:1: one\na.yaml:2: two"]
    assert [ett.__dict__["feil"] for ett in caplog.records] == ["a.yaml:1: one", "a.yaml:2: two"]
    lest.neste = LookupError("secret")
    fil.write_text("333")
    with caplog.at_level(logging.CRITICAL):
        se_til_det_er_stille(omlesing)
    assert lest.feil[1:] == ["LookupError; see the log"], "a fault that nobody foresaw ends no watch"
    lest.neste = None
    fil.write_text("4444")
    se_til_det_er_stille(omlesing)
    assert lest.antall == 1


PLUGIN = """
from gateway.plugin import Hendelsestype, hookimpl
VERSJON = "{versjon}"
@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="A", beskrivelse="x", skjema={{"type": "object"}}, eksempel={{}})]
@hookimpl
def oversett(hendelse):
    return []
{mer}
"""
REGISTER = """
- id: lag
  applikasjoner: [a:b:c]
  merkelapper: [Lag]
  mottakere: {ressurser: [r]}
  plugin: {navn: omlest}
"""


@pytest.fixture
def mappe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "produsenter.yaml").write_text(REGISTER)
    (tmp_path / "kilder.yaml").write_text("[]")
    (tmp_path / "personer.yaml").write_text("[]")
    (tmp_path / "omlest.py").write_text(PLUGIN.format(versjon="1", mer=""))
    pakke = tmp_path / "omlest-1.dist-info"
    pakke.mkdir()
    (pakke / "METADATA").write_text("Metadata-Version: 2.1\nName: omlest\nVersion: 1\n")
    (pakke / "entry_points.txt").write_text("[gateway.plugins]\nomlest = omlest\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for navn in ("PRODUSENTER", "KILDER", "PERSONER"):
        monkeypatch.setenv(navn, str(tmp_path / f"{navn.lower()}.yaml"))
    monkeypatch.setenv("GATEWAY_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def hus(mappe: Path) -> Gateway:
    (mappe / "data").mkdir()
    hus = Gateway()
    assert {ett.id for ett in hus.kjerne.plugins.lastet.values()} == {"omlest==1"}
    return hus


def test_et_hus_som_leses_paa_nytt_har_det_nye_og_deler_det_som_varer(mappe: Path, hus: Gateway) -> None:
    (mappe / "omlest.py").write_text(PLUGIN.format(versjon="22", mer=""))
    (mappe / "produsenter.yaml").write_text(REGISTER.replace("[Lag]", "[Lag, Nytt]"))
    (mappe / "personer.yaml").write_text('- {fnr: "15488510042", navn: Kari Leder}')
    ny = hus.lest_paa_nytt()
    assert ny.kjerne.plugins.lastet["lag"].id == "omlest==22"
    assert ny.kjerne.produsenter.hent("lag").merkelapper == ("Lag", "Nytt")
    assert ny.adaptere.tilgangskilde is not None
    assert ny.adaptere.tilgangskilde.tilganger("15488510042") == Tilganger()
    assert [ett.navn for ett in ny.testpersoner] == ["Kari Leder"]
    assert (hus.kjerne.oppsett.nummer, ny.kjerne.oppsett.nummer) == (1, 2)
    assert ny.kjerne.database is hus.kjerne.database
    assert hus.kjerne.plugins.lastet["lag"].id == "omlest==1", "whoever works with the one before goes on with it"


@pytest.mark.parametrize(
    ("fil", "innhold", "sies"),
    [
        ("produsenter.yaml", "- id: x\n", "applikasjoner: is missing; add it"),
        ("kilder.yaml", "- navn: x\n", "produsent: is missing; add it"),
        ("personer.yaml", "{}", "must be a list"),
        ("omlest.py", PLUGIN.format(versjon="1", mer="raise LookupError('oi')"), "plugin omlest: LookupError: oi"),
        ("omlest.py", PLUGIN.format(versjon="1", mer="("), "plugin omlest: SyntaxError"),
    ],
)
def test_det_som_ikke_kan_brukes_sies_og_tas_ikke_i_bruk(
    mappe: Path, hus: Gateway, fil: str, innhold: str, sies: str
) -> None:
    (mappe / fil).write_text(innhold)
    with pytest.raises(Innstillingsfeil, match=sies):
        hus.lest_paa_nytt()


def test_en_plugin_som_var_oedelagt_hindrer_ikke_resten(mappe: Path, hus: Gateway) -> None:
    (mappe / "produsenter.yaml").write_text(
        REGISTER + REGISTER.replace("id: lag", "id: annet").replace("a:b:c", "d:e:f").replace("omlest", "finnes-ikke")
    )
    ny = hus.lest_paa_nytt()
    assert set(ny.kjerne.plugins.lastet) == {"lag"}
    assert set(ny.kjerne.plugins.oedelagte) == {"annet"}
    (mappe / "produsenter.yaml").write_text(REGISTER)
    assert ny.lest_paa_nytt().kjerne.oppsett.nummer == 3


def test_et_hus_med_feil_er_det_samme_og_sier_feilen(hus: Gateway) -> None:
    med_feil = hus.med_feil("a.yaml:1: one")
    assert med_feil.kjerne.oppsett.feil == "a.yaml:1: one"
    assert med_feil.kjerne.plugins is hus.kjerne.plugins
    assert hus.kjerne.oppsett.feil == ""
    assert med_feil.lest_paa_nytt().kjerne.oppsett.feil == ""


def test_det_som_leses_fra_er_filene_og_det_pluginene_er_laget_av(mappe: Path, hus: Gateway) -> None:
    assert set(hus.lest_fra()) == {
        *(mappe / f"{navn}.yaml" for navn in ("produsenter", "kilder", "personer")),
        mappe / "omlest.py",
        ROT / "plugins",
    }


def test_det_som_varer_er_rom_i_huset() -> None:
    rom = {navn for navn, verdi in vars(Gateway).items() if isinstance(verdi, cached_property)}
    assert set(VARIGE) <= rom
