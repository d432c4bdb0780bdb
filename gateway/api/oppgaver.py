"""Oppgaver: tasks that someone must do, with a frist and a paaminnelse."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.api.beskjeder import NyBeskjedSkjema, OpprettetSkjema, ider
from gateway.api.deler import IdSkjema, NySlettetidSkjema, PaaminnelseSkjema
from gateway.api.notifikasjoner import EksternIdSkjema
from gateway.api.ramme import IdempotensSkjema, aktoer, kjerne, lag_ressurs, svarer
from gateway.api.skjema import Skjema, datofelt, liste, nestet, tekstfelt, tidspunktfelt
from gateway.domain import feil
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    Notifikasjonsreferanse,
    NyOppgave,
    OppgaveUtfoert,
    OppgaveUtgaatt,
)
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer

ressurs = lag_ressurs("oppgaver", "/oppgaver", "Oppgaver: tasks that someone must do")


class NyOppgaveSkjema(NyBeskjedSkjema):
    bygger = NyOppgave
    frist = datofelt("The day at whose end, in Norway, the oppgave becomes UTGAATT if it is not done.")
    paaminnelse = nestet(PaaminnelseSkjema(), "A reminder.")


class PaaminnelseVarslerSkjema(Skjema):
    eksterne_varsler = liste(IdSkjema(), "The varsler of the paaminnelse, in the order given.", required=True)


class OpprettetOppgaveSkjema(OpprettetSkjema):
    paaminnelse = nestet(PaaminnelseVarslerSkjema(), "Null without a paaminnelse.", required=True, allow_none=True)


class UtfoertSkjema(Skjema):
    utfoert_tidspunkt = tidspunktfelt("When it was done; else now.")
    ny_lenke = tekstfelt("A new link.", "https://arbeidsgiver.nav.no/1/kvittering")
    hard_delete = nestet(NySlettetidSkjema(), "A change of the deletion time.")


class UtgaattSkjema(Skjema):
    utgaatt_tidspunkt = tidspunktfelt("When it expired; else now.")
    ny_lenke = tekstfelt("A new link.", "https://arbeidsgiver.nav.no/1/utgaatt")
    hard_delete = nestet(NySlettetidSkjema(), "A change of the deletion time.")


class NyPaaminnelseSkjema(Skjema):
    paaminnelse = nestet(PaaminnelseSkjema(), "The new reminder; null removes it.", required=True, allow_none=True)


@ressurs.post("")
@ressurs.arguments(NyOppgaveSkjema())
@svarer(
    ressurs,
    feil.UgyldigMerkelapp,
    feil.UgyldigMottaker,
    feil.DuplikatEksternIdOgMerkelapp,
    feil.UgyldigPaaminnelseTidspunkt,
)
@ressurs.alt_response(200, schema=OpprettetOppgaveSkjema(), description="The same oppgave was created before")
@ressurs.response(201, OpprettetOppgaveSkjema())
def opprett_oppgave(oppgave: NyOppgave) -> tuple[dict[str, Any], int]:
    """Create an oppgave

    The same content again answers the existing id with 200 and changes nothing.
    """
    utfall = utfoer(kjerne(), oppgave, aktoer())
    paaminnelse = None
    if utfall.paaminnelse_varsler is not None:
        paaminnelse = {"eksterne_varsler": ider(utfall.paaminnelse_varsler)}
    svar = {"id": utfall.id, "eksterne_varsler": ider(utfall.eksterne_varsler), "paaminnelse": paaminnelse}
    return svar, 201 if utfall.ny else 200


@ressurs.post("/<uuid:oppgave_id>/utfoert")
@ressurs.arguments(UtfoertSkjema())
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.NotifikasjonFinnesIkke, feil.Konflikt)
@ressurs.response(200, IdSkjema())
def oppgave_utfoert(innhold: dict[str, Any], hoder: dict[str, Any], oppgave_id: UUID) -> Utfall:
    """Set an oppgave UTFOERT"""
    referanse = Notifikasjonsreferanse(id=oppgave_id)
    return utfoer(kjerne(), OppgaveUtfoert(oppgave=referanse, idempotensnoekkel=hoder["noekkel"], **innhold), aktoer())


@ressurs.post("/med-ekstern-id/utfoert")
@ressurs.arguments(UtfoertSkjema())
@ressurs.arguments(EksternIdSkjema(), location="query")
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.NotifikasjonFinnesIkke, feil.Konflikt)
@ressurs.response(200, IdSkjema())
def oppgave_utfoert_med_ekstern_id(innhold: dict[str, Any], noekkel: dict[str, Any], hoder: dict[str, Any]) -> Utfall:
    """Set an oppgave UTFOERT, by your own key"""
    referanse = Notifikasjonsreferanse(**noekkel)
    return utfoer(kjerne(), OppgaveUtfoert(oppgave=referanse, idempotensnoekkel=hoder["noekkel"], **innhold), aktoer())


@ressurs.post("/<uuid:oppgave_id>/utgaatt")
@ressurs.arguments(UtgaattSkjema())
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.NotifikasjonFinnesIkke, feil.Konflikt, feil.OppgavenErAlleredeUtfoert)
@ressurs.response(200, IdSkjema())
def oppgave_utgaatt(innhold: dict[str, Any], hoder: dict[str, Any], oppgave_id: UUID) -> Utfall:
    """Set an oppgave UTGAATT"""
    referanse = Notifikasjonsreferanse(id=oppgave_id)
    return utfoer(kjerne(), OppgaveUtgaatt(oppgave=referanse, idempotensnoekkel=hoder["noekkel"], **innhold), aktoer())


@ressurs.post("/med-ekstern-id/utgaatt")
@ressurs.arguments(UtgaattSkjema())
@ressurs.arguments(EksternIdSkjema(), location="query")
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.NotifikasjonFinnesIkke, feil.Konflikt, feil.OppgavenErAlleredeUtfoert)
@ressurs.response(200, IdSkjema())
def oppgave_utgaatt_med_ekstern_id(innhold: dict[str, Any], noekkel: dict[str, Any], hoder: dict[str, Any]) -> Utfall:
    """Set an oppgave UTGAATT, by your own key"""
    referanse = Notifikasjonsreferanse(**noekkel)
    return utfoer(kjerne(), OppgaveUtgaatt(oppgave=referanse, idempotensnoekkel=hoder["noekkel"], **innhold), aktoer())


@ressurs.put("/<uuid:oppgave_id>/paaminnelse")
@ressurs.arguments(NyPaaminnelseSkjema())
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(
    ressurs,
    feil.UgyldigMerkelapp,
    feil.NotifikasjonFinnesIkke,
    feil.Konflikt,
    feil.OppgavenErAlleredeUtfoert,
    feil.UgyldigPaaminnelseTidspunkt,
)
@ressurs.response(200, IdSkjema())
def endre_paaminnelse(innhold: dict[str, Any], hoder: dict[str, Any], oppgave_id: UUID) -> Utfall:
    """Replace or remove the paaminnelse of an oppgave"""
    referanse = Notifikasjonsreferanse(id=oppgave_id)
    return utfoer(
        kjerne(), EndrePaaminnelse(oppgave=referanse, idempotensnoekkel=hoder["noekkel"], **innhold), aktoer()
    )


@ressurs.put("/med-ekstern-id/paaminnelse")
@ressurs.arguments(NyPaaminnelseSkjema())
@ressurs.arguments(EksternIdSkjema(), location="query")
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(
    ressurs,
    feil.UgyldigMerkelapp,
    feil.NotifikasjonFinnesIkke,
    feil.Konflikt,
    feil.OppgavenErAlleredeUtfoert,
    feil.UgyldigPaaminnelseTidspunkt,
)
@ressurs.response(200, IdSkjema())
def endre_paaminnelse_med_ekstern_id(innhold: dict[str, Any], noekkel: dict[str, Any], hoder: dict[str, Any]) -> Utfall:
    """Replace or remove the paaminnelse of an oppgave, by your own key"""
    referanse = Notifikasjonsreferanse(**noekkel)
    return utfoer(
        kjerne(), EndrePaaminnelse(oppgave=referanse, idempotensnoekkel=hoder["noekkel"], **innhold), aktoer()
    )
