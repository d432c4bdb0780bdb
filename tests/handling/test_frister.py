"""The sweep of frister: an oppgave is overdue when the frist's day has ended in Norway, and not before."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.kommandoer import Notifikasjonsreferanse, OppgaveUtfoert
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.varsel import EksterntVarsel, Epost
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.runder.frister import utloep_frister
from gateway.store.logg import Hvem
from gateway.store.tabeller import Logg, Notifikasjon, Paaminnelsesrad, Varsel, VarselHistorikk
from tests.verden import FastKlokke, aktoer, en_beskjed, en_oppgave

SWEEP = Hvem(korrelasjonsid="sweep-1")


@pytest.mark.parametrize(
    ("frist", "enda_ikke", "utloept"),
    [
        ("2026-11-24", "2026-11-24T22:59:59.999999Z", "2026-11-24T23:00:00Z"),  # winter: midnight is 23:00 UTC
        ("2027-06-30", "2027-06-30T21:59:59.999999Z", "2027-06-30T22:00:00Z"),  # summer: 22:00 UTC
        ("2027-03-28", "2027-03-28T21:59:59Z", "2027-03-28T22:00:00Z"),  # the day summer time begins
        ("2027-10-31", "2027-10-31T22:59:59Z", "2027-10-31T23:00:00Z"),  # the day it ends
    ],
)
def test_fristen_utloeper_naar_dagen_er_slutt_i_oslo(
    kjerne: Kjerne, klokke: FastKlokke, frist: str, enda_ikke: str, utloept: str
) -> None:
    utfoer(kjerne, en_oppgave(frist=dt.date.fromisoformat(frist)), aktoer(kjerne))
    klokke.still(dt.datetime.fromisoformat(enda_ikke))
    assert utloep_frister(kjerne, SWEEP) == 0
    klokke.still(dt.datetime.fromisoformat(utloept))
    assert utloep_frister(kjerne, SWEEP) == 1
    assert utloep_frister(kjerne, SWEEP) == 0, "done twice, the outcome is the same"
    with kjerne.database.tilkobling():
        rad = Notifikasjon.get()
        innslag = Logg.get(Logg.hva == "FristUtloept")
    assert (rad.tilstand, rad.utgaatt_tidspunkt) == ("UTGAATT", dt.datetime.fromisoformat(utloept))
    assert (innslag.notifikasjon_id, innslag.merkelapp, innslag.korrelasjonsid) == (rad.id, "Fager", "sweep-1")


def test_en_sveip_som_er_sen_gir_likevel_dagens_slutt_som_tidspunkt(kjerne: Kjerne, klokke: FastKlokke) -> None:
    for dag in (24, 25, 26):
        utfoer(kjerne, en_oppgave(ekstern_id=str(dag), frist=dt.date(2026, 11, dag)), aktoer(kjerne))
    klokke.gaa(days=30)
    assert (utloep_frister(kjerne, SWEEP), utloep_frister(kjerne, SWEEP)) == (3, 0)
    with kjerne.database.tilkobling():
        tider = {rad.ekstern_id: rad.utgaatt_tidspunkt for rad in Notifikasjon.select()}
    assert tider == {str(dag): dt.datetime(2026, 11, dag, 23, tzinfo=dt.UTC) for dag in (24, 25, 26)}


def test_det_som_er_utfoert_uten_frist_eller_en_beskjed_utloeper_aldri(kjerne: Kjerne, klokke: FastKlokke) -> None:
    utfoer(kjerne, en_oppgave(ekstern_id="utfoert", frist=dt.date(2026, 11, 24)), aktoer(kjerne))
    utfoer(kjerne, en_oppgave(ekstern_id="uten"), aktoer(kjerne))
    utfoer(kjerne, en_beskjed(), aktoer(kjerne))
    utfoert = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="utfoert")
    utfoer(kjerne, OppgaveUtfoert(oppgave=utfoert), aktoer(kjerne))
    klokke.gaa(days=365)
    assert utloep_frister(kjerne, SWEEP) == 0


def test_en_utgaatt_oppgave_mister_paaminnelsen_og_dens_usendte_varsler(kjerne: Kjerne, klokke: FastKlokke) -> None:
    epost = EksterntVarsel(epost=Epost(epostadresse="a@b.no", epost_tittel="T", epost_html_body="<p>h</p>"))
    paaminnelse = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist="PT1H"), eksterne_varsler=(epost, epost))
    utfoer(kjerne, en_oppgave(frist=dt.date(2026, 11, 24), paaminnelse=paaminnelse), aktoer(kjerne))
    klokke.gaa(days=3)
    utloep_frister(kjerne, SWEEP)
    with kjerne.database.tilkobling():
        assert Paaminnelsesrad.select().count() == 0
        assert {rad.status for rad in Varsel.select()} == {"KANSELLERT"}
        assert [rad.hendelse for rad in VarselHistorikk.select()] == ["KANSELLERT", "KANSELLERT"]
