"""The lists of the configuration, a YAML file each: checked at start, with faults that name line, entry and remedy."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import marshmallow
from marshmallow import fields

from gateway.domain.takt import les_takt
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.yamlfil import I_ANFOERSEL, Sti, Yamlfil, les_yaml, vist

UKJENT = "is not a field here"
TEKST = "must be a text"
LISTE = "must be a list: `[a, b]`, or lines that begin with `- `"
OPPSLAG = "must be a mapping: lines of `name: value`"
# What the fields say of themselves, in the words of these files; a field that has words of its own keeps them.
MELDINGER: tuple[tuple[type[fields.Field[Any]], dict[str, str]], ...] = (
    (fields.Field, {"required": "is missing; add it", "null": "is empty; give a value, or remove the line"}),
    (fields.String, {"invalid": TEKST}),
    (fields.List, {"invalid": LISTE}),
    (fields.Mapping, {"invalid": OPPSLAG}),
    (fields.Nested, {"type": OPPSLAG}),
)


@dataclass(frozen=True, kw_only=True)
class Liste:
    """What a file lists. An entry is told by its `navn` (the name of a field), or by its place where it has none.

    `unike`: fields, dotted, of which no two entries may hold the same. `skjulte`: fields whose values are not repeated.
    """

    hva: str
    navn: str | None
    unike: tuple[str, ...] = ()
    skjulte: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Gjentatt:
    """The message that a value stands at another place of the entry too."""

    foerste: Sti


class Konfigskjema(marshmallow.Schema):
    """A mapping in a file of the configuration."""

    error_messages = {"unknown": UKJENT, "type": OPPSLAG}  # noqa: RUF012

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        felt: fields.Field[Any] | None = field_obj
        while felt is not None:
            for type_, meldinger in MELDINGER:
                if isinstance(felt, type_):
                    felt.error_messages |= {
                        navn: melding
                        for navn, melding in meldinger.items()
                        if felt.error_messages[navn] == type_.default_error_messages[navn]
                    }
            felt = felt.inner if isinstance(felt, fields.List) else None


class SantEllerUsant(fields.Boolean):
    """`true` or `false`, which YAML also reads from `yes` and `no`; a number or a text is neither."""

    default_error_messages = {"invalid": "must be true or false, without quotes"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return bool(super()._deserialize(value, attr, data, **kwargs))


class Dato(fields.Date):
    """A date, with or without quotes."""

    default_error_messages = {"invalid": "must be a date, such as 2026-01-15"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.date:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Takten(fields.String):
    """How often somebody may come, such as `100/sekund`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        tekst = super()._deserialize(value, attr, data, **kwargs)
        try:
            return les_takt(tekst)
        except ValueError as feil:
            raise marshmallow.ValidationError(f"{feil}") from None


def les_konfig(fil: Path, skjema: marshmallow.Schema, liste: Liste) -> list[Any]:
    """The entries of a YAML file, each as the schema loads it.

    Raises Innstillingsfeil with one line a fault: `file:line: entry, field: what is wrong, and what to do`.
    """
    lest = les_yaml(fil)
    innhold = [] if lest.innhold is None else lest.innhold
    if not isinstance(innhold, list):
        raise Innstillingsfeil(f"{fil}:1: must be a list, each {liste.hva} beginning with `- `")
    lastet: list[Any] = []
    feil: list[tuple[int, str]] = []
    for nr, ett in enumerate(innhold):
        # One by one: marshmallow forgets the place of an entry that its schema's `post_load` refuses.
        try:
            lastet.append(skjema.load(ett, many=False))
        except marshmallow.ValidationError as avvist:
            feil += [_linje(lest, skjema, liste, (nr, *sti), hva) for sti, hva in _meldinger(avvist.messages)]
    feil += _gjentatte(lest, liste, innhold)
    if feil:
        raise Innstillingsfeil("\n".join(linje for _, linje in sorted(feil)))
    return lastet


def _meldinger(feil: Any, sti: Sti = ()) -> Iterator[tuple[Sti, Any]]:
    """Each message with its path; a schema may name a whole path as one key."""
    if isinstance(feil, Mapping):
        for ledd, under in feil.items():
            steg = ledd if isinstance(ledd, tuple) else () if ledd == marshmallow.exceptions.SCHEMA else (ledd,)
            yield from _meldinger(under, (*sti, *steg))
    else:
        yield from ((sti, melding) for melding in feil)


