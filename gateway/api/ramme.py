"""What the producer's resources share: a blueprint that lets only producers in, and the errors that each documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app, g, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from werkzeug.routing import BaseConverter, Map

from gateway.api.dokument import ProblemSkjema, eksempel_paa
from gateway.api.leser import UKJENT, Leser
from gateway.api.skjema import EN_ID, UTELATT, Skjema, eksempel_av, krev_noekkel
from gateway.domain.feil import Avslag, Valideringsfeil
from gateway.domain.idempotens import LEVETID
from gateway.domain.produsent import Aktoer, Produsent
from gateway.domain.validering import BRUTT, LENGSTE_NOEKKEL
from gateway.http.anrop import bearer, kjerne, tokenkontroll
from gateway.http.mengde import Mengdevern
from gateway.http.problemer import PROBLEM, STATUS
from gateway.http.tokens import UgyldigToken
from gateway.oppsett.tokenoppsett import Rolle

F = TypeVar("F", bound=Callable[..., Any])
PRODUSENTVERN, KILDEVERN = "gateway.produsentvern", "gateway.kildevern"
EN_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PROBLEMSKJEMA = ProblemSkjema()
PROEV_IGJEN = {
    "Retry-After": {
        "description": "After how many seconds to send the same request again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 2,
    }
}
STIPARAMETRE = {
    "id": {
        "in": "path",
        "name": "id",
        "description": "The gateway's own id, as it was answered.",
        "schema": {"type": "string", "format": "uuid"},
        "example": EN_ID,
    },
    "kilde": {
        "in": "path",
        "name": "kilde",
        "description": "The navn of a configured source.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LENGSTE_NOEKKEL},
        "example": "permittering",
    },
    "hemmelig_sti": {
        "in": "path",
        "name": "hemmelig_sti",
        "description": "The secret of a source whose adapter is `hemmelig-sti`; no other source is served here.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LENGSTE_NOEKKEL},
        "example": "3vXvYb0Jr1Jw3rXo2F3m9Q8sT6uZ5kP4",
    },
}


def bare_dokumentasjon(dekorator: Callable[[F], F], funksjon: F) -> F:
    """What the decorator documents, without the layer that it puts around the function and every request passes."""
    funksjon._apidoc = dekorator(funksjon)._apidoc  # type: ignore[attr-defined]  # flask-smorest's own place for it
    return funksjon


class Utenom(BaseConverter):
    """A part of a path that is none of these names, which are paths of their own: `<utenom("sikre"):id>`."""

    def __init__(self, kart: Map, *navn: str) -> None:
        super().__init__(kart)
        self.regex = f"(?!(?:{'|'.join(navn)})$)[^/]+"


class Ressurs(Blueprint):  # type: ignore[misc]
    """A blueprint whose operations are named after their functions, so that a generated client reads well.

    Every body and every answer is documented with an example, made of those of its fields.
    """

    ARGUMENTS_PARSER = Leser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uten_sporring: set[str] = set()

    def route(self, rule: str, *, egen_options: bool = False, **options: Any) -> Callable[[F], F]:
        """`egen_options`: the rule has an OPTIONS of its own, which Flask's would come before."""
        parametre = [
            parameter for navn, parameter in STIPARAMETRE.items() if f"<{navn}>" in rule or f":{navn}>" in rule
        ]
        registrer = super().route(rule, parameters=deepcopy(parametre), **options)

        def dekorer(funksjon: F) -> F:
            if egen_options:  # flask-smorest takes the argument of the same meaning, and drops it
                funksjon.provide_automatic_options = False  # type: ignore[attr-defined]
            if not _har_sporring(funksjon):
                self.uten_sporring.add(f"{self.name}.{funksjon.__name__}")
            svar: F = registrer(bare_dokumentasjon(self.doc(operationId=funksjon.__name__), funksjon))
            return svar

        return dekorer

    def arguments(self, schema: Schema, *, location: str = "json", **annet: Any) -> Callable[[F], F]:
        if location == "json":
            annet.setdefault("example", eksempel_av(schema))
            annet["required"] = any(felt.required for felt in schema.fields.values())
        dekorator: Callable[[F], F] = super().arguments(schema, location=location, **annet)
        return dekorator

    def response(self, status_code: int, schema: Schema | None = None, **annet: Any) -> Callable[[F], F]:
        dekorator: Callable[[F], F] = super().response(status_code, schema, **_med_eksempel(schema, annet))
        return dekorator

    def alt_response(self, status_code: int, *, schema: Schema | None = None, **annet: Any) -> Callable[[F], F]:
        dekorator: Callable[[F], F] = super().alt_response(status_code, schema=schema, **_med_eksempel(schema, annet))
        return partial(bare_dokumentasjon, dekorator)


