"""Hendelser: a producer's domain events in, as CloudEvents, and what became of them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from marshmallow import validate

from gateway.api.ramme import aktoer, lag_ressurs, les_id, produsent, svarer
from gateway.api.skjema import (
    ALLTID,
    UTELATT,
    UTEN_GRENSE,
    SideSkjema,
    Skjema,
    idfelt,
    krev_lagringsbar,
    liste,
    nestefelt,
    noekkelfelt,
    objektfelt,
    objektliste,
    tallfelt,
    tekstfelt,
    tidspunktfelt,
    valgfelt,
)
from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.validering import LENGSTE_LENKE, LENGSTE_NOEKKEL
from gateway.http.anrop import kilder, kjerne
from gateway.http.kropp import les_kropp
from gateway.inbox import oppfoelging
from gateway.inbox.format import SATSVIS, STRUKTURERT, les_cloudevents
from gateway.inbox.inntak import Avsender, Lesning, Mottak, ta_imot_alle
from gateway.reading import hendelser as lesing
from gateway.store.innboks import KOE
from gateway.store.tabeller import Hendelse

ressurs = lag_ressurs("hendelser", "/hendelser", "Hendelser: domain events, mapped to kommandoer by your plugin")
typeressurs = lag_ressurs("hendelsestyper", "/hendelsestyper", "Hendelsestyper: the events that the plugins know")

LENGSTE_GRUNN = 500
SYNLIG_AV_NOEKKEL = 16
LENKE = "/api/v1/hendelser/0198f3c2-a4b4-7c55-a3a1-c0ffee000001"
EKSEMPEL: dict[str, Any] = {
    "specversion": "1.0",
    "type": "FORESPOERSEL_BESVART",
    "source": "im-notifikasjon",
    "id": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003",
    "data": {
        "@event_name": "FORESPOERSEL_BESVART",
        "@id": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003",
        "data": {"forespoersel_id": "b0a3c6f2-7d0e-4a0b-9b69-2b1f0c9d2f01"},
    },
}


class MottakSkjema(Skjema):
    """What became of one event of a batch: it was stored, or it was refused."""

    i_eksempel = ("indeks", "id", "tilstand", "lenke")
    indeks = tallfelt("The event's place in the batch, from 0.", eksempel=0, required=True)
    id = idfelt("The gateway's id of the event; not there if it was refused.")
    tilstand = valgfelt(Hendelsestilstand, "How it stands; not there if it was refused.")
    lenke = tekstfelt("Where what becomes of it can be read.", LENKE, lengst=LENGSTE_LENKE)
    kode = tekstfelt("Why it was refused: a kode of the problems.", "UkjentHendelsestype", lengst=LENGSTE_NOEKKEL)
    detail = tekstfelt(f"Why it was refused, in words. {UTEN_GRENSE}", "No loaded plugin declares this type.")
    id_til_eksisterende = idfelt("The event that has the same source and id, with other content.")
    felter = objektfelt("What breaks a rule, by its path.", {"json": {"id": ["is missing."]}})


class MottattSkjema(Skjema):
    elementer = liste(MottakSkjema(), "One for each event, in the order given.", required=True)


class HendelseSkjema(Skjema):
    id = idfelt("The gateway's own id, a UUIDv7.", required=True)
    kilde = noekkelfelt("The CloudEvent's source, or the webhook's navn.", "im-notifikasjon", required=True)
    ekstern_id = noekkelfelt("The event's own id.", EKSEMPEL["id"], required=True)
    type = noekkelfelt("The type, as the plugin declares it.", EKSEMPEL["type"], required=True)
    noekkel = tekstfelt(
        "Events of the same key are handled in order: a mark of the key, and not the key; null until it is known.",
        "5f0c1a77b3e94d20",
        lengst=SYNLIG_AV_NOEKKEL,
        **ALLTID,
    )
    tilstand = valgfelt(Hendelsestilstand, "How it stands.", required=True)
    mottatt_tidspunkt = tidspunktfelt("When it was stored.", required=True)
    behandlet_tidspunkt = tidspunktfelt("When it was carried out.", **ALLTID)
    neste_forsoek = tidspunktfelt("When it is tried next.", **ALLTID)
    forsoek = tallfelt("How many times it has been tried.", eksempel=1, required=True)
    plugin = noekkelfelt("The plugin that mapped it, with its version.", "inntektsmelding==1.0", **ALLTID)
    feilkode = noekkelfelt("Why it is not through: a kode.", "Pluginfeil", **ALLTID)
    feilmelding = tekstfelt(f"Why, in words; with the plugin's traceback. {UTEN_GRENSE}", "KeyError: 'orgnr'", **ALLTID)


class HendelseMedInnholdSkjema(HendelseSkjema):
    payload = tekstfelt(
        f"The body as it came in; empty once it has been kept for as long as it should. {UTEN_GRENSE}",
        json.dumps(EKSEMPEL["data"]),
        required=True,
    )
    kommandoer = objektliste(
        "What the plugin made of it.",
        [{"kommando": "OppgaveUtfoert", "innhold": {"oppgave": {"merkelapp": "Fager", "eksternId": "oppgave-1"}}}],
        **ALLTID,
    )
    utfall = objektliste(
        "What came of each kommando: an id, whether it is new, and merknader; or an avslag.",
        [{"id": "0198f3c2-a4b4-7c55-a3a1-c0ffee000002"}],
        **ALLTID,
    )


class HendelseslisteSkjema(Skjema):
    elementer = liste(HendelseSkjema(), "The page, in the order of arrival.", required=True)
    neste = nestefelt("The cursor of the next page; null on the last.")


class HendelsesutvalgSkjema(SideSkjema):
    tilstand = valgfelt(Hendelsestilstand, "Only in this state.", **UTELATT)


class GrunnSkjema(Skjema):
    grunn = tekstfelt(
        "Why it is dropped.",
        "Sendt ved en feil",
        required=True,
        lengst=LENGSTE_GRUNN,
        validate=[validate.Length(max=LENGSTE_GRUNN), krev_lagringsbar],
    )


class HendelsestypeSkjema(Skjema):
    navn = noekkelfelt("The type, as it stands in the event.", EKSEMPEL["type"], required=True)
    beskrivelse = tekstfelt(f"What it tells. {UTEN_GRENSE}", "The employer has answered.", required=True)
    versjon = tallfelt("The version of the type, from 1.", eksempel=1, required=True)
    skjema = objektfelt("The JSON Schema that the data must follow.", {"type": "object"}, required=True)
    eksempel = objektfelt("An example of the data.", EKSEMPEL["data"], required=True)
    produsent = noekkelfelt("Whose plugin declares it.", "inntektsmelding", required=True)
    plugin = noekkelfelt("The plugin and its version.", "inntektsmelding==1.0", required=True)


class HendelsestyperSkjema(Skjema):
    elementer = liste(HendelsestypeSkjema(), "Every declared type.", required=True)


INGEN_LAGRET = "Valideringsfeil, UkjentHendelsestype; or, as application/json, none of a batch's events was stored"


@ressurs.post("")
@ressurs.doc(
    requestBody={
        "required": True,
        "content": {
            STRUKTURERT: {"schema": {"type": "object"}, "example": EKSEMPEL},
            SATSVIS: {"schema": {"type": "array", "items": {"type": "object"}}, "example": [EKSEMPEL]},
            "application/json": {"schema": {}, "example": EKSEMPEL["data"]},
        },
    }
)
@svarer(ressurs, feil.UkjentHendelsestype, feil.Konflikt)
@ressurs.alt_response(422, schema=MottattSkjema(), description=INGEN_LAGRET)
@ressurs.alt_response(200, schema=MottattSkjema(), description="All of them were stored before")
@ressurs.response(202, MottattSkjema())
def ta_imot_hendelser() -> tuple[dict[str, Any], int]:
    """Send one or a batch of domain events

    CloudEvents 1.0 over HTTP: structured, batch, or binary (data as the body, attributes in `ce-` headers). Answered
    once stored; the same source and id again answers the first one's id, and with other content `Konflikt`. In a batch,
    what is wrong with one event is told in its place, and stops no other.
    """
    hoder = {navn.lower(): verdi for navn, verdi in request.headers}
    leste = les_cloudevents(request.content_type or "", hoder, les_kropp())
    avsender = Avsender(produsent=produsent().id, applikasjon=g.applikasjon, korrelasjonsid=aktoer().korrelasjonsid)
    svar = ta_imot_alle(
        kjerne(), [ett if isinstance(ett, Avslag) else Lesning(hendelse=ett) for ett in leste], avsender
    )
    if len(svar) == 1 and isinstance(svar[0], Avslag):
        raise svar[0]
    elementer = [_element(nummer, ett) for nummer, ett in enumerate(svar)]
    mottatt = [ett for ett in svar if isinstance(ett, Mottak)]
    status = 202 if any(ett.ny for ett in mottatt) else 200 if mottatt else 422
    return {"elementer": elementer}, status


def _element(nummer: int, svar: Mottak | Avslag) -> dict[str, Any]:
    if isinstance(svar, Avslag):
        return {
            "indeks": nummer,
            "kode": svar.kode,
            "detail": svar.detalj,
            "id_til_eksisterende": svar.id_til_eksisterende,
            "felter": svar.felter,
        }
    return {"indeks": nummer, "id": svar.id, "tilstand": svar.tilstand, "lenke": lenke(svar.id)}


def lenke(hendelse_id: UUID) -> str:
    return url_for("hendelser.hent_hendelse", id=hendelse_id)


@ressurs.get("")
@ressurs.arguments(HendelsesutvalgSkjema(), location="query")
@svarer(ressurs, kropp=False)
@ressurs.response(200, HendelseslisteSkjema())
def list_hendelser(utvalg: dict[str, Any]) -> dict[str, Any]:
    """List your hendelser"""
    side = lesing.hendelser(kjerne(), produsent(), **utvalg)
    return {"elementer": [_vis(rad) for rad in side.elementer], "neste": side.neste}


@ressurs.get("/<id>")
@svarer(ressurs, feil.HendelseFinnesIkke, kropp=False)
@ressurs.response(200, HendelseMedInnholdSkjema())
def hent_hendelse(id: str) -> dict[str, Any]:
    """Read a hendelse: its payload, its tries, and what came of it"""
    rad = lesing.hendelse(kjerne(), produsent(), les_id(id, feil.HendelseFinnesIkke))
    return {
        **_vis(rad),
        "payload": bytes(rad.raa).decode(errors="replace"),
        "kommandoer": rad.kommandoer,
        "utfall": rad.utfall,
    }


@ressurs.post("/<id>/paa-nytt")
@svarer(ressurs, feil.HendelseFinnesIkke, feil.Konflikt, kropp=False)
@ressurs.response(200, HendelseSkjema())
def hendelse_paa_nytt(id: str) -> dict[str, Any]:
    """Try a quarantined hendelse again"""
    return _vis(oppfoelging.paa_nytt(kjerne(), produsent().id, les_id(id, feil.HendelseFinnesIkke), kilder().les_igjen))


@ressurs.post("/<id>/forkast")
@ressurs.arguments(GrunnSkjema())
@svarer(ressurs, feil.HendelseFinnesIkke, feil.Konflikt)
@ressurs.response(200, HendelseSkjema())
def forkast_hendelse(innhold: dict[str, str], id: str) -> dict[str, Any]:
    """Drop a hendelse that is not finished, with a reason"""
    return _vis(oppfoelging.forkast(kjerne(), produsent().id, les_id(id, feil.HendelseFinnesIkke), innhold["grunn"]))


EGNE = (
    *("id", "kilde", "ekstern_id", "type", "mottatt_tidspunkt", "behandlet_tidspunkt", "neste_forsoek"),
    *("forsoek", "plugin", "feilkode", "feilmelding"),
)


def _vis(rad: Hendelse) -> dict[str, Any]:
    return {
        **{felt: getattr(rad, felt) for felt in EGNE},
        "noekkel": None if rad.noekkel == KOE else rad.noekkel[:SYNLIG_AV_NOEKKEL],
        "tilstand": Hendelsestilstand(rad.tilstand),
    }


@typeressurs.get("")
@svarer(typeressurs, kropp=False)
@typeressurs.response(200, HendelsestyperSkjema())
def list_hendelsestyper() -> dict[str, Any]:
    """List every event type that the plugins declare"""
    return {
        "elementer": [
            {
                "navn": type_.navn,
                "beskrivelse": type_.beskrivelse,
                "versjon": type_.versjon,
                "skjema": dict(type_.skjema),
                "eksempel": dict(type_.eksempel),
                "produsent": lastet.produsent,
                "plugin": lastet.id,
            }
            for lastet in kjerne().plugins.lastet.values()
            for type_ in lastet.hendelsestyper.values()
        ]
    }
