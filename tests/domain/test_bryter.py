"""The breaker: when it opens, who is let through, and what closes it."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bryter import LUKKET, Bryterregel
from gateway.domain.pause import Pauser
from tests.verden import START

REGEL = Bryterregel(taaler=3, pauser=Pauser(foerste=dt.timedelta(seconds=10), lengste=dt.timedelta(minutes=5)))


def test_faa_feil_stanser_ingen() -> None:
    bryter = LUKKET.etter_feil(REGEL, START).etter_feil(REGEL, START)
    assert not bryter.er_pauset
    assert bryter.kan_proeve(START)


def test_etter_saa_mange_feil_paa_rad_blir_det_pause() -> None:
    bryter = LUKKET
    for _ in range(REGEL.taaler):
        bryter = bryter.etter_feil(REGEL, START)
    assert bryter.er_pauset
    assert not bryter.kan_proeve(START + dt.timedelta(seconds=4))
    assert bryter.kan_proeve(START + dt.timedelta(seconds=10))


def test_mens_en_proever_venter_de_andre() -> None:
    bryter = LUKKET
    for _ in range(REGEL.taaler):
        bryter = bryter.etter_feil(REGEL, START)
    senere = START + dt.timedelta(seconds=10)
    proeve = bryter.paa_proeve(senere, dt.timedelta(seconds=30))
    assert not proeve.kan_proeve(senere)
    assert proeve.kan_proeve(senere + dt.timedelta(seconds=30)), "whoever tried may have died"


@given(st.integers(REGEL.taaler, 200))
def test_pausene_vokser_og_har_en_grense(feil: int) -> None:
    bryter = LUKKET
    for _ in range(feil):
        bryter = bryter.etter_feil(REGEL, START)
    assert bryter.pauset_til is not None
    lengde = bryter.pauset_til - START
    hele = min(REGEL.pauser.lengste, REGEL.pauser.foerste * 2 ** min(feil - REGEL.taaler, 20))
    assert hele / 2 <= lengde <= hele
