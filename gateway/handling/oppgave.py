"""What can happen to an oppgave after it was created."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.domain import merknad
from gateway.domain.kommandoer import EndrePaaminnelse, OppgaveUtfoert, OppgaveUtgaatt, UtsettFrist, navn
from gateway.domain.oppgave import Avslutning, Oppgave, krev_ikke_utfoert
from gateway.domain.oppgave import sett_utgaatt as domenets_utgaatt
from gateway.domain.oppgave import utfoer as domenets_utfoer
from gateway.domain.oppgave import utsett_frist as domenets_utsettelse
from gateway.domain.tid import instant_eller_ingen
from gateway.domain.tilstand import Notifikasjonstype, Oppgavetilstand
from gateway.handling.idempotens import en_gang
from gateway.handling.notifikasjon import eier_av, holdepunkter_av
from gateway.handling.paaminnelse import avslutt_varsling, bytt_paaminnelse
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.slettetid import ny_slettetid
from gateway.handling.utfall import Utfall
from gateway.store.ferdig import oppdater
from gateway.store.logg import Innslag
from gateway.store.oppslag import finn_notifikasjon
from gateway.store.tabeller import Notifikasjon

Endring = OppgaveUtfoert | OppgaveUtgaatt | UtsettFrist | EndrePaaminnelse


def utfoer(kommando: OppgaveUtfoert, sammenheng: Sammenheng) -> Utfall:
    def arbeid(rad: Notifikasjon) -> Utfall:
        tidspunkt = instant_eller_ingen(kommando.utfoert_tidspunkt) or sammenheng.naa
        return _avslutt(rad, domenets_utfoer(_oppgave(rad), tidspunkt), tidspunkt, kommando, sammenheng)

    return _en_gang(kommando, sammenheng, arbeid)


def sett_utgaatt(kommando: OppgaveUtgaatt, sammenheng: Sammenheng) -> Utfall:
    def arbeid(rad: Notifikasjon) -> Utfall:
        tidspunkt = instant_eller_ingen(kommando.utgaatt_tidspunkt) or sammenheng.naa
        return _avslutt(rad, domenets_utgaatt(_oppgave(rad), tidspunkt), tidspunkt, kommando, sammenheng)

    return _en_gang(kommando, sammenheng, arbeid)


def utsett_frist(kommando: UtsettFrist, sammenheng: Sammenheng) -> Utfall:
    def arbeid(rad: Notifikasjon) -> Utfall:
        utsettelse = domenets_utsettelse(_oppgave(rad), kommando.ny_frist)
        Notifikasjon.update(
            tilstand=utsettelse.tilstand, frist=utsettelse.frist, utgaatt_tidspunkt=utsettelse.utgaatt_tidspunkt
        ).where(Notifikasjon.id == rad.id).execute()
        holdepunkter = replace(holdepunkter_av(rad), frist=utsettelse.frist)
        satt = bytt_paaminnelse(kommando.paaminnelse, eier_av(rad), holdepunkter, sammenheng)
        _loggfoer(rad, kommando, sammenheng, {"frist": utsettelse.frist.isoformat()})
        merknader = merknad.om_frist("nyFrist", utsettelse.frist, sammenheng.naa) + satt.merknader
        return Utfall(id=rad.id, ny=True, paaminnelse_varsler=satt.varsler, merknader=merknader)

    return _en_gang(kommando, sammenheng, arbeid)


def endre_paaminnelse(kommando: EndrePaaminnelse, sammenheng: Sammenheng) -> Utfall:
    def arbeid(rad: Notifikasjon) -> Utfall:
        krev_ikke_utfoert(Oppgavetilstand(rad.tilstand))
        satt = bytt_paaminnelse(kommando.paaminnelse, eier_av(rad), holdepunkter_av(rad), sammenheng)
        _loggfoer(rad, kommando, sammenheng)
        return Utfall(id=rad.id, ny=True, paaminnelse_varsler=satt.varsler, merknader=satt.merknader)

    return _en_gang(kommando, sammenheng, arbeid)


def _en_gang(kommando: Endring, sammenheng: Sammenheng, arbeid: Callable[[Notifikasjon], Utfall]) -> Utfall:
    produsent = sammenheng.aktoer.produsent
    rad = finn_notifikasjon(kommando.oppgave, produsent, Notifikasjonstype.OPPGAVE, laast=True)
    return en_gang(rad.id, kommando, sammenheng, lambda: arbeid(rad))


def _avslutt(
    rad: Notifikasjon,
    avslutning: Avslutning,
    tidspunkt: dt.datetime,
    kommando: OppgaveUtfoert | OppgaveUtgaatt,
    sammenheng: Sammenheng,
) -> Utfall:
    slettes, merknader = ny_slettetid(kommando.hard_delete, rad.slettes_tidspunkt, fra=tidspunkt, naa=sammenheng.naa)
    endring = {
        "tilstand": avslutning.tilstand,
        "utfoert_tidspunkt": avslutning.utfoert_tidspunkt,
        "utgaatt_tidspunkt": avslutning.utgaatt_tidspunkt,
        "lenke": kommando.ny_lenke or rad.lenke,
        "slettes_tidspunkt": slettes,
    }
    oppdater(Notifikasjon, rad.id, endring)
    avslutt_varsling([rad.id], sammenheng.naa)
    _loggfoer(rad, kommando, sammenheng, {"tilstand": avslutning.tilstand, "tidspunkt": tidspunkt.isoformat()})
    return Utfall(id=rad.id, ny=True, merknader=merknader)


def _loggfoer(
    rad: Notifikasjon, kommando: Endring, sammenheng: Sammenheng, innhold: Mapping[str, str] | None = None
) -> None:
    sammenheng.loggfoer(Innslag(hva=navn(kommando), merkelapp=rad.merkelapp, notifikasjon_id=rad.id, innhold=innhold))


def _oppgave(rad: Notifikasjon) -> Oppgave:
    return Oppgave(
        tilstand=Oppgavetilstand(rad.tilstand),
        frist=rad.frist,
        utfoert_tidspunkt=rad.utfoert_tidspunkt,
        utgaatt_tidspunkt=rad.utgaatt_tidspunkt,
    )
