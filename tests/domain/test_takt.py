"""How often somebody may come: what can be written, and what it lets in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.takt import Takt, Taktholder, les_takt


@pytest.mark.parametrize(
    ("tekst", "takt", "i_minuttet"),
    [
        ("100/sekund", Takt(100, 1), 6000),
        ("90/minutt", Takt(90, 60), 90),
        ("1/time", Takt(1, 3600), 1),
        ("1000000/sekund", Takt(1_000_000, 1), 60_000_000),
        ("ingen", Takt(0, 1), 0),
    ],
)
def test_en_takt_leses_og_skrives_likt(tekst: str, takt: Takt, i_minuttet: int) -> None:
    assert les_takt(tekst) == takt
    assert str(takt) == tekst
    assert takt.i_minuttet == i_minuttet


@pytest.mark.parametrize(
    "tekst",
    ["", "100", "0/sekund", "-1/sekund", "1.5/sekund", "100/second", "100 / sekund", "2000000/sekund", "٣/sekund"],
)
def test_det_som_ikke_er_en_takt_sies_med_hva_en_er(tekst: str) -> None:
    with pytest.raises(ValueError, match="must be such as 100/sekund"):
        les_takt(tekst)


def test_alle_kan_komme_paa_en_gang_og_saa_en_om_gangen() -> None:
    holder = Taktholder(Takt(4, 2))
    assert [holder.vent(100.0) for _ in range(4)] == [0, 0, 0, 0]
    assert holder.vent(100.0) == pytest.approx(0.5)
    assert holder.vent(100.2) == pytest.approx(0.3), "who comes too early does not put it off"
    assert holder.vent(100.5) == 0
    assert holder.vent(100.5) == pytest.approx(0.5)
    assert [holder.vent(1000.0) for _ in range(5)] == [0, 0, 0, 0, pytest.approx(0.5)]


def test_uten_grense_slipper_alle_inn() -> None:
    holder = Taktholder(Takt(0, 1))
    assert not any(holder.vent(0.0) for _ in range(10_000))


@given(st.integers(1, 20), st.lists(st.floats(0, 0.5), max_size=200))
def test_aldri_flere_enn_det_som_er_spart_opp_og_det_som_er_fylt_paa(antall: int, pauser: list[float]) -> None:
    holder, naa, sluppet = Taktholder(Takt(antall, 1)), 0.0, 0
    for pause in pauser:
        naa += pause
        sluppet += holder.vent(naa) == 0
    assert sluppet <= antall + naa * antall + 1e-6
