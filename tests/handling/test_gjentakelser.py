"""What is the same said again, and what is something else: repeats of creations, and keys of updates by their kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.feil import DuplikatEksternIdOgMerkelapp, DuplikatGrupperingsid, Konflikt
from gateway.domain.idempotens import LEVETID
from gateway.domain.innhold import gammel_hash
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    Kommando,
    NyStatus,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    SlettNotifikasjon,
    SlettSak,
)
from gateway.domain.mottaker import Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.runder.idempotens import glem_gamle
from gateway.store.tabeller import Idempotens, Notifikasjon, Sak
from tests.handling.gjoer import EPOST, OPPGAVEN, SAKEN, SWEEP, den_ene, en_avtale, gjoer, rader
from tests.verden import ANSATT, LEDER, START, SYKEPENGER, FastKlokke, aktoer, en_beskjed, en_oppgave, en_sak

LEDEREN = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
OM_ET_AAR = Slettetidspunkt(om="P1Y")
OM_EN_UKE = Slettetidspunkt(om="P7D")


def paaminnelse(varighet: str, *varsler: Any) -> Paaminnelse:
    return Paaminnelse(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse=varighet), eksterne_varsler=varsler)


SAMME = [
    pytest.param(en_sak(), en_sak(hard_delete=OM_ET_AAR), id="hardDelete of a sak"),
    pytest.param(en_beskjed(hard_delete=OM_EN_UKE), en_beskjed(hard_delete=OM_ET_AAR), id="hardDelete"),
    pytest.param(en_beskjed(), en_beskjed(opprettet_tidspunkt=START), id="opprettetTidspunkt"),
    pytest.param(
        en_oppgave(paaminnelse=paaminnelse("P1D", EPOST)),
        en_oppgave(paaminnelse=paaminnelse("P2D", EPOST)),
        id="the time of the paaminnelse",
    ),
    pytest.param(
        en_oppgave(mottakere=(SYKEPENGER, LEDEREN)),
        en_oppgave(mottakere=(LEDEREN, SYKEPENGER, LEDEREN)),
        id="mottakere are a set",
    ),
    pytest.param(
        en_sak(mottakere=(SYKEPENGER, LEDEREN)), en_sak(mottakere=(LEDEREN, SYKEPENGER)), id="those of a sak too"
    ),
]
ANNET = [
    pytest.param(en_sak(), en_sak(tidspunkt=START), id="a sak's tidspunkt"),
    pytest.param(en_sak(), en_sak(overstyr_statustekst_med=""), id="an own text that is empty"),
    pytest.param(en_sak(), en_sak(mottakere=(SYKEPENGER, LEDEREN)), id="one mottaker more"),
    pytest.param(en_oppgave(), en_oppgave(paaminnelse=paaminnelse("P1D")), id="a paaminnelse or none"),
    pytest.param(
        en_oppgave(paaminnelse=paaminnelse("P1D")),
        en_oppgave(paaminnelse=paaminnelse("P1D", EPOST)),
        id="the varsler of the paaminnelse",
    ),
]


@pytest.mark.parametrize(("foerst", "saa"), SAMME)
def test_det_som_klienter_lager_paa_nytt_er_ikke_innhold(kjerne: Kjerne, foerst: Kommando, saa: Kommando) -> None:
    foerste = gjoer(kjerne, foerst)
    gjentatt = gjoer(kjerne, saa)
    assert (gjentatt.id, gjentatt.ny) == (foerste.id, False)


@pytest.mark.parametrize(("foerst", "saa"), ANNET)
def test_alt_annet_er_innhold(kjerne: Kjerne, foerst: Kommando, saa: Kommando) -> None:
    foerste = gjoer(kjerne, foerst)
    with pytest.raises((DuplikatEksternIdOgMerkelapp, DuplikatGrupperingsid)) as avslag:
        gjoer(kjerne, saa)
    assert avslag.value.id_til_eksisterende == foerste.id


@pytest.mark.parametrize(
    "kommando",
    [
        en_sak(hard_delete=OM_ET_AAR, mottakere=(SYKEPENGER, LEDEREN)),
        en_oppgave(opprettet_tidspunkt=START, paaminnelse=paaminnelse("P1D", EPOST), hard_delete=OM_EN_UKE),
    ],
)
def test_det_som_versjonen_foer_lagret_er_det_samme_sagt_igjen(kjerne: Kjerne, kommando: Any) -> None:
    foerste = gjoer(kjerne, kommando)
    tabell: Any = Sak if hasattr(kommando, "tittel") else Notifikasjon
    kjerne.database.i_transaksjon(lambda: tabell.update(innhold_hash=gammel_hash(kommando)).execute())
    assert gjoer(kjerne, kommando).id == foerste.id
    with pytest.raises((DuplikatEksternIdOgMerkelapp, DuplikatGrupperingsid)):
        gjoer(kjerne, replace(kommando, lenke="https://nav.no/annet"))


SAKSENDRINGER: tuple[Any, ...] = (
    NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, idempotensnoekkel="k"),
    EndreNesteSteg(sak=SAKEN, neste_steg="Vedtak", idempotensnoekkel="k"),
)
OPPGAVEENDRINGER: tuple[Any, ...] = (
    EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=None, idempotensnoekkel="k"),
    OppgaveUtgaatt(oppgave=OPPGAVEN, idempotensnoekkel="k"),
    OppgaveUtfoert(oppgave=OPPGAVEN, idempotensnoekkel="k"),
    SlettNotifikasjon(notifikasjon=OPPGAVEN, idempotensnoekkel="k"),
)


@pytest.mark.parametrize("endringer", [SAKSENDRINGER, OPPGAVEENDRINGER], ids=["sak", "oppgave"])
def test_samme_noekkel_for_et_annet_slags_endring_er_en_annen_endring(
    kjerne: Kjerne, endringer: tuple[Kommando, ...]
) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_oppgave())
    assert [gjoer(kjerne, endring).ny for endring in endringer] == [True] * len(endringer)


def test_en_sletting_under_en_endrings_noekkel_er_en_annen(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, SAKSENDRINGER[0])
    assert gjoer(kjerne, SlettSak(sak=SAKEN, idempotensnoekkel="k")).ny


def test_neste_steg_og_tilleggsinformasjon_er_ett_slag(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, EndreNesteSteg(sak=SAKEN, neste_steg="Vedtak", idempotensnoekkel="k"))
    with pytest.raises(Konflikt):
        gjoer(kjerne, EndreTilleggsinformasjon(sak=SAKEN, tilleggsinformasjon="Vedtak", idempotensnoekkel="k"))


def test_lenke_og_slettetid_paa_en_status_er_ikke_innhold(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    foerste = gjoer(kjerne, SAKSENDRINGER[0])
    slettes = NySlettetid(ny_tid=OM_ET_AAR, strategi=Slettestrategi.OVERSKRIV)
    samme = replace(SAKSENDRINGER[0], ny_lenke_til_sak="https://nav.no/ny", hard_delete=slettes)
    assert gjoer(kjerne, samme) == replace(foerste, ny=False)
    with pytest.raises(Konflikt):
        gjoer(kjerne, replace(samme, overstyr_statustekst_med=""))


def test_noekler_fra_hendelser_lever_saa_lenge_som_objektet(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_oppgave())
    fra_hendelse = replace(aktoer(kjerne), plugin="fager==1.0")
    endring = OPPGAVEENDRINGER[0]
    assert utfoer(kjerne, endring, fra_hendelse).ny
    assert gjoer(kjerne, replace(endring, idempotensnoekkel="rest")).ny
    klokke.gaa(days=40)
    assert glem_gamle(kjerne, SWEEP) == 1
    assert not utfoer(kjerne, endring, fra_hendelse).ny
    assert gjoer(kjerne, replace(endring, idempotensnoekkel="rest")).ny
    gjoer(kjerne, SlettNotifikasjon(notifikasjon=OPPGAVEN))
    assert rader(kjerne, Idempotens) == []


def test_en_hendelses_sletting_huskes_ogsaa_naar_noekkelen_er_tatt_i_bruk_igjen(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, en_oppgave())
    fra_hendelse = replace(aktoer(kjerne), plugin="fager==1.0")
    sletting = SlettNotifikasjon(notifikasjon=OPPGAVEN, idempotensnoekkel="hendelse-1")
    assert utfoer(kjerne, sletting, fra_hendelse).ny
    klokke.gaa(days=40)
    glem_gamle(kjerne, SWEEP)
    ny = gjoer(kjerne, en_oppgave())
    assert not utfoer(kjerne, sletting, fra_hendelse).ny
    assert den_ene(kjerne, Notifikasjon).id == ny.id


def test_en_noekkel_fra_rest_er_glemt_naar_levetiden_er_ute_ogsaa_foer_runden(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, en_oppgave())
    gjoer(kjerne, OPPGAVEENDRINGER[0])
    klokke.gaa(seconds=LEVETID.total_seconds() - 1)
    assert not gjoer(kjerne, OPPGAVEENDRINGER[0]).ny
    klokke.gaa(seconds=1)
    assert gjoer(kjerne, OPPGAVEENDRINGER[0]).ny


def test_en_avtale_sagt_igjen_etter_start_er_den_samme(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_sak())
    avtale = en_avtale(hard_delete=Slettetidspunkt(om="PT1H"), paaminnelse=paaminnelse("P1D"))
    foerste = gjoer(kjerne, avtale)
    klokke.still(START + dt.timedelta(days=30))
    assert gjoer(kjerne, avtale).id == foerste.id
