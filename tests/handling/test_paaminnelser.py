"""Paaminnelser: when the time comes the object is brought up again, once, and its varsler go out in their windows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain import feil
from gateway.domain.kommandoer import EndrePaaminnelse, OppgaveUtfoert, OppgaveUtgaatt, UtsettFrist
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.kjerne import Kjerne
from gateway.reading.arbeidsgiver import bjelle
from gateway.runder.frister import utloep_frister
from gateway.runder.paaminnelser import SVEIP, send_forfalte
from gateway.store.tabeller import Logg, Notifikasjon, NotifikasjonTilgang, Paaminnelsesrad, Varsel, VarselHistorikk
from tests.handling.gjoer import EPOST, OPPGAVEN, SMS_I_AAPNINGSTID, den_ene, gjoer, rader, til_det_er_tomt
from tests.verden import LEDER, START, FastKlokke, en_beskjed, en_oppgave, ser_glad_torsk

FRIST = dt.date(2026, 12, 18)
OM_FEM_DAGER = Paaminnelse(
    tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"), eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID)
)


def test_naar_tiden_kommer_loeftes_oppgaven_i_bjella_og_varslene_bestilles_i_sine_vinduer(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, en_oppgave(paaminnelse=OM_FEM_DAGER))
    klokke.gaa(days=1)
    gjoer(kjerne, en_beskjed())
    klokke.still(START + dt.timedelta(days=5))  # a Saturday
    assert [rad.type for rad in bjelle(kjerne, LEDER, ser_glad_torsk()).notifikasjoner] == ["BESKJED", "OPPGAVE"]
    assert til_det_er_tomt(send_forfalte, kjerne) == 1

    oeverst = bjelle(kjerne, LEDER, ser_glad_torsk()).notifikasjoner[0]
    assert (oeverst.type, oeverst.paaminnelse_tidspunkt, oeverst.ulest) == ("OPPGAVE", klokke.naa(), True)
    klar = {rad.type: rad.klar_tidspunkt for rad in rader(kjerne, Varsel)}
    assert klar == {"EPOST": klokke.naa(), "SMS": dt.datetime(2026, 11, 30, 7, 30, tzinfo=dt.UTC)}
    assert {rad.hendelse for rad in rader(kjerne, VarselHistorikk)} == {"BESTILT"}
    assert den_ene(kjerne, Logg, Logg.hva == "PaaminnelseSendt").notifikasjon_id == oeverst.id
    assert {rad.sortering_tidspunkt for rad in rader(kjerne, NotifikasjonTilgang)} == {
        START + dt.timedelta(days=1),
        klokke.naa(),
    }
    assert til_det_er_tomt(send_forfalte, kjerne) == 0, "once"


def test_ett_oeyeblikk_for_tidlig_skjer_ingenting(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_oppgave(paaminnelse=OM_FEM_DAGER))
    klokke.still(START + dt.timedelta(days=5) - dt.timedelta(microseconds=1))
    assert til_det_er_tomt(send_forfalte, kjerne) == 0


@pytest.mark.parametrize("avslutning", [OppgaveUtfoert, OppgaveUtgaatt])
def test_en_sendt_paaminnelse_blir_staaende_og_det_som_venter_paa_sitt_vindu_kanselleres(
    kjerne: Kjerne, klokke: FastKlokke, avslutning: type
) -> None:
    gjoer(kjerne, en_oppgave(paaminnelse=OM_FEM_DAGER))
    klokke.gaa(days=5)
    til_det_er_tomt(send_forfalte, kjerne)
    gjoer(kjerne, avslutning(oppgave=OPPGAVEN))
    assert den_ene(kjerne, Paaminnelsesrad).sendt_tidspunkt == klokke.naa()
    assert {rad.status for rad in rader(kjerne, Varsel)} == {"KANSELLERT"}


def test_en_paaminnelse_som_gis_en_utgaatt_oppgave_faller_bort_om_den_ikke_aapnes_igjen(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, en_oppgave())
    gjoer(kjerne, OppgaveUtgaatt(oppgave=OPPGAVEN))
    gjoer(kjerne, EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=OM_FEM_DAGER))
    klokke.gaa(days=5)
    assert til_det_er_tomt(send_forfalte, kjerne) == 1
    assert rader(kjerne, Paaminnelsesrad) == []
    assert {rad.status for rad in rader(kjerne, Varsel)} == {"KANSELLERT"}
    assert den_ene(kjerne, Notifikasjon).sortering_tidspunkt == START
    assert [rad.hva for rad in rader(kjerne, Logg)][-1] == "PaaminnelseBortfalt"


def test_fristen_utsettes_og_paaminnelsen_faller_bort_eller_faar_en_ny(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_oppgave(frist=FRIST, paaminnelse=OM_FEM_DAGER))
    gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST + dt.timedelta(days=7)))
    assert rader(kjerne, Paaminnelsesrad) == []
    assert {rad.status for rad in rader(kjerne, Varsel)} == {"KANSELLERT"}
    ny = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist="P1D"), eksterne_varsler=(EPOST,))
    utfall = gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=dt.date(2026, 12, 31), paaminnelse=ny))
    assert den_ene(kjerne, Paaminnelsesrad).paaminnelse_tidspunkt == dt.datetime(2026, 12, 30, 23, tzinfo=dt.UTC)
    assert [rad.id for rad in rader(kjerne, Varsel) if rad.status == "NY"] == list(utfall.paaminnelse_varsler or ())


def test_en_utgaatt_oppgave_aapnes_igjen_og_utloeper_paa_nytt(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_oppgave(frist=dt.date(2026, 11, 24)))
    klokke.gaa(days=2)
    assert til_det_er_tomt(utloep_frister, kjerne) == 1
    gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=dt.date(2026, 11, 26)))
    rad = den_ene(kjerne, Notifikasjon)
    assert (rad.tilstand, rad.utgaatt_tidspunkt, rad.frist) == ("NY", None, dt.date(2026, 11, 26))
    assert til_det_er_tomt(utloep_frister, kjerne) == 0
    klokke.gaa(days=2)
    assert til_det_er_tomt(utloep_frister, kjerne) == 1


def test_fristen_kan_ikke_flyttes_fram_eller_utsettes_for_en_utfoert_oppgave(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_oppgave(frist=FRIST))
    with pytest.raises(feil.Konflikt):
        gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST - dt.timedelta(days=1)))
    gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST))
    gjoer(kjerne, OppgaveUtfoert(oppgave=OPPGAVEN))
    with pytest.raises(feil.Konflikt):
        gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST + dt.timedelta(days=1)))


def test_en_paaminnelse_som_avvises_lar_alt_staa(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_oppgave(frist=FRIST, paaminnelse=OM_FEM_DAGER))
    for_sent = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P90D"))
    with pytest.raises(feil.UgyldigPaaminnelseTidspunkt):
        gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST + dt.timedelta(days=1), paaminnelse=for_sent))
    assert den_ene(kjerne, Notifikasjon).frist == FRIST
    assert len(rader(kjerne, Paaminnelsesrad)) == 1
    assert {rad.status for rad in rader(kjerne, Varsel)} == {"NY"}


def test_mange_forfalte_bringes_opp_i_bolker_og_hver_en_gang(kjerne: Kjerne, klokke: FastKlokke) -> None:
    for nr in range(7):
        gjoer(kjerne, en_oppgave(ekstern_id=str(nr), paaminnelse=OM_FEM_DAGER))
    klokke.gaa(days=30)
    assert til_det_er_tomt(replace(SVEIP, om_gangen=3).ta, kjerne) == 7
    assert len(rader(kjerne, Logg, Logg.hva == "PaaminnelseSendt")) == 7
