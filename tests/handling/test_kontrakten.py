"""Rules of the contract that need what is stored: whose a notifikasjon is, times already past, what an end cancels."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.domain.feil import UgyldigMottaker, UgyldigPaaminnelseTidspunkt, Valideringsfeil
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    Kommando,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    UtsettFrist,
)
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tid import oslo
from gateway.domain.tilstand import Kalenderavtaletilstand, Saksstatus
from gateway.kjerne import Kjerne
from gateway.runder.frister import utloep_frister
from gateway.runder.sletting import slett_forfalte
from gateway.store.tabeller import Notifikasjon, Sak, Varsel
from tests.handling.gjoer import (
    AVTALEN,
    EPOST,
    OPPGAVEN,
    SAKEN,
    SMS_I_AAPNINGSTID,
    en_avtale,
    gjoer,
    rader,
    til_det_er_tomt,
)
from tests.verden import BIFF_OG_BULJONG, GLAD_TORSK, START, FastKlokke, en_beskjed, en_oppgave, en_sak

I_GAAR = START - dt.timedelta(days=1)
FRIST = dt.date(2026, 11, 30)
HELE_FRISTEN = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist="PT0S"))


def kort_etter(tid: dt.datetime) -> Paaminnelse:
    return Paaminnelse(tidspunkt=Paaminnelsestidspunkt(konkret=oslo(tid) + dt.timedelta(hours=1)))


def slettes(**tid: Any) -> NySlettetid:
    return NySlettetid(ny_tid=Slettetidspunkt(**tid), strategi=Slettestrategi.OVERSKRIV)


@pytest.mark.parametrize("lag", [en_beskjed, en_oppgave, en_avtale])
def test_en_notifikasjon_er_for_sakens_virksomhet(kjerne: Kjerne, lag: Any) -> None:
    gjoer(kjerne, en_sak())
    with pytest.raises(UgyldigMottaker, match="virksomhetsnummer"):
        gjoer(kjerne, lag(grupperingsid="sak-1", virksomhetsnummer=BIFF_OG_BULJONG))
    assert gjoer(kjerne, lag(grupperingsid="sak-1", virksomhetsnummer=GLAD_TORSK)).ny


def test_en_paaminnelse_ved_midnatt_som_avslutter_fristens_dag_avvises(kjerne: Kjerne) -> None:
    with pytest.raises(UgyldigPaaminnelseTidspunkt):
        gjoer(kjerne, en_oppgave(frist=FRIST, paaminnelse=HELE_FRISTEN))
    gjoer(kjerne, en_oppgave(frist=FRIST))
    for endring in (
        EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=HELE_FRISTEN),
        UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST, paaminnelse=HELE_FRISTEN),
    ):
        with pytest.raises(UgyldigPaaminnelseTidspunkt):
            gjoer(kjerne, endring)


@pytest.mark.parametrize(
    "ny",
    [
        en_sak(hard_delete=Slettetidspunkt(den=oslo(I_GAAR))),
        en_sak(hard_delete=Slettetidspunkt(om="PT0S")),
        en_sak(tidspunkt=I_GAAR, hard_delete=Slettetidspunkt(om="PT1H")),
        en_beskjed(hard_delete=Slettetidspunkt(den=oslo(START))),
        en_oppgave(opprettet_tidspunkt=I_GAAR, hard_delete=Slettetidspunkt(om="P1D")),
    ],
)
def test_en_opprettelses_slettetid_ligger_i_fremtiden(kjerne: Kjerne, ny: Kommando) -> None:
    with pytest.raises(Valideringsfeil) as avslag:
        gjoer(kjerne, ny)
    assert "hardDelete" in (avslag.value.felter or {})
    assert rader(kjerne, Sak) == rader(kjerne, Notifikasjon) == []


def test_en_opprettelse_sagt_igjen_etter_sin_slettetid_er_den_samme(kjerne: Kjerne, klokke: FastKlokke) -> None:
    ny = en_sak(hard_delete=Slettetidspunkt(den=oslo(START) + dt.timedelta(hours=1)))
    foerste = gjoer(kjerne, ny)
    klokke.gaa(hours=2)
    assert gjoer(kjerne, ny).id == foerste.id


def test_en_endrings_slettetid_kan_ligge_i_fortiden_og_sies_fra_om(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_oppgave())
    status = NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, hard_delete=slettes(den=oslo(I_GAAR)))
    utfoert = OppgaveUtfoert(oppgave=OPPGAVEN, hard_delete=slettes(den=oslo(I_GAAR)))
    for endring in (status, utfoert):
        (merknad,) = gjoer(kjerne, endring).merknader
        assert "hardDelete" in merknad
    assert til_det_er_tomt(slett_forfalte, kjerne) == 2
    assert rader(kjerne, Sak) == rader(kjerne, Notifikasjon) == []


@pytest.mark.parametrize(
    ("kommando", "felter"),
    [
        (en_oppgave(), []),
        (en_oppgave(frist=dt.date(2026, 11, 23)), []),
        (en_oppgave(frist=dt.date(2026, 11, 22)), ["frist"]),
        (en_oppgave(opprettet_tidspunkt=I_GAAR, paaminnelse=kort_etter(I_GAAR)), ["paaminnelse.tidspunkt"]),
        (
            en_oppgave(
                opprettet_tidspunkt=START - dt.timedelta(days=9),
                frist=dt.date(2026, 11, 20),
                paaminnelse=kort_etter(START - dt.timedelta(days=5)),
            ),
            ["frist", "paaminnelse.tidspunkt"],
        ),
        (en_avtale(start_tidspunkt=I_GAAR), ["startTidspunkt"]),
    ],
)
def test_det_som_alt_er_forbi_godtas_og_sies_fra_om(kjerne: Kjerne, kommando: Kommando, felter: list[str]) -> None:
    gjoer(kjerne, en_sak())
    merknader = gjoer(kjerne, kommando).merknader
    assert [merknad.split()[0] for merknad in merknader] == felter


def test_ogsaa_en_endring_til_det_som_er_forbi_sies_fra_om(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_oppgave(opprettet_tidspunkt=I_GAAR))
    gjoer(kjerne, en_avtale())
    forbi = kort_etter(I_GAAR)
    endret = gjoer(kjerne, EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=forbi))
    assert [merknad.split()[0] for merknad in endret.merknader] == ["paaminnelse.tidspunkt"]
    utsatt = gjoer(kjerne, UtsettFrist(oppgave=OPPGAVEN, ny_frist=dt.date(2026, 11, 22)))
    assert [merknad.split()[0] for merknad in utsatt.merknader] == ["nyFrist"]
    avtale = gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN, hard_delete=slettes(den=oslo(I_GAAR))))
    assert [merknad.split()[0] for merknad in avtale.merknader] == ["hardDelete"]


@pytest.mark.parametrize("avslutt", [OppgaveUtfoert, OppgaveUtgaatt, None], ids=["utfoert", "utgaatt", "frist"])
def test_en_avsluttet_oppgave_sender_ikke_mer(kjerne: Kjerne, klokke: FastKlokke, avslutt: Any) -> None:
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="PT1H"), eksterne_varsler=(SMS_I_AAPNINGSTID,)
    )
    gjoer(kjerne, en_oppgave(frist=FRIST, eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID), paaminnelse=paaminnelse))
    if avslutt:
        gjoer(kjerne, avslutt(oppgave=OPPGAVEN))
    else:
        klokke.gaa(days=30)
        til_det_er_tomt(utloep_frister, kjerne)
    assert {rad.status for rad in rader(kjerne, Varsel)} == {"KANSELLERT"}


def test_en_tom_liste_av_varsler_erstatter_ingen(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale(eksterne_varsler=(EPOST,)))
    gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tekst="Ny", eksterne_varsler=()))
    assert [rad.status for rad in rader(kjerne, Varsel)] == ["NY"]
    avlyst = Kalenderavtaletilstand.AVLYST
    gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tilstand=avlyst))
    assert [rad.status for rad in rader(kjerne, Varsel)] == ["KANSELLERT"]
