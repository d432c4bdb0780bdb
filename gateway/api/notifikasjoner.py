"""Notifikasjoner: reading and deleting beskjeder, oppgaver and kalenderavtaler, one by one and in lists."""

from __future__ import annotations

from typing import Any

from gateway.api.deler import (
    LokasjonSkjema,
    MedIdSkjema,
    MottakerSkjema,
    PaaminnelsestidspunktSkjema,
    VarselSkjema,
)
from gateway.api.ramme import Ressurs, lag_ressurs, produsent, svarer
from gateway.api.skjema import (
    ALLTID,
    LENGSTE_TILSTAND,
    UTELATT,
    SideSkjema,
    Skjema,
    boolfelt,
    datofelt,
    lenkefelt,
    liste,
    nestefelt,
    nestet,
    noekkelfelt,
    spoerrenoekkel,
    tekstfelt,
    tekstliste,
    tidspunktfelt,
    valgfelt,
)
from gateway.api.veier import EKSTERN_ID, endring, lesning
from gateway.domain import feil
from gateway.domain.kommandoer import Notifikasjonsreferanse, SlettNotifikasjon
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Oppgavetilstand
from gateway.domain.validering import LENGSTE_TEKST
from gateway.http.anrop import kjerne
from gateway.reading import produsent as lesing

ressurs = lag_ressurs("notifikasjoner", "/notifikasjoner", "Notifikasjoner: what the bell shows")
# Examples of an appointment.
START, SLUTT = "2030-12-02T09:00:00Z", "2030-12-02T10:00:00Z"
TILSTANDER = [tilstand.value for type_ in (Oppgavetilstand, Kalenderavtaletilstand) for tilstand in type_]


class PaaminnelseSvarSkjema(Skjema):
    tidspunkt = nestet(PaaminnelsestidspunktSkjema(), "The wish, as it was given.", required=True)
    paaminnelse_tidspunkt = tidspunktfelt("The time that came of it.", required=True)
    sendt = boolfelt("Whether the time has come.", eksempel=False, required=True)
    eksterne_varsler = liste(VarselSkjema(), "Its varsler.", required=True)


class NotifikasjonSkjema(MedIdSkjema):
    type = valgfelt(Notifikasjonstype, "What it is.", required=True)
    merkelapp = noekkelfelt("The merkelapp.", "Fager", required=True)
    ekstern_id = noekkelfelt("Your own key.", "oppgave-1", required=True)
    grupperingsid = noekkelfelt("The sak it belongs to.", "sak-1", **ALLTID)
    virksomhetsnummer = tekstfelt("The virksomhet, 9 digits.", "312914174", required=True, lengst=9)
    mottakere = liste(MottakerSkjema(), "Who may see it.", required=True)
    tekst = tekstfelt("What the employer reads.", "Svar på spørsmålet", required=True, lengst=LENGSTE_TEKST)
    lenke = lenkefelt("Where it leads.", "https://arbeidsgiver.nav.no/1", required=True)
    opprettet_tidspunkt = tidspunktfelt("When it was created.", required=True)
    tilstand = tekstfelt(
        f"How it stands; null for a beskjed. One of {', '.join(TILSTANDER)}.",
        Oppgavetilstand.NY.value,
        **ALLTID,
        lengst=LENGSTE_TILSTAND,
    )
    frist = datofelt("The day at whose end, in Norway, an open oppgave becomes UTGAATT.", **ALLTID)
    utfoert_tidspunkt = tidspunktfelt("When an oppgave was done.", **ALLTID)
    utgaatt_tidspunkt = tidspunktfelt("When an oppgave expired.", **ALLTID)
    start_tidspunkt = tidspunktfelt("When a kalenderavtale starts.", START, **ALLTID)
    slutt_tidspunkt = tidspunktfelt("When a kalenderavtale ends.", SLUTT, **ALLTID)
    lokasjon = nestet(LokasjonSkjema(), "Where a kalenderavtale takes place.", **ALLTID)
    er_digitalt = boolfelt("Whether a kalenderavtale takes place online.", eksempel=False, **ALLTID)
    paaminnelse = nestet(PaaminnelseSvarSkjema(), "The reminder of an oppgave or a kalenderavtale.", **ALLTID)
    eksterne_varsler = liste(VarselSkjema(), "Its varsler and their states.", required=True)


class NotifikasjonslisteSkjema(Skjema):
    elementer = liste(NotifikasjonSkjema(), "The page, in order of creation.", required=True)
    neste = nestefelt("The cursor of the next page; null on the last.")


class UtvalgSkjema(SideSkjema):
    merkelapp = tekstliste("Only of these merkelapper; all of yours when none is given.", ["Fager"], load_default=[])
    grupperingsid = spoerrenoekkel("Only of this sak.", "sak-1", **UTELATT)


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
    return {"elementer": side.elementer, "neste": side.neste}


def les_og_slett(ressurs: Ressurs, type_: Notifikasjonstype | None) -> None:
    """GET and DELETE of one, by id and by own key; of this type only, or of any."""
    hva = (type_ or "notifikasjon").lower()

    def hent(referanse: Notifikasjonsreferanse) -> lesing.LestNotifikasjon:
        return lesing.notifikasjon(kjerne(), produsent(), referanse, type_)

    def slett(referanse: Notifikasjonsreferanse) -> SlettNotifikasjon:
        return SlettNotifikasjon(notifikasjon=referanse, av_type=type_)

    hent.__name__, hent.__doc__ = f"hent_{hva}", f"Read a {hva}\n\nWith its varsler and their states."
    slett.__name__, slett.__doc__ = (
        f"slett_{hva}",
        f"Delete a {hva}\n\nAt once and for good, with all that it held. Varsler that were ordered are still sent.",
    )
    lesning(ressurs, "", EKSTERN_ID, NotifikasjonSkjema())(hent)
    endring(ressurs, "DELETE", "", EKSTERN_ID, svar=None)(slett)


les_og_slett(ressurs, None)
