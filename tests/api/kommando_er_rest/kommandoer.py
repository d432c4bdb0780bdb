"""Kommandoer, as a plugin returns them, in short."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.kommandoer import Notifikasjonsreferanse, NyStatus, OppgaveUtfoert, OppgaveUtgaatt, Saksreferanse
from gateway.domain.mottaker import Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sms
from tests.verden import ANSATT, LEDER

SAKEN = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")
OPPGAVEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1")
BESKJEDEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="beskjed-1")
AVTALEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="avtale-1")
LEDEREN = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
SMS = EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei"))
EPOST = EksterntVarsel(epost=Epost(epostadresse="a@b.no", epost_tittel="T", epost_html_body="<p>h</p>"))
ALTINN = EksterntVarsel(
    altinnressurs=Altinnvarsel(ressurs_id="r", epost_tittel="T", epost_html_body="<p>h</p>", sms_tekst="s")
)


def utfoert(**felter: Any) -> OppgaveUtfoert:
    return OppgaveUtfoert(oppgave=OPPGAVEN, **felter)


def utgaatt(**felter: Any) -> OppgaveUtgaatt:
    return OppgaveUtgaatt(oppgave=OPPGAVEN, **felter)


def status(ny: Saksstatus = Saksstatus.FERDIG, **felter: Any) -> NyStatus:
    return NyStatus(sak=SAKEN, status=ny, **felter)


def paaminnelse(*varsler: EksterntVarsel, **tidspunkt: Any) -> Paaminnelse:
    tid = tidspunkt or {"etter_opprettelse": "P5D"}
    return Paaminnelse(tidspunkt=Paaminnelsestidspunkt(**tid), eksterne_varsler=varsler)


def sms(**felter: Any) -> EksterntVarsel:
    assert SMS.sms
    return EksterntVarsel(sms=replace(SMS.sms, **felter))


def epost(**felter: Any) -> EksterntVarsel:
    assert EPOST.epost
    return EksterntVarsel(epost=replace(EPOST.epost, **felter))


def slettetid(strategi: Slettestrategi, **tid: Any) -> NySlettetid:
    return NySlettetid(ny_tid=Slettetidspunkt(**tid), strategi=strategi)
