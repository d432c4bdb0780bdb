"""Saker: creating, reading, and giving a new status."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from gateway.api.deler import IdSkjema, MottakerSkjema, NySlettetidSkjema, SlettetidspunktSkjema, mottakere_av
from gateway.api.ramme import IdempotensSkjema, aktoer, kjerne, lag_ressurs, produsent, svarer
from gateway.api.skjema import Skjema, liste, nestet, tekstfelt, tidspunktfelt
from gateway.domain import feil
from gateway.domain.kommandoer import NySak, NyStatus, Saksreferanse
from gateway.domain.tilstand import Saksstatus
from gateway.domain.validering import LENGSTE_LENKE, LENGSTE_NOEKKEL, LENGSTE_TITTEL
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.reading import produsent as lesing

ressurs = lag_ressurs("saker", "/saker", "Saker: cases with their statuses")


class NySakSkjema(Skjema):
    bygger = NySak
    grupperingsid = tekstfelt("Your own key of the sak.", "sak-1", required=True, lengst=LENGSTE_NOEKKEL)
    merkelapp = tekstfelt("One of your merkelapper.", "Fager", required=True)
    virksomhetsnummer = tekstfelt("The virksomhet, 9 digits.", "312914174", required=True)
    mottakere = liste(MottakerSkjema(), "Who may see it; at least one.", required=True)
    tittel = tekstfelt("What the employer reads.", "Søknad om støtte", required=True, lengst=LENGSTE_TITTEL)
    initiell_status = fields.Enum(Saksstatus, required=True, metadata={"description": "The first status."})
    lenke = tekstfelt(
        "An absolute http(s) URL.", "https://arbeidsgiver.nav.no/sak/1", lengst=LENGSTE_LENKE, allow_none=True
    )
    tilleggsinformasjon = tekstfelt("A line under the title.", "Gjelder 2026", lengst=LENGSTE_TITTEL)
    neste_steg = tekstfelt("What happens next.", "Behandles innen tre uker")
    tidspunkt = tidspunktfelt("The time of the first status; may lie in the past.")
    overstyr_statustekst_med = tekstfelt("A text in place of the status' own.", "Søknaden er mottatt")
    hard_delete = nestet(SlettetidspunktSkjema(), "When all of it is deleted.")


class NyStatusSkjema(Skjema):
    status = fields.Enum(Saksstatus, required=True, metadata={"description": "The new status."})
    tidspunkt = tidspunktfelt("The time of the status; may lie in the past.")
    overstyr_statustekst_med = tekstfelt("A text in place of the status' own.", "Vedtak er fattet")
    ny_lenke_til_sak = tekstfelt("A new link.", "https://arbeidsgiver.nav.no/sak/1/vedtak")
    hard_delete = nestet(NySlettetidSkjema(), "A change of the deletion time.")


class StatusSkjema(Skjema):
    status = fields.Enum(Saksstatus, required=True)
    tekst = fields.String(required=True, metadata={"description": "What the employer reads."})
    tidspunkt = tidspunktfelt("When it got the status.", required=True)


class StatuserSkjema(IdSkjema):
    statuser = liste(StatusSkjema(), "All statuses, newest first.", required=True)


class SakSkjema(IdSkjema):
    grupperingsid = fields.String(required=True)
    merkelapp = fields.String(required=True)
    virksomhetsnummer = fields.String(required=True)
    mottakere = liste(MottakerSkjema(), "Who may see it.", required=True)
    tittel = fields.String(required=True)
    tilleggsinformasjon = fields.String(allow_none=True)
    lenke = fields.String(allow_none=True)
    neste_steg = fields.String(allow_none=True)
    opprettet_tidspunkt = tidspunktfelt("When it was created.", required=True)
    siste_status = nestet(StatusSkjema(), "The status with the latest time.", required=True)
    statuser = liste(StatusSkjema(), "All statuses, newest first.", required=True)


class GrupperingsidSkjema(Skjema):
    """Your own key of a sak."""

    merkelapp = tekstfelt("The sak's merkelapp.", "Fager", required=True)
    grupperingsid = tekstfelt("The sak's grupperingsid.", "sak-1", required=True)


@ressurs.post("")
@ressurs.arguments(NySakSkjema())
@svarer(
    ressurs,
    feil.UgyldigMerkelapp,
    feil.UgyldigMottaker,
    feil.DuplikatGrupperingsid,
    feil.DuplikatGrupperingsidEtterDelete,
)
@ressurs.alt_response(200, schema=IdSkjema(), description="The same sak was created before")
@ressurs.response(201, IdSkjema())
def opprett_sak(sak: NySak) -> tuple[Utfall, int]:
    """Create a sak

    The same content again answers the existing id with 200 and changes nothing.
    """
    utfall = utfoer(kjerne(), sak, aktoer())
    return utfall, 201 if utfall.ny else 200


def _ny_status(referanse: Saksreferanse, innhold: dict[str, Any], hoder: dict[str, Any]) -> tuple[dict[str, Any], int]:
    kommando = NyStatus(sak=referanse, idempotensnoekkel=hoder["noekkel"], **innhold)
    utfall = utfoer(kjerne(), kommando, aktoer())
    return {"id": utfall.id, "statuser": utfall.statuser}, 201 if utfall.ny else 200


@ressurs.post("/<uuid:sak_id>/statuser")
@ressurs.arguments(NyStatusSkjema())
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.SakFinnesIkke, feil.Konflikt)
@ressurs.alt_response(200, schema=StatuserSkjema(), description="The same Idempotency-Key again")
@ressurs.response(201, StatuserSkjema())
def ny_status(innhold: dict[str, Any], hoder: dict[str, Any], sak_id: UUID) -> tuple[dict[str, Any], int]:
    """Give a sak a new status

    The current status is the one with the latest time; any order is allowed.
    """
    return _ny_status(Saksreferanse(id=sak_id), innhold, hoder)


@ressurs.post("/med-grupperingsid/statuser")
@ressurs.arguments(NyStatusSkjema())
@ressurs.arguments(GrupperingsidSkjema(), location="query")
@ressurs.arguments(IdempotensSkjema(), location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.SakFinnesIkke, feil.Konflikt)
@ressurs.alt_response(200, schema=StatuserSkjema(), description="The same Idempotency-Key again")
@ressurs.response(201, StatuserSkjema())
def ny_status_med_grupperingsid(
    innhold: dict[str, Any], noekkel: dict[str, Any], hoder: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """Give a sak a new status, by your own key"""
    return _ny_status(Saksreferanse(**noekkel), innhold, hoder)


@ressurs.get("/<uuid:sak_id>")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.SakFinnesIkke, kropp=False)
@ressurs.response(200, SakSkjema())
def hent_sak(sak_id: UUID) -> dict[str, Any]:
    """Read a sak"""
    return _vis(lesing.sak(kjerne(), produsent(), sak_id))


@ressurs.get("/med-grupperingsid")
@ressurs.arguments(GrupperingsidSkjema(), location="query")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.SakFinnesIkke, kropp=False)
@ressurs.response(200, SakSkjema())
def hent_sak_med_grupperingsid(noekkel: dict[str, str]) -> dict[str, Any]:
    """Read a sak, by your own key"""
    return _vis(lesing.sak_med_grupperingsid(kjerne(), produsent(), noekkel["merkelapp"], noekkel["grupperingsid"]))


def _vis(lest: lesing.LestSak) -> dict[str, Any]:
    sak = lest.sak
    return {
        **{felt: getattr(sak, felt) for felt in SAKENS_EGNE},
        "mottakere": mottakere_av(sak.mottakere),
        "siste_status": {
            "status": Saksstatus(sak.siste_status),
            "tekst": sak.siste_statustekst,
            "tidspunkt": sak.siste_status_tidspunkt,
        },
        "statuser": [
            {"status": Saksstatus(ett.status), "tekst": ett.tekst, "tidspunkt": ett.tidspunkt} for ett in lest.statuser
        ],
    }


SAKENS_EGNE = (
    *("id", "grupperingsid", "merkelapp", "virksomhetsnummer", "tittel", "tilleggsinformasjon", "lenke", "neste_steg"),
    "opprettet_tidspunkt",
)
