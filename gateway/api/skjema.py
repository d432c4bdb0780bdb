"""What all schemas share: names in camelCase, unknown fields refused, times read by the domain's rules."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar

import marshmallow
from marshmallow import ValidationError, fields, validate

from gateway.domain.kommandoer import feltnavn
from gateway.domain.noekkel import noekkelfeil, normalisert
from gateway.domain.tid import LENGSTE_VARIGHET, UTC, les_dato, les_lokal_tid, les_tidspunkt
from gateway.domain.validering import LENGSTE_LENKE, LENGSTE_NOEKKEL, lagringsbar

UTEN_GRENSE = "No limit of its own; the whole body has one."
TIDSPUNKT_TEKST = "ISO 8601; without an offset it is Europe/Oslo."
LENGSTE_CURSOR = 100
LENGSTE_TILSTAND = 50
# Of an answer's field: always there, and null when there is nothing.
ALLTID: dict[str, Any] = {"required": True, "allow_none": True}
# Of a question's parameter: it may be left out, and there is no null in a query.
UTELATT: dict[str, Any] = {"load_default": lambda: None, "allow_none": False}
EN_ID = "0198f3c2-a4b4-7c55-a3a1-c0ffee000001"
EN_CURSOR = "0198f3c2a4b47c55a3a1c0ffee000001"
VARIGHET_TEKST = "An ISO 8601 duration; years, months and days count on the calendar in Oslo."


class Skjema(marshmallow.Schema):
    """`bygger` is the data class that a loaded schema becomes; `gjelder` the kommando that it is the body of.

    `i_eksempel` names the fields that an example of the whole holds, where they cannot all stand together;
    `utenfor_eksempel` those that it leaves out.
    """

    bygger: ClassVar[type[Any] | None] = None
    gjelder: ClassVar[type[Any] | None] = None
    i_eksempel: ClassVar[tuple[str, ...] | None] = None
    utenfor_eksempel: ClassVar[tuple[str, ...]] = ()

    class Meta:
        unknown = marshmallow.RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = feltnavn(field_obj.data_key or field_name)

    @marshmallow.post_load
    def bygg(self, data: dict[str, Any], **annet: Any) -> Any:
        if self.bygger is None:
            return data
        return delvis(self.bygger, data) if annet.get("partial") else self.bygger(**data)


def delvis(klasse: type[Any], data: Mapping[str, Any]) -> Any:
    """The data class of what could be read; None for what could not."""
    mangler = {felt.name: None for felt in dataclasses.fields(klasse) if felt.default is dataclasses.MISSING}
    return klasse(**{**mangler, **data})


def eksempel_av(skjema: marshmallow.Schema) -> dict[str, Any]:
    """A whole object, made of the examples of its fields: one that the API takes, or gives."""
    valgte, uten = getattr(skjema, "i_eksempel", None), getattr(skjema, "utenfor_eksempel", ())
    return {
        felt.data_key or navn: felt.metadata["example"]
        for navn, felt in skjema.fields.items()
        if navn not in uten and (valgte is None or navn in valgte)
    }


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


class JaNei(fields.Boolean):
    """True or false, and nothing that Python takes for them: 1 equals True."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Heltall(fields.Integer):
    """A whole number in JSON: no text, no 1.0, no true."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class Spoerretall(fields.Integer):
    """A whole number in a query: its digits, and nothing else that Python reads as a number (`1_0`, ` 1`, `١`)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
            raise self.make_error("invalid", input=value)
        return int(value)


def tidspunktfelt(beskrivelse: str, eksempel: str = "2026-11-02T08:00:00Z", **kwargs: Any) -> Lest:
    """An instant; answered in UTC with Z."""
    return Lest(
        les_tidspunkt,
        "date-time",
        metadata={"description": f"{beskrivelse} {TIDSPUNKT_TEKST}", "example": eksempel},
        **_valgfritt(kwargs),
    )


def veggurfelt(beskrivelse: str, **kwargs: Any) -> Lest:
    """A wall clock in Oslo."""
    return Lest(
        les_lokal_tid,
        "oslo-date-time",
        metadata={"description": f"{beskrivelse} Wall clock in Oslo.", "example": "2030-12-01T08:00"},
        **_valgfritt(kwargs),
    )


def datofelt(beskrivelse: str, **kwargs: Any) -> Lest:
    return Lest(les_dato, "date", metadata={"description": beskrivelse, "example": "2030-12-01"}, **_valgfritt(kwargs))


def tekstfelt(beskrivelse: str, eksempel: str, **kwargs: Any) -> fields.String:
    """Text; `lengst` is the longest it may be, in characters, without which only the whole body has a limit."""
    lengst = kwargs.pop("lengst", None)
    metadata = {"description": beskrivelse, "example": eksempel, **({"maxLength": lengst} if lengst else {})}
    return fields.String(metadata=metadata, **_valgfritt(kwargs))


