"""The JSON Schema of an event type: what it may use, and whether data follows it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import jsonschema
import referencing
import referencing.exceptions
from jsonschema import Draft202012Validator, FormatChecker
from referencing.jsonschema import DRAFT202012

DIALEKT = "https://json-schema.org/draft/2020-12/schema"
REFERANSER = ("$ref", "$dynamicRef")
DATA = ("const", "enum", "default", "examples")  # keywords under which any JSON stands, and no schema
NAVNEDE = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")  # a schema under each name
FLEST_FEIL = 5

DATO = re.compile(r"\d{4}-\d{2}-\d{2}")
KLOKKESLETT = re.compile(r"\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.IGNORECASE)
EPOST = re.compile(r"[^@\s]+@[^@\s]+")
URI_TEGN = re.compile(r"[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]+")
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _dato(tekst: str) -> bool:
    return bool(DATO.fullmatch(tekst)) and bool(dt.date.fromisoformat(tekst))


def _klokkeslett(tekst: str) -> bool:
    return bool(KLOKKESLETT.fullmatch(tekst)) and bool(dt.time.fromisoformat(tekst.upper()))


def _tidspunkt(tekst: str) -> bool:
    dato, skille, klokkeslett = tekst[:10], tekst[10:11], tekst[11:]
    return skille in ("T", "t", " ") and _dato(dato) and _klokkeslett(klokkeslett)


def _uri(tekst: str) -> bool:
    return bool(URI_TEGN.fullmatch(tekst)) and bool(urlsplit(tekst).scheme)


FORMATER: Mapping[str, Callable[[str], object]] = {
    "date": _dato,
    "date-time": _tidspunkt,
    "time": _klokkeslett,
    "email": EPOST.fullmatch,
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "uri": _uri,
    "uuid": lambda tekst: UUID_FORM.fullmatch(tekst) and UUID(tekst),
    "regex": lambda tekst: bool(re.compile(tekst)),
}


def _formatkontroll() -> FormatChecker:
    kontroll = FormatChecker(formats=())
    for navn, er in FORMATER.items():
        kontroll.checks(navn, raises=(ValueError, re.error))(
            lambda verdi, er=er: not isinstance(verdi, str) or bool(er(verdi))
        )
    return kontroll


FORMATKONTROLL = _formatkontroll()


def validator(skjema: Mapping[str, Any]) -> Draft202012Validator:
    """The schema, worked out once. It fetches nothing: what it refers to stands in it."""
    return Draft202012Validator(skjema, format_checker=FORMATKONTROLL, registry=referencing.Registry())


def skjemafeil(skjema: Any) -> Iterator[str]:
    """All that is wrong with a schema, or that the gateway cannot check."""
    if not isinstance(skjema, dict):
        yield "must be a JSON object"
        return
    if (dialekt := skjema.get("$schema", DIALEKT)) != DIALEKT:
        yield f"$schema is {dialekt!r}; the gateway reads {DIALEKT}"
    grunnfeil = [
        f"at {feil.json_path}, {feil.message}"
        for feil in Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=FORMATKONTROLL).iter_errors(
            skjema
        )
    ]
    if grunnfeil:
        yield from grunnfeil[:FLEST_FEIL]
        return
    oppslag = referencing.Registry().with_resource("", DRAFT202012.create_resource(skjema)).resolver()
    for ledd in _skjemaledd(skjema):
        if "format" in ledd and ledd["format"] not in FORMATER:
            yield f"the format {ledd['format']!r} cannot be checked; those that are checked: {', '.join(FORMATER)}"
        for referanse in (ledd[ord_] for ord_ in REFERANSER if ord_ in ledd):
            if not referanse.startswith("#"):
                yield f"it refers to {referanse!r}, and nothing is fetched; put it under $defs, and refer to #/$defs/…"
                continue
            try:
                oppslag.lookup(referanse)
            except referencing.exceptions.Unresolvable:
                yield f"it refers to {referanse!r}, which is not there"


def eksempelfeil(skjema: Mapping[str, Any], eksempel: Any) -> list[str]:
    """Where an example does not follow its schema, with what it says there: it is the author's own."""
    return [
        f"at {feil.json_path}, {feil.message}"
        for feil in sorted(validator(skjema).iter_errors(eksempel), key=lambda feil: str(feil.json_path))
    ][:FLEST_FEIL]


def brudd(av: Draft202012Validator, data: Any) -> str | None:
    """Where data breaks which rule of the schema, without what stands there; None if it follows it.

    The names on the way there are the sender's, so this is told and never logged.
    """
    feil = jsonschema.exceptions.best_match(av.iter_errors(data))
    return None if feil is None else f"at {feil.json_path}, the rule {feil.validator!r} is broken"


def som_json(verdi: Any) -> Any:
    """The same as plain JSON, however the author wrote it. Raises TypeError, ValueError."""
    return json.loads(json.dumps(verdi, allow_nan=False, default=_enkelt))


def _enkelt(verdi: Any) -> Any:
    if isinstance(verdi, Mapping):
        return dict(verdi)
    raise TypeError(f"{type(verdi).__name__} is no JSON")


def _skjemaledd(verdi: Any, *, er_skjema: bool = True) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(verdi, list):
        for ledd in verdi:
            yield from _skjemaledd(ledd)
    elif isinstance(verdi, dict):
        if er_skjema:
            yield verdi
        for navn, ledd in verdi.items():
            if er_skjema and navn in DATA:
                continue
            yield from _skjemaledd(ledd, er_skjema=not (er_skjema and navn in NAVNEDE))
