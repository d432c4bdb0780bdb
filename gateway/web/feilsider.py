"""What a person meets when a page cannot be shown: what was wrong and what to do, in Norwegian."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.store.database import Utilgjengelig
from gateway.web.csrf import FremmedSkjema

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Feiltekst:
    tittel: str
    hva_naa: str


IKKE_INNLOGGET = Feiltekst("Du er ikke logget inn", "Logg inn på nytt, og åpne siden igjen.")
FREMMED_SKJEMA = Feiltekst(
    "Vi kunne ikke bekrefte at det var du som gjorde dette",
    "Siden kan ha vært åpen for lenge. Gå tilbake til siden, last den inn på nytt, og prøv igjen.",
)
FINNES_IKKE = Feiltekst(
    "Fant ikke det du lette etter",
    "Det kan være slettet, eller du har ikke lenger tilgang til det. Gå til Min side – arbeidsgiver for å se hva "
    "som er der nå.",
)
UTILGJENGELIG = Feiltekst(
    "Tjenesten er ikke tilgjengelig akkurat nå", "Vent litt, og last siden inn på nytt. Ingenting er gått tapt."
)
UGYLDIG = Feiltekst("Siden kunne ikke vises slik du ba om", "Gå til Min side – arbeidsgiver, og prøv derfra.")
TEKNISK = Feiltekst("Noe gikk galt hos oss", "Prøv igjen om litt. Går det galt igjen, ta kontakt med Nav.")


def feilsider(sider: Blueprint) -> None:
    """Answer refusals and faults of the blueprint with a page."""

    @sider.errorhandler(HTTPException)
    def _avvist(avvist: HTTPException) -> ResponseReturnValue:
        status = avvist.code or 500
        if avvist.response is not None or status < 400:
            return avvist.get_response()
        if isinstance(avvist, FremmedSkjema):
            return feilside(status, FREMMED_SKJEMA)
        if status >= 500:
            return feilside(status, TEKNISK)
        return feilside(status, {401: IKKE_INNLOGGET, 404: FINNES_IKKE}.get(status, UGYLDIG))

    @sider.errorhandler(Utilgjengelig)
    def _utilgjengelig(aarsak: Utilgjengelig) -> ResponseReturnValue:
        logger.warning("answered 503", extra={"feil": str(aarsak)})
        return feilside(503, UTILGJENGELIG), {"Retry-After": "2"}

    @sider.errorhandler(Exception)
    def _ukjent(aarsak: Exception) -> ResponseReturnValue:
        logger.error("unexpected fault", exc_info=aarsak)
        return feilside(500, TEKNISK)


def feilside(status: int, tekst: Feiltekst) -> tuple[str, int]:
    return render_template(
        "feil.html", tekst=tekst, feilkode=g.get("korrelasjonsid") if status >= 500 else None
    ), status