def noekkelfelt(beskrivelse: str, eksempel: str, **kwargs: Any) -> fields.String:
    """One of a producer's own keys."""
    return tekstfelt(beskrivelse, eksempel, lengst=LENGSTE_NOEKKEL, **kwargs)


def spoerrenoekkel(beskrivelse: str, eksempel: str, **kwargs: Any) -> fields.String:
    """One of a producer's own keys in a query, which no kommando checks before the database is asked."""
    return noekkelfelt(beskrivelse, eksempel, validate=krev_noekkel, **kwargs)


def krev_noekkel(tekst: str) -> None:
    """What no object can be called is not looked up."""
    if melding := noekkelfeil(normalisert(tekst)):
        raise ValidationError(melding)


def krev_lagringsbar(tekst: str) -> None:
    """Refuse what no database keeps, where no kommando does."""
    if melding := lagringsbar(tekst):
        raise ValidationError(melding)


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
    metadata = {"description": beskrivelse, "example": EN_ID}
    return fields.UUID(metadata=metadata, **_valgfritt(kwargs))


def boolfelt(beskrivelse: str, *, eksempel: bool, **kwargs: Any) -> fields.Boolean:
    """True or false, and nothing that only looks like it."""
    return JaNei(metadata={"description": beskrivelse, "example": eksempel}, **_valgfritt(kwargs))


def tallfelt(beskrivelse: str, *, eksempel: int, **kwargs: Any) -> fields.Integer:
    """A whole number; the description tells of what."""
    return Heltall(metadata={"description": beskrivelse, "example": eksempel}, **_valgfritt(kwargs))


def _valgfritt(kwargs: dict[str, Any]) -> dict[str, Any]:
    """A field that need not be there may also be null: absent values are answered so, and can be sent back."""
    return {"allow_none": not kwargs.get("required", False), **kwargs}


class Liste(fields.List[Any]):
    """A list, and nothing else that can be gone through: an object has members, no elements."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Tuppel(Liste):
    """A list that the domain keeps as a tuple."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


def nestet(
    skjema: marshmallow.Schema, beskrivelse: str, eksempel: dict[str, Any] | None = None, **kwargs: Any
) -> fields.Nested:
    metadata = {"description": beskrivelse, "example": eksempel or eksempel_av(skjema)}
    return fields.Nested(skjema, metadata=metadata, **_valgfritt(kwargs))


def liste(skjema: marshmallow.Schema, beskrivelse: str, **kwargs: Any) -> Tuppel:
    metadata = {"description": beskrivelse, "example": [eksempel_av(skjema)]}
    return Tuppel(fields.Nested(skjema), metadata=metadata, **kwargs)


def tekstliste(
    beskrivelse: str, eksempel: list[str], *, lengst: int | None = LENGSTE_NOEKKEL, **kwargs: Any
) -> fields.List[Any]:
    """Several texts, each of at most `lengst` characters; None: without a limit of their own."""
    ett = fields.String(metadata={"maxLength": lengst} if lengst else {})
    return Liste(ett, metadata={"description": beskrivelse, "example": eksempel}, **kwargs)


def objektfelt(beskrivelse: str, eksempel: Mapping[str, Any], **kwargs: Any) -> fields.Dict:
    """An object whose members are not the gateway's to say."""
    return fields.Dict(metadata={"description": beskrivelse, "example": eksempel}, **_valgfritt(kwargs))


def objektliste(beskrivelse: str, eksempel: list[dict[str, Any]], **kwargs: Any) -> fields.List[Any]:
    """Objects whose members are not the gateway's to say."""
    return fields.List(fields.Dict(), metadata={"description": beskrivelse, "example": eksempel}, **_valgfritt(kwargs))


def merknadsliste() -> fields.List[Any]:
    """What was accepted and may not be what was meant."""
    return fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "What was accepted and may not be what you meant, such as a time that has passed.",
            "example": ["frist has passed: an oppgave that is not done becomes UTGAATT at the next sweep."],
        },
    )


class SideSkjema(Skjema):
    """How much of a list to give, and from where."""

    antall = Spoerretall(
        load_default=50,
        validate=validate.Range(1, 500),
        metadata={"description": "How many elements at most: 1 to 500.", "example": 50},
    )
    etter = tekstfelt(
        "The cursor that the page before gave as `neste`.",
        EN_CURSOR,
        lengst=LENGSTE_CURSOR,
        **UTELATT,
    )


def nestefelt(beskrivelse: str, eksempel: str = EN_CURSOR) -> fields.String:
    return tekstfelt(beskrivelse, eksempel, required=True, allow_none=True, lengst=LENGSTE_CURSOR)
