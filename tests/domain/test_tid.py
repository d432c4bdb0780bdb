"""Norwegian calendar time: instants, wall clocks and durations, also where months end and clocks are moved."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.tid import (
    OSLO,
    dagens_slutt,
    dato_i_oslo,
    etter,
    foer,
    instant,
    instant_eller_ingen,
    les_dato,
    les_lokal_tid,
    les_tidspunkt,
    les_varighet,
    oslo,
)
from tests.domain.klokkeslett import norsk, utc, veggur
from tests.domain.strategier import jevnt, oeyeblikk


@pytest.mark.parametrize(
    ("tekst", "ventet"),
    [
        pytest.param("2026-12-01T08:00", "2026-12-01T07:00", id="winter"),
        pytest.param("2026-07-01T08:00", "2026-07-01T06:00", id="summer"),
        pytest.param("2026-12-01T08:00:00Z", "2026-12-01T08:00", id="Z"),
        pytest.param("2026-12-01T08:00:00+05:30", "2026-12-01T02:30", id="an offset from elsewhere"),
        pytest.param("2026-12-01T08:00:00.123456", "2026-12-01T07:00:00.123456", id="microseconds"),
        pytest.param("2026-12-01", "2026-11-30T23:00", id="a date is its midnight"),
        pytest.param("2026-03-29T01:59", "2026-03-29T00:59", id="before March's change"),
        pytest.param("2026-03-29T02:30", "2026-03-29T01:30", id="a time that March leaves out"),
        pytest.param("2026-03-29T03:00", "2026-03-29T01:00", id="after March's change"),
        pytest.param("2026-10-25T01:59", "2026-10-24T23:59", id="before October's change"),
        pytest.param("2026-10-25T02:30", "2026-10-25T00:30", id="the first of October's two"),
        pytest.param("2026-10-25T02:30+01:00", "2026-10-25T01:30", id="the second, by its offset"),
        pytest.param("2026-10-25T03:00", "2026-10-25T02:00", id="after October's change"),
    ],
)
def test_en_tid_uten_forskyvning_er_norsk_og_en_med_er_det_den_sier(tekst: str, ventet: str) -> None:
    assert les_tidspunkt(tekst) == utc(ventet)


YTTERST = ("0001-01-01T00:00", "9999-12-31T23:00-05:00", "9999-12-31T23:30Z")


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "i morgen",
        "2026-13-01T08:00",
        "2026-02-30",
        "01.12.2026",
        "1764576000",
        "2026-12-01T25:00",
        "T08:00",
        *YTTERST,
    ],
)
def test_det_som_ikke_er_en_tid_avvises_uten_aa_gjentas(tekst: str) -> None:
    for les in (les_tidspunkt, les_lokal_tid):
        with pytest.raises(ValueError, match="must be an ISO 8601 date and time, such as") as feil:
            les(tekst)
        assert not tekst or f" {tekst} " not in str(feil.value)


def test_et_lokalt_tidspunkt_med_forskyvning_blir_til_norsk_klokke() -> None:
    assert les_lokal_tid("2026-12-01T08:00") == veggur("2026-12-01T08:00")
    assert les_lokal_tid("2026-07-01T08:00:00Z") == veggur("2026-07-01T10:00")


def test_en_dato_leses_og_noe_annet_avvises() -> None:
    assert les_dato("2028-02-29") == dt.date(2028, 2, 29)
    for tekst in ("2026-02-29", "2026-12-01T08:00", "01.12.2026", ""):
        with pytest.raises(ValueError, match="must be an ISO 8601 date, such as"):
            les_dato(tekst)


def test_ingen_tid_er_fortsatt_ingen_tid() -> None:
    assert instant_eller_ingen(None) is None
    assert instant_eller_ingen(veggur("2026-12-01T08:00")) == utc("2026-12-01T07:00")


@pytest.mark.parametrize(
    ("dag", "ventet"),
    [
        ("2026-12-01", "2026-12-01T23:00"),
        ("2026-07-01", "2026-07-01T22:00"),
        ("2026-03-29", "2026-03-29T22:00"),  # 23 hours long
        ("2026-10-25", "2026-10-25T23:00"),  # 25 hours long
        ("2026-12-31", "2026-12-31T23:00"),
    ],
)
def test_en_dag_slutter_naar_den_neste_begynner_i_norge(dag: str, ventet: str) -> None:
    slutt = dagens_slutt(dt.date.fromisoformat(dag))
    assert slutt == utc(ventet)
    assert dato_i_oslo(slutt) > dt.date.fromisoformat(dag)
    assert dato_i_oslo(slutt - dt.timedelta(microseconds=1)) == dt.date.fromisoformat(dag)


@pytest.mark.parametrize(
    ("start", "varighet", "ventet"),
    [
        pytest.param("2026-06-01T08:00", "P5D", "2026-06-06T08:00", id="days"),
        pytest.param("2026-06-01T08:00", "P2W", "2026-06-15T08:00", id="weeks"),
        pytest.param("2026-06-01T08:00", "PT3H", "2026-06-01T11:00", id="hours"),
        pytest.param("2026-06-01T08:00", "P2DT3H4M", "2026-06-03T11:04", id="days, hours and minutes"),
        pytest.param("2026-06-01T08:00", "P1Y2M3DT4H5M6S", "2027-08-04T12:05:06", id="everything"),
        pytest.param("2026-06-01T08:00", "P0D", "2026-06-01T08:00", id="nothing"),
        pytest.param("2026-06-01T08:00", "PT17520H", "2028-05-31T08:00", id="two years in hours, over a leap day"),
        pytest.param("2026-01-31T08:00", "P1M", "2026-02-28T08:00", id="31 January and a month"),
        pytest.param("2028-01-31T08:00", "P1M", "2028-02-29T08:00", id="31 January and a month in a leap year"),
        pytest.param("2026-01-31T08:00", "P2M", "2026-03-31T08:00", id="31 January and two months"),
        pytest.param("2026-03-31T08:00", "P1M", "2026-04-30T08:00", id="31 March and a month"),
        pytest.param("2028-02-29T08:00", "P1Y", "2029-02-28T08:00", id="leap day and a year"),
        pytest.param("2028-02-29T08:00", "P4Y", "2032-02-29T08:00", id="leap day and four years"),
        pytest.param("2026-12-31T08:00", "P2M", "2027-02-28T08:00", id="over a year's end"),
        pytest.param("2026-01-31T08:00", "P1M1D", "2026-03-01T08:00", id="months before days"),
        pytest.param("2026-03-28T08:00", "P1D", "2026-03-29T08:00", id="a day over March's change"),
        pytest.param("2026-03-28T08:00", "PT24H", "2026-03-29T09:00", id="24 hours over March's change"),
        pytest.param("2026-10-24T08:00", "P1D", "2026-10-25T08:00", id="a day over October's change"),
        pytest.param("2026-10-24T08:00", "PT24H", "2026-10-25T07:00", id="24 hours over October's change"),
        pytest.param("2026-02-28T08:00", "P1M1DT1H", "2026-03-29T09:00", id="calendar first, then the clock"),
        pytest.param("2026-03-28T02:30", "P1D", "2026-03-29T03:30", id="a day to a time that March leaves out"),
        pytest.param("2026-03-29T01:59", "PT1M", "2026-03-29T03:00", id="a minute over March's change"),
    ],
)
def test_varigheter_teller_kalender_paa_norsk_klokke_og_timer_som_forloept_tid(
    start: str, varighet: str, ventet: str
) -> None:
    assert oslo(etter(norsk(start), varighet)) == veggur(ventet)


@pytest.mark.parametrize(
    ("slutt", "varighet", "ventet"),
    [
        pytest.param("2026-06-06T00:00", "P5D", "2026-06-01T00:00", id="days"),
        pytest.param("2026-03-31T08:00", "P1M", "2026-02-28T08:00", id="a month before 31 March"),
        pytest.param("2028-03-31T08:00", "P1M", "2028-02-29T08:00", id="the same in a leap year"),
        pytest.param("2028-02-29T08:00", "P1Y", "2027-02-28T08:00", id="a year before leap day"),
        pytest.param("2026-03-30T00:00", "P1D", "2026-03-29T00:00", id="a day before March's long day's end"),
        pytest.param("2026-03-30T00:00", "PT24H", "2026-03-28T23:00", id="24 hours before it"),
        pytest.param("2026-10-26T00:00", "P1D", "2026-10-25T00:00", id="a day before October's long day's end"),
        pytest.param("2026-10-26T00:00", "PT24H", "2026-10-25T01:00", id="24 hours before it"),
        pytest.param("2026-06-06T00:00", "P2DT3H4M", "2026-06-03T20:56", id="days, hours and minutes"),
    ],
)
def test_varigheter_teller_likedan_bakover(slutt: str, varighet: str, ventet: str) -> None:
    assert oslo(foer(norsk(slutt), varighet)) == veggur(ventet)


def test_timer_regnes_riktig_fra_begge_de_to_timene_i_oktober_som_heter_det_samme() -> None:
    foerste, andre = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")
    assert oslo(foerste) == oslo(andre)
    assert (etter(foerste, "PT1H"), etter(andre, "PT1H")) == (andre, utc("2026-10-25T02:30"))
    assert (foer(foerste, "PT1H"), foer(andre, "PT1H")) == (utc("2026-10-24T23:30"), foerste)
    assert etter(andre, "P0D") == andre


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "P",
        "PT",
        "P5",
        "5D",
        "P5DT",
        "PD",
        "-P5D",
        "P-5D",
        "+P5D",
        "P1.5D",
        "P1,5D",
        "PT0.5H",
        "p5d",
        "P5d",
        "P5D ",
        " P5D",
        "P5D\n",
        "P 5D",
        "P5H",
        "PT5D",
        "P1D1Y",
        "P5DP5D",
        "P٥D",
        "P0003-06-04T12:30:05",
        "fem dager",
        "P" + "1" * 60 + "D",
    ],
)
def test_det_som_ikke_er_en_varighet_avvises_med_et_eksempel_paa_en(tekst: str) -> None:
    with pytest.raises(ValueError, match="must be an ISO 8601 duration in whole numbers, not negative, such as P5D"):
        les_varighet(tekst)


@pytest.mark.parametrize("tekst", ["P8000Y", "P99999999999999M", "P9999999999W", "P4000000D", "PT99999999999999999S"])
def test_en_varighet_ut_av_kalenderen_avvises(tekst: str) -> None:
    for regn in (etter, foer):
        with pytest.raises(ValueError, match="leads outside the calendar; give a shorter duration"):
            regn(utc("2026-06-01T08:00"), tekst)


@jevnt
@given(oeyeblikk)
def test_et_oeyeblikk_er_det_samme_sett_fra_norge(tidspunkt: dt.datetime) -> None:
    assert instant(tidspunkt.astimezone(OSLO)) == tidspunkt
    assert instant(tidspunkt) == tidspunkt


@jevnt
@given(oeyeblikk, st.integers(0, 100_000))
def test_timer_frem_og_tilbake_igjen_er_der_man_var(tidspunkt: dt.datetime, timer: int) -> None:
    assert foer(etter(tidspunkt, f"PT{timer}H"), f"PT{timer}H") == tidspunkt


@jevnt
@given(oeyeblikk, st.integers(0, 20), st.integers(0, 30), st.integers(0, 400), st.integers(0, 400))
def test_ingen_varighet_foerer_bakover(
    tidspunkt: dt.datetime, aar: int, maaneder: int, dager: int, minutter: int
) -> None:
    varighet = f"P{aar}Y{maaneder}M{dager}DT{minutter}M"
    assert etter(tidspunkt, varighet) >= tidspunkt - dt.timedelta(hours=1)
    assert foer(tidspunkt, varighet) <= tidspunkt + dt.timedelta(hours=1)
