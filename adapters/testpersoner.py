"""Who can sign in, and what they may see, in `dev`: `config/personer.yaml` as a source of access."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema
from stdnum.no import orgnr

from gateway.plugin import Lederforhold, Tilganger, Virksomhetstilgang
from gateway.plugin.oppsett import Gjentatt, Konfigskjema, Liste, Sti, er_gyldig_personnummer, les_konfig

SYNTETISKE_MAANEDER = (*range(41, 53), *range(81, 93))
# By its place: neither the number nor the name of anybody is told.
PERSONER = Liste(hva="person", navn=None, unike=("fnr",), skjulte=frozenset({"fnr", "navn"}))


@dataclass(frozen=True, kw_only=True)
class Testperson:
    """A synthetic person; no fødselsnummer of a living one gets in here."""

    fnr: str
    navn: str
    tilganger: Tilganger = field(repr=False)


class Testpersoner:
    """The access of the test persons. A person who is not among them has none."""

    def __init__(self, personer: tuple[Testperson, ...]) -> None:
        self.personer = personer
        self._tilganger = {person.fnr: person.tilganger for person in personer}

    def tilganger(self, fnr: str) -> Tilganger:
        return self._tilganger.get(fnr, Tilganger())


def les_testpersoner(fil: Path) -> tuple[Testperson, ...]:
    """The persons of the file, in its order. Raises Innstillingsfeil, one line a fault with file, line and remedy."""
    return tuple(les_konfig(fil, _Personskjema(), PERSONER))


def _kontroller_orgnr(nummer: str) -> None:
    if not re.fullmatch(r"[0-9]{9}", nummer) or not orgnr.is_valid(nummer):
        raise ValidationError("must be 9 digits with a valid check digit (mod 11)")


def _kontroller_fnr(nummer: str) -> None:
    if not er_gyldig_personnummer(nummer) or int(nummer[2:4]) not in SYNTETISKE_MAANEDER:
        raise ValidationError("must be a synthetic fødselsnummer: 11 digits, month + 40 or + 80, valid check digits")


def _paakrevd(hva: str, *kontroller: Any) -> fields.String:
    """A text that must stand there. YAML reads digits without quotes as a number, which is the usual mistake."""
    meldinger: dict[str, Any] = {
        "required": f"is missing; give {hva}",
        "invalid": f"must be {hva}, in quotes",
        "null": f"is empty; give {hva}",
    }
    return fields.String(required=True, validate=list(kontroller), error_messages=meldinger)


def _orgnr() -> fields.String:
    return _paakrevd("the orgnr, 9 digits", _kontroller_orgnr)


def _fnr() -> fields.String:
    return _paakrevd("the fnr, 11 digits", _kontroller_fnr)


def _navn() -> fields.String:
    return _paakrevd("a name", validate.Length(min=1, error="must not be empty"))


class _Virksomhetskjema(Konfigskjema):
    orgnr = _orgnr()
    navn = _navn()
    ressurser = fields.List(_paakrevd("a ressursId"), load_default=list)
    underenheter = fields.List(fields.Nested(lambda: _Virksomhetskjema()), load_default=list)


class _Lederskjema(Konfigskjema):
    fnr = _fnr()
    orgnr = _orgnr()

    @post_load
    def _lag(self, data: Mapping[str, str], **_: Any) -> Lederforhold:
        return Lederforhold(virksomhetsnummer=data["orgnr"], ansatt_fnr=data["fnr"])


class _Personskjema(Konfigskjema):
    fnr = _fnr()
    navn = _navn()
    virksomheter = fields.List(fields.Nested(_Virksomhetskjema), load_default=list)
    leder_for = fields.List(fields.Nested(_Lederskjema), load_default=list)

    @validates_schema
    def _hver_virksomhet_en_gang(self, data: Mapping[str, Any], **_: Any) -> None:
        sett: dict[str, Sti] = {}
        gjentatt: dict[Any, list[Any]] = {}
        for sti, virksomhet in _flatt(data["virksomheter"], ("virksomheter",)):
            her = (*sti, "orgnr")
            foerste = sett.setdefault(virksomhet["orgnr"], her)
            if foerste != her:
                gjentatt[her] = [Gjentatt(foerste)]
        if gjentatt:
            raise ValidationError(gjentatt)

    @post_load
    def _lag(self, data: Mapping[str, Any], **_: Any) -> Testperson:
        tilganger = Tilganger(
            virksomheter=tuple(
                Virksomhetstilgang(
                    virksomhetsnummer=virksomhet["orgnr"],
                    navn=virksomhet["navn"],
                    ressurser=frozenset(virksomhet["ressurser"]),
                )
                for _, virksomhet in _flatt(data["virksomheter"], ())
            ),
            leder_for=tuple(data["leder_for"]),
        )
        return Testperson(fnr=data["fnr"], navn=data["navn"], tilganger=tilganger)


def _flatt(virksomheter: list[Mapping[str, Any]], sti: Sti) -> Iterator[tuple[Sti, Mapping[str, Any]]]:
    """Every virksomhet of the hierarchy, the unit above before those beneath, with its place in it."""
    for nr, virksomhet in enumerate(virksomheter):
        yield (*sti, nr), virksomhet
        yield from _flatt(virksomhet["underenheter"], (*sti, nr, "underenheter"))
