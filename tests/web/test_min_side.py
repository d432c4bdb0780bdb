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


def notifikasjoner(side: Element) -> list[Element]:
    return side.alle("li", klasse="notifikasjon")


def nye(side: Element) -> list[str]:
    return [notifikasjon.en("a").tekst for notifikasjon in notifikasjoner(side) if "Ulest." in notifikasjon.tekst]


# --- the bell ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("antall", "navn", "sirkel"),
    [(0, "Varsler", None), (1, "Varsler, 1 ny", "1"), (3, "Varsler, 3 nye", "3"), (120, "Varsler, 120 nye", "99+")],
)
def test_bjella_viser_hvor_mange_som_er_nye_for_oeye_og_oere(
    kilde: Minnekilde, kari: Nettleser, antall: int, navn: str, sirkel: str | None
) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(tid=NAA), *(beskjed(tid=NAA + TIME) for _ in range(antall))]
    kilde.sist_lest[KARI.fnr] = NAA
    knapp = bjelleknapp(kari.aapne("/min-side"))
    assert knapp.attributter["aria-label"] == navn
    assert knapp.attributter["aria-expanded"] == "false"
    assert [merke.barn for merke in knapp.alle("span", klasse="bjelle__antall")] == ([[sirkel]] if sirkel else [])


def test_den_lukkede_bjella_viser_ingen_notifikasjoner_og_aapnes_ikke_av_at_siden_leses(
    kilde: Minnekilde, kari: Nettleser
) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed()]
    assert notifikasjoner(kari.aapne("/min-side")) == []
    kari.aapne("/min-side?bjelle=aapen")
    assert kilde.sist_lest == {}


def test_den_aapne_bjella_viser_det_nyeste_foerst_og_det_nye_som_nytt(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.sist_lest[KARI.fnr] = NAA - 2 * TIME
    kilde.notifikasjoner[KARI.fnr] = [
        beskjed(tekst="gammel", tid=NAA - 3 * TIME),
        oppgave(tekst="nyest", tid=NAA - TIME / 2),
        beskjed(tekst="ny", tid=NAA - TIME),
    ]
    side = kari.aapne_bjella()
    assert [notifikasjon.en("a").tekst for notifikasjon in notifikasjoner(side)] == ["nyest", "ny", "gammel"]
    assert nye(side) == ["nyest", "ny"]
    assert bjelleknapp(side).attributter["aria-expanded"] == "true"
    assert bjelleknapp(side).attributter["aria-label"] == "Varsler"
    assert kilde.sist_lest[KARI.fnr] == NAA


def test_det_som_var_nytt_ser_nytt_ut_naar_den_aapne_siden_lastes_igjen_men_ikke_neste_gang_den_aapnes(
    kilde: Minnekilde, kari: Nettleser
) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(tekst="ny")]
    kari.aapne_bjella()
    assert nye(kari.aapne("/min-side?bjelle=aapen")) == ["ny"]
    kari.aapne("/min-side")
    assert nye(kari.aapne("/min-side?bjelle=aapen")) == []
    assert nye(kari.aapne_bjella()) == []


@pytest.mark.parametrize("tilstand", [Oppgavetilstand.UTFOERT, Oppgavetilstand.UTGAATT])
def test_en_oppgave_som_ikke_er_ny_har_ingen_prikk_og_telles_ikke(
    kilde: Minnekilde, kari: Nettleser, tilstand: Oppgavetilstand
) -> None:
    kilde.sist_lest[KARI.fnr] = NAA - 3 * TIME
    kilde.notifikasjoner[KARI.fnr] = [
        oppgave(tilstand=tilstand, tid=NAA - TIME),
        beskjed(tekst="ny", tid=NAA - 2 * TIME),
    ]
    assert bjelleknapp(kari.aapne("/min-side")).attributter["aria-label"] == "Varsler, 1 ny"
    for side in (kari.aapne_bjella(), kari.aapne("/min-side?bjelle=aapen")):
        assert nye(side) == ["ny"]


def test_det_som_kommer_mens_bjella_aapnes_vises_som_nytt(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(tekst="lest", tid=NAA - TIME)]
    kilde.sist_lest[KARI.fnr] = NAA - TIME
    svar = kari.send(kari.bjelleskjema())
    kilde.notifikasjoner[KARI.fnr].append(beskjed(tekst="kom imens", tid=NAA))
    assert nye(kari.aapne(svar.headers["Location"].split("#")[0])) == ["kom imens"]


def test_den_aapne_bjella_kan_lukkes_igjen(kari: Nettleser) -> None:
    side = kari.aapne_bjella()
    skjema = next(ett for ett in side.alle("form") if ett.alle("button", klasse="bjelle"))
    assert (skjema.attributter["method"], skjema.attributter["action"], skjema.alle("input")) == (
        "get",
        "/min-side",
        [],
    )


