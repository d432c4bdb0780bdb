"""Hendelser: a producer's domain events in, as CloudEvents, and what became of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g, request, url_for
from marshmallow import fields, validate

from gateway.api.kropp import les_kropp
from gateway.api.ramme import aktoer, kjerne, lag_ressurs, produsent, svarer
from gateway.api.skjema import Skjema, liste, tekstfelt, tidspunktfelt
from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.inbox import oppfoelging
from gateway.inbox.format import SATSVIS, STRUKTURERT, LestHendelse, les_cloudevents
from gateway.inbox.inntak import Avsender, Hendelsestilstand, Mottak, ta_imot
from gateway.reading import hendelser as lesing
from gateway.store.tabeller import Hendelse

ressurs = lag_ressurs("hendelser", "/hendelser", "Hendelser: domain events, mapped to kommandoer by your plugin")
typeressurs = lag_ressurs("hendelsestyper", "/hendelsestyper", "Hendelsestyper: the events that the plugins know")

EKSEMPEL = {
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
    indeks = fields.Integer(required=True, metadata={"description": "The event's place in the batch."})
    id = fields.UUID(allow_none=True, metadata={"description": "The gateway's id of the event; null if refused."})
    tilstand = fields.Enum(Hendelsestilstand, allow_none=True)
    lenke = fields.String(allow_none=True, metadata={"description": "Where what becomes of it can be read."})
    kode = fields.String(allow_none=True, metadata={"description": "Why it was refused."})
    detail = fields.String(allow_none=True)
    felter = fields.Dict(allow_none=True)


class MottattSkjema(Skjema):
    elementer = liste(MottakSkjema(), "One for each event, in the order given.", required=True)


class HendelseSkjema(Skjema):
    id = fields.UUID(required=True)
    kilde = fields.String(required=True, metadata={"description": "The CloudEvent's source, or the webhook's navn."})
    ekstern_id = fields.String(required=True, metadata={"description": "The event's own id."})
    type = fields.String(required=True)
    noekkel = fields.String(required=True, metadata={"description": "Events of the same key are handled in order."})
    tilstand = fields.Enum(Hendelsestilstand, required=True)
    mottatt_tidspunkt = tidspunktfelt("When it was stored.", required=True)
    behandlet_tidspunkt = tidspunktfelt("When it was carried out.")
    neste_forsoek = tidspunktfelt("When it is tried next.")
    forsoek = fields.Integer(required=True, metadata={"description": "How many times it has been tried."})
    plugin = fields.String(allow_none=True, metadata={"description": "The plugin that mapped it, with its version."})
    feilkode = fields.String(allow_none=True)
    feilmelding = fields.String(allow_none=True, metadata={"description": "Why; with the plugin's traceback."})


class HeleHendelsenSkjema(HendelseSkjema):
    payload = fields.String(required=True, metadata={"description": "The body as it came in."})
    kommandoer = fields.List(fields.Dict(), allow_none=True, metadata={"description": "What the plugin made of it."})
    utfall = fields.List(
        fields.Dict(), allow_none=True, metadata={"description": "What came of each kommando: an id, or an avslag."}
    )


class HendelseslisteSkjema(Skjema):
    elementer = liste(HendelseSkjema(), "The page, in the order of arrival.", required=True)
    neste = fields.String(required=True, allow_none=True, metadata={"description": "The cursor of the next page."})


class HendelsesutvalgSkjema(Skjema):
    tilstand = fields.Enum(Hendelsestilstand, load_default=None, metadata={"description": "Only in this state."})
    antall = fields.Integer(
        load_default=50, validate=validate.Range(1, 500), metadata={"description": "How many at most."}
    )
    etter = tekstfelt("The cursor that the page before gave.", "0198f3c2a4b47c55a3a1c0ffee000001", load_default=None)


class GrunnSkjema(Skjema):
    grunn = tekstfelt("Why it is dropped.", "Sendt ved en feil", required=True, lengst=500)


class HendelsestypeSkjema(Skjema):
    navn = fields.String(required=True)
    beskrivelse = fields.String(required=True)
    versjon = fields.Integer(required=True)
    skjema = fields.Dict(required=True, metadata={"description": "The JSON Schema that the data must follow."})
    eksempel = fields.Dict(required=True)
    produsent = fields.String(required=True)
    plugin = fields.String(required=True, metadata={"description": "The plugin and its version."})


class HendelsestyperSkjema(Skjema):
    elementer = liste(HendelsestypeSkjema(), "Every declared type.", required=True)


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
@svarer(ressurs, feil.UkjentHendelsestype)
@ressurs.alt_response(200, schema=MottattSkjema(), description="All of them were stored before")
@ressurs.response(202, MottattSkjema())
def ta_imot_hendelser() -> tuple[dict[str, Any], int]:
    """Send one or a batch of domain events

    CloudEvents 1.0 over HTTP: structured, batch, or binary (data as the body, attributes in `ce-` headers). Answered
    once stored; the same source and id again answers the first one's id. In a batch, what is wrong with one event is
    told in its place, and stops no other.
    """
    hoder = {navn.lower(): verdi for navn, verdi in request.headers}
    leste = les_cloudevents(request.content_type or "", hoder, les_kropp())
    svar = [_ta_imot(lest) for lest in leste]
    if len(svar) == 1 and isinstance(svar[0], Avslag):
        raise svar[0]
    elementer = [_element(nummer, ett) for nummer, ett in enumerate(svar)]
    mottatt = [ett for ett in svar if isinstance(ett, Mottak)]
    status = 202 if any(ett.ny for ett in mottatt) else 200 if mottatt else 422
    return {"elementer": elementer}, status


def _ta_imot(lest: LestHendelse | Avslag) -> Mottak | Avslag:
    if isinstance(lest, Avslag):
        return lest
    avsender = Avsender(produsent=produsent().id, applikasjon=g.applikasjon, korrelasjonsid=aktoer().korrelasjonsid)
    try:
        return ta_imot(kjerne(), lest, avsender)
    except Avslag as avslag:
        return avslag


def _element(nummer: int, svar: Mottak | Avslag) -> dict[str, Any]:
    if isinstance(svar, Avslag):
        return {"indeks": nummer, "kode": svar.kode, "detail": svar.detalj, "felter": svar.felter}
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


@ressurs.get("/<uuid:id>")
@svarer(ressurs, feil.HendelseFinnesIkke, kropp=False)
@ressurs.response(200, HeleHendelsenSkjema())
def hent_hendelse(id: UUID) -> dict[str, Any]:
    """Read a hendelse: its payload, its tries, and what came of it"""
    rad = lesing.hendelse(kjerne(), produsent(), id)
    return {
        **_vis(rad),
        "payload": bytes(rad.raa).decode(errors="replace"),
        "kommandoer": rad.kommandoer,
        "utfall": rad.utfall,
    }


@ressurs.post("/<uuid:id>/paa-nytt")
@svarer(ressurs, feil.HendelseFinnesIkke, feil.Konflikt, kropp=False)
@ressurs.response(200, HendelseSkjema())
def hendelse_paa_nytt(id: UUID) -> dict[str, Any]:
    """Try a quarantined hendelse again"""
    return _vis(oppfoelging.paa_nytt(kjerne(), produsent(), id))


@ressurs.post("/<uuid:id>/forkast")
@ressurs.arguments(GrunnSkjema())
@svarer(ressurs, feil.HendelseFinnesIkke, feil.Konflikt)
@ressurs.response(200, HendelseSkjema())
def forkast_hendelse(innhold: dict[str, str], id: UUID) -> dict[str, Any]:
    """Drop a hendelse that waits or is in quarantine, with a reason"""
    return _vis(oppfoelging.forkast(kjerne(), produsent(), id, innhold["grunn"]))


EGNE = (
    *("id", "kilde", "ekstern_id", "type", "noekkel", "mottatt_tidspunkt", "behandlet_tidspunkt", "neste_forsoek"),
    *("forsoek", "plugin", "feilkode", "feilmelding"),
)


def _vis(rad: Hendelse) -> dict[str, Any]:
    return {**{felt: getattr(rad, felt) for felt in EGNE}, "tilstand": Hendelsestilstand(rad.tilstand)}


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
                "produsent": lastet.sted.produsent,
                "plugin": lastet.id,
            }
            for lastet in kjerne().plugins.lastet.values()
            for type_ in lastet.hendelsestyper.values()
        ]
    }