def _linje(lest: Yamlfil, skjema: marshmallow.Schema, liste: Liste, sti: Sti, melding: Any) -> tuple[int, str]:
    """The line of the fault, and what is told of it."""
    linje = lest.linje(sti)
    if isinstance(melding, Gjentatt):
        melding = f"stands here and on line {lest.linje((sti[0], *melding.foerste))}; remove one of them"
    elif melding == UKJENT:
        melding = f"{UKJENT}; {_hva_som_er_kjent(skjema, sti)}"
    else:
        melding = f"{melding}{_hva_som_staar(lest, liste, sti, str(melding))}"
    return linje, f"{lest.fil}:{linje}: {_sted(lest, liste, sti)}: {melding}"


def _sted(lest: Yamlfil, liste: Liste, sti: Sti) -> str:
    nr, *felt = sti
    navn = lest.skrevet((nr, liste.navn)) if liste.navn else None
    deler = [f"{liste.hva} {vist(navn) if navn else f'no. {nr + 1}'}"]
    for ledd in felt:
        if isinstance(ledd, int) and not isinstance(ledd, bool):
            deler[-1] += f" no. {ledd + 1}"
        else:
            deler.append(ledd if isinstance(ledd, str) and ledd.isidentifier() else vist(str(ledd)))
    return ", ".join(deler)


def _hva_som_staar(lest: Yamlfil, liste: Liste, sti: Sti, melding: str) -> str:
    """The value, unless it may not be repeated, and what YAML took it for."""
    skrevet, som, tillegg = lest.skrevet(sti), lest.lest_som(sti), ""
    if som and "quotes" in melding:
        tillegg = f"; YAML reads it as {som}"
    elif som and melding == TEKST:
        tillegg = f"; YAML reads it as {som}, so {I_ANFOERSEL}"
    if skrevet and melding not in (LISTE, OPPSLAG) and not liste.skjulte & set(sti):
        tillegg += f"; it says {vist(skrevet)}"
    return tillegg


def _hva_som_er_kjent(skjema: marshmallow.Schema, sti: Sti) -> str:
    """The fields that can stand there, and which one was likely meant."""
    for ledd in sti[1:-1]:
        felt: Any = skjema.fields.get(ledd) if isinstance(ledd, str) else None
        while isinstance(felt, fields.List):
            felt = felt.inner
        if isinstance(felt, fields.Nested):
            skjema = felt.schema
    kjente = list(skjema.fields)
    ligner = difflib.get_close_matches(str(sti[-1]), kjente, n=1)
    return f"did you mean {ligner[0]}?" if ligner else f"these are: {', '.join(kjente)}"


def _gjentatte(lest: Yamlfil, liste: Liste, innhold: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """What may stand once in the file, and stands there again."""
    for felt in liste.unike:
        sett: dict[str, Sti] = {}
        for nr, ett in enumerate(innhold):
            for sti, verdi in _verdier(ett, felt.split("."), (nr,)):
                foerste = sett.setdefault(verdi, sti)
                if foerste != sti:
                    yield _en_gjentatt(lest, liste, sti, foerste)


def _en_gjentatt(lest: Yamlfil, liste: Liste, sti: Sti, foerste: Sti) -> tuple[int, str]:
    linje, skrevet = lest.linje(sti), lest.skrevet(sti)
    hva = f" {vist(skrevet)}" if skrevet and not liste.skjulte & set(sti) else ""
    under = f", under {_sted(lest, liste, foerste[:1])}" if foerste[0] != sti[0] else ""
    melding = f"{hva} stands on line {lest.linje(foerste)} too{under}; it can stand once only"
    return linje, f"{lest.fil}:{linje}: {_sted(lest, liste, sti)}:{melding}"


def _verdier(innhold: Any, felt: list[str], sti: Sti) -> Iterator[tuple[Sti, str]]:
    """Every text under the field, one or a list of them."""
    if isinstance(innhold, list):
        for nr, ett in enumerate(innhold):
            yield from _verdier(ett, felt, (*sti, nr))
    elif felt and isinstance(innhold, dict):
        yield from _verdier(innhold.get(felt[0]), felt[1:], (*sti, felt[0]))
    elif not felt and isinstance(innhold, str):
        yield sti, innhold
