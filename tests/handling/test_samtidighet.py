"""Races are decided by the database: many at once have one effect, and equal answers."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.domain.feil import Avslag, DuplikatGrupperingsid, Konflikt
from gateway.domain.kommandoer import Notifikasjonsreferanse, NyStatus, OppgaveUtfoert, Saksreferanse
from gateway.domain.tilstand import Saksstatus
from gateway.domain.varsel import EksterntVarsel, Epost
from gateway.handling.utfoer import utfoer
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.kjerne import Kjerne
from gateway.runder.frister import utloep_frister
from gateway.store.logg import Hvem
from gateway.store.tabeller import Hendelse, Logg, Notifikasjon, Sak, SakStatus, Varsel
from tests.verden import FastKlokke, aktoer, en_oppgave, en_sak, lest, melding

MANGE = 32
SWEEP = Hvem(korrelasjonsid="sweep")


def _samtidig(*arbeid: Callable[[], Any]) -> list[Any]:
    """Start all of it at the same moment, each in a thread of its own; give what each answered or was refused with."""
    start = threading.Barrier(len(arbeid))

    def ett(kall: Callable[[], Any]) -> Any:
        start.wait(30)
        try:
            return kall()
        except Avslag as avslag:
            return avslag

    with ThreadPoolExecutor(len(arbeid)) as traader:
        return list(traader.map(ett, arbeid))


def _antall(kjerne: Kjerne, tabell: Any) -> int:
    with kjerne.database.tilkobling():
        return int(tabell.select().count())


def test_mange_like_oppgaver_samtidig_blir_en_oppgave_og_like_svar(kjerne: Kjerne) -> None:
    epost = EksterntVarsel(epost=Epost(epostadresse="a@b.no", epost_tittel="T", epost_html_body="<p>h</p>"))
    oppgave = en_oppgave(eksterne_varsler=(epost,))
    svar = _samtidig(*[lambda: utfoer(kjerne, oppgave, aktoer(kjerne))] * MANGE)
    assert len({(ett.id, ett.eksterne_varsler) for ett in svar}) == 1
    assert [ett.ny for ett in svar].count(True) == 1
    assert (_antall(kjerne, Notifikasjon), _antall(kjerne, Varsel), _antall(kjerne, Logg)) == (1, 1, 1)


def test_ulike_saker_med_samme_noekkel_samtidig_gir_en_vinner_og_like_avslag(kjerne: Kjerne) -> None:
    svar = _samtidig(*[lambda nr=nr: utfoer(kjerne, en_sak(tittel=f"Sak {nr}"), aktoer(kjerne)) for nr in range(MANGE)])
    (vinner,) = [ett for ett in svar if not isinstance(ett, Avslag)]
    avslag = [ett for ett in svar if isinstance(ett, Avslag)]
    assert {type(ett) for ett in avslag} == {DuplikatGrupperingsid}
    assert {ett.id_til_eksisterende for ett in avslag} == {vinner.id}
    assert (_antall(kjerne, Sak), _antall(kjerne, SakStatus)) == (1, 1)


def test_mange_like_hendelser_samtidig_lagres_en_gang(kjerne: Kjerne) -> None:
    hendelse = lest(melding("permittering/masseoppsigelse"))
    avsender = Avsender(produsent="permittering", applikasjon="test", korrelasjonsid="k")
    svar = _samtidig(*[lambda: ta_imot(kjerne, hendelse, avsender)] * MANGE)
    assert len({ett.id for ett in svar}) == 1
    assert [ett.ny for ett in svar].count(True) == 1
    assert _antall(kjerne, Hendelse) == 1


def test_hendelser_med_samme_noekkel_faar_hver_sin_plass(kjerne: Kjerne) -> None:
    avsender = Avsender(produsent="inntektsmelding", applikasjon="test", korrelasjonsid="k")
    data = melding("inntektsmelding/3_besvart")
    _samtidig(*[lambda nr=nr: ta_imot(kjerne, lest({**data, "@id": str(nr)}), avsender) for nr in range(MANGE)])
    with kjerne.database.tilkobling():
        assert sorted(rad.loepenummer for rad in Hendelse.select()) == list(range(1, MANGE + 1))


@pytest.mark.parametrize("ulike", [False, True], ids=["samme innhold", "annet innhold"])
def test_mange_statuser_med_en_idempotensnoekkel_gir_en_status(kjerne: Kjerne, ulike: bool) -> None:
    utfoer(kjerne, en_sak(), aktoer(kjerne))
    saken = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")

    def status(nr: int) -> Any:
        tekst = f"Tekst {nr}" if ulike else "Ferdig nå"
        kommando = NyStatus(sak=saken, status=Saksstatus.FERDIG, overstyr_statustekst_med=tekst, idempotensnoekkel="k")
        return utfoer(kjerne, kommando, aktoer(kjerne))

    svar = _samtidig(*[lambda nr=nr: status(nr) for nr in range(MANGE)])
    godtatt = [ett for ett in svar if not isinstance(ett, Avslag)]
    assert {type(ett) for ett in svar if isinstance(ett, Avslag)} == ({Konflikt} if ulike else set())
    assert len(godtatt) == (1 if ulike else MANGE)
    assert len({ett.statuser for ett in godtatt}) == 1
    assert _antall(kjerne, SakStatus) == 2


def test_en_oppgave_som_ble_utfoert_settes_aldri_til_utgaatt_av_sveipet(kjerne: Kjerne, klokke: FastKlokke) -> None:
    for nr in range(MANGE):
        utfoer(kjerne, en_oppgave(ekstern_id=str(nr), frist=dt.date(2026, 11, 24)), aktoer(kjerne))
    klokke.gaa(days=3)

    def utfoert(nr: int) -> Any:
        oppgave = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id=str(nr))
        return utfoer(kjerne, OppgaveUtfoert(oppgave=oppgave), aktoer(kjerne))

    svar = _samtidig(
        *[lambda nr=nr: utfoert(nr) for nr in range(0, MANGE, 2)], *[lambda: utloep_frister(kjerne, SWEEP)] * 4
    )
    assert not [ett for ett in svar if isinstance(ett, Avslag)]
    while utloep_frister(kjerne, SWEEP):
        pass
    with kjerne.database.tilkobling():
        tilstander = {int(rad.ekstern_id): rad.tilstand for rad in Notifikasjon.select()}
        utloept = [rad.notifikasjon_id for rad in Logg.select().where(Logg.hva == "FristUtloept")]
    assert all(tilstander[nr] == ("UTGAATT" if nr % 2 else "UTFOERT") for nr in range(MANGE))
    assert len(utloept) == len(set(utloept)), "expired once each"


def test_mange_sveip_samtidig_utloeper_hver_oppgave_en_gang(kjerne: Kjerne, klokke: FastKlokke) -> None:
    for nr in range(50):
        utfoer(kjerne, en_oppgave(ekstern_id=str(nr), frist=dt.date(2026, 11, 24)), aktoer(kjerne))
    klokke.gaa(days=3)
    svar = _samtidig(*[lambda: utloep_frister(kjerne, SWEEP)] * 8)
    assert sum(svar) == 50
    with kjerne.database.tilkobling():
        assert Logg.select().where(Logg.hva == "FristUtloept").count() == 50
