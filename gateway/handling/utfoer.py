"""The only door to a change: `utfoer` for one kommando, `utfoer_alle` for those of one event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    ForlengSletting,
    KansellerVarsel,
    Kommando,
    LukkOppgaver,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    NySak,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    SikreAapenSak,
    SikreSak,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
    navn,
)
from gateway.domain.merknad import Merknader
from gateway.domain.normalform import i_normalform
from gateway.domain.produsent import Aktoer
from gateway.domain.tid import dato_i_oslo
from gateway.domain.ugyldige_varsler import uten_ugyldige
from gateway.domain.validering import valider
from gateway.handling import hel_sak, kalenderavtale, notifikasjon, oppgave, sak, sikring, sletting, varsel
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.kjerne import Kjerne

UTFOERERE: dict[type[Kommando], Callable[[Any, Sammenheng], Utfall]] = {
    NySak: sak.opprett,
    SikreSak: sikring.sikre_sak,
    SikreAapenSak: sikring.sikre_aapen_sak,
    NyStatus: sak.ny_status,
    EndreNesteSteg: sak.endre_neste_steg,
    EndreTilleggsinformasjon: sak.endre_tilleggsinformasjon,
    LukkOppgaver: hel_sak.lukk_oppgaver,
    ForlengSletting: hel_sak.forleng_sletting,
    SlettSak: sletting.slett_sak,
    NyBeskjed: notifikasjon.opprett,
    NyOppgave: notifikasjon.opprett,
    NyKalenderavtale: notifikasjon.opprett,
    OppdaterKalenderavtale: kalenderavtale.oppdater,
    OppgaveUtfoert: oppgave.utfoer,
    OppgaveUtgaatt: oppgave.sett_utgaatt,
    UtsettFrist: oppgave.utsett_frist,
    EndrePaaminnelse: oppgave.endre_paaminnelse,
    SlettNotifikasjon: sletting.slett_notifikasjon,
    KansellerVarsel: varsel.kanseller_ett,
}


def utfoer(kjerne: Kjerne, kommando: Kommando, aktoer: Aktoer) -> Utfall:
    """Carry out a kommando in one transaction, and return once it is committed.

    Raises an Avslag when the domain refuses it, Utilgjengelig when the database cannot take it; then nothing happened.
    """
    _slipp_inn(kjerne, aktoer)
    klar = _gjoer_klar(kommando)
    sammenheng = Sammenheng(kjerne=kjerne, aktoer=aktoer, naa=kjerne.klokke.naa())
    return kjerne.database.i_transaksjon(
        lambda: klar.utfoer(sammenheng), en_setning=notifikasjon.er_en_setning(klar.kommando)
    )


@dataclass(frozen=True, kw_only=True)
class _Klar:
    """A kommando that may be carried out, and what is told of it whenever it is said: also when it was done before."""

    kommando: Kommando
    merknader: Merknader

    def utfoer(self, sammenheng: Sammenheng) -> Utfall:
        utfall = UTFOERERE[type(self.kommando)](self.kommando, sammenheng)
        return replace(utfall, merknader=self.merknader + utfall.merknader) if self.merknader else utfall


def _gjoer_klar(kommando: Kommando) -> _Klar:
    """Raises Valideringsfeil."""
    kommando = i_normalform(kommando)
    valider(kommando)
    uten, merknader = uten_ugyldige(kommando)
    return _Klar(kommando=uten, merknader=merknader)


@dataclass(frozen=True, kw_only=True)
class Steg:
    """A kommando of an event, and the `koder` of refusals that are noted and passed over.

    `avslutter`: when it is passed over, so are the steps after it.
    """

    kommando: Kommando
    tillatte_avslag: frozenset[str] = frozenset()
    avslutter: bool = False


@dataclass(frozen=True, kw_only=True)
class Stegutfall:
    """What came of one step: an outcome, or the kode of a refusal that was passed over."""

    utfall: Utfall | None = None
    avslag: str | None = None


class Stegavslag(Exception):
    """A step of an event was refused. `sted` says which one, as number and kind."""

    def __init__(self, avslag: Avslag, *, nummer: int, av: int, kommando: Kommando) -> None:
        super().__init__(str(avslag))
        self.avslag = avslag
        self.sted = f"kommando {nummer} of {av}, {navn(kommando)}"


class MaaTasOm(Exception):
    """A step was refused as the event allows, and what it had written before that cannot be told from the rest."""


def utfoer_alle(
    kjerne: Kjerne, steg: Sequence[Steg], aktoer: Aktoer, naa: dt.datetime, *, uten_savepoint: bool = False
) -> list[Stegutfall]:
    """Carry out the steps of one event inside the caller's transaction: all of them, or none.

    Raises Stegavslag for the first refusal that the event does not allow; what was done before it is the caller's to
    roll back. `uten_savepoint` is for those who hope that nothing is refused, and raises MaaTasOm when something is.
    """
    _slipp_inn(kjerne, aktoer)
    sammenheng = Sammenheng(kjerne=kjerne, aktoer=aktoer, naa=naa)
    utfall: list[Stegutfall] = []
    for nummer, ett in enumerate(steg, start=1):
        try:
            utfall.append(_ett_steg(ett, sammenheng, uten_savepoint=uten_savepoint))
        except Avslag as avslag:
            raise Stegavslag(avslag, nummer=nummer, av=len(steg), kommando=ett.kommando) from avslag
        if utfall[-1].avslag and ett.avslutter:
            break
    return utfall


def _ett_steg(steg: Steg, sammenheng: Sammenheng, *, uten_savepoint: bool) -> Stegutfall:
    klar = _gjoer_klar(steg.kommando)
    # What may be passed over leaves nothing behind; anything else ends the transaction, or the caller's savepoint.
    egen = sammenheng.database.motor.savepoint() if steg.tillatte_avslag and not uten_savepoint else nullcontext()
    try:
        with egen:
            return Stegutfall(utfall=klar.utfoer(sammenheng))
    except Avslag as avslag:
        if avslag.kode not in steg.tillatte_avslag:
            raise
        if uten_savepoint:
            raise MaaTasOm from avslag
        return Stegutfall(avslag=avslag.kode)


def _slipp_inn(kjerne: Kjerne, aktoer: Aktoer) -> None:
    if not kjerne.innstillinger.dev:
        aktoer.produsent.krev_vilkaar(dato_i_oslo(kjerne.klokke.naa()))
