"""What all schemas share: names in camelCase, unknown fields refused, times read by the domain's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

import marshmallow
from marshmallow import ValidationError, fields, validate

from gateway.domain.kommandoer import feltnavn
from gateway.domain.tid import LENGSTE_VARIGHET, UTC, les_dato, les_lokal_tid, les_tidspunkt
from gateway.domain.validering import LENGSTE_LENKE, LENGSTE_NOEKKEL

TIDSPUNKT_TEKST = "ISO 8601; without an offset it is Europe/Oslo."
LENGSTE_CURSOR = 100
# Of an answer's field: always there, and null when there is nothing.
ALLTID: dict[str, Any] = {"required": True, "allow_none": True}
VARIGHET_TEKST = "An ISO 8601 duration; years, months and days count on the calendar in Oslo."


class Skjema(marshmallow.Schema):
    """`bygger` is the data class that a loaded schema becomes."""

    bygger: ClassVar[Callable[..., Any] | None] = None

    class Meta:
        unknown = marshmallow.RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = feltnavn(field_obj.data_key or field_name)

    @marshmallow.post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Any:
        return self.bygger(**data) if self.bygger else data


class Lest(fields.String):
    """Text that the domain reads into a value."""

    def __init__(self, les: Callable[[str], Any], format_: str, **kwargs: Any) -> None:
        metadata = {"format": format_, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self._les = les

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        tekst = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._les(tekst)
        except ValueError as feil:
            raise ValidationError(f"{feil}.") from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return str(value.isoformat())


def tidspunktfelt(beskrivelse: str, **kwargs: Any) -> Lest:
    """An instant; answered in UTC with Z."""
    return Lest(
        les_tidspunkt,
        "date-time",
        metadata={"description": f"{beskrivelse} {TIDSPUNKT_TEKST}", "example": "2026-12-01T08:00:00Z"},
        **_valgfritt(kwargs),
    )


def veggurfelt(beskrivelse: str, **kwargs: Any) -> Lest:
    """A wall clock in Oslo."""
    return Lest(
        les_lokal_tid,
        "oslo-date-time",
        metadata={"description": f"{beskrivelse} Wall clock in Oslo.", "example": "2026-12-01T08:00"},
        **_valgfritt(kwargs),
    )


def datofelt(beskrivelse: str, **kwargs: Any) -> Lest:
    return Lest(les_dato, "date", metadata={"description": beskrivelse, "example": "2026-12-01"}, **_valgfritt(kwargs))


def tekstfelt(beskrivelse: str, eksempel: str | None, **kwargs: Any) -> fields.String:
    """Text; `lengst` is the longest it may be, in characters, without which only the whole body has a limit."""
    lengst = kwargs.pop("lengst", None)
    metadata = {"description": beskrivelse, "example": eksempel, **({"maxLength": lengst} if lengst else {})}
    return fields.String(metadata=metadata, **_valgfritt(kwargs))


def noekkelfelt(beskrivelse: str, eksempel: str, **kwargs: Any) -> fields.String:
    """One of a producer's own keys."""
    return tekstfelt(beskrivelse, eksempel, lengst=LENGSTE_NOEKKEL, **kwargs)


def lenkefelt(beskrivelse: str, eksempel: str, **kwargs: Any) -> fields.String:
    """A link. No `format`: what tools take for a URI is more than the rule takes."""
    return tekstfelt(f"{beskrivelse} An absolute http(s) URL.", eksempel, lengst=LENGSTE_LENKE, **kwargs)


def varighetfelt(beskrivelse: str, eksempel: str) -> fields.String:
    return tekstfelt(f"{beskrivelse} {VARIGHET_TEKST}", eksempel, lengst=LENGSTE_VARIGHET)


def valgfelt(valg: type[Enum], beskrivelse: str, **kwargs: Any) -> fields.Enum[Any]:
    """One of the values of an enumeration."""
    eksempel = kwargs.pop("eksempel", next(iter(valg)))
    return fields.Enum(valg, metadata={"description": beskrivelse, "example": eksempel.value}, **_valgfritt(kwargs))


def idfelt(beskrivelse: str, **kwargs: Any) -> fields.UUID:
    metadata = {"description": beskrivelse, "example": "0198f3c2-a4b4-7c55-a3a1-c0ffee000001"}
    return fields.UUID(metadata=metadata, **_valgfritt(kwargs))


def boolfelt(beskrivelse: str, *, eksempel: bool, **kwargs: Any) -> fields.Boolean:
    """True or false, and nothing that only looks like it."""
    return fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": beskrivelse, "example": eksempel}, **_valgfritt(kwargs)
    )


def tallfelt(beskrivelse: str, *, eksempel: int, **kwargs: Any) -> fields.Integer:
    """A whole number."""
    return fields.Integer(strict=True, metadata={"description": beskrivelse, "example": eksempel}, **_valgfritt(kwargs))


def _valgfritt(kwargs: dict[str, Any]) -> dict[str, Any]:
    """A field that need not be there may also be null: absent values are answered so, and can be sent back."""
    return {"allow_none": not kwargs.get("required", False), **kwargs}


class Tuppel(fields.List[Any]):
    """A list that the domain keeps as a tuple."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


def nestet(skjema: marshmallow.Schema, beskrivelse: str, **kwargs: Any) -> fields.Nested:
    return fields.Nested(skjema, metadata={"description": beskrivelse}, **_valgfritt(kwargs))


def liste(skjema: marshmallow.Schema, beskrivelse: str, **kwargs: Any) -> Tuppel:
    return Tuppel(fields.Nested(skjema), metadata={"description": beskrivelse}, **kwargs)


class SideSkjema(Skjema):
    """How much of a list to give, and from where."""

    antall = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 500),
        metadata={"description": "How many at most: 1 to 500.", "example": 50},
    )
    etter = tekstfelt(
        "The cursor that the page before gave as `neste`.",
        None,
        lengst=LENGSTE_CURSOR,
        load_default=None,
    )


def nestefelt(beskrivelse: str) -> fields.String:
    return tekstfelt(beskrivelse, None, required=True, allow_none=True, lengst=LENGSTE_CURSOR)
