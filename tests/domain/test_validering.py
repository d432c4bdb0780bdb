"""Every row of the validation table: what is accepted, and what is refused, by the field's name and never its value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.feil import Valideringsfeil
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    Kommando,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyStatus,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
    feltnavn,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.domain.validering import valider
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sendetidspunkt, Sms
from tests.domain.klokkeslett import utc, veggur
from tests.domain.strategier import jevnt, kommandoer
from tests.verden import ANSATT, LEDER, SYKEPENGER, en_beskjed, en_oppgave, en_sak

ID = UUID("0198c5a0-0000-7000-8000-000000000001")
OPPGAVEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1")
SAKEN = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")
SMS = Sms(tlf="99999999", sms_tekst="Du har en ny oppgave")
EPOST = Epost(epostadresse="post@example.com", epost_tittel="Ny oppgave", epost_html_body="<p>Hei</p>")
ALTINN = Altinnvarsel(ressurs_id="r", epost_tittel="Ny oppgave", epost_html_body="<p>Hei</p>", sms_tekst="Hei")

Lag = Callable[[Any], Kommando]


def avslag(kommando: Kommando) -> dict[str, str]:
    """What is said of each field that is refused, by its path: `mottakere.0.naermesteLeder.ansattFnr`."""
    try:
        valider(kommando)
    except Valideringsfeil as feil:
        return dict(_flatet(feil.felter, ()))
    return {}


def _flatet(gren: Any, sti: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(gren, dict):
        for navn, ledd in gren.items():
            yield from _flatet(ledd, (*sti, navn))
    else:
        (melding,) = gren
        yield ".".join(sti), melding


def leder(**felter: str) -> Mottaker:
    fnr = {"naermeste_leder_fnr": LEDER, "ansatt_fnr": ANSATT, **felter}
    return Mottaker(naermeste_leder=NaermesteLeder(**fnr))


def med_sms(**felter: Any) -> Kommando:
    return en_beskjed(eksterne_varsler=(EksterntVarsel(sms=replace(SMS, **felter)),))


def med_epost(**felter: Any) -> Kommando:
    return en_beskjed(eksterne_varsler=(EksterntVarsel(epost=replace(EPOST, **felter)),))


def med_altinn(**felter: Any) -> Kommando:
    return en_beskjed(eksterne_varsler=(EksterntVarsel(altinnressurs=replace(ALTINN, **felter)),))


def utfoert(**felter: Any) -> Kommando:
    return OppgaveUtfoert(**{"oppgave": OPPGAVEN, **felter})


def utgaatt(**felter: Any) -> Kommando:
    return OppgaveUtgaatt(**{"oppgave": OPPGAVEN, **felter})


def ny_status(**felter: Any) -> Kommando:
    return NyStatus(**{"sak": SAKEN, "status": Saksstatus.FERDIG, **felter})


def endre(**felter: Any) -> Kommando:
    return EndrePaaminnelse(**{"oppgave": OPPGAVEN, "paaminnelse": None, **felter})


def paaminnelse(**felter: Any) -> Paaminnelse:
    tidspunkt = felter.pop("tidspunkt", Paaminnelsestidspunkt(foer_frist="P5D"))
    return Paaminnelse(tidspunkt=tidspunkt, **felter)


def felt(lag: Callable[..., Kommando], navn: str) -> Lag:
    return lambda verdi: lag(**{navn: verdi})


# --- the rules of single values: field path, how to put a value there, good values, bad values with the rule ----------

ELLEVE_SIFRE = "must not hold 11 digits in a row, which may be a fødselsnummer; remove them."
BLANK = "must not be blank."
LENKE = "must be an absolute http or https URL, such as https://arbeidsgiver.nav.no/sak/1."
ORGNR = "must be 9 digits with a valid mod-11 check digit."
FNR = "must be 11 digits with valid check digits."
MOBIL = "must be a Norwegian mobile number of 8 digits in an open series (4 or 9), optionally with +47 or 0047."
EPOSTADRESSE = "must be an e-mail address: letters, digits and . _ % + - on both sides of @, ending in a top domain."
VARIGHET = "must be an ISO 8601 duration in whole numbers, not negative, such as P5D, P1M or PT3H."

UTEN_FNR_GODE = ["Svar på 10 sifre: 1234567890", "1508850 0188", "150885-00188", "æøå 🙂", "linje\nskift"]
MED_FNR = {"Kari 15088500188": ELLEVE_SIFRE, "x15088500188x": ELLEVE_SIFRE, "0" * 12: ELLEVE_SIFRE}
LENKER_GODE = [
    "https://arbeidsgiver.nav.no/sak/1?a=b&c=%20#d",
    "http://localhost:8080",
    "HTTPS://NAV.NO",
    "https://nav.no./x",
    "https://[2001:db8::1]/x",
    "https://blåbær.example/æøå",
    "https://nav.no/" + "x" * 2000,
]
LENKER_DAARLIGE = {
    **dict.fromkeys(
        [
            *("", "nav.no/hemmelig", "/hemmelig", "//nav.no/hemmelig", "https:/hemmelig", "https:hemmelig", "https://"),
            *("javascript:alert(1)", "data:text/html,x", "ftp://nav.no/x", "mailto:a@example.com", "java\tscript:x"),
            *("https://nav.no/a b", "https://nav.no/\n", " https://nav.no", 'https://nav.no/"x', "https://nav.no/<x>"),
            *("https://nav.no:x/", "https://[::1", "https://nav.no:99999/", "https:\\\\nav.no"),
        ],
        LENKE,
    ),
    "https://nav.no/" + "x" * 2034: "must be at most 2048 characters; it is 2049.",
}
NOEKKEL_DAARLIGE = {"": BLANK, " \t": BLANK, "x" * 501: "must be at most 500 characters; it is 501."}
NOEKKEL_GODE = ["1", "x" * 500, "15088500188", "æøå/:?"]
FNR_GODE = ["15088500188", "55088500171", "15488500160", "15888500143"]
FNR_DAARLIGE = dict.fromkeys(["", "15088500189", "1508850018", "150885001880", "150885 00188", "ukjent"], FNR)
VARIGHETER_GODE = ["P5D", "P1M", "PT3H", "P2DT3H4M", "P1Y2M", "P2W", "PT17520H", "P0D"]
VARIGHETER_DAARLIGE = dict.fromkeys(["", "P", "5D", "-P5D", "P1.5D", "P5DT", "fem dager"], VARIGHET)
BLANKE = {"": BLANK, "  \n": BLANK}

TEKSTER_DAARLIGE = {**BLANKE, **MED_FNR, "x" * 301: "must be at most 300 characters; it is 301."}
TITLER_LANGE = {"x" * 141: "must be at most 140 characters; it is 141."}
MOBILNUMRE_GODE = [
    *("99999999", "+4799999999", "004799999999", "40000000", "41234567", "45350000", "45370000", "46000000"),
    *("47000000", "48999999", "90000000", "+4740000000"),
]
MOBILNUMRE_DAARLIGE = [
    *("", "9999999", "999999999", "12345678", "59999999", "22222222", "42000000", "43000000", "44999999"),
    *("45360000", "45369999", "49000000", "+4749000000", "004742000000", "+4699999999", "4799999999", "999 99 999"),
    *("+47 99999999", "99999999\n", "٩٩٩٩٩٩٩٩", "+47+4799999999", "0047", "ukjent"),
]
EPOSTADRESSER_GODE = [
    *("post@example.com", "kåre.ås@blåbær.no", "a_b%c+d-e.f@a-b.example.com", "почта@пример.рф", "1@2.no"),
]
EPOSTADRESSER_DAARLIGE = [
    *("", "post", "post@", "@example.com", "post@example", "post@example.c", "post@example.c0m", "a b@example.com"),
    *("a@b@example.com", "<a@example.com>", "a@example.com\n", "a@example.com,b@example.com", "a'b@example.com"),
    *("a@example.com?bcc=b@example.com", "a@exa/mple.com", "Kari <a@example.com>"),
]

REGLER: list[tuple[str, Lag, list[str], dict[str, str]]] = [
    ("tekst", felt(en_beskjed, "tekst"), ["x", "x" * 300, *UTEN_FNR_GODE], TEKSTER_DAARLIGE),
    ("tekst", felt(en_oppgave, "tekst"), ["x", "x" * 300, *UTEN_FNR_GODE], TEKSTER_DAARLIGE),
    ("tittel", felt(en_sak, "tittel"), ["x", "x" * 140, *UTEN_FNR_GODE], {**BLANKE, **MED_FNR, **TITLER_LANGE}),
    (
        "tilleggsinformasjon",
        felt(en_sak, "tilleggsinformasjon"),
        ["", "x" * 140, *UTEN_FNR_GODE],
        {**MED_FNR, **TITLER_LANGE},
    ),
    ("nesteSteg", felt(en_sak, "neste_steg"), ["", "x" * 1000, *UTEN_FNR_GODE], MED_FNR),
    ("lenke", felt(en_beskjed, "lenke"), LENKER_GODE, LENKER_DAARLIGE),
    ("lenke", felt(en_oppgave, "lenke"), LENKER_GODE, LENKER_DAARLIGE),
    ("lenke", felt(en_sak, "lenke"), LENKER_GODE, LENKER_DAARLIGE),
    ("nyLenke", felt(utfoert, "ny_lenke"), LENKER_GODE, LENKER_DAARLIGE),
    ("nyLenke", felt(utgaatt, "ny_lenke"), LENKER_GODE, LENKER_DAARLIGE),
    ("nyLenkeTilSak", felt(ny_status, "ny_lenke_til_sak"), LENKER_GODE, LENKER_DAARLIGE),
    *(
        (
            "virksomhetsnummer",
            felt(lag, "virksomhetsnummer"),
            ["312914174", "910825526", "974652277", "889640782"],
            dict.fromkeys(
                ["", "312914175", "123456789", "31291417", "3129141744", "312 914 174", "NO312914174", "٣١٢٩١٤١٧٤"],
                ORGNR,
            ),
        )
        for lag in (en_sak, en_beskjed, en_oppgave)
    ),
    *(
        (navn, felt(lag, navn), NOEKKEL_GODE, NOEKKEL_DAARLIGE)
        for lag in (en_sak, en_beskjed)
        for navn in ("merkelapp",)
    ),
    ("grupperingsid", felt(en_sak, "grupperingsid"), NOEKKEL_GODE, NOEKKEL_DAARLIGE),
    ("grupperingsid", felt(en_beskjed, "grupperingsid"), NOEKKEL_GODE, NOEKKEL_DAARLIGE),
    ("eksternId", felt(en_beskjed, "ekstern_id"), NOEKKEL_GODE, NOEKKEL_DAARLIGE),
    *(
        ("idempotensnoekkel", felt(lag, "idempotensnoekkel"), NOEKKEL_GODE, NOEKKEL_DAARLIGE)
        for lag in (utfoert, utgaatt, ny_status, endre)
    ),
    (
        "mottakere.0.altinnRessurs.ressursId",
        lambda verdi: en_sak(mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=verdi)),)),
        NOEKKEL_GODE,
        NOEKKEL_DAARLIGE,
    ),
    (
        "mottakere.1.naermesteLeder.naermesteLederFnr",
        lambda verdi: en_sak(mottakere=(SYKEPENGER, leder(naermeste_leder_fnr=verdi))),
        FNR_GODE,
        FNR_DAARLIGE,
    ),
    (
        "mottakere.0.naermesteLeder.ansattFnr",
        lambda verdi: en_oppgave(mottakere=(leder(ansatt_fnr=verdi),)),
        FNR_GODE,
        FNR_DAARLIGE,
    ),
    (
        "eksterneVarsler.0.sms.mottaker.kontaktinfo.tlf",
        felt(med_sms, "tlf"),
        MOBILNUMRE_GODE,
        dict.fromkeys(MOBILNUMRE_DAARLIGE, MOBIL),
    ),
    ("eksterneVarsler.0.sms.smsTekst", felt(med_sms, "sms_tekst"), ["Hei"], BLANKE),
    (
        "eksterneVarsler.0.epost.mottaker.kontaktinfo.epostadresse",
        felt(med_epost, "epostadresse"),
        [*EPOSTADRESSER_GODE, "x" * 308 + "@example.com"],
        {
            **dict.fromkeys(EPOSTADRESSER_DAARLIGE, EPOSTADRESSE),
            "x" * 309 + "@example.com": "must be at most 320 characters; it is 321.",
        },
    ),
    ("eksterneVarsler.0.epost.epostTittel", felt(med_epost, "epost_tittel"), ["Hei"], BLANKE),
    ("eksterneVarsler.0.epost.epostHtmlBody", felt(med_epost, "epost_html_body"), ["Hei", "<p>Hei</p>"], BLANKE),
    (
        "eksterneVarsler.0.altinnressurs.mottaker.ressursId",
        felt(med_altinn, "ressurs_id"),
        NOEKKEL_GODE,
        NOEKKEL_DAARLIGE,
    ),
    ("eksterneVarsler.0.altinnressurs.epostTittel", felt(med_altinn, "epost_tittel"), ["Hei"], BLANKE),
    ("eksterneVarsler.0.altinnressurs.epostHtmlBody", felt(med_altinn, "epost_html_body"), ["<p>Hei</p>"], BLANKE),
    ("eksterneVarsler.0.altinnressurs.smsTekst", felt(med_altinn, "sms_tekst"), ["Hei"], BLANKE),
    *(
        (
            f"paaminnelse.tidspunkt.{feltnavn(navn)}",
            lambda verdi, navn=navn, lag=lag: lag(
                paaminnelse=paaminnelse(tidspunkt=Paaminnelsestidspunkt(**{navn: verdi}))
            ),
            VARIGHETER_GODE,
            VARIGHETER_DAARLIGE,
        )
        for navn in ("etter_opprettelse", "foer_frist", "foer_start_tidspunkt")
        for lag in (en_oppgave, endre)
    ),
    (
        "paaminnelse.eksterneVarsler.0.sms.mottaker.kontaktinfo.tlf",
        lambda verdi: endre(
            paaminnelse=paaminnelse(eksterne_varsler=(EksterntVarsel(sms=replace(SMS, tlf=verdi)),)),
        ),
        ["99999999"],
        {"42000000": MOBIL},
    ),
    *(
        (
            "hardDelete.om",
            lambda verdi, lag=lag: lag(hard_delete=Slettetidspunkt(om=verdi)),
            VARIGHETER_GODE,
            VARIGHETER_DAARLIGE,
        )
        for lag in (en_sak, en_beskjed, en_oppgave)
    ),
    *(
        (
            "hardDelete.nyTid.om",
            lambda verdi, lag=lag: lag(
                hard_delete=NySlettetid(ny_tid=Slettetidspunkt(om=verdi), strategi=Slettestrategi.FORLENG)
            ),
            VARIGHETER_GODE,
            VARIGHETER_DAARLIGE,
        )
        for lag in (utfoert, utgaatt, ny_status)
    ),
]
GODE = [pytest.param(lag, verdi, id=f"{sti}-{nr}") for sti, lag, gode, _ in REGLER for nr, verdi in enumerate(gode)]
DAARLIGE = [
    pytest.param(lag, sti, verdi, regel, id=f"{sti}-{nr}")
    for sti, lag, _, daarlige in REGLER
    for nr, (verdi, regel) in enumerate(daarlige.items())
]


@pytest.mark.parametrize(("lag", "verdi"), GODE)
def test_en_verdi_som_foelger_regelen_godtas(lag: Lag, verdi: str) -> None:
    assert avslag(lag(verdi)) == {}


@pytest.mark.parametrize(("lag", "sti", "verdi", "regel"), DAARLIGE)
def test_en_verdi_som_bryter_regelen_avvises_ved_feltets_navn_og_gjentas_ikke(
    lag: Lag, sti: str, verdi: str, regel: str
) -> None:
    assert avslag(lag(verdi)) == {sti: regel}, "these texts are all that is said"


# --- the rules of shape: exactly one of, at least one --------------------------------------------------------------

EN_MOTTAKER = "must hold exactly one of altinnRessurs, naermesteLeder."
ETT_VARSEL = "must hold exactly one of sms, epost, altinnressurs."
EN_SENDETID = "must hold exactly one of tidspunkt, sendevindu."
EN_PAAMINNELSESTID = "must hold exactly one of konkret, etterOpprettelse, foerFrist, foerStartTidspunkt."
EN_SLETTETID = "must hold exactly one of den, om."
INGEN_SENDETID, TO_SENDETIDER = (
    Sendetidspunkt(),
    Sendetidspunkt(tidspunkt=veggur("2026-12-01T08:00"), sendevindu=Sendevindu.LOEPENDE),
)
TO_SLETTETIDER = Slettetidspunkt(den=veggur("2026-12-01"), om="P1D")


@pytest.mark.parametrize(
    ("kommando", "ventet"),
    [
        pytest.param(en_sak(mottakere=()), {"mottakere": "must name at least one mottaker."}, id="sak, no mottaker"),
        pytest.param(en_beskjed(mottakere=()), {"mottakere": "must name at least one mottaker."}, id="beskjed, none"),
        pytest.param(en_sak(mottakere=(Mottaker(),)), {"mottakere.0": EN_MOTTAKER}, id="an empty mottaker"),
        pytest.param(
            en_sak(mottakere=(SYKEPENGER, replace(SYKEPENGER, naermeste_leder=leder().naermeste_leder))),
            {"mottakere.1": EN_MOTTAKER},
            id="both kinds of mottaker",
        ),
        pytest.param(
            en_beskjed(eksterne_varsler=(EksterntVarsel(),)), {"eksterneVarsler.0": ETT_VARSEL}, id="an empty varsel"
        ),
        pytest.param(
            en_beskjed(eksterne_varsler=(EksterntVarsel(sms=SMS), EksterntVarsel(sms=SMS, epost=EPOST))),
            {"eksterneVarsler.1": ETT_VARSEL},
            id="two in one varsel",
        ),
        *(
            pytest.param(
                lag(sendetidspunkt=naar), {f"eksterneVarsler.0.{navn}.sendetidspunkt": EN_SENDETID}, id=f"{navn}, {hva}"
            )
            for navn, lag in (("sms", med_sms), ("epost", med_epost), ("altinnressurs", med_altinn))
            for hva, naar in (("no time", INGEN_SENDETID), ("two times", TO_SENDETIDER))
        ),
        pytest.param(
            en_oppgave(paaminnelse=paaminnelse(tidspunkt=Paaminnelsestidspunkt())),
            {"paaminnelse.tidspunkt": EN_PAAMINNELSESTID},
            id="a paaminnelse without a time",
        ),
        pytest.param(
            endre(paaminnelse=paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist="P1D", etter_opprettelse="P1D"))),
            {"paaminnelse.tidspunkt": EN_PAAMINNELSESTID},
            id="a paaminnelse with two times",
        ),
        pytest.param(
            endre(paaminnelse=paaminnelse(eksterne_varsler=(EksterntVarsel(),))),
            {"paaminnelse.eksterneVarsler.0": ETT_VARSEL},
            id="an empty varsel of a paaminnelse",
        ),
        pytest.param(en_sak(hard_delete=Slettetidspunkt()), {"hardDelete": EN_SLETTETID}, id="no deletion time"),
        pytest.param(en_beskjed(hard_delete=TO_SLETTETIDER), {"hardDelete": EN_SLETTETID}, id="two deletion times"),
        pytest.param(
            utfoert(hard_delete=NySlettetid(ny_tid=TO_SLETTETIDER, strategi=Slettestrategi.FORLENG)),
            {"hardDelete.nyTid": EN_SLETTETID},
            id="two new deletion times",
        ),
    ],
)
def test_noeyaktig_en_av_flere_betyr_verken_ingen_eller_to(kommando: Kommando, ventet: dict[str, str]) -> None:
    assert avslag(kommando) == ventet


@pytest.mark.parametrize(
    "kommando",
    [
        med_sms(sendetidspunkt=Sendetidspunkt(tidspunkt=veggur("2026-12-01T08:00"))),
        *(med_epost(sendetidspunkt=Sendetidspunkt(sendevindu=vindu)) for vindu in Sendevindu),
        en_oppgave(paaminnelse=paaminnelse(tidspunkt=Paaminnelsestidspunkt(konkret=veggur("2026-12-01T08:00")))),
        en_sak(hard_delete=Slettetidspunkt(den=veggur("2026-12-01"))),
        en_sak(lenke=None),
        endre(paaminnelse=None),
        en_beskjed(mottakere=(SYKEPENGER, leder())),
        en_beskjed(eksterne_varsler=(EksterntVarsel(sms=SMS), EksterntVarsel(epost=EPOST))),
    ],
)
def test_noeyaktig_en_godtas(kommando: Kommando) -> None:
    assert avslag(kommando) == {}


@pytest.mark.parametrize(
    ("referanse", "godtas"),
    [
        ({"id": ID}, True),
        ({"merkelapp": "Fager", "noekkel": "1"}, True),
        ({}, False),
        ({"merkelapp": "Fager"}, False),
        ({"noekkel": "1"}, False),
        ({"id": ID, "merkelapp": "Fager", "noekkel": "1"}, False),
        ({"id": ID, "merkelapp": "Fager"}, False),
    ],
    ids=["id", "own key", "nothing", "merkelapp only", "key only", "both", "id and merkelapp"],
)
def test_det_som_endres_navngis_ved_id_eller_ved_produsentens_egen_noekkel(
    referanse: dict[str, Any], godtas: bool
) -> None:
    felles = {"id": referanse.get("id"), "merkelapp": referanse.get("merkelapp")}
    saken = Saksreferanse(**felles, grupperingsid=referanse.get("noekkel"))
    oppgaven = Notifikasjonsreferanse(**felles, ekstern_id=referanse.get("noekkel"))
    sagt = "must be given alone, or else both merkelapp and {}."
    assert avslag(ny_status(sak=saken)) == (
        {} if godtas else {"id": sagt.format("grupperingsid, or merkelapp and saksnoekkel")}
    )
    for lag in (utfoert, utgaatt, endre):
        assert avslag(lag(oppgave=oppgaven)) == ({} if godtas else {"id": sagt.format("eksternId")})


# --- what no store and no calendar can hold ------------------------------------------------------------------------

ULAGRBART = "must not hold NUL characters or lone surrogates."
UTENFOR = "must lie within the calendar, in Norway and in UTC."


@pytest.mark.parametrize("tegn", ["\x00", chr(0xD800), chr(0xDFFF)], ids=["NUL", "high", "low"])
def test_tekst_som_ikke_kan_lagres_avvises_hvor_den_enn_staar(tegn: str) -> None:
    assert avslag(en_beskjed(tekst=f"a{tegn}b")) == {"tekst": ULAGRBART}
    assert avslag(en_sak(overstyr_statustekst_med=tegn)) == {"overstyrStatustekstMed": ULAGRBART}
    assert avslag(en_sak(mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=tegn)),))) == {
        "mottakere.0.altinnRessurs.ressursId": ULAGRBART
    }


@pytest.mark.parametrize(
    ("kommando", "sti"),
    [
        (en_oppgave(frist=dt.date.max), "frist"),
        (en_beskjed(opprettet_tidspunkt=veggur("0001-01-01T00:00")), "opprettetTidspunkt"),
        (en_sak(tidspunkt=utc("9999-12-31T23:30")), "tidspunkt"),
        (en_sak(hard_delete=Slettetidspunkt(den=veggur("0001-01-01T00:00"))), "hardDelete.den"),
        (
            en_oppgave(paaminnelse=paaminnelse(tidspunkt=Paaminnelsestidspunkt(konkret=veggur("0001-01-01")))),
            "paaminnelse.tidspunkt.konkret",
        ),
    ],
)
def test_tider_utenfor_kalenderen_avvises(kommando: Kommando, sti: str) -> None:
    assert avslag(kommando) == {sti: UTENFOR}


# --- all of it together --------------------------------------------------------------------------------------------


def test_alle_feil_sies_paa_en_gang_og_en_av_gangen_for_hvert_felt() -> None:
    kommando = en_oppgave(
        tekst="15088500188" * 40,
        lenke="hemmelig",
        virksomhetsnummer="1",
        mottakere=(leder(naermeste_leder_fnr="2", ansatt_fnr="3"),),
    )
    assert avslag(kommando) == {
        "tekst": "must be at most 300 characters; it is 440.",
        "lenke": LENKE,
        "virksomhetsnummer": ORGNR,
        "mottakere.0.naermesteLeder.naermesteLederFnr": FNR,
        "mottakere.0.naermesteLeder.ansattFnr": FNR,
    }


def test_en_beskjed_og_en_oppgave_har_de_samme_reglene() -> None:
    felter = {"tekst": "", "lenke": "", "virksomhetsnummer": "", "merkelapp": "", "ekstern_id": "", "mottakere": ()}
    assert avslag(en_oppgave(**felter)) == avslag(en_beskjed(**felter))
    assert avslag(en_oppgave(**felter)).keys() == {feltnavn(navn) for navn in felter}


@jevnt
@given(kommandoer)
def test_enhver_kommando_godtas_eller_avvises_og_aldri_noe_annet(kommando: Kommando) -> None:
    avslag(kommando)


@jevnt
@given(st.text(min_size=4).filter(lambda tekst: tekst.strip()))
def test_ingen_verdi_gjentas_i_et_avslag(verdi: str) -> None:
    hemmelig = f"§{verdi}§"
    kommando: NyBeskjed = en_oppgave(
        virksomhetsnummer=hemmelig,
        lenke=hemmelig,
        mottakere=(leder(naermeste_leder_fnr=hemmelig, ansatt_fnr=hemmelig),),
        eksterne_varsler=(
            EksterntVarsel(sms=replace(SMS, tlf=hemmelig)),
            EksterntVarsel(epost=replace(EPOST, epostadresse=hemmelig)),
        ),
        paaminnelse=paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist=hemmelig)),
    )
    with pytest.raises(Valideringsfeil) as feil:
        valider(kommando)
    assert hemmelig not in f"{feil.value} {feil.value.felter}"
