"""The life of an event: every step from every state."""

from __future__ import annotations

import pytest

from gateway.domain.feil import Konflikt
from gateway.domain.hendelse import (
    TIL_BEHANDLING,
    Hendelsestilstand,
    kan_bli,
    krev_kan_forkastes,
    krev_kan_proeves_paa_nytt,
    skal_behandles,
)

MOTTATT, BEHANDLET, PAA_VENT, KARANTENE, FORKASTET = Hendelsestilstand


@pytest.mark.parametrize(
    ("fra", "til"),
    [
        (MOTTATT, {BEHANDLET, PAA_VENT, KARANTENE, FORKASTET}),
        (PAA_VENT, {BEHANDLET, PAA_VENT, KARANTENE, FORKASTET}),
        (KARANTENE, {MOTTATT, FORKASTET}),
        (BEHANDLET, set()),
        (FORKASTET, set()),
    ],
)
def test_hvilket_steg_som_kan_foelge_hvilket(fra: Hendelsestilstand, til: set[Hendelsestilstand]) -> None:
    assert {ett for ett in Hendelsestilstand if kan_bli(fra, ett)} == til
    assert skal_behandles(fra) is (fra in TIL_BEHANDLING)


@pytest.mark.parametrize("tilstand", Hendelsestilstand)
def test_alt_som_ikke_er_ferdig_kan_forkastes(tilstand: Hendelsestilstand) -> None:
    if tilstand in (BEHANDLET, FORKASTET):
        with pytest.raises(Konflikt, match=f"is {tilstand}"):
            krev_kan_forkastes(tilstand)
    else:
        krev_kan_forkastes(tilstand)


@pytest.mark.parametrize("tilstand", Hendelsestilstand)
def test_bare_det_som_er_i_karantene_med_innholdet_sitt_kan_proeves_paa_nytt(tilstand: Hendelsestilstand) -> None:
    if tilstand is KARANTENE:
        krev_kan_proeves_paa_nytt(tilstand, har_innhold=True)
        with pytest.raises(Konflikt, match="can only be dropped"):
            krev_kan_proeves_paa_nytt(tilstand, har_innhold=False)
    else:
        with pytest.raises(Konflikt, match=f"is {tilstand}"):
            krev_kan_proeves_paa_nytt(tilstand, har_innhold=True)