def _har_sporring(funksjon: Any) -> bool:
    parametre = getattr(funksjon, "_apidoc", {}).get("arguments", {}).get("parameters", ())
    return any(ett["in"] == "query" for ett in parametre)


def _med_eksempel(skjema: Schema | None, annet: dict[str, Any]) -> dict[str, Any]:
    if skjema is None or "examples" in annet:
        return annet
    return {"example": eksempel_av(skjema), **annet}


def feilsvar(ressurs: Ressurs, status: int, *koder: str) -> Callable[[F], F]:
    """Document an error that a route answers, with an example of each kode."""
    return ressurs.alt_response(
        status,
        schema=PROBLEMSKJEMA,
        description=", ".join(koder),
        content_type=PROBLEM,
        examples={kode: {"value": eksempel_paa(status, kode)} for kode in koder},
        **({"headers": PROEV_IGJEN} if status in (429, 503) else {}),
    )


def les_id(tekst: str, finnes_ikke: type[Avslag]) -> UUID:
    """The id in the path. Raises the refusal `finnes_ikke` for text that is no id: there is nothing by that name."""
    if EN_UUID.fullmatch(tekst):
        return UUID(tekst)
    raise finnes_ikke("The id in the path is no UUID; use the one that the gateway answered.")


class IdempotensSkjema(Skjema):
    """The header of every update."""

    class Meta:
        unknown = "exclude"

    noekkel = fields.String(
        **UTELATT,
        validate=krev_noekkel,
        metadata={
            "minLength": 1,
            "maxLength": LENGSTE_NOEKKEL,
            "description": (
                "Makes the update safe to repeat: the same key for the same kind of update of the same object with the "
                "same content gives the first answer again, other content `Konflikt`. "
                f"Remembered for {LEVETID.days} days."
            ),
            "example": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003",
        },
    )

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = "Idempotency-Key"


def kildevern() -> Mengdevern:
    svar: Mengdevern = current_app.extensions[KILDEVERN]
    return svar


def lag_ressurs(navn: str, sti: str, beskrivelse: str) -> Ressurs:
    """A blueprint under /api/v1 that lets only producers in."""
    ressurs = Ressurs(navn, f"gateway.api.{navn}", url_prefix=f"/api/v1{sti}", description=beskrivelse)
    ressurs.before_request(_slipp_inn)

    @ressurs.before_request
    def _ingen_ukjente() -> None:
        if request.query_string and request.endpoint in ressurs.uten_sporring:
            raise Valideringsfeil(BRUTT, felter={"query": {navn: [UKJENT] for navn in request.args}})

    return ressurs


def _slipp_inn() -> None:
    claims = tokenkontroll().claims(bearer(), Rolle.PRODUSENT)
    applikasjon = claims.get("azp_name")
    if not isinstance(applikasjon, str):
        raise UgyldigToken("The token names no application (azp_name).")
    g.applikasjon = applikasjon
    g.produsent = kjerne().produsenter.for_applikasjon(applikasjon)
    produsentvern: Mengdevern = current_app.extensions[PRODUSENTVERN]
    produsentvern.slipp_inn(g.produsent.id)


def produsent() -> Produsent:
    svar: Produsent = g.produsent
    return svar


def aktoer() -> Aktoer:
    return Aktoer(produsent=produsent(), applikasjon=g.applikasjon, korrelasjonsid=g.korrelasjonsid)


FELLES_FEIL = {
    400: "UgyldigJson",
    401: "IkkeInnlogget",
    413: "ForStor",
    415: "UkjentInnholdstype",
    422: "Valideringsfeil",
    429: "ForMange",
    503: "Utilgjengelig",
    500: "UventetFeil",
}


def svarer(ressurs: Ressurs, *avslag: type[Avslag], kropp: bool = True) -> Callable[[F], F]:
    """Document every error that a route answers: those it names, and those that all share."""
    per_status: dict[int, list[str]] = {}
    for status, kode in FELLES_FEIL.items():
        if kropp or status not in (400, 413, 415):
            per_status.setdefault(status, []).append(kode)
    for ett in avslag:
        per_status.setdefault(STATUS[ett], []).append(ett.kode)
    per_status.setdefault(403, []).append("UkjentProdusent")

    def dekorer(funksjon: F) -> F:
        for status, koder in per_status.items():
            funksjon = feilsvar(ressurs, status, *dict.fromkeys(koder))(funksjon)
        return funksjon

    return dekorer
