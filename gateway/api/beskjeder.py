"""Beskjeder: messages for which nothing need be done."""

from __future__ import annotations

from typing import Any

from gateway.api.deler import EksterntVarselSkjema, IdSkjema, MottakerSkjema, SlettetidspunktSkjema
from gateway.api.ramme import aktoer, kjerne, lag_ressurs, svarer
from gateway.api.skjema import Skjema, liste, nestet, tekstfelt, tidspunktfelt
from gateway.domain import feil
from gateway.domain.kommandoer import NyBeskjed
from gateway.domain.validering import LENGSTE_LENKE, LENGSTE_NOEKKEL, LENGSTE_TEKST
from gateway.handling.utfoer import utfoer

ressurs = lag_ressurs("beskjeder", "/beskjeder", "Beskjeder: messages for which nothing need be done")


class NyBeskjedSkjema(Skjema):
    bygger = NyBeskjed
    merkelapp = tekstfelt("One of your merkelapper.", "Fager", required=True)
    ekstern_id = tekstfelt("Your own key.", "beskjed-1", required=True, lengst=LENGSTE_NOEKKEL)
    virksomhetsnummer = tekstfelt("The virksomhet, 9 digits.", "312914174", required=True)
    mottakere = liste(MottakerSkjema(), "Who may see it; at least one, of the sak's if it has one.", required=True)
    tekst = tekstfelt("What the employer reads.", "Du har fått svar", required=True, lengst=LENGSTE_TEKST)
    lenke = tekstfelt("An absolute http(s) URL.", "https://arbeidsgiver.nav.no/1", required=True, lengst=LENGSTE_LENKE)
    grupperingsid = tekstfelt("The sak it belongs to, which may come later.", "sak-1")
    opprettet_tidspunkt = tidspunktfelt("The time of creation; else that of receipt.")
    eksterne_varsler = liste(EksterntVarselSkjema(), "What is sent beside it.", load_default=())
    hard_delete = nestet(SlettetidspunktSkjema(), "When all of it is deleted.")


class OpprettetSkjema(IdSkjema):
    eksterne_varsler = liste(IdSkjema(), "The varsler, in the order given.", required=True)


@ressurs.post("")
@ressurs.arguments(NyBeskjedSkjema())
@svarer(ressurs, feil.UgyldigMerkelapp, feil.UgyldigMottaker, feil.DuplikatEksternIdOgMerkelapp)
@ressurs.alt_response(200, schema=OpprettetSkjema(), description="The same beskjed was created before")
@ressurs.response(201, OpprettetSkjema())
def opprett_beskjed(beskjed: NyBeskjed) -> tuple[dict[str, Any], int]:
    """Create a beskjed

    The same content again answers the existing id with 200 and changes nothing.
    """
    utfall = utfoer(kjerne(), beskjed, aktoer())
    return {"id": utfall.id, "eksterne_varsler": ider(utfall.eksterne_varsler)}, 201 if utfall.ny else 200


def ider(varsler: tuple[Any, ...] | None) -> list[dict[str, Any]]:
    return [{"id": ett} for ett in varsler or ()]
