"""Endringer: the producer's change feed, from the log."""

from __future__ import annotations

from typing import Any

from gateway.api.ramme import lag_ressurs, produsent, svarer
from gateway.api.skjema import (
    ALLTID,
    SideSkjema,
    Skjema,
    idfelt,
    liste,
    nestefelt,
    noekkelfelt,
    objektfelt,
    tekstliste,
    tidspunktfelt,
)
from gateway.domain import feil
from gateway.domain.logg import Loggord
from gateway.http.anrop import kjerne
from gateway.reading.endringer import endringer

ressurs = lag_ressurs("endringer", "/endringer", "Endringer: all that happens to what is yours, in order")


class EndringSkjema(Skjema):
    """One entry of the log."""

    tidspunkt = tidspunktfelt("When it happened.", required=True)
    hva = noekkelfelt(
        f"The kommando, such as NyOppgave; or what a round or a channel did: {', '.join(Loggord)}.",
        "OppgaveUtfoert",
        required=True,
    )
    merkelapp = noekkelfelt("The merkelapp of what changed.", "Fager", required=True)
    sak_id = idfelt("The sak that changed.", **ALLTID)
    notifikasjon_id = idfelt("The notifikasjon that changed.", **ALLTID)
    varsel_id = idfelt("The varsel that changed.", **ALLTID)
    applikasjon = noekkelfelt("The application that asked for it.", "dev-gcp:fager:fager-demo", **ALLTID)
    plugin = noekkelfelt("The plugin that asked for it.", "inntektsmelding==1.0", **ALLTID)
    korrelasjonsid = noekkelfelt("Names the request, or the round, that did it.", "5d1f0c0e", required=True)
    innhold = objektfelt(
        "What it became; null when nothing more is to be said, and once the object is deleted.",
        {"tilstand": "UTFOERT", "tidspunkt": "2026-12-01T08:00:00+00:00"},
        **ALLTID,
    )


class EndringslisteSkjema(Skjema):
    elementer = liste(EndringSkjema(), "The page, oldest first.", required=True)
    neste = nestefelt(
        "The cursor to go on from, now or later; null when nothing came after the one that you gave, which you keep.",
        "1042-77",
    )


class EndringsutvalgSkjema(SideSkjema):
    merkelapp = tekstliste("Only of these merkelapper; all of yours when none is given.", ["Fager"], load_default=[])


@ressurs.get("")
@ressurs.arguments(EndringsutvalgSkjema(), location="query")
@svarer(ressurs, feil.UgyldigMerkelapp, kropp=False)
@ressurs.response(200, EndringslisteSkjema())
def list_endringer(utvalg: dict[str, Any]) -> dict[str, Any]:
    """Read the change feed

    Every accepted change of what is yours, once and in an order that never changes. Keep the last `neste` that you
    got, and ask on from it: no entry is ever passed over, and none comes twice. An entry is shown once every
    transaction that began before it has ended, which is at once but for the longest-running ones.
    """
    side = endringer(
        kjerne(), produsent(), merkelapper=utvalg["merkelapp"], antall=utvalg["antall"], etter=utvalg["etter"]
    )
    return {"elementer": side.elementer, "neste": side.neste}
