"""The OpenAPI document: flask-smorest with the contract's problems, and names that read well in a generated client."""

from __future__ import annotations

from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, current_app, request
from flask_smorest import Api
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from gateway.api.feileksempler import DETALJER
from gateway.api.skjema import UTEN_GRENSE, eksempel_av, idfelt, objektfelt, tallfelt, tekstfelt
from gateway.api.typedokument import med_typer
from gateway.domain import feil
from gateway.http.anrop import kjerne
from gateway.http.korrelasjon import LENGSTE as LENGSTE_KORRELASJONSID
from gateway.http.problemer import TITLER, TYPE, fra_http
from gateway.vertskap.erklaering import Plugins


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


# Where events are sent, whose types are the plugins'.
HENDELSESSTIER = ("/api/v1/hendelser", "/api/v1/hendelser/forhandsvis")
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


class GatewayApi(Api):  # type: ignore[misc]
    """flask-smorest's Api, with the contract's problems in place of its own error bodies, and names that read well."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every operation names its errors

    def __init__(self, app: Flask) -> None:
        self._laget: tuple[Plugins, str, str] | None = None
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

    def _openapi_json(self) -> Response:
        """The document as it is now; made anew when the plugins are others.

        `?hendelsestyper=false` leaves out the schemas of events' data, which are the producers' own: tools that make
        code of the document need no more, and not every schema is one that they can read.
        """
        plugins = kjerne().plugins
        if self._laget is None or self._laget[0] is not plugins:
            grunnlag = self.spec.to_dict()
            alt, uten = (
                current_app.json.dumps(med_typer(grunnlag, ett, HENDELSESSTIER)) for ett in (plugins, Plugins())
            )
            self._laget = (plugins, alt, uten)
        _, alt, uten = self._laget
        innhold = uten if request.args.get("hendelsestyper") == "false" else alt
        return current_app.response_class(innhold, mimetype="application/json")

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
