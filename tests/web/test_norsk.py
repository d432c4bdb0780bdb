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
def test_en_tid_sies_som_i_oslo_og_de_naere_med_dagen_sin(tid: dt.datetime, tekst: str) -> None:
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
def test_fristen_til_en_aapen_oppgave_sier_hvor_naer_den_er(frist: dt.date, tekst: str, haster: bool) -> None:
    notifikasjon = oppgave(frist=frist)
    assert (norsk.frist(notifikasjon, NAA), norsk.haster(notifikasjon, NAA)) == (tekst, haster)


def test_fristen_til_en_avsluttet_oppgave_er_bare_en_dato() -> None:
    notifikasjon = oppgave(frist=I_DAG, tilstand=Oppgavetilstand.UTFOERT, utfoert_tidspunkt=NAA)
    assert (norsk.frist(notifikasjon, NAA), norsk.haster(notifikasjon, NAA)) == ("Frist 12. november 2026", False)


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
def test_tilstanden_sies_med_dagen_sin_og_midnatt_avslutter_dagen_foer(felter: dict[str, Any], tekst: str) -> None:
    assert norsk.tilstand(oppgave(**felter)) == tekst


def test_en_beskjed_har_verken_tilstand_eller_frist() -> None:
    assert (norsk.tilstand(beskjed()), norsk.frist(beskjed(), NAA)) == (None, None)


@pytest.mark.parametrize(("antall", "tekst"), [(1, "1"), (99, "99"), (100, "99+"), (200, "99+")])
def test_sirkelen_har_aldri_mer_enn_to_siffer(antall: int, tekst: str) -> None:
    assert norsk.antall_paa_bjella(antall) == tekst
