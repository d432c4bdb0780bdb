"""What a person meets when a page cannot be shown: what was wrong and what to do, in Norwegian."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.http.csrf import FremmedSkjema
from gateway.http.jwks import UtstederUtilgjengelig
from gateway.http.tokens import UgyldigToken
from gateway.store.database import Utilgjengelig

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Feiltekst:
    tittel: str
    hva_naa: str


IKKE_INNLOGGET = Feiltekst("Du er ikke logget inn", "Logg inn på nytt, og åpne siden igjen.")
FREMMED_SKJEMA = Feiltekst(
    "Siden er for gammel",
    "Vi kunne ikke bekrefte at det var du som gjorde dette. Åpne Min side – arbeidsgiver på nytt, og prøv igjen.",
)
FINNES_IKKE = Feiltekst(
    "Fant ikke det du lette etter",
    "Det kan være slettet, eller du har ikke lenger tilgang til det. På Min side – arbeidsgiver ser du hva som er "
    "der nå.",
)
UTILGJENGELIG = Feiltekst(
    "Tjenesten er ikke tilgjengelig akkurat nå", "Vent litt, og prøv på nytt. Ingenting har gått tapt."
)
UGYLDIG = Feiltekst("Siden kan ikke vises slik", "Gå til Min side – arbeidsgiver, og prøv derfra.")
TEKNISK = Feiltekst("Noe gikk galt hos oss", "Prøv igjen om litt. Går det galt igjen, ta kontakt med Nav.")


def feilsider(blaatrykk: Blueprint) -> None:
    """Answer refusals and faults of the blueprint with a page."""

    @blaatrykk.errorhandler(HTTPException)
    def _avvist(avvist: HTTPException) -> ResponseReturnValue:
        status = avvist.code or 500
        if isinstance(avvist, FremmedSkjema):
            return feilside(status, FREMMED_SKJEMA)
        if status >= 500:
            return feilside(status, TEKNISK)
        return feilside(status, {401: IKKE_INNLOGGET, 404: FINNES_IKKE}.get(status, UGYLDIG))

    @blaatrykk.errorhandler(UgyldigToken)
    def _ikke_innlogget(ugyldig: UgyldigToken) -> ResponseReturnValue:
        del ugyldig  # speaks to developers
        return feilside(401, IKKE_INNLOGGET)

    @blaatrykk.errorhandler(Utilgjengelig)
    @blaatrykk.errorhandler(UtstederUtilgjengelig)
    def _utilgjengelig(aarsak: Exception) -> ResponseReturnValue:
        logger.warning("answered 503", extra={"feil": str(aarsak)})
        return feilside(503, UTILGJENGELIG)

    @blaatrykk.errorhandler(Exception)
    def _ukjent(aarsak: Exception) -> ResponseReturnValue:
        logger.error("unexpected fault", exc_info=aarsak)
        return feilside(500, TEKNISK)


def feilside(status: int, tekst: Feiltekst) -> tuple[str, int]:
    """The page, with the correlation id where somebody else must look into it."""
    return render_template("feil.html", tekst=tekst, kode=g.get("korrelasjonsid") if status >= 500 else None), status
