"""What can happen to an oppgave after it was created."""

from __future__ import annotations

import datetime as dt

from gateway.domain.kommandoer import EndrePaaminnelse, OppgaveUtfoert, OppgaveUtgaatt, navn
from gateway.domain.oppgave import Avslutning, Oppgave, krev_ikke_utfoert
from gateway.domain.oppgave import sett_utgaatt as domenets_utgaatt
from gateway.domain.oppgave import utfoer as domenets_utfoer
from gateway.domain.tid import instant_eller_ingen
from gateway.domain.tilstand import Oppgavetilstand
from gateway.handling import varsel
from gateway.handling.idempotens import en_gang
from gateway.handling.notifikasjon import finn_oppgave, sett_paaminnelse
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.store.logg import Innslag
from gateway.store.tabeller import Notifikasjon, Paaminnelse


def utfoer(kommando: OppgaveUtfoert, sammenheng: Sammenheng) -> Utfall:
    rad = finn_oppgave(kommando.oppgave, sammenheng)

    def arbeid() -> Utfall:
        tidspunkt = instant_eller_ingen(kommando.utfoert_tidspunkt) or sammenheng.naa
        return _avslutt(rad, domenets_utfoer(_oppgave(rad), tidspunkt), tidspunkt, kommando, sammenheng)

    return en_gang(rad.id, kommando, sammenheng, arbeid)


def sett_utgaatt(kommando: OppgaveUtgaatt, sammenheng: Sammenheng) -> Utfall:
    rad = finn_oppgave(kommando.oppgave, sammenheng)

    def arbeid() -> Utfall:
        tidspunkt = instant_eller_ingen(kommando.utgaatt_tidspunkt) or sammenheng.naa
        return _avslutt(rad, domenets_utgaatt(_oppgave(rad), tidspunkt), tidspunkt, kommando, sammenheng)

    return en_gang(rad.id, kommando, sammenheng, arbeid)


def _avslutt(
    rad: Notifikasjon,
    avslutning: Avslutning,
    tidspunkt: dt.datetime,
    kommando: OppgaveUtfoert | OppgaveUtgaatt,
    sammenheng: Sammenheng,
) -> Utfall:
    slettes = rad.slettes_tidspunkt
    if kommando.hard_delete:
        slettes = kommando.hard_delete.beregn(naavaerende=slettes, fra=tidspunkt)
    Notifikasjon.update(
        tilstand=avslutning.tilstand,
        utfoert_tidspunkt=avslutning.utfoert_tidspunkt,
        utgaatt_tidspunkt=avslutning.utgaatt_tidspunkt,
        lenke=kommando.ny_lenke or rad.lenke,
        slettes_tidspunkt=slettes,
    ).where(Notifikasjon.id == rad.id).execute()
    _fjern_paaminnelse(rad, sammenheng)
    sammenheng.loggfoer(
        Innslag(
            hva=navn(kommando),
            merkelapp=rad.merkelapp,
            notifikasjon_id=rad.id,
            innhold={"tilstand": avslutning.tilstand, "tidspunkt": tidspunkt.isoformat()},
        )
    )
    return Utfall(id=rad.id, ny=True)


def endre_paaminnelse(kommando: EndrePaaminnelse, sammenheng: Sammenheng) -> Utfall:
    rad = finn_oppgave(kommando.oppgave, sammenheng)

    def arbeid() -> Utfall:
        krev_ikke_utfoert(Oppgavetilstand(rad.tilstand))
        _fjern_paaminnelse(rad, sammenheng)
        varsler = None
        if kommando.paaminnelse:
            eier = varsel.Eier(notifikasjon_id=rad.id, merkelapp=rad.merkelapp, virksomhetsnummer=rad.virksomhetsnummer)
            varsler = sett_paaminnelse(kommando.paaminnelse, eier, opprettet=rad.opprettet_tidspunkt, frist=rad.frist)
        sammenheng.loggfoer(Innslag(hva=navn(kommando), merkelapp=rad.merkelapp, notifikasjon_id=rad.id))
        return Utfall(id=rad.id, ny=True, paaminnelse_varsler=varsler)

    return en_gang(rad.id, kommando, sammenheng, arbeid)


def _fjern_paaminnelse(rad: Notifikasjon, sammenheng: Sammenheng) -> None:
    Paaminnelse.delete().where(Paaminnelse.notifikasjon == rad.id).execute()
    varsel.kanseller_paaminnelsers(sammenheng.database, [rad.id], sammenheng.naa)


def _oppgave(rad: Notifikasjon) -> Oppgave:
    return Oppgave(
        tilstand=Oppgavetilstand(rad.tilstand),
        frist=rad.frist,
        utfoert_tidspunkt=rad.utfoert_tidspunkt,
        utgaatt_tidspunkt=rad.utgaatt_tidspunkt,
    )
