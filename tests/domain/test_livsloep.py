"""The lives of a sak and an oppgave: which changes are allowed, and what they leave behind."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest

from gateway.domain.feil import OppgavenErAlleredeUtfoert
from gateway.domain.kalenderavtale import Bortfall, bortfall
from gateway.domain.oppgave import Avslutning, Oppgave, fristen_utloep, sett_utgaatt, utfoer
from gateway.domain.paaminnelse import gjelder_ennaa
from gateway.domain.sak import Status, ny_status
from gateway.domain.tilstand import Kalenderavtaletilstand, Oppgavetilstand, Saksstatus

NAA = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
TIDLIGERE = NAA - dt.timedelta(days=1)
EN_ID = uuid4()

NY = Oppgave(tilstand=Oppgavetilstand.NY, frist=None, utfoert_tidspunkt=None, utgaatt_tidspunkt=None)
UTFOERT = Oppgave(tilstand=Oppgavetilstand.UTFOERT, frist=None, utfoert_tidspunkt=TIDLIGERE, utgaatt_tidspunkt=None)
UTGAATT = Oppgave(tilstand=Oppgavetilstand.UTGAATT, frist=None, utfoert_tidspunkt=None, utgaatt_tidspunkt=TIDLIGERE)


@pytest.mark.parametrize(
    ("oppgave", "utgaatt"),
    [(NY, None), (UTFOERT, None), (UTGAATT, TIDLIGERE)],
    ids=lambda ett: getattr(ett, "tilstand", ""),
)
def test_en_oppgave_kan_alltid_utfoeres(oppgave: Oppgave, utgaatt: dt.datetime | None) -> None:
    assert utfoer(oppgave, NAA) == Avslutning(
        tilstand=Oppgavetilstand.UTFOERT, utfoert_tidspunkt=NAA, utgaatt_tidspunkt=utgaatt
    )


@pytest.mark.parametrize("oppgave", [NY, UTGAATT], ids=lambda oppgave: oppgave.tilstand)
def test_en_oppgave_som_ikke_er_utfoert_kan_settes_utgaatt(oppgave: Oppgave) -> None:
    assert sett_utgaatt(oppgave, NAA) == Avslutning(
        tilstand=Oppgavetilstand.UTGAATT, utfoert_tidspunkt=None, utgaatt_tidspunkt=NAA
    )


def test_en_utfoert_oppgave_settes_aldri_utgaatt() -> None:
    with pytest.raises(OppgavenErAlleredeUtfoert, match="The oppgave is done"):
        sett_utgaatt(UTFOERT, NAA)


@pytest.mark.parametrize(
    ("frist", "slutt"),
    [
        ("2026-11-23", "2026-11-23T23:00:00+00:00"),
        ("2026-06-23", "2026-06-23T22:00:00+00:00"),
        ("2026-03-29", "2026-03-29T22:00:00+00:00"),
        ("2026-10-25", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_en_frist_som_utloeper_gir_utgaatt_fra_dagens_slutt_i_norge(frist: str, slutt: str) -> None:
    assert fristen_utloep(dt.date.fromisoformat(frist)) == Avslutning(
        tilstand=Oppgavetilstand.UTGAATT,
        utfoert_tidspunkt=None,
        utgaatt_tidspunkt=dt.datetime.fromisoformat(slutt),
    )


@pytest.mark.parametrize(
    ("status", "tekst"),
    [
        (Saksstatus.MOTTATT, "Mottatt"),
        (Saksstatus.UNDER_BEHANDLING, "Under behandling"),
        (Saksstatus.FERDIG, "Ferdig"),
    ],
)
def test_en_status_har_sin_egen_tekst_og_naa_som_tid_om_produsenten_ikke_sier_noe_annet(
    status: Saksstatus, tekst: str
) -> None:
    assert ny_status(EN_ID, status, None, None, naa=NAA) == Status(
        id=EN_ID, status=status, tekst=tekst, overstyr_statustekst_med=None, tidspunkt=NAA
    )
    for egen in ("Avbrutt", ""):
        assert ny_status(EN_ID, status, egen, TIDLIGERE, naa=NAA) == Status(
            id=EN_ID, status=status, tekst=egen, overstyr_statustekst_med=egen, tidspunkt=TIDLIGERE
        )


@pytest.mark.parametrize(
    ("ny_tilstand", "nye_varsler", "varsler", "paaminnelse"),
    [
        (None, False, False, False),
        (None, True, True, False),
        (Kalenderavtaletilstand.ARBEIDSGIVER_HAR_GODTATT, False, False, False),
        (Kalenderavtaletilstand.AVHOLDT, False, False, False),
        (Kalenderavtaletilstand.AVHOLDT, True, True, False),
        (Kalenderavtaletilstand.AVLYST, False, True, True),
        (Kalenderavtaletilstand.AVLYST, True, True, True),
    ],
)
def test_nye_varsler_tar_de_gamles_plass_og_avlyst_tar_bort_alt(
    ny_tilstand: Kalenderavtaletilstand | None, nye_varsler: bool, varsler: bool, paaminnelse: bool
) -> None:
    assert bortfall(ny_tilstand, nye_varsler=nye_varsler) == Bortfall(varsler=varsler, paaminnelse=paaminnelse)


def test_det_paaminnes_bare_om_det_som_ennaa_gjelder() -> None:
    alle = {None, *Oppgavetilstand, *Kalenderavtaletilstand}
    over = {Oppgavetilstand.UTFOERT, Oppgavetilstand.UTGAATT, Kalenderavtaletilstand.AVLYST}
    assert {tilstand for tilstand in alle if gjelder_ennaa(tilstand)} == alle - over
