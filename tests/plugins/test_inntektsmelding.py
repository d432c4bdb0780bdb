"""Inntektsmelding: every message becomes what stands beside it; and the odd ones among them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from gateway.plugin.testing import Pluginpakke, Proevebenk
from tests.plugins.meldinger import pluginen, send, svar
from tests.verden import melding

FORESPOERSEL = "b0a3c6f2-7d0e-4a0b-9b69-2b1f0c9d2f01"
TYPER = {
    "1_opprett": "SAK_OG_OPPGAVE_OPPRETT_REQUESTED",
    "2_fjern_paaminnelse": "FORESPOERSEL_KASTET_TIL_INFOTRYGD",
    "3_besvart": "FORESPOERSEL_BESVART",
    "4_forkastet": "FORESPOERSEL_FORKASTET",
}


@pytest.fixture
def pluginpakke() -> Pluginpakke:
    return pluginen("inntektsmelding")


def opprett(**data: Any) -> dict[str, Any]:
    """The message that starts it all, with other data."""
    ny = copy.deepcopy(melding("inntektsmelding/1_opprett"))
    ny["data"].update(data)
    return ny


def sykmeldt(**felter: str) -> dict[str, Any]:
    return opprett(sykmeldt={"fnr": "21459310093", "navn": "Ola Nordmann", **felter})


def perioder(*fra_til: tuple[str, str]) -> dict[str, Any]:
    forespoersel = melding("inntektsmelding/1_opprett")["data"]["forespoersel"]
    return opprett(
        forespoersel={**forespoersel, "sykmeldingsperioder": [{"fom": fom, "tom": tom} for fom, tom in fra_til]}
    )


def test_en_melding_blir_til_akkurat_det_som_staar_ved_siden_av(proevebenk: Proevebenk) -> None:
    proevebenk.krev_eksemplene()


def test_hver_hendelsestype_har_et_eksempel(proevebenk: Proevebenk) -> None:
    assert set(TYPER.values()) == set(proevebenk.plugin.hendelsestyper)
    assert {navn: melding(f"inntektsmelding/{navn}")["@event_name"] for navn in TYPER} == TYPER


@pytest.mark.parametrize(("navn", "type_"), TYPER.items())
def test_eksempelet_i_dokumentasjonen_blir_til_det_samme(proevebenk: Proevebenk, navn: str, type_: str) -> None:
    ventet = svar(proevebenk, melding(f"inntektsmelding/{navn}"))
    benk = proevebenk.med()
    assert svar(benk, dict(benk.plugin.hendelsestyper[type_].eksempel)) == ventet


def test_hele_livet_til_en_forespoersel(proevebenk: Proevebenk) -> None:
    """In the order in which they were sent, whatever comes between: all of them have the forespørsel as their key."""
    for navn in ("1_opprett", "2_fjern_paaminnelse", "3_besvart"):
        svar(proevebenk, melding(f"inntektsmelding/{navn}"))
        proevebenk.gaa(hours=1)
    (sak,), (oppgave,) = proevebenk.saker(), proevebenk.notifikasjoner()
    assert [status.status for status in sak.statuser] == ["FERDIG", "UNDER_BEHANDLING"]
    assert (oppgave.tilstand, oppgave.paaminnelse) == ("UTFOERT", None)
    assert {ett.type for ett in proevebenk.kanal.sendte} == {"EPOST", "ALTINNRESSURS"}


def test_uten_svar_kommer_paaminnelsen_etter_fire_uker(proevebenk: Proevebenk) -> None:
    svar(proevebenk, melding("inntektsmelding/1_opprett"))
    proevebenk.gaa(days=27)
    assert len(proevebenk.kanal.sendte) == 2
    proevebenk.gaa(days=2)
    assert len(proevebenk.kanal.sendte) == 4


@pytest.mark.parametrize("navn", ["2_fjern_paaminnelse", "3_besvart", "4_forkastet"])
def test_forespoerselens_id_leses_paa_toppen_eller_i_data(proevebenk: Proevebenk, navn: str) -> None:
    hel = melding(f"inntektsmelding/{navn}")
    ventet = svar(proevebenk, hel)
    uten = {navn: verdi for navn, verdi in hel.items() if navn not in ("data", "forespoersel_id")}
    for sted in ({"forespoersel_id": FORESPOERSEL}, {"data": {"forespoersel_id": FORESPOERSEL}}):
        assert svar(proevebenk.med(), {**uten, **sted}) == ventet


def test_et_langt_navn_kortes_saa_foedselsdatoen_staar_igjen(proevebenk: Proevebenk) -> None:
    (sak, _) = svar(proevebenk, sykmeldt(navn="Å" * 300))
    tittel = sak["NySak"]["tittel"]
    assert len(tittel) == 140
    assert tittel == f"Inntektsmelding for {'Å' * 109}: f. 214593"


@pytest.mark.parametrize(
    ("fnr", "foedt"),
    [
        pytest.param("15088500188", "150885", id="fødselsnummer"),
        pytest.param("55088500171", "150885", id="D-nummer"),
        pytest.param("41018000200", "010180", id="D-nummer, the first of a month"),
        pytest.param("71129900177", "311299", id="D-nummer, the last of a month"),
    ],
)
def test_tittelen_har_foedselsdatoen_ogsaa_fra_et_d_nummer(proevebenk: Proevebenk, fnr: str, foedt: str) -> None:
    (sak, oppgave) = svar(proevebenk, sykmeldt(fnr=fnr))
    assert sak["NySak"]["tittel"] == f"Inntektsmelding for Ola Nordmann: f. {foedt}"
    assert fnr not in f"{sak} {oppgave}"


@pytest.mark.parametrize(
    ("melding_", "ventet"),
    [
        pytest.param(
            perioder(("2026-10-01", "2026-10-31")), "Sykmeldingsperiode 01.10.2026 - 31.10.2026", id="one period"
        ),
        pytest.param(
            perioder(("2026-10-01", "2026-10-10"), ("2026-10-15", "2026-10-31")),
            "Sykmeldingsperiode 01.10.2026 - [...] - 31.10.2026",
            id="two",
        ),
        pytest.param(
            perioder(("2026-10-01", "2026-10-02"), ("2026-10-05", "2026-10-06"), ("2026-12-30", "2027-01-02")),
            "Sykmeldingsperiode 01.10.2026 - [...] - 02.01.2027",
            id="three",
        ),
    ],
)
def test_sykmeldingsperiodene_sies_fra_foerste_til_siste_dag(
    proevebenk: Proevebenk, melding_: dict[str, Any], ventet: str
) -> None:
    (sak, _) = svar(proevebenk, melding_)
    assert sak["NySak"]["tilleggsinformasjon"] == ventet


def test_uten_oenske_om_paaminnelse_er_oppgaven_ellers_den_samme(proevebenk: Proevebenk) -> None:
    (_, med) = svar(proevebenk, opprett())
    (_, uten) = svar(proevebenk.med(), opprett(skal_ha_paaminnelse=False))
    assert uten == {"NyOppgave": {navn: verdi for navn, verdi in med["NyOppgave"].items() if navn != "paaminnelse"}}


@pytest.mark.parametrize("kopi", [None, ""])
def test_uten_kopiadresse_varsles_bare_ressursen(proevebenk: Proevebenk, kopi: str | None) -> None:
    (_, oppgave) = svar(proevebenk.med(kopi_til_epost=kopi), melding("inntektsmelding/1_opprett"))
    varsler = oppgave["NyOppgave"]["eksterne_varsler"] + oppgave["NyOppgave"]["paaminnelse"]["eksterne_varsler"]
    assert [list(varsel) for varsel in varsler] == [["altinnressurs"], ["altinnressurs"]]


def test_et_firmanavn_kan_ikke_skrive_html_i_en_epost(proevebenk: Proevebenk) -> None:
    (_, oppgave) = svar(proevebenk, opprett(virksomhet="<b>FISK & SØNN</b>"))
    bestilling = oppgave["NyOppgave"]["eksterne_varsler"][0]["altinnressurs"]
    assert bestilling["epost_html_body"].startswith("<p>&lt;b&gt;FISK &amp; SØNN&lt;/b&gt; har fått")
    assert bestilling["sms_tekst"].startswith("<b>FISK & SØNN</b>: ")


@pytest.mark.parametrize("felt", ["@behov", "fail"])
@pytest.mark.parametrize("type_", TYPER.values())
@pytest.mark.parametrize(
    "resten",
    [{}, {"data": None}, {"data": "fritekst"}, {"data": {"forespoersel_id": 7}}, {"forespoersel_id": FORESPOERSEL}],
    ids=["nothing more", "data null", "data text", "a number for id", "an id"],
)
def test_andres_prat_paa_samme_stroem_er_ingenting_og_ingen_feil(
    proevebenk: Proevebenk, felt: str, type_: str, resten: dict[str, Any]
) -> None:
    prat = {"@event_name": type_, "@id": "1", felt: ["HENT_NAVN"], **resten}
    assert svar(proevebenk, prat) == []


@pytest.mark.parametrize(
    "endret",
    [
        pytest.param(opprett(sykmeldt={"fnr": "2145931009", "navn": "Ola"}), id="fnr of 10 digits"),
        pytest.param(sykmeldt(navn=""), id="no name"),
        pytest.param(perioder(), id="no period"),
        pytest.param(perioder(("1.10.2026", "31.10.2026")), id="another kind of date"),
        pytest.param(opprett(skal_ha_paaminnelse="ja"), id="a word for a truth"),
        pytest.param({**melding("inntektsmelding/1_opprett"), "data": None}, id="no data"),
        pytest.param({"@event_name": "FORESPOERSEL_BESVART", "@id": "1"}, id="no forespørsel"),
        pytest.param({"@event_name": "FORESPOERSEL_FORKASTET", "@id": "1", "forespoersel_id": ""}, id="empty id"),
    ],
)
def test_en_melding_som_bryter_skjemaet_stoppes_og_det_den_sier_gjentas_ikke(
    proevebenk: Proevebenk, endret: dict[str, Any]
) -> None:
    sendt = send(proevebenk, endret)
    assert sendt.tilstand == "KARANTENE"
    assert sendt.feilmelding is not None
    assert sendt.feilmelding.startswith("the event does not follow the schema of")
    for hemmelig in ("2145931009", "Ola", "1.10.2026"):
        assert hemmelig not in sendt.feilmelding
