"""What an employer sees on /min-side, and what opening the bell and clicking do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.tilstand import Oppgavetilstand, Saksstatus
from gateway.reading.visning import Sakslinje, Virksomhet
from gateway.store.database import Utilgjengelig
from tests.web.conftest import KARI, NAA, ROLF, Element, Minnekilde, Nettleser, beskjed, les, ny_id, oppgave, sak

TIME = dt.timedelta(hours=1)
FIENDTLIG = "<script>alert('hei')</script> & <b onclick=x>\"tekst\"</b>"


def bjelleknapp(side: Element) -> Element:
    return side.en("button", klasse="bjelle")


def varsler(side: Element) -> list[Element]:
    return side.alle("li", klasse="varsel")


def nye(side: Element) -> list[str]:
    return [varsel.en("a").tekst for varsel in varsler(side) if "Ulest." in varsel.tekst]


# --- the bell ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("antall", "navn", "sirkel"),
    [(0, "Varsler", None), (1, "Varsler, 1 ny", "1"), (3, "Varsler, 3 nye", "3"), (120, "Varsler, 120 nye", "99+")],
)
def test_the_bell_shows_how_many_are_new_to_eye_and_ear(
    kilde: Minnekilde, kari: Nettleser, antall: int, navn: str, sirkel: str | None
) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(tid=NAA), *(beskjed(tid=NAA + TIME) for _ in range(antall))]
    kilde.sist_lest[KARI.fnr] = NAA
    knapp = bjelleknapp(kari.aapne("/min-side"))
    assert knapp.attributter["aria-label"] == navn
    assert knapp.attributter["aria-expanded"] == "false"
    assert [merke.barn for merke in knapp.alle("span", klasse="bjelle__antall")] == ([[sirkel]] if sirkel else [])


def test_the_closed_bell_shows_no_varsler_and_reading_the_page_does_not_open_it(
    kilde: Minnekilde, kari: Nettleser
) -> None:
    kilde.varsler[KARI.fnr] = [beskjed()]
    assert varsler(kari.aapne("/min-side")) == []
    kari.aapne("/min-side?bjelle=aapen")
    assert kilde.sist_lest == {}


def test_the_opened_bell_shows_the_newest_first_and_the_new_ones_as_new(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.sist_lest[KARI.fnr] = NAA - 2 * TIME
    kilde.varsler[KARI.fnr] = [
        beskjed(tekst="gammel", tid=NAA - 3 * TIME),
        oppgave(tekst="nyest", tid=NAA - TIME / 2),
        beskjed(tekst="ny", tid=NAA - TIME),
    ]
    side = kari.aapne_bjella()
    assert [varsel.en("a").tekst for varsel in varsler(side)] == ["nyest", "ny", "gammel"]
    assert nye(side) == ["nyest", "ny"]
    assert bjelleknapp(side).attributter["aria-expanded"] == "true"
    assert bjelleknapp(side).attributter["aria-label"] == "Varsler"
    assert kilde.sist_lest[KARI.fnr] == NAA


def test_what_was_new_looks_new_when_the_open_page_is_loaded_again_but_not_at_the_next_opening(
    kilde: Minnekilde, kari: Nettleser
) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(tekst="ny")]
    kari.aapne_bjella()
    assert nye(kari.aapne("/min-side?bjelle=aapen")) == ["ny"]
    kari.aapne("/min-side")
    assert nye(kari.aapne("/min-side?bjelle=aapen")) == []
    assert nye(kari.aapne_bjella()) == []


def test_what_arrives_while_the_bell_opens_is_shown_as_new(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(tekst="lest", tid=NAA - TIME)]
    kilde.sist_lest[KARI.fnr] = NAA - TIME
    svar = kari.send(kari.bjelleskjema())
    kilde.varsler[KARI.fnr].append(beskjed(tekst="kom imens", tid=NAA))
    assert nye(kari.aapne(svar.headers["Location"].split("#")[0])) == ["kom imens"]


def test_the_opened_bell_can_be_closed_again(kari: Nettleser) -> None:
    side = kari.aapne_bjella()
    skjema = next(ett for ett in side.alle("form") if ett.alle("button", klasse="bjelle"))
    assert (skjema.attributter["method"], skjema.attributter["action"], skjema.alle("input")) == (
        "get",
        "/min-side",
        [],
    )


@pytest.mark.parametrize(
    ("varsel", "deler"),
    [
        (oppgave(frist=dt.date(2026, 11, 13)), ["Oppgave", "Status: Ny", "Frist i morgen", "I dag kl. 13.30"]),
        (
            oppgave(
                frist=dt.date(2026, 11, 14), tilstand=Oppgavetilstand.UTFOERT, utfoert_tidspunkt=NAA, klikket_paa=True
            ),
            ["Status: Utført 12. november 2026", "Frist 14. november 2026"],
        ),
        (
            oppgave(tilstand=Oppgavetilstand.UTGAATT, utgaatt_tidspunkt=NAA, paaminnelse_tidspunkt=NAA - TIME),
            ["Status: Utgått 12. november 2026", "Påminnelse i dag kl. 13.30"],
        ),
        (beskjed(), ["Beskjed", "Inntektsmelding sykepenger", "GLAD TORSK AS", "Virksomhetsnr. 312914174"]),
        (
            beskjed(sak=Sakslinje(id=ny_id(), tittel="Saken", tilleggsinformasjon="Mer om den")),
            ["Sak: Saken", "Mer om den"],
        ),
    ],
)
def test_a_varsel_tells_what_it_is_and_how_it_stands(
    kilde: Minnekilde, kari: Nettleser, varsel: Any, deler: list[str]
) -> None:
    kilde.varsler[KARI.fnr] = [varsel]
    (vist,) = varsler(kari.aapne_bjella())
    assert [del_ for del_ in deler if del_ not in vist.tekst] == []


def test_a_virksomhet_without_a_known_name_shows_its_number_once(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(virksomhet=Virksomhet(virksomhetsnummer="312914204", navn="312914204"))]
    (vist,) = varsler(kari.aapne_bjella())
    assert vist.tekst.count("312914204") == 1


# --- clicking ------------------------------------------------------------------------------------------------------


def test_a_click_is_noted_and_leads_to_the_lenke(kilde: Minnekilde, kari: Nettleser) -> None:
    varsel = beskjed(lenke="https://arbeidsgiver.nav.no/im/7?a=1&b=2")
    kilde.varsler[KARI.fnr] = [varsel]
    (vist,) = varsler(kari.aapne_bjella())
    svar = kari.klient.get(vist.en("a").attributter["href"])
    assert (svar.status_code, svar.headers["Location"]) == (303, "https://arbeidsgiver.nav.no/im/7?a=1&b=2")
    assert kilde.klikk == [(KARI.fnr, varsel.id)]


@pytest.mark.parametrize(
    "adresse",
    [
        lambda riktig, annen: riktig.split("?")[0],
        lambda riktig, annen: riktig[:-1],
        lambda riktig, annen: f"{riktig.split('?')[0]}?{annen.split('?')[1]}",
        lambda riktig, annen: f"{riktig.split('?')[0]}?csrf=æ",
    ],
)
def test_a_click_that_our_page_did_not_give_is_refused(
    kilde: Minnekilde, kari: Nettleser, adresse: Callable[[str, str], str]
) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(), beskjed()]
    riktig, annen = (varsel.en("a").attributter["href"] for varsel in varsler(kari.aapne_bjella()))
    svar = kari.klient.get(adresse(riktig, annen))
    assert (svar.status_code, kilde.klikk) == (403, [])


def test_a_click_on_what_the_person_may_no_longer_see_says_so(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.varsler[KARI.fnr] = [beskjed()]
    (vist,) = varsler(kari.aapne_bjella())
    kilde.varsler.clear()
    svar = kari.klient.get(vist.en("a").attributter["href"])
    assert (svar.status_code, les(svar).en("h1").tekst) == (404, "Fant ikke det du lette etter")


@pytest.mark.parametrize("lenke", ["javascript:alert(1)", "data:text/html,x", "//example.com", "/logg-ut"])
def test_only_web_addresses_become_links(kilde: Minnekilde, kari: Nettleser, lenke: str) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(lenke=lenke)]
    kilde.sakene[KARI.fnr] = [sak(lenke=lenke)]
    side = kari.aapne_bjella()
    (vist,) = varsler(side)
    assert "Inntektsmeldingen er mottatt" in vist.tekst
    assert vist.alle("a") == side.en("li", klasse="sak").alle("a") == []


# --- saker ---------------------------------------------------------------------------------------------------------


def test_a_sak_shows_status_next_step_and_where_it_leads(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.sakene[KARI.fnr] = [
        sak(
            siste_status=Saksstatus.UNDER_BEHANDLING,
            statustekst="Venter på deg",
            tilleggsinformasjon="Gjelder 14 ansatte",
            neste_steg="Send dokumentasjon",
        )
    ]
    vist = kari.aapne("/min-side").en("li", klasse="sak")
    assert vist.en("a").attributter["href"] == "https://arbeidsgiver.nav.no/permittering/1"
    assert vist.en("span", klasse="merke--under_behandling").tekst == "Status: Venter på deg"
    for del_ in ("Gjelder 14 ansatte", "Neste steg: Send dokumentasjon", "GLAD TORSK AS", "9. november 2026 kl. 14.30"):
        assert del_ in vist.tekst


# --- hostile texts, empty pages, sources that are down -------------------------------------------------------------


def test_hostile_texts_are_shown_as_texts(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.varsler[KARI.fnr] = [
        oppgave(
            tekst=FIENDTLIG,
            merkelapp=FIENDTLIG,
            virksomhet=Virksomhet(virksomhetsnummer="312914174", navn=FIENDTLIG),
            sak=Sakslinje(id=ny_id(), tittel=FIENDTLIG, tilleggsinformasjon=FIENDTLIG),
            lenke="https://example.com/?a='b'",
        )
    ]
    kilde.sakene[KARI.fnr] = [
        sak(tittel=FIENDTLIG, statustekst=FIENDTLIG, neste_steg=FIENDTLIG, tilleggsinformasjon=FIENDTLIG)
    ]
    side = kari.aapne_bjella()
    assert side.alle("script") == side.alle("b") == []
    (vist,) = varsler(side)
    assert (vist.tekst.count(FIENDTLIG), side.en("li", klasse="sak").tekst.count(FIENDTLIG)) == (5, 4)


def test_someone_without_anything_meets_friendly_words(kari: Nettleser) -> None:
    side = kari.aapne_bjella()
    assert [tomt.tekst for tomt in side.alle("p", klasse="tomt__tittel")] == [
        "Du har ingen varsler",
        "Ingen saker ennå",
    ]
    assert side.alle("div", klasse="melding") == []


@pytest.mark.parametrize(
    ("feil", "titler"),
    [
        ({"feil_altinn": True}, ["Vi får ikke hentet tilgangene dine fra Altinn"]),
        ({"feil_digisyfo": True}, ["Vi får ikke hentet hvem du er nærmeste leder for"]),
    ],
)
def test_a_source_that_is_down_is_told(
    kilde: Minnekilde, kari: Nettleser, feil: dict[str, bool], titler: list[str]
) -> None:
    for navn, verdi in feil.items():
        setattr(kilde, navn, verdi)
    meldinger = kari.aapne("/min-side").alle("p", klasse="melding__tittel")
    assert [melding.tekst for melding in meldinger] == titler


@pytest.mark.parametrize(
    ("aarsak", "status", "tittel"),
    [
        (Utilgjengelig("The database is busy"), 503, "Tjenesten er ikke tilgjengelig akkurat nå"),
        (RuntimeError("hemmelig 15488510042"), 500, "Noe gikk galt hos oss"),
    ],
)
def test_a_fault_is_told_on_a_page_without_its_details(
    kilde: Minnekilde, kari: Nettleser, aarsak: Exception, status: int, tittel: str
) -> None:
    kilde.feil = aarsak
    svar = kari.klient.get("/min-side")
    assert (svar.status_code, les(svar).en("h1").tekst) == (status, tittel)
    assert str(aarsak) not in svar.text


# --- structure, headers --------------------------------------------------------------------------------------------


def test_the_page_has_language_landmarks_headings_and_a_way_past_the_header(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.varsler[KARI.fnr], kilde.sakene[KARI.fnr] = [oppgave()], [sak()]
    side = kari.aapne_bjella()
    assert side.en("html").attributter["lang"] == "nb"
    assert side.en("a", klasse="hopp").attributter["href"] == f"#{side.en('main').attributter['id']}"
    assert len(side.alle("header")) == len(side.alle("footer")) == len(side.alle("h1")) == 1
    assert [overskrift.tekst for overskrift in side.alle("h2")] == ["Varsler", "Siste saker"]
    id_er = [element.attributter["id"] for element in side.alle() if "id" in element.attributter]
    assert len(id_er) == len(set(id_er))
    for element in side.alle("section"):
        assert element.attributter["aria-labelledby"] in id_er


@pytest.mark.parametrize(
    "sti", ["/min-side", "/logg-inn", "/min-side/notifikasjon/0198f3c2-a4b4-7c55-a3a1-c0ffee000001"]
)
def test_pages_run_nothing_from_elsewhere_and_are_not_kept(kari: Nettleser, sti: str) -> None:
    svar = kari.klient.get(sti)
    assert svar.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in svar.headers["Content-Security-Policy"]
    assert svar.headers["Cache-Control"] == "no-store"
    assert svar.headers["X-Content-Type-Options"] == "nosniff"
    assert svar.headers["Referrer-Policy"] == "same-origin"


def test_each_person_sees_only_their_own(kilde: Minnekilde, nettleser: Nettleser) -> None:
    kilde.varsler[KARI.fnr] = [beskjed(tekst="til Kari")]
    nettleser.logg_inn(ROLF)
    assert varsler(nettleser.aapne_bjella()) == []
