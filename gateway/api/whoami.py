"""Who the token makes the caller, and what it may use."""

from __future__ import annotations

from typing import Any

from flask import g

from gateway.api.deler import MottakerSkjema
from gateway.api.ramme import lag_ressurs, produsent, svarer
from gateway.api.skjema import Skjema, boolfelt, liste, noekkelfelt, tekstliste
from gateway.domain.mottaker import AltinnRessurs, Mottaker

ressurs = lag_ressurs("whoami", "/whoami", "Who the token makes the caller")


class WhoamiSkjema(Skjema):
    produsent = noekkelfelt("The id in the produsentregister.", "fager", required=True)
    app = noekkelfelt("The application in the token.", "dev-gcp:fager:fager-demo", required=True)
    merkelapper = tekstliste("The merkelapper that you may use.", ["Demo", "Fager"], required=True)
    mottakere = liste(MottakerSkjema(), "The Altinn resources that may be mottaker.", required=True)
    naermeste_leder = boolfelt("Whether a naermesteLeder may be mottaker.", eksempel=True, required=True)


@ressurs.get("")
@svarer(ressurs, kropp=False)
@ressurs.response(200, WhoamiSkjema())
def hvem_er_jeg() -> dict[str, Any]:
    """Who am I?

    The produsent that the token's application sends for, with its merkelapper and mottakere.
    """
    selv = produsent()
    return {
        "produsent": selv.id,
        "app": g.applikasjon,
        "merkelapper": selv.merkelapper,
        "mottakere": [Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=ett)) for ett in selv.ressurser],
        "naermeste_leder": selv.naermeste_leder,
    }
