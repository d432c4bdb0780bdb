"""Refusjon: two streams become one oppgave, whatever order they come in."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.plugin.testing import Pluginpakke, Proevebenk
from tests.plugins.meldinger import pluginen

KONTAKT = {"telefon": "99999999", "epost": "kontakt@example.com"}


@pytest.fixture
def pluginpakke() -> Pluginpakke:
    return pluginen("refusjon")


def kontakt(versjon: int = 1, **felter: Any) -> dict[str, Any]:
    return {"type": "AVTALE_KONTAKT", "id": f"k-{versjon}", "avtaleId": "a-1", "versjon": versjon, "kontakt": felter}


KLAR = {
    "type": "REFUSJON_KLAR",
    "id": "r-1",
    "avtaleId": "a-1",
    "refusjonId": "ref-1",
    "orgnr": "312914174",
    "frist": "2027-01-31",
}
SENDT = {"type": "REFUSJON_SENDT", "id": "s-1", "refusjonId": "ref-1"}


def inn(benk: Proevebenk, *meldinger: dict[str, Any]) -> None:
    for melding in meldinger:
        benk.send(melding["type"], melding)


def test_eksemplene_blir_det_som_staar_ved_siden_av(proevebenk: Proevebenk) -> None:
    proevebenk.krev_eksemplene()


def test_en_refusjon_med_kjent_kontakt_blir_en_oppgave_med_varsler(proevebenk: Proevebenk) -> None:
    inn(proevebenk, kontakt(**KONTAKT), KLAR)
    (oppgave,) = proevebenk.notifikasjoner()
    assert (oppgave.tekst, oppgave.grupperingsid, oppgave.tilstand) == ("Send inn refusjon", "a-1", "NY")
    assert [ett.type for ett in oppgave.eksterne_varsler] == ["SMS", "EPOST"]
    (sak,) = proevebenk.saker()
    assert sak.grupperingsid == "a-1"


def test_en_refusjon_venter_paa_kontakten_og_gaar_saa_videre(proevebenk: Proevebenk) -> None:
    klar = proevebenk.send(KLAR["type"], KLAR)
    assert (klar.tilstand, klar.venter) == ("PAA_VENT", True)
    assert proevebenk.notifikasjoner() == []
    inn(proevebenk, kontakt(**KONTAKT))
    assert proevebenk.les(klar).tilstand == "BEHANDLET"
    (oppgave,) = proevebenk.notifikasjoner()
    assert len(oppgave.eksterne_varsler) == 2


def test_uten_kontakt_gaar_den_etter_to_timer_uten_varsler_og_det_noteres(proevebenk: Proevebenk) -> None:
    klar = proevebenk.send(KLAR["type"], KLAR)
    proevebenk.gaa(hours=1, minutes=59)
    assert proevebenk.les(klar).venter
    proevebenk.gaa(minutes=2)
    lest = proevebenk.les(klar)
    assert lest.tilstand == "BEHANDLET"
    assert lest.merknader == ["No contact came in time; nobody is told by SMS or e-mail"]
    (oppgave,) = proevebenk.notifikasjoner()
    assert oppgave.eksterne_varsler == ()


def test_den_nyeste_kontakten_gjelder_uansett_hvem_som_kommer_sist(proevebenk: Proevebenk) -> None:
    inn(proevebenk, kontakt(2, telefon="98765432"))
    gammel = proevebenk.send("AVTALE_KONTAKT", kontakt(1, **KONTAKT))
    assert gammel.hoppet_over == "A newer contact is known"
    inn(proevebenk, KLAR)
    (oppgave,) = proevebenk.notifikasjoner()
    assert [ett.type for ett in oppgave.eksterne_varsler] == ["SMS"]


def test_et_galt_nummer_mister_varselet_og_ikke_oppgaven(proevebenk: Proevebenk) -> None:
    inn(proevebenk, kontakt(telefon="12345678", epost="kontakt@example.com"), KLAR)
    (oppgave,) = proevebenk.notifikasjoner()
    assert [ett.type for ett in oppgave.eksterne_varsler] == ["EPOST"]


def _utfall(benk: Proevebenk) -> Any:
    return (
        [(sak.grupperingsid, sak.siste_status.status) for sak in benk.saker()],
        [(ett.ekstern_id, ett.tilstand) for ett in benk.notifikasjoner()],
    )


@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations([kontakt(1, **KONTAKT), kontakt(2, telefon="98765432"), KLAR, SENDT]), st.integers(0, 3))
def test_alle_rekkefoelger_ender_likt(proevebenk: Proevebenk, rekkefoelge: list[dict[str, Any]], gjentas: int) -> None:
    """Also with one of them sent twice."""
    benk = proevebenk.med()
    inn(benk, *rekkefoelge, rekkefoelge[gjentas])
    benk.gaa(hours=3)
    assert _utfall(benk) == ([("a-1", "UNDER_BEHANDLING")], [("ref-1", "UTFOERT")])


@pytest.mark.parametrize("rekkefoelge", list(itertools.permutations([kontakt(1, **KONTAKT), KLAR])))
def test_varslene_er_de_samme_i_begge_rekkefoelger(
    proevebenk: Proevebenk, rekkefoelge: tuple[dict[str, Any], ...]
) -> None:
    inn(proevebenk, *rekkefoelge)
    (oppgave,) = proevebenk.notifikasjoner()
    assert [ett.type for ett in oppgave.eksterne_varsler] == ["SMS", "EPOST"]
    assert oppgave.paaminnelse is not None