@pytest.mark.parametrize(
    ("notifikasjon", "deler"),
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
def test_en_notifikasjon_sier_hva_den_er_og_hvordan_det_staar_til(
    kilde: Minnekilde, kari: Nettleser, notifikasjon: Any, deler: list[str]
) -> None:
    kilde.notifikasjoner[KARI.fnr] = [notifikasjon]
    (vist,) = notifikasjoner(kari.aapne_bjella())
    assert [del_ for del_ in deler if del_ not in vist.tekst] == []


def test_en_virksomhet_uten_kjent_navn_viser_nummeret_en_gang(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(virksomhet=Virksomhet(virksomhetsnummer="312914204", navn="312914204"))]
    (vist,) = notifikasjoner(kari.aapne_bjella())
    assert vist.tekst.count("312914204") == 1


# --- clicking ------------------------------------------------------------------------------------------------------


def test_et_klikk_noteres_og_foerer_til_lenken(kilde: Minnekilde, kari: Nettleser) -> None:
    notifikasjon = beskjed(lenke="https://arbeidsgiver.nav.no/im/7?a=1&b=2")
    kilde.notifikasjoner[KARI.fnr] = [notifikasjon]
    (vist,) = notifikasjoner(kari.aapne_bjella())
    svar = kari.klient.get(vist.en("a").attributter["href"])
    assert (svar.status_code, svar.headers["Location"]) == (303, "https://arbeidsgiver.nav.no/im/7?a=1&b=2")
    assert kilde.klikk == [(KARI.fnr, notifikasjon.id)]


@pytest.mark.parametrize(
    "adresse",
    [
        lambda riktig, annen: riktig.split("?")[0],
        lambda riktig, annen: riktig[:-1],
        lambda riktig, annen: f"{riktig.split('?')[0]}?{annen.split('?')[1]}",
        lambda riktig, annen: f"{riktig.split('?')[0]}?csrf=æ",
    ],
)
def test_et_klikk_som_ikke_er_fra_siden_vaar_avvises(
    kilde: Minnekilde, kari: Nettleser, adresse: Callable[[str, str], str]
) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(), beskjed()]
    riktig, annen = (notifikasjon.en("a").attributter["href"] for notifikasjon in notifikasjoner(kari.aapne_bjella()))
    svar = kari.klient.get(adresse(riktig, annen))
    assert (svar.status_code, kilde.klikk) == (403, [])


def test_et_klikk_paa_det_personen_ikke_lenger_har_tilgang_til_sier_det(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed()]
    (vist,) = notifikasjoner(kari.aapne_bjella())
    kilde.notifikasjoner.clear()
    svar = kari.klient.get(vist.en("a").attributter["href"])
    assert (svar.status_code, les(svar).en("h1").tekst) == (404, "Fant ikke det du lette etter")


@pytest.mark.parametrize("lenke", ["javascript:alert(1)", "data:text/html,x", "//example.com", "/logg-ut"])
def test_bare_nettadresser_blir_lenker(kilde: Minnekilde, kari: Nettleser, lenke: str) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(lenke=lenke)]
    kilde.sakene[KARI.fnr] = [sak(lenke=lenke)]
    side = kari.aapne_bjella()
    (vist,) = notifikasjoner(side)
    assert "Inntektsmeldingen er mottatt" in vist.tekst
    assert vist.alle("a") == side.en("li", klasse="sak").alle("a") == []


# --- saker ---------------------------------------------------------------------------------------------------------


def test_en_sak_viser_status_neste_steg_og_hvor_den_foerer(kilde: Minnekilde, kari: Nettleser) -> None:
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


def test_en_status_hvis_egen_tekst_er_tom_vises_som_ingenting(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.sakene[KARI.fnr] = [sak(statustekst="")]
    vist = kari.aapne("/min-side").en("li", klasse="sak")
    assert vist.alle("span", klasse="merke") == []
    assert "Status" not in vist.tekst


# --- hostile texts, empty pages, sources that are down -------------------------------------------------------------


def test_fiendtlige_tekster_vises_som_tekst(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.notifikasjoner[KARI.fnr] = [
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
    (vist,) = notifikasjoner(side)
    assert (vist.tekst.count(FIENDTLIG), side.en("li", klasse="sak").tekst.count(FIENDTLIG)) == (5, 4)


def test_den_som_ikke_har_noe_moeter_vennlige_ord(kari: Nettleser) -> None:
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
def test_en_kilde_som_er_nede_sies(
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
def test_en_feil_sies_paa_en_side_uten_detaljene(
    kilde: Minnekilde, kari: Nettleser, aarsak: Exception, status: int, tittel: str
) -> None:
    kilde.feil = aarsak
    svar = kari.klient.get("/min-side")
    assert (svar.status_code, les(svar).en("h1").tekst) == (status, tittel)
    assert str(aarsak) not in svar.text


# --- structure, headers --------------------------------------------------------------------------------------------


def test_siden_har_spraak_landemerker_overskrifter_og_en_vei_forbi_toppen(kilde: Minnekilde, kari: Nettleser) -> None:
    kilde.notifikasjoner[KARI.fnr], kilde.sakene[KARI.fnr] = [oppgave()], [sak()]
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
def test_sidene_kjoerer_ingenting_fra_andre_steder_og_lagres_ikke(kari: Nettleser, sti: str) -> None:
    svar = kari.klient.get(sti)
    assert svar.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in svar.headers["Content-Security-Policy"]
    assert svar.headers["Cache-Control"] == "no-store"
    assert svar.headers["X-Content-Type-Options"] == "nosniff"
    assert svar.headers["Referrer-Policy"] == "same-origin"


def test_hver_person_ser_bare_sitt_eget(kilde: Minnekilde, nettleser: Nettleser) -> None:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(tekst="til Kari")]
    nettleser.logg_inn(ROLF)
    assert notifikasjoner(nettleser.aapne_bjella()) == []
