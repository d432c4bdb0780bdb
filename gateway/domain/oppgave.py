"""The life of an oppgave: NY until it is UTFOERT by its producer, or UTGAATT by its producer or when the frist ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.domain.feil import Konflikt, OppgavenErAlleredeUtfoert
from gateway.domain.tid import dagens_slutt
from gateway.domain.tilstand import Oppgaveslutt, Oppgavetilstand


@dataclass(frozen=True, kw_only=True)
class Oppgave:
    tilstand: Oppgavetilstand
    frist: dt.date | None
    utfoert_tidspunkt: dt.datetime | None
    utgaatt_tidspunkt: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Avslutning:
    """How an oppgave ends. Its paaminnelse and all of its varsler not yet sent are cancelled with it."""

    tilstand: Oppgavetilstand
    utfoert_tidspunkt: dt.datetime | None
    utgaatt_tidspunkt: dt.datetime | None


def utfoer(oppgave: Oppgave, tidspunkt: dt.datetime) -> Avslutning:
    """Always succeeds: also on an oppgave that is UTGAATT, and on one that is done, whose time is then the new one."""
    return Avslutning(
        tilstand=Oppgavetilstand.UTFOERT, utfoert_tidspunkt=tidspunkt, utgaatt_tidspunkt=oppgave.utgaatt_tidspunkt
    )


def lukk(som: Oppgaveslutt, tidspunkt: dt.datetime) -> Avslutning:
    """How an oppgave that is NY ends when all of its sak's do."""
    aapen = Oppgave(tilstand=Oppgavetilstand.NY, frist=None, utfoert_tidspunkt=None, utgaatt_tidspunkt=None)
    return utfoer(aapen, tidspunkt) if som is Oppgaveslutt.UTFOERT else sett_utgaatt(aapen, tidspunkt)


def sett_utgaatt(oppgave: Oppgave, tidspunkt: dt.datetime) -> Avslutning:
    """Raises OppgavenErAlleredeUtfoert on one that is done."""
    krev_ikke_utfoert(oppgave.tilstand)
    return Avslutning(tilstand=Oppgavetilstand.UTGAATT, utfoert_tidspunkt=None, utgaatt_tidspunkt=tidspunkt)


def fristen_utloep(frist: dt.date) -> Avslutning:
    """What the sweep does to an open oppgave whose frist's day has ended in Norway: it ended when that day did."""
    return Avslutning(tilstand=Oppgavetilstand.UTGAATT, utfoert_tidspunkt=None, utgaatt_tidspunkt=dagens_slutt(frist))


def krev_ikke_utfoert(tilstand: Oppgavetilstand) -> None:
    """Raises OppgavenErAlleredeUtfoert."""
    if tilstand is Oppgavetilstand.UTFOERT:
        raise OppgavenErAlleredeUtfoert("The oppgave is done; only an oppgave that is not done can be changed so.")


@dataclass(frozen=True, kw_only=True)
class Utsettelse:
    """An oppgave after its frist was put off: open, whether it was UTGAATT or not."""

    frist: dt.date
    tilstand: Oppgavetilstand = Oppgavetilstand.NY
    utgaatt_tidspunkt: dt.datetime | None = None


def utsett_frist(oppgave: Oppgave, ny_frist: dt.date) -> Utsettelse:
    """Raises Konflikt when the oppgave is done, or the new frist is earlier than the one it has."""
    if oppgave.tilstand is Oppgavetilstand.UTFOERT:
        raise Konflikt("The oppgave is done, so its frist cannot be put off.")
    if oppgave.frist is not None and ny_frist < oppgave.frist:
        raise Konflikt("nyFrist is earlier than the frist that the oppgave has; give the same date or a later one.")
    return Utsettelse(frist=ny_frist)
