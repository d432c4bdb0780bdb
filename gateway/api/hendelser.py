"""Hendelser: a producer's domain events in, as CloudEvents, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import Response, g, jsonify, request, url_for
from marshmallow import fields, validate

from gateway.api.ramme import aktoer, lag_ressurs, les_id, produsent, svarer
from gateway.api.skjema import (
    ALLTID,
    EN_ID,
    UTELATT,
    UTEN_GRENSE,
    Liste,
    SideSkjema,
    Skjema,
    boolfelt,
    idfelt,
    krev_lagringsbar,
    liste,
    nestefelt,
    nestet,
    noekkelfelt,
    objektfelt,
    objektliste,
    spoerrenoekkel,
    tallfelt,
    tekstfelt,
    tekstliste,
    tidspunktfelt,
    valgfelt,
)
from gateway.api.typedokument import deklarerte
from gateway.api.venting import LENGSTE_SEKUNDER, oensket_ventetid, venterom
from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand
from gateway.domain.validering import LENGSTE_LENKE, LENGSTE_NOEKKEL
from gateway.http.anrop import kilder, kjerne, proevested
from gateway.http.kropp import les_kropp
from gateway.inbox import oppfoelging
from gateway.inbox.forhandsvisning import Kommandosvar, Svar, forhandsvis_sendte
from gateway.inbox.format import SATSVIS, STRUKTURERT, LestHendelse, les_cloudevents
from gateway.inbox.inntak import Avsender, Lesning, Mottak, ta_imot_alle
from gateway.inbox.utvalg import Utvalg
from gateway.reading import hendelser as lesing
from gateway.reading.driftshendelser import SYNLIG_AV_NOEKKEL, merke
from gateway.reading.hendelser import Stand
from gateway.store.tabeller import Hendelse

ressurs = lag_ressurs("hendelser", "/hendelser", "Hendelser: domain events, mapped to kommandoer by your plugin")
typeressurs = lag_ressurs("hendelsestyper", "/hendelsestyper", "Hendelsestyper: the events that the plugins know")

LENGSTE_GRUNN = 500
LENGSTE_SOEK = 200
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
    utfall = objektliste(
        "What came of each kommando: an id, or an avslag; only where `Prefer: wait` was applied.",
        [{"id": "0198f3c2-a4b4-7c55-a3a1-c0ffee000002", "ny": True}],
        allow_none=True,
    )
    feilkode = noekkelfelt("Why it is not through; only where `Prefer: wait` was applied.", "Oversettelsesfeil")
    feilklasse = valgfelt(Feilklasse, "What kind of fault that is.")
    feilmelding = tekstfelt(f"Why, in words; with the plugin's traceback. {UTEN_GRENSE}", "KeyError: 'orgnr'")


PREFER = {
    "in": "header",
    "name": "Prefer",
    "required": False,
    "description": f"`wait=<seconds>`: the answer carries what became of the events, if that comes in time: at most "
    f"{LENGSTE_SEKUNDER:g} seconds, and not when many wait already. `Preference-Applied` in the answer says that it "
    "was waited.",
    "schema": {"type": "string", "maxLength": LENGSTE_NOEKKEL},
    "example": "wait=5",
}


class KommandosvarSkjema(Skjema):
    """A kommando, and what it would answer: an outcome, or a refusal; neither where it would not be reached."""

    i_eksempel = ("kommando", "innhold", "utfall")
    kommando = noekkelfelt("The kind of kommando.", "OppgaveUtfoert", required=True)
    innhold = objektfelt("What it says.", {"oppgave": {"merkelapp": "Fager", "eksternId": "oppgave-1"}}, required=True)
    del_ = noekkelfelt("The part of the event that it is of, for an event in parts.", "312914174", data_key="del")
    utfall = objektfelt(
        "What would come of it: the object, and whether it is new. An id that is made now is not the one to be.",
        {"id": EN_ID, "ny": True, "merknader": []},
    )
    avslag = noekkelfelt("The kode by which it would be refused.", "SakFinnesIkke")
    tillatt = boolfelt("Whether the plugin allows the refusal.", eksempel=False)
    detail = tekstfelt(f"Why it would be refused, in words. {UTEN_GRENSE}", "No such sak.")
    felter = objektfelt("What breaks a rule, by its path.", {"json": {"tekst": ["must not be blank."]}})


class OppslagsplanSkjema(Skjema):
    """A look-up that the plugin wants before it maps the event."""

    navn = noekkelfelt("What its answer is called in the plugin.", "leder", required=True)
    tjeneste = noekkelfelt("The service, as the produsentregister names it.", "narmesteleder", required=True)
    valgfritt = boolfelt("Whether the plugin can do without an answer.", eksempel=False, required=True)
    spurt = boolfelt("Whether it was asked now.", eksempel=False, required=True)


class ForhaandsvistHendelseSkjema(Skjema):
    """What would become of one event; or, with `kode`, why it would not be taken in."""

    i_eksempel = ("indeks", "type", "plugin", "tilstand", "kommandoer", "lagrer", "merknader", "oppslag")
    indeks = tallfelt("The event's place in the batch, from 0.", eksempel=0, required=True)
    type = noekkelfelt("The event's type.", EKSEMPEL["type"])
    plugin = noekkelfelt("The plugin and its version.", "inntektsmelding==1.0")
    tilstand = valgfelt(
        Hendelsestilstand, "What it would be; null where that was not found out.", eksempel=Hendelsestilstand.BEHANDLET
    )
    kommandoer = liste(KommandosvarSkjema(), "What the plugin makes of it, and what each would answer.")
    lagrer = tallfelt("How many values it would store in the plugin's state.", eksempel=0)
    hoppet_over = tekstfelt(f"Why the plugin would pass it over. {UTEN_GRENSE}", "Gjelder en avsluttet avtale")
    merknader = tekstliste(f"What the plugin notes. {UTEN_GRENSE}", ["Mangler kontaktperson"], lengst=None)
    vent_til = tidspunktfelt("Until when it would be parked, for something to be stored in the plugin's state.")
    oppslag = liste(OppslagsplanSkjema(), "The look-ups that the plugin wants.")
    feilkode = noekkelfelt("What would be wrong with it: a kode.", "Oversettelsesfeil")
    feilklasse = valgfelt(Feilklasse, "What kind of fault that is, and so which way on there would be.")
    feilmelding = tekstfelt(f"That, in words; with the plugin's traceback. {UTEN_GRENSE}", "KeyError: 'orgnr'")
    id_til_eksisterende = idfelt("The event with the same source and id that has been stored already.")
    kode = tekstfelt("Why it would not be taken in.", "UkjentHendelsestype", lengst=LENGSTE_NOEKKEL)
    detail = tekstfelt(f"Why, in words. {UTEN_GRENSE}", "No loaded plugin declares this type.")
    felter = objektfelt("What breaks a rule, by its path.", {"json": {"id": ["is missing."]}})


class ForhaandsvistSkjema(Skjema):
    elementer = liste(ForhaandsvistHendelseSkjema(), "One for each event, in the order given.", required=True)


class JaEllerNei(StrEnum):
    """An answer in a query."""

    JA = "true"
    NEI = "false"


class ForhandsvisningsvalgSkjema(Skjema):
    oppslag = valgfelt(
        JaEllerNei, "`true`: the look-ups are made, and the services outside are asked.", by_value=True, **UTELATT
    )


class MottattSkjema(Skjema):
    elementer = liste(MottakSkjema(), "One for each event, in the order given.", required=True)


class VenterPaaSkjema(Skjema):
    """An event that its plugin has parked until something is stored in its state."""

    merke = tekstfelt(
        "A mark of the key in the plugin's state, and not the key.", "5f0c1a77b3e94d20", lengst=SYNLIG_AV_NOEKKEL
    )
    til = tidspunktfelt("When it is mapped again, if that has not come before.", **ALLTID)


class OppslagSkjema(Skjema):
    """A look-up before the mapping."""

    navn = noekkelfelt("What its answer is called in the plugin.", "leder", required=True)
    fikk_svar = boolfelt("Whether there was an answer; the answer itself is not shown.", eksempel=True, required=True)


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
    feilkode = noekkelfelt("Why it is not through: a kode.", "Oversettelsesfeil", **ALLTID)
    feilklasse = valgfelt(Feilklasse, "What kind of fault it is, and so which way on there is.", **ALLTID)
    feilmelding = tekstfelt(f"Why, in words; with the plugin's traceback. {UTEN_GRENSE}", "KeyError: 'orgnr'", **ALLTID)
    tid = tidspunktfelt("When it happened, as the message says it.", **ALLTID)
    hoppet_over = tekstfelt(
        f"Why the plugin passed it over; null where it did not. {UTEN_GRENSE}", "Gjelder en avsluttet avtale", **ALLTID
    )
    merknader = tekstliste(
        f"What the plugin noted with it. {UTEN_GRENSE}", ["Mangler kontaktperson"], lengst=None, required=True
    )
    venter_paa = nestet(VenterPaaSkjema(), "What it is parked for; null where it is not.", **ALLTID)


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
    objekter = Liste(
        fields.UUID(),
        required=True,
        metadata={"description": "The saker and notifikasjoner that it has to do with.", "example": [EN_ID]},
    )
    ferdige_deler = tekstliste(
        "The parts of it that have taken effect, for an event in parts.", ["312914174"], **ALLTID
    )
    oppslag = liste(OppslagSkjema(), "The look-ups that were made before it was mapped.", required=True)


class HendelseslisteSkjema(Skjema):
    elementer = liste(HendelseSkjema(), "The page, in the order of arrival.", required=True)
    neste = nestefelt("The cursor of the next page; null on the last.")


class HendelsesutvalgSkjema(SideSkjema):
    tilstand = valgfelt(Hendelsestilstand, "Only in this state.", **UTELATT)
    type = spoerrenoekkel("Only of this type.", EKSEMPEL["type"], **UTELATT)
    kilde = spoerrenoekkel("Only from this source.", EKSEMPEL["source"], **UTELATT)
    fra = tidspunktfelt("Only those that came in then or later.", **UTELATT)
    til = tidspunktfelt("Only those that came in before.", "2026-11-03T08:00:00Z", **UTELATT)
    feilkode = spoerrenoekkel("Only with this kode.", "Oversettelsesfeil", **UTELATT)
    feilklasse = valgfelt(Feilklasse, "Only with faults of this class.", **UTELATT)
    plugin = spoerrenoekkel("Only mapped by this plugin: its name, or `name==version`.", "inntektsmelding", **UTELATT)
    ekstern_id = spoerrenoekkel("Only those with this id at their source.", EKSEMPEL["id"], **UTELATT)
    noekkel = spoerrenoekkel("Only of this ordering key, as the source or the plugin gives it.", "sak-1", **UTELATT)
    merke = tekstfelt(
        "Only of the ordering key with this mark, as `noekkel` of an event shows it.",
        "5f0c1a77b3e94d20",
        lengst=SYNLIG_AV_NOEKKEL,
        validate=validate.Regexp(r"[0-9a-f]{4,16}\Z", error="must be 4 to 16 of 0-9 and a-f."),
        **UTELATT,
    )
    tekst = tekstfelt(
        "Only those whose feilmelding holds this text, as it is written.",
        "KeyError",
        lengst=LENGSTE_SOEK,
        validate=[validate.Length(1, LENGSTE_SOEK), krev_lagringsbar],
        **UTELATT,
    )


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


# The forms in which events may be sent; `med_typer` puts an example of every type here.
KROPP = {
    "required": True,
    "content": {
        STRUKTURERT: {"schema": {"type": "object"}, "example": EKSEMPEL},
        SATSVIS: {"schema": {"type": "array", "items": {"type": "object"}}, "example": [EKSEMPEL]},
        "application/json": {"schema": {}, "example": EKSEMPEL["data"]},
    },
}


@ressurs.post("")
@ressurs.doc(
    parameters=[PREFER],
    requestBody=KROPP,
)
@svarer(ressurs, feil.UkjentHendelsestype, feil.Konflikt)
@ressurs.alt_response(422, schema=MottattSkjema(), description=INGEN_LAGRET)
@ressurs.alt_response(200, schema=MottattSkjema(), description="All of them were stored before")
@ressurs.response(202, MottattSkjema())
def ta_imot_hendelser() -> Response:
    """Send one or a batch of domain events

    CloudEvents 1.0 over HTTP: structured, batch, or binary (data as the body, attributes in `ce-` headers). Answered
    once stored; the same source and id again answers the first one's id, and with other content `Konflikt`. In a batch,
    what is wrong with one event is told in its place, and stops no other. With `Prefer: wait` the answer tells also
    what became of each, if that comes in time.
    """
    leste = _leste()
    avsender = Avsender(produsent=produsent().id, applikasjon=g.applikasjon, korrelasjonsid=aktoer().korrelasjonsid)
    svar = ta_imot_alle(
        kjerne(), [ett if isinstance(ett, Avslag) else Lesning(hendelse=ett) for ett in leste], avsender
    )
    if len(svar) == 1 and isinstance(svar[0], Avslag):
        raise svar[0]
    rot = url_for("hendelser.list_hendelser")
    mottatt = [ett for ett in svar if isinstance(ett, Mottak)]
    sekunder = oensket_ventetid(request.headers.get("Prefer"))
    staar = venterom().vent(kjerne(), [ett.id for ett in mottatt], sekunder) if sekunder else None
    # Not through the schema: of a large batch it would take longer than the storing.
    resultat = jsonify(elementer=[_element(nummer, ett, rot, staar or {}) for nummer, ett in enumerate(svar)])
    resultat.status_code = 202 if any(ett.ny for ett in mottatt) else 200 if mottatt else 422
    if staar is not None:
        resultat.headers["Preference-Applied"] = f"wait={sekunder:g}"
    return resultat


def _leste() -> list[LestHendelse | Avslag]:
    """The events in the body of the request at hand. Raises Valideringsfeil, UgyldigJson, UkjentInnholdstype."""
    hoder = {navn.lower(): verdi for navn, verdi in request.headers}
    return les_cloudevents(request.content_type or "", hoder, les_kropp())


def _element(nummer: int, svar: Mottak | Avslag, rot: str, staar: Mapping[UUID, Stand]) -> dict[str, Any]:
    """As in MottakSkjema."""
    if isinstance(svar, Avslag):
        finnes = svar.id_til_eksisterende
        return {
            "indeks": nummer,
            "kode": svar.kode,
            "detail": svar.detalj,
            "idTilEksisterende": None if finnes is None else str(finnes),
            "felter": svar.felter,
        }
    id_ = str(svar.id)
    element = {"indeks": nummer, "id": id_, "tilstand": svar.tilstand, "lenke": f"{rot}/{id_}"}
    if (stand := staar.get(svar.id)) is None:
        return element
    return {
        **element,
        "tilstand": stand.tilstand,
        "utfall": stand.utfall,
        "feilkode": stand.feilkode,
        "feilklasse": stand.feilklasse,
        "feilmelding": stand.feilmelding,
    }


@ressurs.post("/forhandsvis")
@ressurs.arguments(ForhandsvisningsvalgSkjema(), location="query")
@ressurs.doc(requestBody=KROPP)
@svarer(ressurs)
@ressurs.response(200, ForhaandsvistSkjema())
def forhandsvis_hendelser(valgt: dict[str, Any]) -> dict[str, Any]:
    """See what would become of events, without sending them

    The same body as for sending, of at most 50 events. Each is mapped by your plugin, and its kommandoer are carried
    out in a transaction that is rolled back, after those of the events before it: nothing is stored, nobody is told,
    and no varsel is sent. The plugin's state is read and not written. Look-ups are not made unless `oppslag=true` is
    given; then the services outside are asked.
    """
    svar = forhandsvis_sendte(
        kjerne(), proevested(), aktoer(), _leste(), spoer_tjenester=valgt["oppslag"] == JaEllerNei.JA
    )
    return {"elementer": [_vis_svar(nummer, ett) for nummer, ett in enumerate(svar)]}


def _vis_svar(nummer: int, svar: Svar | Avslag) -> dict[str, Any]:
    if isinstance(svar, Avslag):
        return {"indeks": nummer, "kode": svar.kode, "detail": svar.detalj, "felter": svar.felter}
    vist = svar.vist
    oversettelse = vist.oversettelse
    return {
        "indeks": nummer,
        "type": vist.oppdrag.type,
        "plugin": svar.plugin,
        "tilstand": vist.tilstand,
        "kommandoer": [_vis_kommando(ett) for ett in vist.kommandoer],
        "lagrer": sum(ett.verdi is not None for ett in oversettelse.lagre) if oversettelse else 0,
        "hoppet_over": oversettelse.hoppet_over if oversettelse else None,
        "merknader": list(oversettelse.merknader) if oversettelse else [],
        "vent_til": vist.vent_til,
        "oppslag": [
            {"navn": ett.navn, "tjeneste": ett.tjeneste, "valgfritt": ett.valgfritt, "spurt": vist.spurt}
            for ett in vist.oppslag
        ],
        "feilkode": vist.funn and vist.funn.kode,
        "feilklasse": vist.funn and vist.funn.klasse,
        "feilmelding": vist.funn and vist.funn.tekst,
        "id_til_eksisterende": svar.finnes,
    }


def _vis_kommando(ett: Kommandosvar) -> dict[str, Any]:
    avslag = ett.avslag
    return {
        "kommando": ett.steg["kommando"],
        "innhold": ett.steg["innhold"],
        "del": ett.steg.get("del"),
        "utfall": ett.utfall
        and {"id": str(ett.utfall.id), "ny": ett.utfall.ny, "merknader": list(ett.utfall.merknader)},
        "avslag": avslag.kode if avslag else ett.tillatt_avslag,
        "tillatt": ett.tillatt_avslag is not None,
        "detail": avslag and avslag.detalj,
        "felter": avslag and avslag.felter,
    }


@ressurs.get("")
@ressurs.arguments(HendelsesutvalgSkjema(), location="query")
@svarer(ressurs, kropp=False)
@ressurs.response(200, HendelseslisteSkjema())
def list_hendelser(valgt: dict[str, Any]) -> dict[str, Any]:
    """List your hendelser

    In the order of arrival. A page may be short, or empty, although more follows: go on for as long as there is a
    `neste`. One is found at once by `eksternId`, and all of a key by `noekkel`.
    """
    side = lesing.hendelser(kjerne(), produsent(), _utvalg(valgt), antall=valgt["antall"], etter=valgt["etter"])
    return {"elementer": [_vis(rad) for rad in side.elementer], "neste": side.neste}


def _utvalg(valgt: Mapping[str, Any]) -> Utvalg:
    felter = ("type", "kilde", "fra", "til", "plugin", "ekstern_id", "noekkel", "merke", "tekst")
    return Utvalg(
        tilstander=(valgt["tilstand"],) if valgt["tilstand"] else tuple(Hendelsestilstand),
        kode=valgt["feilkode"],
        klasse=valgt["feilklasse"],
        **{felt: valgt[felt] for felt in felter},
    )


@ressurs.get('/<utenom("forhandsvis"):id>')
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
        "objekter": lesing.objekter(kjerne(), rad),
        "ferdige_deler": rad.ferdige_deler,
        "oppslag": [{"navn": navn, "fikk_svar": svar is not None} for navn, svar in (rad.oppslag or {}).items()],
    }


@ressurs.post("/<id>/paa-nytt")
@svarer(ressurs, feil.HendelseFinnesIkke, feil.Konflikt, kropp=False)
@ressurs.response(200, HendelseSkjema())
def hendelse_paa_nytt(id: str) -> dict[str, Any]:
    """Try a quarantined hendelse again"""
    return _vis(
        oppfoelging.paa_nytt(
            kjerne(), produsent().id, les_id(id, feil.HendelseFinnesIkke), kilder().leser(kjerne().plugins)
        )
    )


@ressurs.post("/<id>/forkast")
@ressurs.arguments(GrunnSkjema())
@svarer(ressurs, feil.HendelseFinnesIkke, feil.Konflikt)
@ressurs.response(200, HendelseSkjema())
def forkast_hendelse(innhold: dict[str, str], id: str) -> dict[str, Any]:
    """Drop a hendelse that is not finished, with a reason"""
    return _vis(oppfoelging.forkast(kjerne(), produsent().id, les_id(id, feil.HendelseFinnesIkke), innhold["grunn"]))


EGNE = (
    *("id", "kilde", "ekstern_id", "type", "tid", "mottatt_tidspunkt", "behandlet_tidspunkt", "neste_forsoek"),
    *("forsoek", "plugin", "feilkode", "feilmelding"),
)


def _vis(rad: Hendelse) -> dict[str, Any]:
    notert = rad.merknader or {}
    return {
        **{felt: getattr(rad, felt) for felt in EGNE},
        "noekkel": merke(rad.noekkel),
        "tilstand": Hendelsestilstand(rad.tilstand),
        "feilklasse": rad.feilklasse and Feilklasse(rad.feilklasse),
        "hoppet_over": notert.get("hoppetOver"),
        "merknader": notert.get("merknader", ()),
        "venter_paa": rad.venter_paa and {"merke": rad.venter_paa[:SYNLIG_AV_NOEKKEL], "til": rad.vent_til},
    }


@typeressurs.get("")
@svarer(typeressurs, kropp=False)
@typeressurs.response(200, HendelsestyperSkjema())
def list_hendelsestyper() -> dict[str, Any]:
    """List every event type that the plugins declare, in all its versions"""
    return {
        "elementer": [
            {
                "navn": ett.type.navn,
                "beskrivelse": ett.type.beskrivelse,
                "versjon": ett.type.versjon,
                "skjema": dict(ett.type.skjema),
                "eksempel": dict(ett.type.eksempel),
                "produsent": ett.plugin.produsent,
                "plugin": ett.plugin.id,
            }
            for ett in deklarerte(kjerne().plugins)
        ]
    }
