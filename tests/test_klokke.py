"""The clock of dev: moved forwards, to a moment, and back, for all processes of a data folder."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.klokke import FlyttbarKlokke, sann_tid, still_klokken

NAER = dt.timedelta(seconds=5)


@pytest.mark.parametrize(
    ("til", "flyttet"),
    [
        ("+3d", dt.timedelta(days=3)),
        ("+2h", dt.timedelta(hours=2)),
        ("-30m", dt.timedelta(minutes=-30)),
        ("+1w", dt.timedelta(weeks=1)),
        ("+90s", dt.timedelta(seconds=90)),
    ],
)
def test_klokka_flyttes_og_gaar_videre_derfra_for_alle_som_deler_mappa(
    tmp_path: Path, til: str, flyttet: dt.timedelta
) -> None:
    annen_prosess = FlyttbarKlokke(tmp_path)
    assert abs(annen_prosess.naa() - sann_tid()) < NAER
    still_klokken(FlyttbarKlokke(tmp_path), til)
    assert abs(annen_prosess.naa() - (sann_tid() + flyttet)) < NAER
    still_klokken(FlyttbarKlokke(tmp_path), til)
    assert abs(annen_prosess.naa() - (sann_tid() + 2 * flyttet)) < NAER
    still_klokken(FlyttbarKlokke(tmp_path), "naa")
    assert abs(annen_prosess.naa() - sann_tid()) < NAER


def test_klokka_kan_settes_til_et_oeyeblikk_i_oslo(tmp_path: Path) -> None:
    assert (
        abs(
            still_klokken(FlyttbarKlokke(tmp_path), "2026-12-24T00:01")
            - dt.datetime(2026, 12, 23, 23, 1, tzinfo=dt.UTC)
        )
        < NAER
    )


@pytest.mark.parametrize("til", ["", "3d", "+3", "i morgen", "+999999999999d"])
def test_det_som_ikke_er_et_tidspunkt_sier_hva_som_kan_gis(tmp_path: Path, til: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        still_klokken(FlyttbarKlokke(tmp_path), til)
