"""What an operator's browser meets when something is refused: a page in Norwegian. Others get the problem as JSON."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.domain.feil import Avslag
from gateway.drift.visning import vil_ha_side
from gateway.http import problemer
from gateway.http.csrf import FremmedSkjema
from gateway.http.tokens import UgyldigToken

TITLER = {
    401: ("Du er ikke logget inn", "Logg inn på nytt, og åpne siden igjen."),
    403: ("Du har ikke tilgang", "Tilgang gis av dem som forvalter gruppene i DRIFT_GRUPPER."),
    404: ("Fant ikke det du lette etter", "Det kan være ferdig behandlet eller slettet."),
    422: (
        "Noe mangler i skjemaet",
        "Skriv hvorfor, uten navn, nummer eller e-postadresser, og velg minst én hendelse.",
    ),
}
ANNET = ("Det gikk ikke", "Gå tilbake til oversikten, og prøv derfra.")
FOR_GAMMEL = ("Siden er for gammel", "Åpne siden på nytt, og prøv igjen.")


def feilsider(blaatrykk: Blueprint) -> None:
    """Answer refusals of the blueprint with a page where a browser asked."""

    @blaatrykk.errorhandler(Avslag)
    def _avslag(avslag: Avslag) -> ResponseReturnValue:
        return _svar(problemer.fra_avslag(avslag))

    @blaatrykk.errorhandler(HTTPException)
    def _http(feil: HTTPException) -> ResponseReturnValue:
        return _svar(problemer.fra_http(feil), FOR_GAMMEL if isinstance(feil, FremmedSkjema) else None)

    @blaatrykk.errorhandler(UgyldigToken)
    def _token(feil: UgyldigToken) -> ResponseReturnValue:
        return _svar(problemer.ikke_innlogget(feil))


def _svar(problem: Response, tekst: tuple[str, str] | None = None) -> ResponseReturnValue:
    if not vil_ha_side():
        return problem
    status = problem.status_code
    tittel, hva_naa = tekst or TITLER.get(status, ANNET)
    return render_template("drift_feil.html", tittel=tittel, hva_naa=hva_naa, kode=g.korrelasjonsid), status
