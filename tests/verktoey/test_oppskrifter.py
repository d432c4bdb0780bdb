"""Every recipe runs: its plugin is loaded as it stands there, and its test passes on the bench."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.plugin.testing import Pluginpakke, Proevebenk, pakke_i
from tests.verden import ROT

OPPSKRIFTER = (ROT / "gateway" / "plugin" / "oppskrifter.md").read_text(encoding="utf-8")
FELLES, *_ = re.findall(r"```python\n(.*?)```", OPPSKRIFTER, flags=re.S)
ALLE = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", OPPSKRIFTER, flags=re.M | re.S))
PRODUSENT = """\
- id: oppskrift
  applikasjoner: ["dev-gcp:oppskrift:oppskrift"]
  merkelapper: [Tiltak]
  mottakere: {{ressurser: [nav_tiltak_avtale], naermesteLeder: false}}
  plugin:
    navn: oppskrift{nummer}
{resten}"""


@pytest.fixture(params=ALLE)
def oppskrift(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pluginpakke(oppskrift: str, tmp_path: Path) -> Pluginpakke:
    plugin, _ = _blokker(oppskrift)
    nummer = list(ALLE).index(oppskrift)
    mappe = tmp_path / f"oppskrift{nummer}"
    mappe.mkdir()
    (mappe / "__init__.py").write_text(f"from dataclasses import replace\n\n{FELLES}\n\n{plugin}", encoding="utf-8")
    yaml = re.findall(r"```yaml\n(.*?)```", ALLE[oppskrift], flags=re.S)
    resten = "".join(f"    {linje}\n" for ett in yaml for linje in ett.splitlines())
    (mappe / "produsent.yaml").write_text(PRODUSENT.format(nummer=nummer, resten=resten), encoding="utf-8")
    return pakke_i(mappe)


def _blokker(oppskrift: str) -> tuple[str, str]:
    plugin, proeve = re.findall(r"```python\n(.*?)```", ALLE[oppskrift], flags=re.S)
    return plugin, proeve


def test_oppskriften_gjoer_det_den_sier(oppskrift: str, proevebenk: Proevebenk) -> None:
    omraade: dict[str, Any] = {}
    exec(compile(_blokker(oppskrift)[1], oppskrift, "exec"), omraade)
    (proeve,) = [verdi for navn, verdi in omraade.items() if navn.startswith("test_")]
    proeve(proevebenk)


def test_det_som_er_lovet_staar_der() -> None:
    """What issue and `hooks.md` name."""
    sagt = " ".join(ALLE).lower()
    for emne in ("open", "join two", "prolong", "left: close all", "wait for another", "parts", "look up", "hash a f"):
        assert emne in sagt
