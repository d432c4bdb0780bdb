"""Inntektsmelding: what every message becomes, written out in full, and the odd ones among them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from gateway.vertskap.feil import Pluginfeil
from gateway.vertskap.kjoering import Pluginkjoering
from tests.plugins.oversatt import hendelse, noekkel, oversatt, plugin
from tests.verden import melding

FORESPOERSEL = "b0a3c6f2-7d0e-4a0b-9b69-2b1f0c9d2f01"
LENKE = f"https://arbeidsgiver.nav.no/im-dialog/{FORESPOERSEL}"
KVITTERING = f"https://arbeidsgiver.nav.no/im-dialog/kvittering/{FORESPOERSEL}"
UTGAATT = "https://arbeidsgiver.nav.no/im-dialog/utgatt"
KOPI = "varsler-inntektsmelding@example.com"
MERKELAPP = "Inntektsmelding sykepenger"
RESSURS = "nav_sykepenger_inntektsmelding"
MOTTAKERE = [{"altinn_ressurs": {"ressurs_id": RESSURS}}]

VARSEL = {
    "epost_tittel": "Nav trenger inntektsmelding",
    "epost_html_body": (
        "<p>GLAD TORSK AS har fått en oppgave om innsending av inntektsmelding for sykepenger.</p>"
        "<p>Logg inn på Min side – arbeidsgiver hos Nav.</p><p>Vennlig hilsen Nav</p>"
    ),
}
VARSEL_SMS = (
    "GLAD TORSK AS: Nav trenger inntektsmelding. Logg inn på Min side – arbeidsgiver hos Nav. Vennlig hilsen Nav"
)
PAAMINNELSE = {
    "epost_tittel": "Påminnelse: Nav trenger inntektsmelding",
    "epost_html_body": (
        "<p>Nav venter fortsatt på inntektsmelding fra GLAD TORSK AS.</p>"
        "<p>Logg inn på Min side – arbeidsgiver hos Nav.</p><p>Vennlig hilsen Nav</p>"
    ),
}
PAAMINNELSE_SMS = (
    "GLAD TORSK AS: Nav venter fortsatt på inntektsmelding. Logg inn på Min side – arbeidsgiver hos Nav. "
    "Vennlig hilsen Nav"
)
STRAKS, NKS = {"sendevindu": "LOEPENDE"}, {"sendevindu": "NKS_AAPNINGSTID"}

SAK = {
    "NySak": {
        "grupperingsid": FORESPOERSEL,
        "merkelapp": MERKELAPP,
        "virksomhetsnummer": "312914174",
        "mottakere": MOTTAKERE,
        "tittel": "Inntektsmelding for Ola Nordmann: f. 214593",
        "initiell_status": "UNDER_BEHANDLING",
        "lenke": LENKE,
        "tilleggsinformasjon": "Sykmeldingsperiode 01.10.2026 - 31.10.2026",
        "overstyr_statustekst_med": "Nav trenger inntektsmelding",
        "hard_delete": {"om": "P730D"},
    },
    "tillater": ["DuplikatGrupperingsidEtterDelete"],
    "avslutter": True,
}
OPPGAVE = {
    "NyOppgave": {
        "merkelapp": MERKELAPP,
        "ekstern_id": FORESPOERSEL,
        "virksomhetsnummer": "312914174",
        "mottakere": MOTTAKERE,
        "tekst": "Innsending av inntektsmelding for sykepenger",
        "lenke": LENKE,
        "grupperingsid": FORESPOERSEL,
        "eksterne_varsler": [
            {"altinnressurs": {"ressurs_id": RESSURS, **VARSEL, "sms_tekst": VARSEL_SMS, "sendetidspunkt": STRAKS}},
            {"epost": {"epostadresse": KOPI, **VARSEL, "sendetidspunkt": STRAKS}},
        ],
        "paaminnelse": {
            "tidspunkt": {"etter_opprettelse": "P28D"},
            "eksterne_varsler": [
                {
                    "altinnressurs": {
                        "ressurs_id": RESSURS,
                        **PAAMINNELSE,
                        "sms_tekst": PAAMINNELSE_SMS,
                        "sendetidspunkt": NKS,
                    }
                },
                {"epost": {"epostadresse": KOPI, **PAAMINNELSE, "sendetidspunkt": NKS}},
            ],
        },
    }
}
OPPGAVEN = {"merkelapp": MERKELAPP, "ekstern_id": FORESPOERSEL}
SAKEN = {"merkelapp": MERKELAPP, "grupperingsid": FORESPOERSEL}

EKSEMPLER: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "1_opprett": ("SAK_OG_OPPGAVE_OPPRETT_REQUESTED", [SAK, OPPGAVE]),
    "2_fjern_paaminnelse": (
        "FORESPOERSEL_KASTET_TIL_INFOTRYGD",
        [
            {
                "EndrePaaminnelse": {
                    "oppgave": OPPGAVEN,
                    "idempotensnoekkel": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1002",
                },
                "tillater": ["NotifikasjonFinnesIkke", "OppgavenErAlleredeUtfoert"],
            }
        ],
    ),
    "3_besvart": (
        "FORESPOERSEL_BESVART",
        [
            {
                "NyStatus": {
                    "sak": SAKEN,
                    "status": "FERDIG",
                    "overstyr_statustekst_med": "Mottatt – Se kvittering eller korriger inntektsmelding",
                    "ny_lenke_til_sak": KVITTERING,
                    "hard_delete": {"ny_tid": {"om": "P730D"}, "strategi": "FORLENG"},
                    "idempotensnoekkel": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003",
                },
                "tillater": ["SakFinnesIkke"],
            },
            {
                "OppgaveUtfoert": {
                    "oppgave": OPPGAVEN,
                    "ny_lenke": KVITTERING,
                    "idempotensnoekkel": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003",
                },
                "tillater": ["NotifikasjonFinnesIkke"],
            },
        ],
    ),
    "4_forkastet": (
        "FORESPOERSEL_FORKASTET",
        [
            {
                "OppgaveUtgaatt": {
                    "oppgave": OPPGAVEN,
                    "ny_lenke": UTGAATT,
                    "idempotensnoekkel": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1004",
                },
                "tillater": ["NotifikasjonFinnesIkke", "OppgavenErAlleredeUtfoert"],
            },
            {
                "NyStatus": {
                    "sak": SAKEN,
                    "status": "FERDIG",
                    "overstyr_statustekst_med": "Avbrutt av Nav",
                    "ny_lenke_til_sak": UTGAATT,
                    "hard_delete": {"ny_tid": {"om": "P90D"}, "strategi": "OVERSKRIV"},
                    "idempotensnoekkel": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1004",
                },
                "tillater": ["SakFinnesIkke"],
            },
        ],
    ),
}


@pytest.fixture(scope="module")
def inntektsmelding() -> Pluginkjoering:
    return plugin("inntektsmelding")


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


@pytest.mark.parametrize(("navn", "ventet"), [(navn, ventet) for navn, (_, ventet) in EKSEMPLER.items()], ids=EKSEMPLER)
def test_en_melding_blir_til_akkurat_disse_kommandoene(
    inntektsmelding: Pluginkjoering, navn: str, ventet: list[dict[str, Any]]
) -> None:
    assert oversatt(inntektsmelding, melding(f"inntektsmelding/{navn}")) == ventet


def test_hver_hendelsestype_har_et_eksempel_her(inntektsmelding: Pluginkjoering) -> None:
    assert {type_ for type_, _ in EKSEMPLER.values()} == set(inntektsmelding.erklaering.hendelsestyper)
    assert {melding(f"inntektsmelding/{navn}")["@event_name"] for navn in EKSEMPLER} == set(
        inntektsmelding.erklaering.hendelsestyper
    )


@pytest.mark.parametrize(("type_", "ventet"), EKSEMPLER.values(), ids=EKSEMPLER)
def test_eksemplene_i_dokumentasjonen_blir_til_det_samme(
    inntektsmelding: Pluginkjoering, type_: str, ventet: list[dict[str, Any]]
) -> None:
    assert oversatt(inntektsmelding, dict(inntektsmelding.erklaering.hendelsestyper[type_].eksempel)) == ventet


@pytest.mark.parametrize("navn", EKSEMPLER)
def test_alle_meldinger_om_en_forespoersel_har_forespoerselen_som_noekkel(
    inntektsmelding: Pluginkjoering, navn: str
) -> None:
    assert noekkel(inntektsmelding, melding(f"inntektsmelding/{navn}")) == FORESPOERSEL


@pytest.mark.parametrize("navn", ["2_fjern_paaminnelse", "3_besvart", "4_forkastet"])
def test_forespoerselens_id_leses_paa_toppen_eller_i_data(inntektsmelding: Pluginkjoering, navn: str) -> None:
    uten = {n: v for n, v in melding(f"inntektsmelding/{navn}").items() if n not in ("data", "forespoersel_id")}
    for sted in ({"forespoersel_id": FORESPOERSEL}, {"data": {"forespoersel_id": FORESPOERSEL}}):
        assert oversatt(inntektsmelding, {**uten, **sted}) == EKSEMPLER[navn][1]


def test_et_langt_navn_kortes_saa_foedselsdatoen_staar_igjen(inntektsmelding: Pluginkjoering) -> None:
    (sak, _) = oversatt(inntektsmelding, sykmeldt(navn="Å" * 300))
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
def test_tittelen_har_foedselsdatoen_ogsaa_fra_et_d_nummer(
    inntektsmelding: Pluginkjoering, fnr: str, foedt: str
) -> None:
    (sak, oppgave) = oversatt(inntektsmelding, sykmeldt(fnr=fnr))
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
    inntektsmelding: Pluginkjoering, melding_: dict[str, Any], ventet: str
) -> None:
    (sak, _) = oversatt(inntektsmelding, melding_)
    assert sak["NySak"]["tilleggsinformasjon"] == ventet


def test_uten_oenske_om_paaminnelse_er_oppgaven_ellers_den_samme(inntektsmelding: Pluginkjoering) -> None:
    (_, oppgave) = oversatt(inntektsmelding, opprett(skal_ha_paaminnelse=False))
    uten = {navn: verdi for navn, verdi in OPPGAVE["NyOppgave"].items() if navn != "paaminnelse"}
    assert oppgave == {"NyOppgave": uten}


@pytest.mark.parametrize("kopi", [None, ""])
def test_uten_kopiadresse_varsles_bare_ressursen(kopi: str | None) -> None:
    (_, oppgave) = oversatt(plugin("inntektsmelding", kopi_til_epost=kopi), melding("inntektsmelding/1_opprett"))
    varsler = oppgave["NyOppgave"]["eksterne_varsler"] + oppgave["NyOppgave"]["paaminnelse"]["eksterne_varsler"]
    assert [list(varsel) for varsel in varsler] == [["altinnressurs"], ["altinnressurs"]]


def test_et_firmanavn_kan_ikke_skrive_html_i_en_epost(inntektsmelding: Pluginkjoering) -> None:
    (_, oppgave) = oversatt(inntektsmelding, opprett(virksomhet="<b>FISK & SØNN</b>"))
    bestilling = oppgave["NyOppgave"]["eksterne_varsler"][0]["altinnressurs"]
    assert bestilling["epost_html_body"].startswith("<p>&lt;b&gt;FISK &amp; SØNN&lt;/b&gt; har fått")
    assert bestilling["sms_tekst"].startswith("<b>FISK & SØNN</b>: ")


@pytest.mark.parametrize("felt", ["@behov", "fail"])
@pytest.mark.parametrize("type_", [type_ for type_, _ in EKSEMPLER.values()])
@pytest.mark.parametrize(
    "resten",
    [{}, {"data": None}, {"data": "fritekst"}, {"data": {"forespoersel_id": 7}}, {"forespoersel_id": FORESPOERSEL}],
    ids=["nothing more", "data null", "data text", "a number for id", "an id"],
)
def test_andres_prat_paa_samme_stroem_er_ingenting_og_ingen_feil(
    inntektsmelding: Pluginkjoering, felt: str, type_: str, resten: dict[str, Any]
) -> None:
    prat = {"@event_name": type_, "@id": "1", felt: ["HENT_NAVN"], **resten}
    assert oversatt(inntektsmelding, prat) == []
    assert noekkel(inntektsmelding, prat) in (None, FORESPOERSEL)


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
    inntektsmelding: Pluginkjoering, endret: dict[str, Any]
) -> None:
    with pytest.raises(Pluginfeil, match="the event does not follow the schema of") as feil:
        inntektsmelding.tilpass(hendelse(endret), endret)
    for hemmelig in ("2145931009", "Ola", "1.10.2026"):
        assert hemmelig not in str(feil.value)
