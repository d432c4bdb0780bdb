"""Refusals and faults as `application/problem+json`: the one place that knows which `kode` is which status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, current_app
from flask_smorest import Api
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from gateway.api.feileksempler import DETALJER
from gateway.api.korrelasjon import LENGSTE as LENGSTE_KORRELASJONSID
from gateway.api.korrelasjon import korrelasjonsid
from gateway.api.skjema import UTEN_GRENSE, eksempel_av, idfelt, objektfelt, tallfelt, tekstfelt
from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.inbox.format import UgyldigJson, UkjentInnholdstype
from gateway.store.database import Utilgjengelig
from gateway.tokens import UgyldigToken, UtstederUtilgjengelig

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


class ProblemSkjema(Schema):
    """RFC 9457, with the contract's own members."""

    type = tekstfelt("What kind of problem: a name for the `kode`.", f"{TYPE}Konflikt", required=True, lengst=200)
    title = tekstfelt("The kind of problem, in words.", feil.Konflikt.tittel, required=True, lengst=200)
    status = tallfelt("The HTTP status.", eksempel=409, required=True)
    detail = tekstfelt(
        f"What was wrong, where, and what to do. {UTEN_GRENSE}",
        "The Idempotency-Key was used for this with other content; use a new key.",
        required=True,
    )
    kode = tekstfelt("The kode to program by.", feil.Konflikt.kode, required=True, lengst=100)
    felter = objektfelt(
        "The fields that break a rule, by their path.",
        {"json": {"tekst": ["must not be blank."]}},
        allow_none=False,
    )
    idTilEksisterende = idfelt("The object that already has the key.", allow_none=False)
    korrelasjonsid = tekstfelt(
        "Names this request in the gateway's logs.",
        "0198f3c2-a4b4-7c55-a3a1-c0ffee00000c",
        allow_none=False,
        lengst=LENGSTE_KORRELASJONSID,
    )


MED_ID = (feil.DuplikatEksternIdOgMerkelapp.kode, feil.DuplikatGrupperingsid.kode)


def eksempel_paa(status: int, kode: str) -> dict[str, Any]:
    """A problem of one kode, as it is answered."""
    deler = eksempel_av(ProblemSkjema())
    return {
        "type": f"{TYPE}{kode}",
        "title": TITLER[kode],
        "status": status,
        "detail": DETALJER[kode],
        "kode": kode,
        "korrelasjonsid": deler["korrelasjonsid"],
        **({"felter": deler["felter"]} if kode == feil.Valideringsfeil.kode else {}),
        **({"idTilEksisterende": deler["idTilEksisterende"]} if kode in MED_ID else {}),
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
    innhold = {
        "type": f"{TYPE}{kode}",
        "title": TITLER.get(kode) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detalj,
        "kode": kode,
        "korrelasjonsid": korrelasjonsid(),
        **({"felter": felter} if felter else {}),
        **({"idTilEksisterende": str(id_til_eksisterende)} if id_til_eksisterende else {}),
    }
    return Response(current_app.json.dumps(innhold), status, dict(hoder or {}), content_type=PROBLEM)


def fra_avslag(avslag: Avslag) -> Response:
    felter = avslag.felter
    if felter is not None and not set(felter) <= {"json", "query", "headers"}:
        felter = {"json": felter}
    return problem(
        STATUS[type(avslag)],
        avslag.kode,
        avslag.detalj,
        felter=felter,
        id_til_eksisterende=avslag.id_til_eksisterende,
    )


class GatewayApi(Api):  # type: ignore[misc]
    """flask-smorest's Api, with the contract's problems in place of its own error bodies, and names that read well."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every operation names its errors

    def __init__(self, app: Flask) -> None:
        utvidelse = MarshmallowPlugin(schema_name_resolver=_skjemanavn)
        super().__init__(app, spec_kwargs={"marshmallow_plugin": utvidelse})
        if utvidelse.converter is not None:
            utvidelse.converter.add_attribute_function(self._opplisting)  # type: ignore[no-untyped-call]

    def _opplisting(self, felt: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
        """An enumeration is a schema of its own, so that a generated client has one type for it."""
        if not isinstance(felt, fields.Enum):
            return {}
        navn = felt.enum.__name__
        if navn not in self.spec.components.schemas:
            verdier = [ett.value for ett in felt.enum]
            beskrivelse = (felt.enum.__doc__ or "").strip() or f"One of {', '.join(verdier)}."
            self.spec.components.schema(
                navn, {"type": "string", "enum": verdier, "description": beskrivelse, "example": verdier[0]}
            )
        for nokkel in ("type", "enum"):
            ret.pop(nokkel, None)
        vei = {"$ref": f"#/components/schemas/{navn}"}
        return {"anyOf": [vei, {"type": "null"}]} if felt.allow_none else vei

    def _register_responses(self) -> None:
        """None of flask-smorest's own: nothing answers them."""

    def _register_pagination_header(self) -> None:
        """Nothing answers it."""

    def _register_etag_headers(self) -> None:
        """Nothing answers them."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        return fra_http(error)


def _skjemanavn(skjema: Any) -> str:
    """What the document calls a schema: `NyOppgaveSkjema` is `NyOppgave`."""
    klasse = skjema if isinstance(skjema, type) else type(skjema)
    return klasse.__name__.removesuffix("Skjema")


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


def registrer(app: Flask) -> None:
    """Answer every refusal and fault with a problem."""

    @app.errorhandler(Avslag)
    def _avslag(avslag: Avslag) -> Response:
        return fra_avslag(avslag)

    @app.errorhandler(UgyldigToken)
    def _ikke_innlogget(ugyldig: UgyldigToken) -> Response:
        return problem(
            401,
            "IkkeInnlogget",
            f"{ugyldig} Send Authorization: Bearer <token>, with a token that is valid now.",
            hoder={"WWW-Authenticate": "Bearer"},
        )

    @app.errorhandler(UgyldigJson)
    def _ugyldig_json(ugyldig: UgyldigJson) -> Response:
        return problem(400, "UgyldigJson", str(ugyldig))

    @app.errorhandler(UkjentInnholdstype)
    def _innholdstype(ukjent: UkjentInnholdstype) -> Response:
        return problem(415, "UkjentInnholdstype", str(ukjent))

    @app.errorhandler(Utilgjengelig)
    @app.errorhandler(UtstederUtilgjengelig)
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
