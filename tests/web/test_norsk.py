"""Times and states as employers read them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.domain.tilstand import Oppgavetilstand
from gateway.web import norsk
from tests.web.conftest import NAA, beskjed, oppgave

I_DAG = dt.date(2026, 11, 12)
ETT_DOEGN = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("tid", "tekst"),
    [
        (NAA, "I dag kl. 14.30"),
        (dt.datetime(2026, 11, 11, 23, 5, tzinfo=dt.UTC), "I dag kl. 00.05"),
        (dt.datetime(2026, 11, 11, 22, 59, tzinfo=dt.UTC), "I går kl. 23.59"),
        (dt.datetime(2026, 11, 10, 8, 0, tzinfo=dt.UTC), "10. november 2026 kl. 09.00"),
        (dt.datetime(2026, 5, 17, 10, 0, tzinfo=dt.UTC), "17. mai 2026 kl. 12.00"),
    ],
)
def test_a_time_is_told_in_oslo_and_near_ones_by_their_day(tid: dt.datetime, tekst: str) -> None:
    assert norsk.tidspunkt(tid, NAA) == tekst


@pytest.mark.parametrize(
    ("frist", "tekst", "haster"),
    [
        (I_DAG, "Frist i dag", True),
        (I_DAG + ETT_DOEGN, "Frist i morgen", True),
        (I_DAG + 2 * ETT_DOEGN, "Frist 14. november 2026", False),
        (I_DAG - ETT_DOEGN, "Fristen gikk ut i går", True),
        (I_DAG - 2 * ETT_DOEGN, "Fristen gikk ut 10. november 2026", True),
    ],
)
def test_the_frist_of_an_open_oppgave_says_how_near_it_is(frist: dt.date, tekst: str, haster: bool) -> None:
    varsel = oppgave(frist=frist)
    assert (norsk.frist(varsel, NAA), norsk.haster(varsel, NAA)) == (tekst, haster)


def test_the_frist_of_a_finished_oppgave_is_a_plain_date() -> None:
    varsel = oppgave(frist=I_DAG, tilstand=Oppgavetilstand.UTFOERT, utfoert_tidspunkt=NAA)
    assert (norsk.frist(varsel, NAA), norsk.haster(varsel, NAA)) == ("Frist 12. november 2026", False)


@pytest.mark.parametrize(
    ("felter", "tekst"),
    [
        ({}, "Ny"),
        ({"tilstand": Oppgavetilstand.UTFOERT, "utfoert_tidspunkt": NAA}, "Utført 12. november 2026"),
        ({"tilstand": Oppgavetilstand.UTGAATT, "utgaatt_tidspunkt": NAA}, "Utgått 12. november 2026"),
        (
            {"tilstand": Oppgavetilstand.UTGAATT, "utgaatt_tidspunkt": dt.datetime(2026, 11, 12, 23, tzinfo=dt.UTC)},
            "Utgått 12. november 2026",
        ),
    ],
)
def test_the_state_is_told_with_its_day_and_midnight_ends_the_day_before(felter: dict[str, Any], tekst: str) -> None:
    assert norsk.tilstand(oppgave(**felter)) == tekst


def test_a_beskjed_has_neither_state_nor_frist() -> None:
    assert (norsk.tilstand(beskjed()), norsk.frist(beskjed(), NAA)) == (None, None)


@pytest.mark.parametrize(("antall", "tekst"), [(1, "1"), (99, "99"), (100, "99+"), (200, "99+")])
def test_the_circle_never_holds_more_than_two_digits(antall: int, tekst: str) -> None:
    assert norsk.antall_paa_bjella(antall) == tekst
