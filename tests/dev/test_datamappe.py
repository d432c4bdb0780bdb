"""The data folder is its owner's alone, one supervisor's at a time, and emptied of the gateway's own things only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.dev.datamappe import holdt, toem
from gateway.oppsett.innstillinger import Innstillingsfeil


def _rettigheter(mappe: Path) -> int:
    return mappe.stat().st_mode & 0o777


def test_mappen_lages_og_er_eierens_alene(tmp_path: Path) -> None:
    with holdt(tmp_path / "en" / "data"):
        assert _rettigheter(tmp_path / "en" / "data") == 0o700


def test_en_mappe_som_andre_kunne_aapne_lukkes(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").touch()
    tmp_path.chmod(0o755)
    with holdt(tmp_path):
        assert _rettigheter(tmp_path) == 0o700


def test_en_mappe_med_andres_ting_beholder_sine_rettigheter(tmp_path: Path) -> None:
    (tmp_path / "mitt").touch()
    tmp_path.chmod(0o755)
    with holdt(tmp_path):
        assert _rettigheter(tmp_path) == 0o755


def test_en_som_kommer_til_avvises_med_prosessnummeret_til_den_som_holder_mappen(tmp_path: Path) -> None:
    with holdt(tmp_path):
        with pytest.raises(Innstillingsfeil, match=f"process id {os.getpid()}; stop that one, or set GATEWAY_DATA"):
            holdt(tmp_path).__enter__()
        assert (tmp_path / "dev.lock").read_text() == str(os.getpid())


def test_mappen_er_ledig_igjen_naar_den_er_sluppet(tmp_path: Path) -> None:
    for _ in range(2):
        with holdt(tmp_path):
            pass


def test_reset_fjerner_alt_som_er_gatewayens_ogsaa_filer_som_ble_skrevet_da_den_ble_drept(tmp_path: Path) -> None:
    with holdt(tmp_path):
        for navn in ("gateway.db", "gateway.db-wal", "hemmelig_noekkel", "utsteder.json.4711", "klokke.4711"):
            (tmp_path / navn).touch()
        (tmp_path / "valkey" / "appendonlydir").mkdir(parents=True)
        (tmp_path / "valkey" / "appendonlydir" / "en.aof").touch()
        toem(tmp_path)
        assert [ett.name for ett in tmp_path.iterdir()] == ["dev.lock"]


@pytest.mark.parametrize("fremmed", ["rapport.odt", "gateway.db.bak", "valkey2", ".ssh"])
def test_reset_roerer_ingenting_i_en_mappe_med_andres_ting(tmp_path: Path, fremmed: str) -> None:
    (tmp_path / fremmed).touch()
    (tmp_path / "gateway.db").touch()
    with pytest.raises(Innstillingsfeil, match=f"did not make \\({fremmed}\\)"):
        toem(tmp_path)
    assert {ett.name for ett in tmp_path.iterdir()} == {fremmed, "gateway.db"}


def test_reset_foelger_ingen_lenke_ut_av_mappen(tmp_path: Path) -> None:
    data, utenfor = tmp_path / "data", tmp_path / "utenfor"
    data.mkdir()
    utenfor.mkdir()
    (utenfor / "viktig").touch()
    (data / "epost").symlink_to(utenfor)
    toem(data)
    assert list(data.iterdir()) == []
    assert (utenfor / "viktig").exists()
