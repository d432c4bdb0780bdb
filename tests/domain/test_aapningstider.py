"""The windows in which varsler go out: weekdays, hours, Norwegian public holidays, and both changes of the clock."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.aapningstider import Sendevindu, neste_aapning
from gateway.domain.tid import oslo
from gateway.domain.varsel import Sendetidspunkt
from tests.domain.klokkeslett import norsk, veggur
from tests.domain.strategier import jevnt, oeyeblikk

NKS, DAGTID, LOEPENDE = Sendevindu.NKS_AAPNINGSTID, Sendevindu.DAGTID_IKKE_SOENDAG, Sendevindu.LOEPENDE


def aapner(vindu: Sendevindu, naa: str) -> str:
    """The opening after an Oslo wall clock, as an Oslo wall clock."""
    return oslo(neste_aapning(vindu, norsk(naa))).isoformat()


@pytest.mark.parametrize(
    ("naa", "ventet"),
    [
        pytest.param("2026-11-23T10:00:00", "2026-11-23T10:00:00", id="open"),
        pytest.param("2026-11-23T08:29:59", "2026-11-23T08:30:00", id="a second before it opens"),
        pytest.param("2026-11-23T08:30:00", "2026-11-23T08:30:00", id="as it opens"),
        pytest.param("2026-11-23T14:29:59", "2026-11-23T14:29:59", id="a second before it closes"),
        pytest.param("2026-11-23T14:30:00", "2026-11-24T08:30:00", id="as it closes"),
        pytest.param("2026-11-23T00:00:00", "2026-11-23T08:30:00", id="midnight"),
        pytest.param("2026-11-27T14:30:00", "2026-11-30T08:30:00", id="Friday afternoon"),
        pytest.param("2026-11-28T10:00:00", "2026-11-30T08:30:00", id="Saturday"),
        pytest.param("2026-11-29T10:00:00", "2026-11-30T08:30:00", id="Sunday"),
        pytest.param("2026-04-01T14:30:00", "2026-04-07T08:30:00", id="from Wednesday over Easter to Tuesday"),
        pytest.param("2026-04-02T10:00:00", "2026-04-07T08:30:00", id="Maundy Thursday"),
        pytest.param("2026-04-06T10:00:00", "2026-04-07T08:30:00", id="Easter Monday"),
        pytest.param("2026-05-01T10:00:00", "2026-05-04T08:30:00", id="1 May, a Friday"),
        pytest.param("2026-05-14T10:00:00", "2026-05-15T08:30:00", id="Ascension Day"),
        pytest.param("2027-05-14T15:00:00", "2027-05-18T08:30:00", id="17 May, a Monday, after a weekend"),
        pytest.param("2028-05-17T10:00:00", "2028-05-18T08:30:00", id="17 May, a Wednesday"),
        pytest.param("2026-05-25T10:00:00", "2026-05-26T08:30:00", id="Pentecost Monday"),
        pytest.param("2026-12-24T10:00:00", "2026-12-24T10:00:00", id="Christmas Eve is no public holiday"),
        pytest.param("2026-12-24T14:30:00", "2026-12-28T08:30:00", id="over Christmas and the weekend after it"),
        pytest.param("2026-12-31T14:30:00", "2027-01-04T08:30:00", id="over New Year and the weekend after it"),
        pytest.param("2026-03-27T14:30:00", "2026-03-30T08:30:00", id="over March's change"),
        pytest.param("2026-10-23T14:30:00", "2026-10-26T08:30:00", id="over October's change"),
    ],
)
def test_nks_er_aapent_hverdager_halv_ni_til_halv_tre(naa: str, ventet: str) -> None:
    assert aapner(NKS, naa) == ventet


@pytest.mark.parametrize(
    ("naa", "ventet"),
    [
        pytest.param("2026-11-23T10:00:00", "2026-11-23T10:00:00", id="open"),
        pytest.param("2026-11-23T08:59:59", "2026-11-23T09:00:00", id="a second before it opens"),
        pytest.param("2026-11-23T09:00:00", "2026-11-23T09:00:00", id="as it opens"),
        pytest.param("2026-11-23T15:59:59", "2026-11-23T15:59:59", id="a second before it closes"),
        pytest.param("2026-11-23T16:00:00", "2026-11-24T09:00:00", id="as it closes"),
        pytest.param("2026-11-27T16:00:00", "2026-11-28T09:00:00", id="Friday afternoon"),
        pytest.param("2026-11-28T10:00:00", "2026-11-28T10:00:00", id="Saturday"),
        pytest.param("2026-11-28T16:00:00", "2026-11-30T09:00:00", id="Saturday afternoon"),
        pytest.param("2026-11-29T10:00:00", "2026-11-30T09:00:00", id="Sunday"),
        pytest.param("2026-04-01T16:00:00", "2026-04-04T09:00:00", id="Easter Eve is open"),
        pytest.param("2026-04-04T16:00:00", "2026-04-07T09:00:00", id="from Easter Eve to Tuesday"),
        pytest.param("2027-05-15T16:00:00", "2027-05-18T09:00:00", id="17 May, a Monday, after a Sunday"),
        pytest.param("2026-12-24T16:00:00", "2026-12-28T09:00:00", id="26 December is a closed Saturday"),
        pytest.param("2026-03-28T16:00:00", "2026-03-30T09:00:00", id="over March's change"),
        pytest.param("2026-10-24T16:00:00", "2026-10-26T09:00:00", id="over October's change"),
    ],
)
def test_dagtid_er_aapent_mandag_til_loerdag_ni_til_fire(naa: str, ventet: str) -> None:
    assert aapner(DAGTID, naa) == ventet


@pytest.mark.parametrize(
    ("dag", "aapner_utc"),
    [("2026-03-27", "07:30"), ("2026-03-30", "06:30"), ("2026-10-23", "06:30"), ("2026-10-26", "07:30")],
)
def test_veggklokken_raader_ogsaa_naar_klokken_er_stilt(dag: str, aapner_utc: str) -> None:
    midnatt = norsk(f"{dag}T00:00")
    assert neste_aapning(NKS, midnatt).isoformat() == f"{dag}T{aapner_utc}:00+00:00"


@jevnt
@given(oeyeblikk)
def test_loepende_er_alltid_aapent(naa: dt.datetime) -> None:
    assert neste_aapning(LOEPENDE, naa) == naa


@jevnt
@given(st.sampled_from([NKS, DAGTID]), oeyeblikk)
def test_en_aapning_er_aapen_aldri_i_fortiden_og_aldri_lenger_unna_enn_den_lengste_helgen(
    vindu: Sendevindu, naa: dt.datetime
) -> None:
    aapning = neste_aapning(vindu, naa)
    assert naa <= aapning <= naa + dt.timedelta(days=6)
    assert neste_aapning(vindu, aapning) == aapning
    assert oslo(aapning).weekday() != 6


@pytest.mark.parametrize(
    ("naar", "ventet"),
    [
        pytest.param(Sendetidspunkt(sendevindu=LOEPENDE), "2026-11-28T12:00:00", id="løpende"),
        pytest.param(Sendetidspunkt(sendevindu=NKS), "2026-11-30T08:30:00", id="the next opening"),
        pytest.param(Sendetidspunkt(tidspunkt=veggur("2026-11-29T03:00")), "2026-11-29T03:00:00", id="a Sunday night"),
        pytest.param(Sendetidspunkt(tidspunkt=veggur("2026-11-01T03:00")), "2026-11-28T12:00:00", id="in the past"),
    ],
)
def test_et_varsel_kan_sendes_fra_vinduet_aapner_eller_til_avtalt_tid(naar: Sendetidspunkt, ventet: str) -> None:
    bestilt = norsk("2026-11-28T12:00")
    assert oslo(naar.tidligst(bestilt)).isoformat() == ventet
