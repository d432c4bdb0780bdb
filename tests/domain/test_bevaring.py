"""How long what has ended is kept."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.bevaring import Bevaring, Slutt, glemmes, les_bevaringstid, slutt
from gateway.domain.hendelse import Hendelsestilstand
from tests.verden import START

EGNE = Bevaring(hendelser="P30D", ignorerte="PT2H")


@pytest.mark.parametrize(
    ("tilstand", "plugin", "bevaring", "bevares"),
    [
        ("BEHANDLET", "p==1", Bevaring(), dt.timedelta(days=90)),
        ("FORKASTET", "p==1", Bevaring(), dt.timedelta(days=90)),
        ("FORKASTET", None, Bevaring(), dt.timedelta(days=7)),
        ("BEHANDLET", "p==1", EGNE, dt.timedelta(days=30)),
        ("FORKASTET", None, EGNE, dt.timedelta(hours=2)),
    ],
)
def test_det_som_er_ferdig_bevares_saa_lenge_produsenten_vil(
    tilstand: str, plugin: str | None, bevaring: Bevaring, bevares: dt.timedelta
) -> None:
    sluttet = slutt(bevaring, Hendelsestilstand(tilstand), plugin=plugin, naa=START)
    assert sluttet == Slutt(avsluttet_tidspunkt=START, bevares_til=START + bevares)


@pytest.mark.parametrize("tilstand", ["MOTTATT", "PAA_VENT", "KARANTENE"])
@pytest.mark.parametrize("plugin", [None, "p==1"])
def test_det_som_ikke_er_ferdig_toemmes_aldri_av_alder(tilstand: str, plugin: str | None) -> None:
    assert slutt(Bevaring(), Hendelsestilstand(tilstand), plugin=plugin, naa=START) == Slutt()


def test_ingenting_toemmes_for_tidlig_og_mye_gaar_paa_en_gang() -> None:
    tider = [START + dt.timedelta(seconds=sekunder) for sekunder in (1, 400, 899)]
    til = {slutt(Bevaring(), Hendelsestilstand.BEHANDLET, plugin="p", naa=naa).bevares_til for naa in tider}
    assert til == {START + dt.timedelta(days=90, minutes=15)}
    assert {glemmes(naa) for naa in tider} == {dt.datetime(2028, 11, 23, 9, 15, tzinfo=dt.UTC)}


def test_det_som_bevares_lengst_gaar_naar_raden_gaar() -> None:
    sluttet = slutt(Bevaring(hendelser="P2Y"), Hendelsestilstand.BEHANDLET, plugin="p", naa=START)
    assert sluttet.bevares_til == glemmes(START)


@pytest.mark.parametrize("tekst", ["P1D", "PT1H", "P2Y", "P90D"])
def test_en_bevaringstid_mellom_en_time_og_to_aar_kan_brukes(tekst: str) -> None:
    assert les_bevaringstid(tekst) == tekst


@pytest.mark.parametrize("tekst", ["", "90", "P0D", "PT59M", "P2Y1D", "P9999Y", "for alltid"])
def test_en_annen_bevaringstid_avvises_med_hva_den_kan_vaere(tekst: str) -> None:
    with pytest.raises(ValueError, match=r"must be|outside the calendar"):
        les_bevaringstid(tekst)
