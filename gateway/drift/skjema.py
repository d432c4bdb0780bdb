"""What operators say when they change something: why; from a form of our own page, or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelsesdata import les_json
from gateway.drift.grunn import godkjent_grunn
from gateway.http.csrf import krev_csrf
from gateway.http.kropp import les_kropp

SKJEMA = ("application/x-www-form-urlencoded", "multipart/form-data")


def er_skjema() -> bool:
    """Whether the request at hand is a form's, which any page could send, and not JSON, which only ours could."""
    return request.mimetype in SKJEMA


def les_skjema(hvem: str) -> Mapping[str, Any]:
    """What was sent. Raises FremmedSkjema, UgyldigJson, Valideringsfeil."""
    if er_skjema():
        krev_csrf(hvem)
        return {navn: verdier if len(verdier) > 1 else verdier[0] for navn, verdier in request.form.lists()}
    if request.mimetype != "application/json":
        raise Valideringsfeil("Send application/json.", felter={"json": {"grunn": ["is missing."]}})
    innhold = les_json(les_kropp())
    if not isinstance(innhold, dict):
        raise Valideringsfeil("Send an object.", felter={"json": {"grunn": ["is missing."]}})
    return innhold


def les_grunn(innhold: Mapping[str, Any]) -> str:
    """Why it is done. Raises Valideringsfeil."""
    return godkjent_grunn(innhold.get("grunn"))


def les_tekst(innhold: Mapping[str, Any], navn: str) -> str | None:
    """A field that may be left out. Raises Valideringsfeil."""
    verdi = innhold.get(navn)
    if verdi is None or verdi == "":
        return None
    if not isinstance(verdi, str) or "\0" in verdi:
        raise Valideringsfeil(f"{navn} must be text.", felter={"json": {navn: ["must be text."]}})
    return verdi
