"""Get or create: a sak by its grupperingsid, and the open sak of a key. What is there already is no refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from gateway.domain import feil
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    Kommando,
    LukkOppgaver,
    NyStatus,
    Saksendring,
    Saksinnhold,
    Saksreferanse,
    SikreAapenSak,
    SikreSak,
    SlettSak,
)
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Oppgaveslutt, Saksstatus
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.reading import produsent as lesing
from gateway.runder.sletting import slett_forfalte
from gateway.store.tabeller import (
    Idempotens,
    Logg,
    Notifikasjon,
    Sak,
    Saksnoekkel,
    SakStatus,
    SakTilgang,
)
from tests.domain.klokkeslett import veggur
from tests.handling.gjoer import SAKEN, den_ene, en_avtale, gjoer, rader, til_det_er_tomt
from tests.handling.test_samtidighet import _samtidig
from tests.noekkelbytte import GAMMEL, NY, Trinn, i_trinn
from tests.verden import (
    BIFF_OG_BULJONG,
    GLAD_TORSK,
    LEDER,
    START,
    SYKEPENGER,
    FastKlokke,
    aktoer,
    en_beskjed,
    en_oppgave,
    en_sak,
)

PERSON = LEDER  # a key that is personal
PERSONENS = Saksreferanse(merkelapp="Fager", saksnoekkel=PERSON)
BEHANDLES = Saksendring(status=Saksstatus.UNDER_BEHANDLING)


def innhold(**felter: Any) -> Saksinnhold:
    return replace(
        Saksinnhold(
            merkelapp="Fager",
            virksomhetsnummer=GLAD_TORSK,
            mottakere=(SYKEPENGER,),
            tittel="Sykefravær",
            initiell_status=Saksstatus.MOTTATT,
        ),
        **felter,
    )


def aapen(noekkel: str = PERSON, **felter: Any) -> SikreAapenSak:
    return replace(SikreAapenSak(saksnoekkel=noekkel, sak=innhold()), **felter)


def ferdig(sak: Saksreferanse) -> NyStatus:
    return NyStatus(sak=sak, status=Saksstatus.FERDIG)


# --- by grupperingsid ----------------------------------------------------------------------------------------------


def test_en_sak_som_ikke_finnes_opprettes_som_den_er_sagt(kjerne: Kjerne) -> None:
    utfall = gjoer(kjerne, SikreSak(sak=en_sak(neste_steg="Vent"), ellers=BEHANDLES))
    assert utfall.ny
    sak = den_ene(kjerne, Sak)
    assert (sak.id, sak.siste_status, sak.neste_steg) == (utfall.id, "MOTTATT", "Vent")
    assert den_ene(kjerne, SakStatus).id == utfall.status_id
    assert len(rader(kjerne, SakTilgang)) == 1
    assert [rad.hva for rad in rader(kjerne, Logg)] == ["NySak"]
    assert gjoer(kjerne, en_sak(neste_steg="Vent")) == Utfall(id=sak.id, ny=False, status_id=utfall.status_id)


def test_en_sak_som_finnes_staar_som_den_er_ogsaa_naar_den_sies_annerledes(kjerne: Kjerne) -> None:
    foerste = gjoer(kjerne, en_sak())
    foer = den_ene(kjerne, Sak).__data__
    assert gjoer(kjerne, SikreSak(sak=en_sak())) == replace(foerste, ny=False)
    annen = gjoer(kjerne, SikreSak(sak=en_sak(tittel="Noe annet", virksomhetsnummer=BIFF_OG_BULJONG)))
    (merknad,) = annen.merknader
    assert annen == replace(foerste, ny=False, merknader=(merknad,))
    assert "other content" in merknad
    assert den_ene(kjerne, Sak).__data__ == foer
    assert [rad.hva for rad in rader(kjerne, Logg)] == ["NySak"], "nothing was changed"


@pytest.mark.parametrize(
    ("ellers", "kolonner", "logget"),
    [
        ({"status": Saksstatus.FERDIG}, {"siste_status": "FERDIG", "siste_statustekst": "Ferdig"}, ["NyStatus"]),
        (
            {"status": Saksstatus.FERDIG, "overstyr_statustekst_med": "Avgjort", "lenke": "https://nav.no/v"},
            {"siste_status": "FERDIG", "siste_statustekst": "Avgjort", "lenke": "https://nav.no/v"},
            ["NyStatus"],
        ),
        ({"neste_steg": "Vedtak"}, {"neste_steg": "Vedtak"}, ["EndreNesteSteg"]),
        ({"neste_steg": ""}, {"neste_steg": ""}, ["EndreNesteSteg"]),
        ({"tilleggsinformasjon": "2027"}, {"tilleggsinformasjon": "2027"}, ["EndreTilleggsinformasjon"]),
        ({"lenke": "https://nav.no/v"}, {"lenke": "https://nav.no/v"}, ["SikreSak"]),
        (
            {"hard_delete": NySlettetid(ny_tid=Slettetidspunkt(om="P1D"), strategi=Slettestrategi.OVERSKRIV)},
            {"slettes_tidspunkt": START + dt.timedelta(days=1)},
            ["SikreSak"],
        ),
        ({}, {}, []),
    ],
    ids=lambda verdi: " ".join(verdi) if isinstance(verdi, dict) else None,
)
def test_ellers_endrer_det_den_nevner_og_loggen_sier_det_som_for_hver_for_seg(
    kjerne: Kjerne, ellers: dict[str, Any], kolonner: dict[str, Any], logget: list[str]
) -> None:
    gjoer(kjerne, en_sak())
    foer = den_ene(kjerne, Sak).__data__
    utfall = gjoer(kjerne, SikreSak(sak=en_sak(), ellers=Saksendring(**ellers)))
    etter = den_ene(kjerne, Sak).__data__
    statusens = {"siste_status_id", "siste_status_tidspunkt"} if "status" in ellers else set()
    assert {navn for navn in foer if etter[navn] != foer[navn]} - statusens == set(kolonner)
    assert {navn: etter[navn] for navn in kolonner} == kolonner
    assert utfall.status_id == etter["siste_status_id"]
    assert [rad.hva for rad in rader(kjerne, Logg)] == ["NySak", *logget]


def test_en_slettet_saks_grupperingsid_sikres_ikke(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, SlettSak(sak=SAKEN))
    with pytest.raises(feil.DuplikatGrupperingsidEtterDelete):
        gjoer(kjerne, SikreSak(sak=en_sak(), ellers=BEHANDLES))
    assert rader(kjerne, Sak) == []


def test_en_slettetid_som_er_forbi_er_bare_feil_naar_saken_opprettes(kjerne: Kjerne) -> None:
    forbi = en_sak(hard_delete=Slettetidspunkt(den=veggur("2026-01-01T00:00")))
    with pytest.raises(feil.Valideringsfeil):
        gjoer(kjerne, SikreSak(sak=forbi))
    gjoer(kjerne, en_sak())
    assert not gjoer(kjerne, SikreSak(sak=forbi)).ny


@pytest.mark.parametrize("kommando", [SikreSak(sak=en_sak()), aapen()], ids=lambda ett: type(ett).__name__)
def test_bare_egne_merkelapper_og_mottakere(kjerne: Kjerne, kommando: SikreSak | SikreAapenSak) -> None:
    with pytest.raises(feil.UgyldigMerkelapp):
        gjoer(kjerne, kommando, "permittering")
    egne = {"merkelapp": "Permittering"}
    with pytest.raises(feil.UgyldigMottaker):
        gjoer(kjerne, replace(kommando, sak=replace(kommando.sak, **egne)), "permittering")
    assert rader(kjerne, Sak) == rader(kjerne, Saksnoekkel) == []


@pytest.mark.parametrize("lag", [lambda **f: SikreSak(sak=en_sak(), **f), aapen], ids=["SikreSak", "SikreAapenSak"])
def test_en_idempotensnoekkel_gir_det_foerste_svaret_enten_saken_ble_laget_eller_endret(
    kjerne: Kjerne, lag: Callable[..., Kommando]
) -> None:
    laget = gjoer(kjerne, lag(ellers=BEHANDLES, idempotensnoekkel="a"))
    assert gjoer(kjerne, lag(ellers=BEHANDLES, idempotensnoekkel="a")) == replace(laget, ny=False)
    assert len(rader(kjerne, SakStatus)) == 1, "what made it does not change it when said again"
    endret = gjoer(kjerne, lag(ellers=BEHANDLES, idempotensnoekkel="b"))
    assert (endret.id, endret.ny) == (laget.id, False)
    assert gjoer(kjerne, lag(ellers=BEHANDLES, idempotensnoekkel="b")) == endret
    assert len(rader(kjerne, SakStatus)) == 2
    with pytest.raises(feil.Konflikt):
        gjoer(kjerne, lag(ellers=Saksendring(status=Saksstatus.FERDIG), idempotensnoekkel="b"))


def test_innholdet_under_en_idempotensnoekkel_er_ikke_slettetiden_men_saken_ellers(kjerne: Kjerne) -> None:
    def sikre(**felter: Any) -> SikreSak:
        return SikreSak(sak=en_sak(**felter), idempotensnoekkel="a")

    gjoer(kjerne, sikre())
    assert not gjoer(kjerne, sikre(hard_delete=Slettetidspunkt(om="P1Y"))).ny
    with pytest.raises(feil.Konflikt):
        gjoer(kjerne, sikre(tittel="Noe annet"))


# --- the open sak of a key -----------------------------------------------------------------------------------------


def test_en_noekkel_har_en_aapen_sak_og_en_ny_naar_den_er_ferdig_eller_slettet(kjerne: Kjerne) -> None:
    foerste = gjoer(kjerne, aapen())
    assert foerste.ny
    assert foerste.grupperingsid == str(foerste.id) == den_ene(kjerne, Sak).grupperingsid
    assert gjoer(kjerne, aapen()) == replace(foerste, ny=False)
    gjoer(kjerne, ferdig(PERSONENS))
    andre = gjoer(kjerne, aapen())
    assert andre.ny
    gjoer(kjerne, SlettSak(sak=PERSONENS))
    tredje = gjoer(kjerne, aapen())
    assert tredje.ny
    assert {rad.id for rad in rader(kjerne, Sak)} == {foerste.id, tredje.id}
    assert {rad.sak_id for rad in rader(kjerne, Saksnoekkel)} == {tredje.id}


def test_en_aapen_sak_har_ingen_egen_grupperingsid() -> None:
    with pytest.raises(TypeError, match="Saksinnhold"):
        aapen(sak=en_sak())


def test_noekler_og_merkelapper_har_hver_sin(kjerne: Kjerne) -> None:
    annen_merkelapp = next(ett for ett in kjerne.produsenter.hent("fager").merkelapper if ett != "Fager")
    ulike = (aapen(), aapen("en annen"), aapen(sak=innhold(merkelapp=annen_merkelapp)))
    assert len({gjoer(kjerne, ett).id for ett in ulike}) == len(ulike)


def test_en_noekkel_er_den_samme_i_enhver_unicode_form(kjerne: Kjerne) -> None:
    assert gjoer(kjerne, aapen("Å")).id == gjoer(kjerne, aapen("A\u030a")).id
    gjoer(kjerne, ferdig(Saksreferanse(merkelapp="Fager", saksnoekkel="A\u030a")))


def test_en_ferdig_sak_som_aapnes_igjen_er_noekkelens_bare_hvis_den_er_den_siste(kjerne: Kjerne) -> None:
    foerste = gjoer(kjerne, aapen())
    gjoer(kjerne, ferdig(PERSONENS))
    igjen = NyStatus(sak=Saksreferanse(id=foerste.id), status=Saksstatus.UNDER_BEHANDLING)
    gjoer(kjerne, igjen)
    assert gjoer(kjerne, aapen()).id == foerste.id
    gjoer(kjerne, ferdig(PERSONENS))
    andre = gjoer(kjerne, aapen())
    gjoer(kjerne, igjen)
    assert gjoer(kjerne, aapen()).id == andre.id


def test_andre_kommandoer_og_lesing_finner_saken_ved_noekkelen(kjerne: Kjerne) -> None:
    sak = gjoer(kjerne, aapen())
    gjoer(kjerne, EndreNesteSteg(sak=PERSONENS, neste_steg="Vent"))
    for ny in (en_beskjed, en_oppgave, en_avtale):
        assert gjoer(kjerne, replace(ny(), grupperingsid=None, saksnoekkel=PERSON)).ny
    assert {rad.grupperingsid for rad in rader(kjerne, Notifikasjon)} == {sak.grupperingsid}
    assert gjoer(kjerne, LukkOppgaver(sak=PERSONENS, som=Oppgaveslutt.UTFOERT)).antall_endret == 1
    lest = lesing.sak(kjerne, kjerne.produsenter.hent("fager"), PERSONENS)
    assert (lest.id, lest.neste_steg) == (sak.id, "Vent")


@pytest.mark.parametrize(
    "kommando",
    [
        ferdig(PERSONENS),
        EndreNesteSteg(sak=PERSONENS, neste_steg=None),
        SlettSak(sak=PERSONENS),
        en_beskjed(saksnoekkel=PERSON),
        en_oppgave(saksnoekkel=PERSON),
        en_avtale(grupperingsid=None, saksnoekkel=PERSON),
    ],
    ids=lambda ett: type(ett).__name__,
)
@pytest.mark.parametrize("var_der", [False, True], ids=["never", "FERDIG"])
def test_uten_aapen_sak_er_svaret_at_den_ikke_finnes(kjerne: Kjerne, kommando: Kommando, var_der: bool) -> None:
    if var_der:
        gjoer(kjerne, aapen())
        gjoer(kjerne, ferdig(PERSONENS))
    with pytest.raises(feil.SakFinnesIkke) as avslag:
        gjoer(kjerne, kommando)
    assert PERSON not in str(avslag.value)
    with pytest.raises(feil.UgyldigMerkelapp):
        gjoer(kjerne, kommando, "permittering")


def test_en_notifikasjon_sagt_igjen_er_den_samme_ogsaa_naar_noekkelen_har_en_annen_sak(kjerne: Kjerne) -> None:
    gjoer(kjerne, aapen())
    oppgave = en_oppgave(saksnoekkel=PERSON)
    foerste = gjoer(kjerne, oppgave)
    gjoer(kjerne, ferdig(PERSONENS))
    assert gjoer(kjerne, oppgave) == replace(foerste, ny=False), "when none is open"
    gjoer(kjerne, aapen())
    assert gjoer(kjerne, oppgave) == replace(foerste, ny=False), "when another is"
    with pytest.raises(feil.DuplikatEksternIdOgMerkelapp):
        gjoer(kjerne, en_oppgave(saksnoekkel="en annen"))


def test_en_notifikasjon_er_innenfor_den_aapne_sakens_krets(kjerne: Kjerne) -> None:
    gjoer(kjerne, aapen())
    with pytest.raises(feil.UgyldigMottaker):
        gjoer(kjerne, en_oppgave(saksnoekkel=PERSON, virksomhetsnummer=BIFF_OG_BULJONG))


def test_det_samme_sagt_igjen_aapner_ingen_ny_sak_naar_den_foerste_er_ferdig(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    foerste = gjoer(kjerne, aapen(idempotensnoekkel="hendelse-1"))
    gjoer(kjerne, ferdig(PERSONENS))
    assert gjoer(kjerne, aapen(idempotensnoekkel="hendelse-1")) == replace(foerste, ny=False)
    assert gjoer(kjerne, aapen(idempotensnoekkel="hendelse-2")).ny
    assert len(rader(kjerne, Sak)) == 2


def test_noekkelen_staar_ingen_steder_i_klartekst_og_raden_blir_borte_med_saken(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, aapen(idempotensnoekkel="k"))
    gjoer(kjerne, en_oppgave(saksnoekkel=PERSON))
    for tabell in (Sak, Saksnoekkel, SakStatus, Notifikasjon, Logg, Idempotens):
        assert PERSON not in str([rad.__data__ for rad in rader(kjerne, tabell)]), tabell
    slettes = NySlettetid(ny_tid=Slettetidspunkt(om="P1D"), strategi=Slettestrategi.OVERSKRIV)
    gjoer(kjerne, aapen(ellers=Saksendring(hard_delete=slettes)))
    klokke.gaa(days=2)
    assert til_det_er_tomt(slett_forfalte, kjerne) == 1
    assert rader(kjerne, Saksnoekkel) == rader(kjerne, Notifikasjon) == []
    assert gjoer(kjerne, aapen()).ny


def test_en_sletting_ved_noekkel_svarer_det_samme_under_sin_idempotensnoekkel(kjerne: Kjerne) -> None:
    gjoer(kjerne, aapen())
    slett = SlettSak(sak=PERSONENS, idempotensnoekkel="k")
    svar = gjoer(kjerne, slett)
    gjoer(kjerne, aapen())
    assert gjoer(kjerne, slett) == replace(svar, ny=False)
    assert len(rader(kjerne, Sak)) == 1, "what was opened since is left"


# --- at once -------------------------------------------------------------------------------------------------------

MANGE = 50


@pytest.mark.parametrize("lag", [lambda: SikreSak(sak=en_sak()), aapen], ids=["SikreSak", "SikreAapenSak"])
def test_femti_samtidig_lager_en_sak(kjerne: Kjerne, lag: Callable[[], Kommando]) -> None:
    svar = _samtidig(*[lambda: utfoer(kjerne, lag(), aktoer(kjerne))] * MANGE)
    assert len({(ett.id, ett.status_id, ett.grupperingsid) for ett in svar}) == 1
    assert [ett.ny for ett in svar].count(True) == 1
    assert len(rader(kjerne, Sak)) == len(rader(kjerne, SakStatus)) == len(rader(kjerne, Logg)) == 1


def test_femti_samtidig_etter_en_ferdig_sak_aapner_en(kjerne: Kjerne) -> None:
    gammel = gjoer(kjerne, aapen())
    gjoer(kjerne, ferdig(PERSONENS))
    svar = _samtidig(*[lambda: utfoer(kjerne, aapen(), aktoer(kjerne))] * MANGE)
    (ny,) = {ett.id for ett in svar}
    assert ny != gammel.id
    assert len(rader(kjerne, Sak)) == 2


def test_femti_like_med_samme_idempotensnoekkel_endrer_en_gang(kjerne: Kjerne) -> None:
    gjoer(kjerne, aapen())
    lik = aapen(ellers=BEHANDLES, idempotensnoekkel="k")
    svar = _samtidig(*[lambda: utfoer(kjerne, lik, aktoer(kjerne))] * MANGE)
    assert len({ett.status_id for ett in svar}) == 1
    assert len(rader(kjerne, SakStatus)) == 2


def test_aapning_ferdigstilling_sletting_og_nye_oppgaver_samtidig_gir_hoeyst_en_aapen(kjerne: Kjerne) -> None:
    """Whatever the order: all open saker but one were FERDIG or gone, and every oppgave is on a sak that is there."""
    arbeid: list[Callable[[], Any]] = []
    for nr in range(12):
        arbeid += [
            lambda: utfoer(kjerne, aapen(), aktoer(kjerne)),
            lambda: utfoer(kjerne, ferdig(PERSONENS), aktoer(kjerne)),
            lambda nr=nr: utfoer(kjerne, en_oppgave(ekstern_id=str(nr), saksnoekkel=PERSON), aktoer(kjerne)),
        ]
    arbeid += [lambda: utfoer(kjerne, SlettSak(sak=PERSONENS), aktoer(kjerne))] * 3
    svar = _samtidig(*arbeid)
    assert {type(ett) for ett in svar} <= {Utfall, feil.SakFinnesIkke}
    saker = rader(kjerne, Sak)
    assert len([sak for sak in saker if sak.siste_status != "FERDIG"]) <= 1
    finnes = {sak.grupperingsid for sak in saker}
    assert {rad.grupperingsid for rad in rader(kjerne, Notifikasjon)} <= finnes
    assert {rad.sak_id for rad in rader(kjerne, Saksnoekkel)} <= {sak.id for sak in saker}


def aapner(kjerne: Kjerne) -> Any:
    return aktoer(kjerne)


# --- while the secret is changed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("foerst", "saa"),
    [
        (Trinn.FOER, Trinn.VARSLET),
        (Trinn.VARSLET, Trinn.BYTTET),
        (Trinn.BYTTET, Trinn.VARSLET),
        (Trinn.BYTTET, Trinn.ETTER),
        (Trinn.FOER, Trinn.ETTER),
    ],
    ids=lambda trinn: trinn.name,
)
def test_noekkelen_har_en_aapen_sak_mens_hemmeligheten_byttes(kjerne: Kjerne, foerst: Trinn, saa: Trinn) -> None:
    foer, etter = i_trinn(kjerne, foerst), i_trinn(kjerne, saa)
    sak = gjoer(foer, aapen())
    assert gjoer(etter, aapen()).id == sak.id
    gjoer(etter, ferdig(PERSONENS))
    ny = gjoer(etter, aapen())
    assert ny.id != sak.id
    if (foerst, saa) != (Trinn.FOER, Trinn.ETTER):  # these run side by side
        assert gjoer(foer, aapen()).id == ny.id


def test_prosesser_med_hver_sin_hemmelighet_aapner_samtidig_en_sak(kjerne: Kjerne) -> None:
    assert GAMMEL != NY
    varslet, byttet = i_trinn(kjerne, Trinn.VARSLET), i_trinn(kjerne, Trinn.BYTTET)
    svar = _samtidig(*[lambda ett=ett: utfoer(ett, aapen(), aktoer(ett)) for ett in (varslet, byttet) * 12])
    ider: set[UUID] = {ett.id for ett in svar}
    assert len(ider) == 1
    assert len(rader(kjerne, Sak)) == 1
