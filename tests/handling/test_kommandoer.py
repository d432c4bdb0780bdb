"""What each kommando does to the store, on both databases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain import feil
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    Kommando,
    Notifikasjonsreferanse,
    NyStatus,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.domain.varsel import EksterntVarsel, Epost, Sendetidspunkt, Sendevindu, Sms
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.store.tabeller import TABELLER, Logg, Notifikasjon, Paaminnelsesrad, Sak, SakStatus, Varsel
from tests.verden import (
    ANSATT,
    LEDER,
    RESSURS,
    START,
    SYKEPENGER,
    FastKlokke,
    aktoer,
    en_beskjed,
    en_oppgave,
    en_sak,
)

EPOST = EksterntVarsel(epost=Epost(epostadresse="post@example.com", epost_tittel="Hei", epost_html_body="<p>Hei</p>"))
SMS_I_AAPNINGSTID = EksterntVarsel(
    sms=Sms(tlf="99999999", sms_tekst="Hei", sendetidspunkt=Sendetidspunkt(sendevindu=Sendevindu.NKS_AAPNINGSTID))
)
OM_FEM_DAGER = Paaminnelse(
    tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"), eksterne_varsler=(SMS_I_AAPNINGSTID,)
)
SAKEN = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")
OPPGAVEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1")


def _gjoer(kjerne: Kjerne, kommando: Kommando, som: str = "fager") -> Any:
    return utfoer(kjerne, kommando, aktoer(kjerne, som))


def _rader(kjerne: Kjerne) -> dict[str, int]:
    with kjerne.database.tilkobling():
        return {tabell._meta.table_name: tabell.select().count() for tabell in TABELLER}


def _en(kjerne: Kjerne, tabell: Any) -> Any:
    with kjerne.database.tilkobling():
        (rad,) = tabell.select()
    return rad


@pytest.mark.parametrize(
    "kommando",
    [
        en_sak(hard_delete=Slettetidspunkt(om="P1Y"), neste_steg="Vi ser på den"),
        en_beskjed(eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID)),
        en_oppgave(frist=dt.date(2026, 12, 24), eksterne_varsler=(EPOST,), paaminnelse=OM_FEM_DAGER),
    ],
    ids=lambda kommando: type(kommando).__name__,
)
def test_det_samme_igjen_gir_den_samme_iden_og_endrer_ingenting(
    kjerne: Kjerne, klokke: FastKlokke, kommando: Kommando
) -> None:
    foerst = _gjoer(kjerne, kommando)
    foer = _rader(kjerne)
    klokke.gaa(days=2)
    igjen = _gjoer(kjerne, kommando)
    assert foerst.ny
    assert igjen == replace(foerst, ny=False)
    assert _rader(kjerne) == foer


@pytest.mark.parametrize(
    ("foerst", "saa", "avslag"),
    [
        (en_sak(), en_sak(tittel="En annen"), feil.DuplikatGrupperingsid),
        (en_beskjed(), en_beskjed(tekst="En annen"), feil.DuplikatEksternIdOgMerkelapp),
        (en_beskjed(ekstern_id="x"), en_oppgave(ekstern_id="x"), feil.DuplikatEksternIdOgMerkelapp),
        (en_oppgave(), en_oppgave(frist=dt.date(2027, 1, 1)), feil.DuplikatEksternIdOgMerkelapp),
    ],
)
def test_annet_innhold_med_samme_noekkel_avvises_med_iden_til_det_som_er_der(
    kjerne: Kjerne, foerst: Kommando, saa: Kommando, avslag: type[feil.Avslag]
) -> None:
    id_ = _gjoer(kjerne, foerst).id
    foer = _rader(kjerne)
    with pytest.raises(avslag) as fanget:
        _gjoer(kjerne, saa)
    assert fanget.value.id_til_eksisterende == id_
    assert _rader(kjerne) == foer


@pytest.mark.parametrize(
    ("kommando", "som", "avslag"),
    [
        (en_sak(), "permittering", feil.UgyldigMerkelapp),
        (en_oppgave(merkelapp="Permittering"), "fager", feil.UgyldigMerkelapp),
        (
            en_beskjed(mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="nav_annet")),)),
            "fager",
            feil.UgyldigMottaker,
        ),
        (
            en_sak(
                merkelapp="Permittering",
                mottakere=(Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT)),),
            ),
            "permittering",
            feil.UgyldigMottaker,
        ),
        (NyStatus(sak=SAKEN, status=Saksstatus.FERDIG), "fager", feil.SakFinnesIkke),
        (OppgaveUtfoert(oppgave=OPPGAVEN), "fager", feil.NotifikasjonFinnesIkke),
        (
            en_oppgave(paaminnelse=Paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist="P1D"))),
            "fager",
            feil.UgyldigPaaminnelseTidspunkt,
        ),
    ],
)
def test_det_som_ikke_er_lov_avvises_og_etterlater_ingenting(
    kjerne: Kjerne, kommando: Kommando, som: str, avslag: type[feil.Avslag]
) -> None:
    with pytest.raises(avslag):
        _gjoer(kjerne, kommando, som)
    assert set(_rader(kjerne).values()) == {0}


def test_mottakerne_til_en_notifikasjon_maa_vaere_blant_sakens(kjerne: Kjerne) -> None:
    _gjoer(kjerne, en_sak())
    leder = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
    with pytest.raises(feil.UgyldigMottaker, match="sak"):
        _gjoer(kjerne, en_oppgave(grupperingsid="sak-1", mottakere=(leder,)))
    assert _gjoer(kjerne, en_oppgave(grupperingsid="sak-1")).ny


def test_gjeldende_status_er_den_som_kom_sist_og_lista_gaar_etter_tidspunkt(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _gjoer(kjerne, en_sak())
    klokke.gaa(hours=2)
    _gjoer(kjerne, NyStatus(sak=SAKEN, status=Saksstatus.FERDIG))
    utfall = _gjoer(
        kjerne,
        NyStatus(sak=SAKEN, status=Saksstatus.UNDER_BEHANDLING, tidspunkt=START + dt.timedelta(hours=1)),
    )
    assert [status.status for status in utfall.statuser] == ["FERDIG", "UNDER_BEHANDLING", "MOTTATT"]
    sak = _en(kjerne, Sak)
    assert (sak.siste_status, sak.siste_statustekst) == ("UNDER_BEHANDLING", "Under behandling")


def test_en_ny_status_kan_gi_saken_ny_lenke_og_ny_slettetid(kjerne: Kjerne) -> None:
    _gjoer(kjerne, en_sak(hard_delete=Slettetidspunkt(om="P30D")))
    for strategi, om, ventet in (
        (Slettestrategi.FORLENG, "P10D", START + dt.timedelta(days=30)),
        (Slettestrategi.OVERSKRIV, "P10D", START + dt.timedelta(days=10)),
        (Slettestrategi.FORLENG, "P20D", START + dt.timedelta(days=20)),
    ):
        ny_tid = NySlettetid(ny_tid=Slettetidspunkt(om=om), strategi=strategi)
        _gjoer(
            kjerne,
            NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, ny_lenke_til_sak="https://nav.no/ny", hard_delete=ny_tid),
        )
        sak = _en(kjerne, Sak)
        assert (sak.lenke, sak.slettes_tidspunkt) == ("https://nav.no/ny", ventet)


def test_samme_idempotensnoekkel_gir_det_foerste_svaret_og_annet_innhold_er_konflikt(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    _gjoer(kjerne, en_sak())
    status = NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, idempotensnoekkel="k")
    foerst = _gjoer(kjerne, status)
    foer = _rader(kjerne)
    klokke.gaa(hours=1)
    assert _gjoer(kjerne, status) == replace(foerst, ny=False)
    with pytest.raises(feil.Konflikt):
        _gjoer(kjerne, replace(status, status=Saksstatus.MOTTATT))
    assert _rader(kjerne) == foer


def test_utfoert_lykkes_alltid_og_utgaatt_bare_paa_den_som_ikke_er_utfoert(kjerne: Kjerne) -> None:
    _gjoer(kjerne, en_oppgave())
    _gjoer(kjerne, OppgaveUtgaatt(oppgave=OPPGAVEN))
    assert _en(kjerne, Notifikasjon).tilstand == "UTGAATT"
    for _ in range(2):
        _gjoer(kjerne, OppgaveUtfoert(oppgave=OPPGAVEN, ny_lenke="https://nav.no/kvittering"))
    rad = _en(kjerne, Notifikasjon)
    assert (rad.tilstand, rad.lenke) == ("UTFOERT", "https://nav.no/kvittering")
    with pytest.raises(feil.OppgavenErAlleredeUtfoert):
        _gjoer(kjerne, OppgaveUtgaatt(oppgave=OPPGAVEN))
    with pytest.raises(feil.OppgavenErAlleredeUtfoert):
        _gjoer(kjerne, EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=None))


@pytest.mark.parametrize("avslutning", [OppgaveUtfoert, OppgaveUtgaatt])
def test_en_avsluttet_oppgave_mister_paaminnelsen_og_alle_usendte_varsler(kjerne: Kjerne, avslutning: Any) -> None:
    _gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,), paaminnelse=OM_FEM_DAGER))
    _gjoer(kjerne, avslutning(oppgave=OPPGAVEN))
    assert _rader(kjerne)["paaminnelse"] == 0
    with kjerne.database.tilkobling():
        assert {(v.type, v.status) for v in Varsel.select()} == {("EPOST", "KANSELLERT"), ("SMS", "KANSELLERT")}


def test_en_ny_paaminnelse_tar_den_gamles_plass(kjerne: Kjerne) -> None:
    _gjoer(kjerne, en_oppgave(paaminnelse=OM_FEM_DAGER))
    om_ti = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P10D"), eksterne_varsler=(EPOST,))
    utfall = _gjoer(kjerne, EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=om_ti))
    assert _en(kjerne, Paaminnelsesrad).paaminnelse_tidspunkt == START + dt.timedelta(days=10)
    with kjerne.database.tilkobling():
        nye = {v.id: v.status for v in Varsel.select() if v.status == "NY"}
    assert tuple(nye) == utfall.paaminnelse_varsler


def test_varsler_er_klare_i_sitt_vindu(kjerne: Kjerne, klokke: FastKlokke) -> None:
    klokke.still(dt.datetime(2026, 12, 24, 20, tzinfo=dt.UTC))  # Christmas Eve, after hours
    _gjoer(kjerne, en_beskjed(eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID)))
    with kjerne.database.tilkobling():
        klar = {varsel.type: varsel.klar_tidspunkt for varsel in Varsel.select()}
    assert klar == {"EPOST": klokke.naa(), "SMS": dt.datetime(2026, 12, 28, 7, 30, tzinfo=dt.UTC)}


def test_hver_kommando_er_ett_innslag_i_loggen_som_sier_hvem(kjerne: Kjerne) -> None:
    _gjoer(kjerne, en_sak())
    _gjoer(kjerne, en_oppgave(grupperingsid="sak-1", eksterne_varsler=(EPOST,), paaminnelse=OM_FEM_DAGER))
    _gjoer(kjerne, NyStatus(sak=SAKEN, status=Saksstatus.FERDIG))
    _gjoer(kjerne, OppgaveUtfoert(oppgave=OPPGAVEN))
    with kjerne.database.tilkobling():
        innslag = list(Logg.select().order_by(Logg.id))
    assert [ett.hva for ett in innslag] == ["NySak", "NyOppgave", "NyStatus", "OppgaveUtfoert"]
    assert {(ett.produsent, ett.applikasjon, ett.korrelasjonsid) for ett in innslag} == {
        ("fager", "dev-gcp:fager:fager-demo", "test")
    }
    assert all(ett.tidspunkt == START for ett in innslag)


def test_en_produsent_uten_vilkaar_slipper_ikke_inn_i_prod(kjerne: Kjerne) -> None:
    i_prod = replace(kjerne, innstillinger=replace(kjerne.innstillinger, miljoe="prod"))
    with pytest.raises(feil.VilkaarIkkeGodkjent):
        _gjoer(i_prod, en_sak())
    assert _gjoer(kjerne, en_sak()).ny, "in dev it need not"


def test_en_sak_har_statusen_den_ble_opprettet_med(kjerne: Kjerne) -> None:
    _gjoer(kjerne, en_sak(tidspunkt=START - dt.timedelta(days=3), overstyr_statustekst_med="Søknaden er kommet"))
    status = _en(kjerne, SakStatus)
    assert (status.status, status.tekst, status.tidspunkt) == (
        "MOTTATT",
        "Søknaden er kommet",
        START - dt.timedelta(days=3),
    )
    assert RESSURS in str(_en(kjerne, Sak).mottakere)


def test_det_samme_igjen_er_det_samme_ogsaa_naar_saken_som_kom_har_faerre_mottakere(kjerne: Kjerne) -> None:
    leder = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
    oppgave = en_oppgave(grupperingsid="sak-1", mottakere=(SYKEPENGER, leder))
    foerst = _gjoer(kjerne, oppgave)
    _gjoer(kjerne, en_sak())
    assert _gjoer(kjerne, oppgave) == replace(foerst, ny=False)
    with pytest.raises(feil.UgyldigMottaker):
        _gjoer(kjerne, replace(oppgave, ekstern_id="en-annen"))
