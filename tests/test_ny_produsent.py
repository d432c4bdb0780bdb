"""`gateway produsent ny`: an entry that the register takes, at the end of a file that is otherwise left alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from app import Gateway
from gateway.cli import cli
from gateway.domain.produsent import Vilkaar
from gateway.domain.vilkaar import gjeldende
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.ny_produsent import NyProdusent, skriv_inn
from gateway.oppsett.produsentregister import les_register
from tests.verden import ROT

NY = ("--id", "tiltak", "--applikasjon", "dev-gcp:tiltak:tiltak-api", "--merkelapp", "Tiltak")


@pytest.fixture
def fil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    fil = tmp_path / "produsenter.yaml"
    fil.write_text((ROT / "config" / "produsenter.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("PRODUSENTER", str(fil))
    return fil


def _kjoer(*argumenter: str, svar: str = "") -> Result:
    return CliRunner().invoke(cli, ["produsent", "ny", *argumenter], input=svar, obj=Gateway())


def test_oppfoeringen_kommer_sist_og_resten_staar_som_det_sto(fil: Path) -> None:
    foer = fil.read_text(encoding="utf-8")
    svar = _kjoer(*NY, "--ressurs", "nav_tiltak_avtale", "--vilkaar", "2026-11-01")
    assert svar.exit_code == 0, svar.output
    etter = fil.read_text(encoding="utf-8")
    assert etter.startswith(foer)
    produsent = les_register(fil).hent("tiltak")
    assert produsent.applikasjoner == ("dev-gcp:tiltak:tiltak-api",)
    assert (produsent.merkelapper, produsent.ressurser) == (("Tiltak",), ("nav_tiltak_avtale",))
    assert produsent.vilkaar_godkjent == Vilkaar(versjon=gjeldende(), dato=dt.date(2026, 11, 1))
    assert "gateway token produsent dev-gcp:tiltak:tiltak-api" in svar.output


def test_uten_godkjente_vilkaar_sies_det_hva_som_mangler(fil: Path) -> None:
    svar = _kjoer(*NY)
    assert "In production it also needs vilkaarGodkjent; the terms stand at /kom-i-gang." in svar.output
    assert les_register(fil).hent("tiltak").vilkaar_godkjent is None


def test_det_spoerres_om_det_som_ikke_er_gitt(fil: Path) -> None:
    svar = _kjoer(svar="tiltak\ndev-gcp:tiltak:a, dev-gcp:tiltak:b\nTiltak, Lønn\nnav_x\ny\ntiltak\ny\n2026-11-02\n")
    assert svar.exit_code == 0, svar.output
    oppfoering = les_register(fil).oppfoeringer["tiltak"]
    assert oppfoering.produsent.applikasjoner == ("dev-gcp:tiltak:a", "dev-gcp:tiltak:b")
    assert oppfoering.produsent.merkelapper == ("Tiltak", "Lønn")
    assert oppfoering.produsent.naermeste_leder
    assert oppfoering.plugin is not None
    assert oppfoering.plugin.navn == "tiltak"


@pytest.mark.parametrize(
    ("argumenter", "grunn"),
    [
        (("--id", "Stor", "--applikasjon", "a", "--merkelapp", "Ny"), "must be lower-case letters"),
        (("--id", "fager", "--applikasjon", "a", "--merkelapp", "Ny"), "it can stand once only"),
        (("--id", "ny", "--applikasjon", "dev-gcp:fager:fager-demo", "--merkelapp", "Ny"), "it can stand once only"),
    ],
)
def test_det_registeret_ville_avvist_skrives_ikke(fil: Path, argumenter: tuple[str, ...], grunn: str) -> None:
    foer = fil.read_text(encoding="utf-8")
    svar = _kjoer(*argumenter)
    assert isinstance(svar.exception, Innstillingsfeil)
    assert grunn in str(svar.exception)
    assert str(fil) in str(svar.exception)
    assert fil.read_text(encoding="utf-8") == foer
    assert list(fil.parent.iterdir()) == [fil]


def test_en_fil_som_ikke_finnes_lages(tmp_path: Path) -> None:
    fil = tmp_path / "ny.yaml"
    skriv_inn(fil, NyProdusent(id="a", applikasjoner=["x"], merkelapper=["M"]))
    skriv_inn(fil, NyProdusent(id="b", applikasjoner=["y"], merkelapper=["N"]))
    assert list(les_register(fil).oppfoeringer) == ["a", "b"]


def test_en_mappe_som_ikke_kan_skrives_i_sies(tmp_path: Path) -> None:
    with pytest.raises(Innstillingsfeil, match="cannot be written"):
        skriv_inn(tmp_path / "finnes" / "ikke.yaml", NyProdusent(id="a", applikasjoner=["x"], merkelapper=["M"]))


@settings(max_examples=50)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=3, unique=True))
def test_hva_som_helst_i_en_merkelapp_leses_som_det_ble_skrevet_eller_avvises(merkelapper: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as mappe:
        fil = Path(mappe) / "produsenter.yaml"
        try:
            skriv_inn(fil, NyProdusent(id="a", applikasjoner=["x"], merkelapper=merkelapper))
        except Innstillingsfeil:
            assert not fil.exists()
            return
        assert len(les_register(fil).hent("a").merkelapper) == len(merkelapper)
