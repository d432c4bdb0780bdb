"""Refusals and faults as `application/problem+json`: the one place that knows which `kode` is which status."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app
from werkzeug.exceptions import HTTPException

from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.domain.hendelsesdata import UgyldigJson, Uleselig
from gateway.http.korrelasjon import korrelasjonsid
from gateway.http.mengde import ForMange
from gateway.http.tokens import UgyldigToken
from gateway.plugin import KanIkkeVerifiseres
from gateway.plugin.formater import ForMangeHendelser, UkjentInnholdstype
from gateway.store.database import Utilgjengelig

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
PROEV_IGJEN_OM_SEKUNDER = "2"

STATUS: dict[type[Avslag], int] = {
    feil.UkjentProdusent: 403,
    feil.UgyldigMerkelapp: 403,
    feil.UgyldigMottaker: 403,
    feil.VilkaarIkkeGodkjent: 403,
    feil.IngenTilgang: 403,
    feil.SakFinnesIkke: 404,
    feil.NotifikasjonFinnesIkke: 404,
    feil.VarselFinnesIkke: 404,
    feil.HendelseFinnesIkke: 404,
    feil.KildeFinnesIkke: 404,
    feil.DuplikatEksternIdOgMerkelapp: 409,
    feil.DuplikatGrupperingsid: 409,
    feil.DuplikatGrupperingsidEtterDelete: 409,
    feil.OppgavenErAlleredeUtfoert: 409,
    feil.Konflikt: 409,
    feil.Valideringsfeil: 422,
    feil.UgyldigPaaminnelseTidspunkt: 422,
    feil.UgyldigKalenderavtale: 422,
    feil.UkjentHendelsestype: 422,
}
# What the framework itself refuses.
KODE_FOR_STATUS = {
    400: "UgyldigJson",
    401: "IkkeInnlogget",
    413: "ForStor",
    415: "UkjentInnholdstype",
    422: "Valideringsfeil",
    429: "ForMange",
    503: "Utilgjengelig",
}


TYPE = "urn:gateway:feil:"
# One title for each kode, wherever it comes from.
TITLER = {avslag.kode: avslag.tittel for avslag in STATUS} | {
    "UgyldigJson": "Not JSON",
    "IkkeInnlogget": "Not signed in",
    "ForStor": "The request is too large",
    "UkjentInnholdstype": "The content type is not taken",
    "ForMange": "Too many requests",
    "Utilgjengelig": "Unavailable",
    "UventetFeil": "The gateway failed",
}


def problem(
    status: int,
    kode: str,
    detalj: str,
    *,
    felter: Mapping[str, Any] | None = None,
    id_til_eksisterende: object = None,
    hoder: Mapping[str, str] | None = None,
) -> Response:
    innhold = _innhold(status, kode, detalj, korrelasjonsid(), felter=felter, id_til_eksisterende=id_til_eksisterende)
    return Response(current_app.json.dumps(innhold), status, dict(hoder or {}), content_type=PROBLEM)


def problemtekst(status: int, kode: str, detalj: str, korrelasjonsid: str) -> bytes:
    """A problem as it goes over the wire, for what answers without Flask."""
    return (json.dumps(_innhold(status, kode, detalj, korrelasjonsid), ensure_ascii=False) + "\n").encode()


def _innhold(
    status: int,
    kode: str,
    detalj: str,
    korrelasjonsid: str,
    *,
    felter: Mapping[str, Any] | None = None,
    id_til_eksisterende: object = None,
) -> dict[str, Any]:
    return {
        "type": f"{TYPE}{kode}",
        "title": TITLER.get(kode) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detalj,
        "kode": kode,
        "korrelasjonsid": korrelasjonsid,
        **({"felter": felter} if felter else {}),
        **({"idTilEksisterende": str(id_til_eksisterende)} if id_til_eksisterende else {}),
    }


def fra_avslag(avslag: Avslag) -> Response:
    felter = avslag.felter
    if felter is not None and not set(felter) <= {"json", "query", "headers"}:
        felter = {"json": felter}
    return problem(
        next(STATUS[klasse] for klasse in type(avslag).__mro__ if klasse in STATUS),
        avslag.kode,
        avslag.detalj,
        felter=felter,
        id_til_eksisterende=avslag.id_til_eksisterende,
    )


def fra_http(error: HTTPException) -> Response:
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    meldinger = data.get("messages") if isinstance(data, dict) else None
    hoder = {navn: verdi for navn, verdi in error.get_headers() if navn in ("Allow", "Retry-After")}
    detalj = "One or more fields break a rule; see felter." if meldinger else (error.description or error.name)
    return problem(
        status,
        KODE_FOR_STATUS.get(status, error.name.replace(" ", "")),
        detalj,
        felter=meldinger,
        hoder=hoder,
    )


def ikke_innlogget(ugyldig: UgyldigToken) -> Response:
    return problem(
        401,
        "IkkeInnlogget",
        f"{ugyldig} Send Authorization: Bearer <token>, with a token that is valid now.",
        hoder={"WWW-Authenticate": "Bearer"},
    )


def registrer(app: Flask) -> None:
    """Answer every refusal and fault with a problem."""

    @app.errorhandler(Avslag)
    def _avslag(avslag: Avslag) -> Response:
        return fra_avslag(avslag)

    app.register_error_handler(UgyldigToken, ikke_innlogget)

    @app.errorhandler(ForMange)
    def _for_mange(aarsak: ForMange) -> Response:
        return problem(
            429,
            "ForMange",
            f"{aarsak}. Nothing was confirmed; send the same request again after the seconds of Retry-After.",
            hoder={"Retry-After": str(aarsak.sekunder)},
        )

    @app.errorhandler(UgyldigJson)
    def _ugyldig_json(ugyldig: UgyldigJson) -> Response:
        return problem(400, "UgyldigJson", str(ugyldig))

    @app.errorhandler(Uleselig)
    def _uleselig(uleselig: Uleselig) -> Response:
        return problem(422, "Valideringsfeil", str(uleselig), felter=uleselig.felter)

    @app.errorhandler(ForMangeHendelser)
    def _for_mange_hendelser(for_mange: ForMangeHendelser) -> Response:
        return problem(413, "ForStor", str(for_mange))

    @app.errorhandler(UkjentInnholdstype)
    def _innholdstype(ukjent: UkjentInnholdstype) -> Response:
        return problem(415, "UkjentInnholdstype", str(ukjent))

    @app.errorhandler(Utilgjengelig)
    @app.errorhandler(KanIkkeVerifiseres)
    def _utilgjengelig(aarsak: Exception) -> Response:
        logger.warning("answered 503", extra={"feil": str(aarsak)})
        return problem(
            503,
            "Utilgjengelig",
            f"{aarsak}. Nothing was confirmed; send the same request again.",
            hoder={"Retry-After": PROEV_IGJEN_OM_SEKUNDER},
        )

    app.register_error_handler(HTTPException, fra_http)

    @app.errorhandler(Exception)
    def _ukjent(aarsak: Exception) -> Response:
        logger.error("unexpected fault", exc_info=aarsak)
        return problem(
            500,
            "UventetFeil",
            "The gateway failed. Nothing was confirmed; send the same request again, and report the korrelasjonsid.",
        )
