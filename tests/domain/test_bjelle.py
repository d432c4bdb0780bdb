"""What is new under the bell: what came after it was last opened, and still asks for something."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.bjelle import er_ny
from gateway.domain.tilstand import Kalenderavtaletilstand, Oppgavetilstand, Tilstand
from tests.verden import START

FOER, ETTER = START - dt.timedelta(microseconds=1), START + dt.timedelta(microseconds=1)


@pytest.mark.parametrize("tilstand", [None, Oppgavetilstand.NY, *Kalenderavtaletilstand])
@pytest.mark.parametrize(
    ("kom", "sist_lest", "ny"), [(FOER, START, False), (START, START, False), (ETTER, START, True)]
)
def test_det_som_kom_etter_at_bjella_sist_ble_aapnet_er_nytt(
    tilstand: Tilstand | None, kom: dt.datetime, sist_lest: dt.datetime, ny: bool
) -> None:
    assert er_ny(kom, tilstand, sist_lest) is ny
    assert er_ny(kom, tilstand, None), "to who has never opened it, all is new"


@pytest.mark.parametrize("tilstand", [Oppgavetilstand.UTFOERT, Oppgavetilstand.UTGAATT])
def test_en_oppgave_som_ikke_er_ny_er_aldri_ny_i_bjella(tilstand: Oppgavetilstand) -> None:
    assert not er_ny(ETTER, tilstand, START)
    assert not er_ny(ETTER, tilstand, None)
