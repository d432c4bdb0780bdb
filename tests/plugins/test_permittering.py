"""Permittering: every submission becomes the one sak that stands beside it, and holds nothing of the contact."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.plugin.testing import Pluginpakke, Proevebenk
from tests.plugins.meldinger import pluginen, send, svar
from tests.verden import melding

NAVN = ("masseoppsigelse", "permittering_uten_loenn", "innskrenkning")


@pytest.fixture
def pluginpakke() -> Pluginpakke:
    return pluginen("permittering")


def test_en_innsending_blir_til_akkurat_den_saken_som_staar_ved_siden_av(proevebenk: Proevebenk) -> None:
    proevebenk.krev_eksemplene()


def test_hver_hendelsestype_har_et_eksempel(proevebenk: Proevebenk) -> None:
    assert {melding(f"permittering/{navn}")["type"] for navn in NAVN} == set(proevebenk.plugin.hendelsestyper)


def test_eksemplene_i_dokumentasjonen_blir_til_saker(proevebenk: Proevebenk) -> None:
    for type_ in proevebenk.plugin.hendelsestyper.values():
        assert [list(ett) for ett in svar(proevebenk.med(), {"type": type_.navn, **type_.eksempel})] == [["NySak"]]


def test_saken_er_der_med_det_som_ble_sendt(proevebenk: Proevebenk) -> None:
    send(proevebenk, melding("permittering/masseoppsigelse"))
    (sak,) = proevebenk.saker()
    assert (sak.tittel, sak.merkelapp, sak.virksomhetsnummer) == ("Melding om oppsigelse", "Nedbemanning", "910825526")
    assert proevebenk.notifikasjoner() == []


def test_den_samme_meldingen_igjen_er_den_samme_hendelsen(proevebenk: Proevebenk) -> None:
    foerst, igjen = (send(proevebenk, melding("permittering/masseoppsigelse")) for _ in range(2))
    assert (foerst.ny, igjen.ny, igjen.id) == (True, False, foerst.id)
    assert len(proevebenk.saker()) == 1


def test_et_bedriftsnummer_som_tall_er_det_samme_som_tekst(proevebenk: Proevebenk) -> None:
    som_tekst = melding("permittering/masseoppsigelse")
    fra_tekst = svar(proevebenk, som_tekst)
    assert svar(proevebenk.med(), {**som_tekst, "bedriftsnummer": 910825526}) == fra_tekst


def test_kontaktpersonen_er_ikke_med_i_noe_som_lagres(proevebenk: Proevebenk) -> None:
    fra = melding("permittering/masseoppsigelse")
    til = str(svar(proevebenk, fra))
    for felt in ("kontaktNavn", "kontaktTlf", "kontaktEpost", "fritekst"):
        assert fra[felt] not in til


@pytest.mark.parametrize(
    ("sendt", "tidspunkt"),
    [
        ("2026-11-02T10:19:30.000Z", "2026-11-02T10:19:30Z"),
        ("2026-11-02T11:19:30+01:00", "2026-11-02T11:19:30+01:00"),
        ("2026-11-02T11:19:30", "2026-11-02T11:19:30"),  # Oslo wall clock
    ],
)
def test_saken_er_mottatt_da_skjemaet_ble_sendt_inn(proevebenk: Proevebenk, sendt: str, tidspunkt: str) -> None:
    (steg,) = svar(proevebenk, {**melding("permittering/masseoppsigelse"), "sendtInnTidspunkt": sendt})
    assert steg["NySak"]["tidspunkt"] == tidspunkt


def test_lenken_begynner_med_lagets_egen_innstilling(proevebenk: Proevebenk) -> None:
    (steg,) = svar(proevebenk.med(lenke="https://dev.nav.no/"), melding("permittering/masseoppsigelse"))
    assert steg["NySak"]["lenke"] == "https://dev.nav.no/5f6027bf-0604-4acf-8168-0c1611f33c0d"


@pytest.mark.parametrize(
    ("felter", "regel"),
    [
        ({"id": ""}, "$.id, the rule 'minLength'"),
        ({"id": 1}, "$.id, the rule 'type'"),
        ({"bedriftsnummer": None}, "$.bedriftsnummer, the rule 'type'"),
        ({"sendtInnTidspunkt": ""}, "$.sendtInnTidspunkt, the rule 'minLength'"),
    ],
)
def test_en_melding_som_bryter_skjemaet_stoppes_foer_den_oversettes(
    proevebenk: Proevebenk, felter: dict[str, Any], regel: str
) -> None:
    sendt = send(proevebenk, {**melding("permittering/masseoppsigelse"), **felter})
    assert sendt.tilstand == "KARANTENE"
    assert f"does not follow the schema of MASSEOPPSIGELSE\nat {regel} is broken" in (sendt.feilmelding or "")
    assert proevebenk.saker() == []


def test_et_umulig_bedriftsnummer_avvises_av_den_samme_regelen_som_ellers(proevebenk: Proevebenk) -> None:
    sendt = send(proevebenk, {**melding("permittering/masseoppsigelse"), "bedriftsnummer": 910825527})
    assert (sendt.tilstand, sendt.feilkode) == ("KARANTENE", "Valideringsfeil")
    assert '"virksomhetsnummer":["must be 9 digits with a valid mod-11 check digit."]' in (sendt.feilmelding or "")
