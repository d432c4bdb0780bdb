"""A plugin that hangs or is broken, seen by whoever starts the gateway: it is named, and all else goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.http.tokens import DevUtsteder
from tests.ende_til_ende.kjoerende import kjoerende_gateway
from tests.verden import ROT

REGISTER = """
- id: sykt
  applikasjoner: ["dev-gcp:sykt:sykt-api"]
  merkelapper: [Sykt]
  mottakere: {ressurser: [nav_sykepenger_inntektsmelding], naermesteLeder: false}
  plugin: {navn: henger}
"""


@dataclass(frozen=True)
class Installert:
    """A package with a plugin that leaves a trace when it is imported, and then hangs."""

    spor: Path
    miljoe: Mapping[str, str]

    def gateway(self, *argumenter: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gateway", *argumenter],
            cwd=ROT,
            env={**os.environ, **self.miljoe},
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def installert(tmp_path: Path) -> Installert:
    spor = tmp_path / "importert"
    (tmp_path / "hengende.py").write_text(f"open({str(spor)!r}, 'w').close()\nwhile True: pass\n")
    info = tmp_path / "hengende-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hengende\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[gateway.plugins]\nhenger = hengende\n")
    register = tmp_path / "produsenter.yaml"
    register.write_text((ROT / "config" / "produsenter.yaml").read_text(encoding="utf-8") + REGISTER, encoding="utf-8")
    miljoe = {
        "PYTHONPATH": str(tmp_path),
        "PRODUSENTER": str(register),
        "GATEWAY_DATA": str(tmp_path / "data"),
        "PLUGINS": "permittering,inntektsmelding,henger",
        "PLUGIN_LASTESEKUNDER": "1",
        "GATEWAY_UTEN_VENV": "1",
    }
    return Installert(spor=spor, miljoe=miljoe)


def test_plugin_list_navngir_den_som_henger_og_de_andre_og_ender_med_1(installert: Installert) -> None:
    svar = installert.gateway("plugin", "list")
    assert svar.returncode == 1
    assert installert.spor.exists()
    assert svar.stdout.splitlines() == [
        "inntektsmelding==2  inntektsmelding  ok",
        "permittering==2  permittering  ok",
        "henger==?  sykt  Tidsgrense: henger: loading it took more than 1 s and was stopped",
    ]


def test_plugin_list_ender_med_0_naar_alle_er_friske(installert: Installert) -> None:
    frisk = Installert(spor=installert.spor, miljoe={**installert.miljoe, "PLUGINS": "permittering"})
    svar = frisk.gateway("plugin", "list")
    assert (svar.returncode, svar.stdout) == (0, "permittering==2  permittering  ok\n")
    assert not installert.spor.exists(), "a blocked plugin is not imported"


@pytest.mark.parametrize("kommando", [("config",), ("token", "produsent", "dev-gcp:fager:fager-demo")])
def test_det_som_ikke_trenger_plugins_laster_ingen(installert: Installert, kommando: tuple[str, ...]) -> None:
    DevUtsteder(Path(installert.miljoe["GATEWAY_DATA"]))  # as an earlier `gateway dev` made it
    svar = installert.gateway(*kommando)
    assert svar.returncode == 0, svar.stderr
    assert not installert.spor.exists()


def test_strenge_plugins_stopper_starten(installert: Installert) -> None:
    streng = Installert(spor=installert.spor, miljoe={**installert.miljoe, "STRENGE_PLUGINS": "1"})
    svar = streng.gateway("web")
    assert svar.returncode == 1
    assert "plugin henger: Tidsgrense: henger: loading it took more than 1 s and was stopped" in svar.stderr


def test_gateway_dev_sier_fra_om_den_som_henger_og_gaar_videre(installert: Installert) -> None:
    miljoe = {navn: verdi for navn, verdi in installert.miljoe.items() if navn != "GATEWAY_DATA"}
    with kjoerende_gateway(Path(installert.miljoe["GATEWAY_DATA"]), **miljoe) as gateway:
        svar = gateway.kall("GET", "/internal/isready")
        assert (svar.status, svar.json["status"]) == (200, "degradert")
        assert any("henger" in grunn for grunn in svar.json["grunner"])
        assert "loading it took more than 1 s and was stopped" in gateway.utskrift
