"""Beskjeder: messages for which nothing need be done; and what all new notifikasjoner have in common."""

from __future__ import annotations

from typing import Any

from gateway.api.deler import (
    EksterntVarselSkjema,
    IdsvarSkjema,
    MedUgyldigeVarslerSkjema,
    MottakerSkjema,
    PaaminnelseSkjema,
    SlettetidspunktSkjema,
    VarselidSkjema,
)
from gateway.api.notifikasjoner import les_og_slett
from gateway.api.ramme import Ressurs, aktoer, lag_ressurs, svarer
from gateway.api.skjema import Skjema, lenkefelt, liste, nestet, noekkelfelt, tekstfelt, tidspunktfelt
from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import NyBeskjed, NyKalenderavtale
from gateway.domain.tilstand import Notifikasjonstype
from gateway.domain.validering import LENGSTE_TEKST
from gateway.handling.utfoer import utfoer
from gateway.http.anrop import kjerne

ressurs = lag_ressurs("beskjeder", "/beskjeder", "Beskjeder: messages for which nothing need be done")


class NyNotifikasjonSkjema(MedUgyldigeVarslerSkjema):
    """What every new notifikasjon says."""

    utenfor_eksempel = ("saksnoekkel",)
    merkelapp = noekkelfelt("One of your merkelapper.", "Fager", required=True)
    ekstern_id = noekkelfelt("Your own key, unique within the merkelapp.", "beskjed-1", required=True)
    virksomhetsnummer = tekstfelt(
        "The virksomhet: 9 digits with a valid check digit.", "312914174", required=True, lengst=9
    )
    mottakere = liste(MottakerSkjema(), "Who may see it; at least one, of the sak's if it has one.", required=True)
    tekst = tekstfelt(
        "What the employer reads. No run of 11 digits.", "Du har fått svar", required=True, lengst=LENGSTE_TEKST
    )
    lenke = lenkefelt("Where it leads.", "https://arbeidsgiver.nav.no/1", required=True)
    eksterne_varsler = liste(EksterntVarselSkjema(), "What is sent beside it.", load_default=())
    saksnoekkel = noekkelfelt(
        "In place of grupperingsid: it belongs to the open sak of this key, which must exist. See POST /aapne-saker.",
        "person-1",
    )
    hard_delete = nestet(SlettetidspunktSkjema(), "When all of it is deleted; never, when left out.")


class NyBeskjedSkjema(NyNotifikasjonSkjema):
    bygger = NyBeskjed
    grupperingsid = noekkelfelt("The sak it belongs to, which may come later.", "sak-1")
    opprettet_tidspunkt = tidspunktfelt("The time of creation; else that of receipt.")


class MedPaaminnelseSkjema(Skjema):
    paaminnelse = nestet(PaaminnelseSkjema(), "A reminder.")


class OpprettetSkjema(IdsvarSkjema):
    eksterne_varsler = liste(VarselidSkjema(), "The varsler, in the order given.", required=True)


class PaaminnelseVarslerSkjema(Skjema):
    eksterne_varsler = liste(VarselidSkjema(), "The varsler of the paaminnelse, in the order given.", required=True)


class OpprettetMedPaaminnelseSkjema(OpprettetSkjema):
    paaminnelse = nestet(PaaminnelseVarslerSkjema(), "Null without a paaminnelse.", required=True, allow_none=True)


def oppretting(ressurs: Ressurs, kropp: Skjema, svar: Skjema, *avslag: type[Avslag]) -> Any:
    """POST of a new notifikasjon, which the function makes the answer of."""

    def dekorer(funksjon: Any) -> Any:
        funksjon = ressurs.response(201, svar)(funksjon)
        funksjon = ressurs.alt_response(200, schema=svar, description="The same was created before")(funksjon)
        funksjon = svarer(
            ressurs,
            feil.UgyldigMerkelapp,
            feil.UgyldigMottaker,
            feil.VilkaarIkkeGodkjent,
            feil.DuplikatEksternIdOgMerkelapp,
            *avslag,
        )(funksjon)
        return ressurs.post("")(ressurs.arguments(kropp)(funksjon))

    return dekorer


def opprett(kommando: NyBeskjed | NyKalenderavtale) -> tuple[dict[str, Any], int]:
    """Carry it out; the answer, with the varsler that came of it."""
    utfall = utfoer(kjerne(), kommando, aktoer())
    svar: dict[str, Any] = {"id": utfall.id, "eksterne_varsler": _ider(utfall.eksterne_varsler), "paaminnelse": None}
    svar["merknader"] = utfall.merknader
    if utfall.paaminnelse_varsler is not None:
        svar["paaminnelse"] = {"eksterne_varsler": _ider(utfall.paaminnelse_varsler)}
    return svar, 201 if utfall.ny else 200


def _ider(varsler: tuple[Any, ...] | None) -> list[dict[str, Any]]:
    return [{"id": ett} for ett in varsler or ()]


@oppretting(ressurs, NyBeskjedSkjema(), OpprettetSkjema(), feil.SakFinnesIkke)
def opprett_beskjed(beskjed: NyBeskjed) -> tuple[dict[str, Any], int]:
    """Create a beskjed

    The same content again answers the existing id with 200 and changes nothing.
    """
    return opprett(beskjed)


les_og_slett(ressurs, Notifikasjonstype.BESKJED)
