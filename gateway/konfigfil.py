"""Reading the YAML files of the configuration: checked at start, with faults that name file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import marshmallow
import yaml

from gateway.settings import Innstillingsfeil

Sti = tuple[str | int, ...]


def les_konfig(fil: Path, skjema: marshmallow.Schema) -> Any:
    """The content of a YAML file, as the schema loads it.

    Raises Innstillingsfeil with one line a fault: `file:line: where: what is wrong`.
    """
    try:
        tekst = fil.read_text(encoding="utf-8")
    except OSError as feil:
        raise Innstillingsfeil(f"{fil}: cannot be read ({feil.strerror}); check the path and its permissions") from None
    try:
        rot = yaml.compose(tekst, Loader=yaml.SafeLoader)
        innhold = yaml.safe_load(tekst)
    except yaml.MarkedYAMLError as feil:
        linje = feil.problem_mark.line + 1 if feil.problem_mark else 1
        raise Innstillingsfeil(f"{fil}:{linje}: is not YAML: {feil.problem}") from None
    if innhold is None:
        innhold = [] if skjema.many else {}
    try:
        return skjema.load(innhold)
    except marshmallow.ValidationError as feil:
        linjer = [
            f"{fil}:{_linje(rot, sti)}: {'.'.join(map(str, sti)) or 'the file'}: {melding}"
            for sti, melding in _meldinger(feil.messages)
        ]
        raise Innstillingsfeil("\n".join(linjer)) from None


def _meldinger(feil: Any, sti: Sti = ()) -> Iterator[tuple[Sti, str]]:
    if isinstance(feil, Mapping):
        for ledd, under in feil.items():
            yield from _meldinger(under, sti if ledd == marshmallow.exceptions.SCHEMA else (*sti, ledd))
    else:
        yield from ((sti, str(melding)) for melding in feil)


def _linje(node: yaml.Node | None, sti: Sti) -> int:
    """The line of the deepest part of the path that stands in the file."""
    if node is None:
        return 1
    linje = node.start_mark.line + 1
    if not sti:
        return linje
    ledd, rest = sti[0], sti[1:]
    if isinstance(node, yaml.SequenceNode) and isinstance(ledd, int) and ledd < len(node.value):
        return _linje(node.value[ledd], rest)
    if isinstance(node, yaml.MappingNode):
        for noekkel, verdi in node.value:
            if noekkel.value == ledd:
                return _linje(verdi, rest) if rest else int(noekkel.start_mark.line + 1)
    return linje
