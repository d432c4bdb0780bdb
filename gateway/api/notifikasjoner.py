"""Notifikasjoner: reading beskjeder and oppgaver, one by one and in lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from gateway.api.deler import IdSkjema, MottakerSkjema, PaaminnelsestidspunktSkjema, VarselSvarSkjema, mottakere_av
from gateway.api.ramme import kjerne, lag_ressurs, produsent, svarer
from gateway.api.skjema import Skjema, datofelt, liste, nestet, tekstfelt, tidspunktfelt
from gateway.domain import feil
from gateway.domain.tilstand import Notifikasjonstype, Oppgavetilstand
from gateway.domain.varsel import Varselstatus, Varseltype
from gateway.reading import produsent as lesing
from gateway.store.tabeller import Varsel

ressurs = lag_ressurs("notifikasjoner", "/notifikasjoner", "Notifikasjoner: what the bell shows")


class PaaminnelseSvarSkjema(Skjema):
    tidspunkt = nestet(PaaminnelsestidspunktSkjema(), "The wish, as it was given.", required=True)
    paaminnelse_tidspunkt = tidspunktfelt("The time that came of it.", required=True)
    sendt = fields.Boolean(required=True, metadata={"description": "Whether the time has come."})
    eksterne_varsler = liste(VarselSvarSkjema(), "Its varsler.", required=True)


class NotifikasjonSkjema(IdSkjema):
    type = fields.Enum(Notifikasjonstype, required=True)
    merkelapp = fields.String(required=True)
    ekstern_id = fields.String(required=True)
    grupperingsid = fields.String(allow_none=True)
    virksomhetsnummer = fields.String(required=True)
    mottakere = liste(MottakerSkjema(), "Who may see it.", required=True)
    tekst = fields.String(required=True)
    lenke = fields.String(required=True)
    opprettet_tidspunkt = tidspunktfelt("When it was created.", required=True)
    tilstand = fields.Enum(Oppgavetilstand, allow_none=True, metadata={"description": "Null for a beskjed."})
    frist = datofelt("The day at whose end, in Norway, an open oppgave becomes UTGAATT.")
    utfoert_tidspunkt = tidspunktfelt("When it was done.")
    utgaatt_tidspunkt = tidspunktfelt("When it expired.")
    paaminnelse = nestet(PaaminnelseSvarSkjema(), "The reminder of an oppgave.")
    eksterne_varsler = liste(VarselSvarSkjema(), "Its varsler and their states.", required=True)


class NotifikasjonslisteSkjema(Skjema):
    elementer = liste(NotifikasjonSkjema(), "The page, in order of creation.", required=True)
    neste = fields.String(
        required=True, allow_none=True, metadata={"description": "The cursor of the next page; null on the last."}
    )


class UtvalgSkjema(Skjema):
    merkelapp = fields.List(
        fields.String(),
        load_default=[],
        metadata={"description": "Only of these merkelapper; all of yours when none is given.", "example": ["Fager"]},
    )
    grupperingsid = tekstfelt("Only of this sak.", "sak-1", load_default=None)
    antall = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 500),
        metadata={"description": "How many at most.", "example": 50},
    )
    etter = tekstfelt(
        "The cursor that the page before gave as `neste`.", "0198f3c2a4b47c55a3a1c0ffee000001", load_default=None
    )


class EksternIdSkjema(Skjema):
    """Your own key of a notifikasjon."""

    merkelapp = tekstfelt("The notifikasjon's merkelapp.", "Fager", required=True)
    ekstern_id = tekstfelt("The notifikasjon's eksternId.", "oppgave-1", required=True)


@ressurs.get("")
@ressurs.arguments(UtvalgSkjema(), location="query")
@svarer(ressurs, feil.UgyldigMerkelapp, kropp=False)
@ressurs.response(200, NotifikasjonslisteSkjema())
def list_notifikasjoner(utvalg: dict[str, Any]) -> dict[str, Any]:
    """List notifikasjoner

    Rows that are created meanwhile neither repeat nor hide others.
    """
    side = lesing.notifikasjoner(
        kjerne(),
        produsent(),
        merkelapper=utvalg["merkelapp"],
        grupperingsid=utvalg["grupperingsid"],
        antall=utvalg["antall"],
        etter=utvalg["etter"],
    )
    return {"elementer": [vis_notifikasjon(ett) for ett in side.elementer], "neste": side.neste}


@ressurs.get("/<uuid:notifikasjon_id>")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.NotifikasjonFinnesIkke, kropp=False)
@ressurs.response(200, NotifikasjonSkjema())
def hent_notifikasjon(notifikasjon_id: UUID) -> dict[str, Any]:
    """Read a notifikasjon"""
    return vis_notifikasjon(lesing.notifikasjon(kjerne(), produsent(), notifikasjon_id))


@ressurs.get("/med-ekstern-id")
@ressurs.arguments(EksternIdSkjema(), location="query")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.NotifikasjonFinnesIkke, kropp=False)
@ressurs.response(200, NotifikasjonSkjema())
def hent_notifikasjon_med_ekstern_id(noekkel: dict[str, str]) -> dict[str, Any]:
    """Read a notifikasjon, by your own key"""
    lest = lesing.notifikasjon_med_ekstern_id(kjerne(), produsent(), noekkel["merkelapp"], noekkel["ekstern_id"])
    return vis_notifikasjon(lest)


EGNE = (
    *("id", "merkelapp", "ekstern_id", "grupperingsid", "virksomhetsnummer", "tekst", "lenke", "opprettet_tidspunkt"),
    *("frist", "utfoert_tidspunkt", "utgaatt_tidspunkt"),
)


def vis_notifikasjon(lest: lesing.LestNotifikasjon) -> dict[str, Any]:
    rad, paaminnelse = lest.notifikasjon, lest.paaminnelse
    return {
        **{felt: getattr(rad, felt) for felt in EGNE},
        "type": Notifikasjonstype(rad.type),
        "tilstand": Oppgavetilstand(rad.tilstand) if rad.tilstand else None,
        "mottakere": mottakere_av(rad.mottakere),
        "eksterne_varsler": [_varsel(ett) for ett in lest.egne_varsler],
        "paaminnelse": {
            "tidspunkt": paaminnelse.oenske,
            "paaminnelse_tidspunkt": paaminnelse.paaminnelse_tidspunkt,
            "sendt": paaminnelse.sendt_tidspunkt is not None,
            "eksterne_varsler": [_varsel(ett) for ett in lest.paaminnelsens_varsler],
        }
        if paaminnelse
        else None,
    }


def _varsel(varsel: Varsel) -> dict[str, Any]:
    return {
        "id": varsel.id,
        "type": Varseltype(varsel.type),
        "status": Varselstatus(varsel.status),
        "klar_tidspunkt": varsel.klar_tidspunkt,
        "feilkode": varsel.feilkode,
        "feilmelding": varsel.feilmelding,
    }
