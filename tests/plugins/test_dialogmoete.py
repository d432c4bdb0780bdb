"""Dialogmøte: appointments that move, of a meeting that no message names, with what was looked up outside."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.plugin.testing import Pluginpakke, Proevebenk
from tests.plugins.meldinger import pluginen
from tests.verden import melding


@pytest.fixture
def pluginpakke() -> Pluginpakke:
    return pluginen("dialogmoete")


@pytest.fixture
def benk(proevebenk: Proevebenk) -> Proevebenk:
    """Both registers know those who meet."""
    proevebenk.svar_paa("narmesteleder", {"epost": "kari@example.com"})
    proevebenk.svar_paa("personer", {"navn": "Ola Nordmann"})
    return proevebenk


def send(benk: Proevebenk, navn: str, id_: str | None = None) -> Any:
    inn = melding(f"dialogmoete/{navn}")
    return benk.send(inn["type"], inn, id=id_ or navn)


def test_eksemplene_blir_det_som_staar_ved_siden_av(proevebenk: Proevebenk) -> None:
    proevebenk.krev_eksemplene()


def test_et_moete_over_hele_livet(benk: Proevebenk) -> None:
    send(benk, "1_innkalt")
    (sak,) = benk.saker()
    assert (sak.tittel, sak.siste_status.status) == ("Dialogmøte med Ola Nordmann", "MOTTATT")
    (avtale,) = benk.notifikasjoner()
    assert avtale.tilstand == "VENTER_SVAR_FRA_ARBEIDSGIVER"
    assert [ett.type for ett in avtale.eksterne_varsler] == ["EPOST"]

    send(benk, "2_svar")
    assert [ett.tilstand for ett in benk.notifikasjoner()] == ["ARBEIDSGIVER_HAR_GODTATT"]

    send(benk, "3_nytt_tid_sted")
    assert [ett.tilstand for ett in benk.notifikasjoner()] == ["AVLYST", "VENTER_SVAR_FRA_ARBEIDSGIVER"]

    send(benk, "5_referat")
    avlyst, holdt, beskjed = benk.notifikasjoner()
    assert (avlyst.tilstand, holdt.tilstand, beskjed.tekst) == (
        "AVLYST",
        "AVHOLDT",
        "Referatet fra dialogmøtet er klart",
    )
    (sak,) = benk.saker()
    assert sak.siste_status.status == "FERDIG"


def test_et_avlyst_moete_er_ferdig_og_sier_fra(benk: Proevebenk) -> None:
    send(benk, "1_innkalt")
    send(benk, "4_avlyst")
    (avtale,) = benk.notifikasjoner()
    assert avtale.tilstand == "AVLYST"
    assert [ett.varsel.epost.epost_tittel for ett in benk.kanal.sendte] == [
        "Innkalling til dialogmøte",
        "Dialogmøtet er avlyst",
    ]
    assert benk.saker()[0].siste_status.status == "FERDIG"


def test_et_nytt_moete_for_de_samme_er_en_ny_sak(benk: Proevebenk) -> None:
    for navn, id_ in (("1_innkalt", "a"), ("4_avlyst", "b"), ("1_innkalt", "c")):
        send(benk, navn, id_)
    assert [sak.siste_status.status for sak in benk.saker()] == ["FERDIG", "MOTTATT"]


def test_et_moete_som_ikke_er_kjent_blir_en_beskjed(proevebenk: Proevebenk) -> None:
    for navn in ("2_svar", "3_nytt_tid_sted", "4_avlyst", "5_referat"):
        assert send(proevebenk, navn).tilstand == "BEHANDLET"
    assert {ett.type for ett in proevebenk.notifikasjoner()} == {"BESKJED"}
    assert proevebenk.saker() == []


def test_tjenester_som_er_nede_koster_navnet_og_varselet_og_ikke_moetet(proevebenk: Proevebenk) -> None:
    assert send(proevebenk, "1_innkalt").tilstand == "BEHANDLET"
    assert proevebenk.saker()[0].tittel == "Innkalling til dialogmøte"
    assert proevebenk.notifikasjoner()[0].eksterne_varsler == ()


def test_en_adresse_som_ikke_er_en_adresse_koster_varselet(proevebenk: Proevebenk) -> None:
    proevebenk.svar_paa("narmesteleder", {"epost": "ikke en adresse"})
    assert send(proevebenk, "1_innkalt").tilstand == "BEHANDLET"
    assert proevebenk.notifikasjoner()[0].eksterne_varsler == ()


def test_ingen_foedselsnumre_staar_i_det_som_huskes_eller_i_noekler(benk: Proevebenk) -> None:
    sendt = send(benk, "1_innkalt")
    fnr = melding("dialogmoete/1_innkalt")["arbeidstakerFnr"]
    assert all(fnr not in ett.ekstern_id for ett in benk.notifikasjoner())
    assert all(fnr not in sak.grupperingsid for sak in benk.saker())
    assert sendt.svar
