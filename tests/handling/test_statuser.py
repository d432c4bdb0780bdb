"""The statuses of a sak: which one is current, in what order they stand, and each one's own id and text."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.kommandoer import NyStatus, Saksreferanse
from gateway.domain.tilstand import Saksstatus
from gateway.kjerne import Kjerne
from gateway.reading import produsent as lesing
from gateway.reading.arbeidsgiver import saker
from tests.handling.gjoer import SAKEN, gjoer
from tests.verden import ANSATT, START, FastKlokke, aktoer, en_sak, ser_glad_torsk

I_GAAR = START - dt.timedelta(days=1)


def test_den_statusen_som_kom_sist_gjelder_hvilket_tidspunkt_den_enn_har(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_sak())
    klokke.gaa(minutes=1)
    utfall = gjoer(kjerne, NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, tidspunkt=I_GAAR))
    lest = lesing.sak(kjerne, aktoer(kjerne).produsent, SAKEN)
    assert lest.siste_status.status is Saksstatus.FERDIG
    assert lest.siste_status.id == utfall.status_id
    assert [ett.status for ett in lest.statuser] == [Saksstatus.MOTTATT, Saksstatus.FERDIG], "by tidspunkt"
    assert utfall.statuser == lest.statuser
    (vist,) = saker(kjerne, ANSATT, ser_glad_torsk(), 10).saker
    assert vist.siste_status is Saksstatus.FERDIG


@pytest.mark.parametrize(
    ("egen", "vist"),
    [(None, "Under behandling"), ("", ""), ("Vi ser på saken", "Vi ser på saken")],
    ids=["none", "empty", "own"],
)
def test_en_egen_tekst_vises_som_den_er_ogsaa_naar_den_er_tom(kjerne: Kjerne, egen: str | None, vist: str) -> None:
    gjoer(kjerne, en_sak(initiell_status=Saksstatus.UNDER_BEHANDLING, overstyr_statustekst_med=egen))
    lest = lesing.sak(kjerne, aktoer(kjerne).produsent, Saksreferanse(merkelapp="Fager", grupperingsid="sak-1"))
    assert (lest.siste_status.tekst, lest.siste_status.overstyr_statustekst_med) == (vist, egen)
    assert lest.statuser == (lest.siste_status,)
