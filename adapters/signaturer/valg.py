"""The options of the schemes: what a source may say under `signatur:`, and what is said of what it may not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import marshmallow
from marshmallow import fields, validate

from gateway.plugin import UgyldigValg
from gateway.plugin.oppsett import UKJENT, Konfigskjema

# The name of a header (RFC 9110), without `_`: the way in lets no such header through, since WSGI takes it for `-`.
HODENAVN = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,100}")


class Hodenavn(fields.String):
    """The name of a header, in whichever case."""

    def __init__(self, **annet: Any) -> None:
        feil = "must be the name of a header: letters, digits and `-`, and no `_`"
        super().__init__(validate=validate.Regexp(HODENAVN.pattern + r"\Z", error=feil), **annet)


def en_av(*valg: str) -> validate.OneOf:
    return validate.OneOf(valg, error="must be one of {choices}")


class KortTekst(fields.String):
    """A text that can stand in a header, and in an answer that says what should have stood there."""

    def __init__(self, *, hoeyst: int, **annet: Any) -> None:
        super().__init__(
            validate=[
                validate.Length(max=hoeyst, error="must be at most {max} characters"),
                validate.Regexp(r"[ -~]*\Z", error="must be ASCII, on one line"),
            ],
            **annet,
        )


def les_valg(ordning: str, skjema: Konfigskjema | None, valg: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a source, checked, with their defaults; a scheme without a schema has none. Raises UgyldigValg."""
    if skjema is None:
        if valg:
            raise UgyldigValg(dict.fromkeys(valg, f"is no option: {ordning} has none; remove it"))
        return {}
    try:
        lest: dict[str, Any] = skjema.load(valg)
    except marshmallow.ValidationError as feil:
        raise UgyldigValg({navn: _sagt(ordning, navn, hva, skjema) for navn, hva in _meldinger(feil)}) from None
    return lest


def _sagt(ordning: str, navn: str, hva: Sequence[str], skjema: Konfigskjema) -> str:
    if UKJENT not in hva:
        return "; ".join(hva)
    ligner = difflib.get_close_matches(navn, skjema.fields, n=1)
    raad = f"did you mean {ligner[0]}?" if ligner else f"it has {', '.join(skjema.fields)}"
    return f"is no option of {ordning}; {raad}"


def _meldinger(feil: marshmallow.ValidationError) -> Iterator[tuple[str, Sequence[str]]]:
    """Each option with what is wrong with it, or with a part of it."""
    meldinger = feil.messages if isinstance(feil.messages, dict) else {"": feil.messages}
    yield from ((str(navn), list(_setninger(hva))) for navn, hva in meldinger.items())


def _setninger(hva: Any, sted: str = "") -> Iterator[str]:
    if isinstance(hva, Mapping):
        for ledd, under in hva.items():
            yield from _setninger(under, sted if ledd in ("key", "value") else f"{sted}{ledd}: ")
    else:
        yield from (f"{sted}{ett}" for ett in hva)
