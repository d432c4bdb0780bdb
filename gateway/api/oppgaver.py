"""Oppgaver: tasks that someone must do, with a frist and a paaminnelse."""

from __future__ import annotations

from typing import Any

from gateway.api.beskjeder import (
    MedPaaminnelseSkjema,
    NyBeskjedSkjema,
    OpprettetMedPaaminnelseSkjema,
    opprett,
    oppretting,
)
from gateway.api.deler import MedUgyldigeVarslerSkjema, NySlettetidSkjema, PaaminnelseSkjema
from gateway.api.notifikasjoner import les_og_slett
from gateway.api.ramme import lag_ressurs
from gateway.api.skjema import Skjema, datofelt, lenkefelt, nestet, noekkelfelt, tidspunktfelt
from gateway.api.veier import EKSTERN_ID, endring
from gateway.domain import feil
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    Notifikasjonsreferanse,
    NyOppgave,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    UtsettFrist,
)
from gateway.domain.tilstand import Notifikasjonstype

ressurs = lag_ressurs("oppgaver", "/oppgaver", "Oppgaver: tasks that someone must do")


class NyOppgaveSkjema(NyBeskjedSkjema, MedPaaminnelseSkjema):
    bygger = NyOppgave
    ekstern_id = noekkelfelt("Your own key, unique within the merkelapp.", "oppgave-1", required=True)
    frist = datofelt("The day at whose end, in Norway, the oppgave becomes UTGAATT if it is not done.")


class AvsluttetSkjema(Skjema):
    ny_lenke = lenkefelt("A new link; the old one stays when left out.", "https://arbeidsgiver.nav.no/1/kvittering")
    hard_delete = nestet(NySlettetidSkjema(), "A change of the deletion time; `om` counts from the time given here.")


class UtfoertSkjema(AvsluttetSkjema):
    gjelder = OppgaveUtfoert
    utfoert_tidspunkt = tidspunktfelt("When it was done; else now.")


class UtgaattSkjema(AvsluttetSkjema):
    gjelder = OppgaveUtgaatt
    utgaatt_tidspunkt = tidspunktfelt("When it expired; else now.")


class NyFristSkjema(MedPaaminnelseSkjema, MedUgyldigeVarslerSkjema):
    gjelder = UtsettFrist
    ny_frist = datofelt("The new day; the same as the frist it has, or later.", required=True)


class NyPaaminnelseSkjema(MedUgyldigeVarslerSkjema):
    gjelder = EndrePaaminnelse
    paaminnelse = nestet(PaaminnelseSkjema(), "The new reminder; null removes it.", required=True, allow_none=True)


@oppretting(
    ressurs,
    NyOppgaveSkjema(),
    OpprettetMedPaaminnelseSkjema(),
    feil.SakFinnesIkke,
    feil.UgyldigPaaminnelseTidspunkt,
)
def opprett_oppgave(oppgave: NyOppgave) -> tuple[dict[str, Any], int]:
    """Create an oppgave

    The same content again answers the existing id with 200 and changes nothing.
    """
    return opprett(oppgave)


@endring(ressurs, "POST", "/utfoert", EKSTERN_ID, kropp=UtfoertSkjema())
def oppgave_utfoert(oppgave: Notifikasjonsreferanse, innhold: dict[str, Any]) -> OppgaveUtfoert:
    """Set an oppgave UTFOERT

    Always succeeds on one that exists. Cancels its paaminnelse, and the varsler of it that are not sent.
    """
    return OppgaveUtfoert(oppgave=oppgave, **innhold)


@endring(ressurs, "POST", "/utgaatt", EKSTERN_ID, feil.OppgavenErAlleredeUtfoert, kropp=UtgaattSkjema())
def oppgave_utgaatt(oppgave: Notifikasjonsreferanse, innhold: dict[str, Any]) -> OppgaveUtgaatt:
    """Set an oppgave UTGAATT

    Cancels its paaminnelse, and the varsler of it that are not sent.
    """
    return OppgaveUtgaatt(oppgave=oppgave, **innhold)


@endring(ressurs, "PUT", "/frist", EKSTERN_ID, feil.UgyldigPaaminnelseTidspunkt, kropp=NyFristSkjema())
def utsett_frist(oppgave: Notifikasjonsreferanse, innhold: dict[str, Any]) -> UtsettFrist:
    """Put off the frist of an oppgave

    Opens an oppgave that is UTGAATT again. The paaminnelse it had is dropped; a new one may be given.
    """
    return UtsettFrist(oppgave=oppgave, **innhold)


@endring(
    ressurs,
    "PUT",
    "/paaminnelse",
    EKSTERN_ID,
    feil.OppgavenErAlleredeUtfoert,
    feil.UgyldigPaaminnelseTidspunkt,
    kropp=NyPaaminnelseSkjema(),
)
def endre_paaminnelse(oppgave: Notifikasjonsreferanse, innhold: dict[str, Any]) -> EndrePaaminnelse:
    """Replace or remove the paaminnelse of an oppgave"""
    return EndrePaaminnelse(oppgave=oppgave, **innhold)


les_og_slett(ressurs, Notifikasjonstype.OPPGAVE)
