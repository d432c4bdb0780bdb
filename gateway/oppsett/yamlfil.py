"""YAML with its traps sprung: what it would read as something else than was written is refused, at its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.oppsett.innstillinger import Innstillingsfeil

Sti = tuple[Any, ...]
NAAR_UTEN_ANFOERSEL = {
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}
I_ANFOERSEL = "put it in quotes"


@dataclass(frozen=True)
class Yamlfil:
    """The content of a file, and where each part of it stands."""

    fil: Path
    innhold: Any
    _rot: yaml.Node | None

    def linje(self, sti: Sti) -> int:
        """The line of the deepest part of the path that stands in the file."""
        linje, _ = self._finn(sti)
        return linje

    def skrevet(self, sti: Sti) -> str | None:
        """A single value as it was written; None where the path leads to no such thing."""
        _, node = self._finn(sti)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def lest_som(self, sti: Sti) -> str | None:
        """What YAML takes a value without quotes for, if not for a text."""
        _, node = self._finn(sti)
        return NAAR_UTEN_ANFOERSEL.get(node.tag) if isinstance(node, yaml.ScalarNode) else None

    def _finn(self, sti: Sti) -> tuple[int, yaml.Node | None]:
        """What stands at the path, if anything does, and the line where one gets to."""
        node, linje = self._rot, 1
        if node is not None:
            linje = node.start_mark.line + 1
        for ledd in sti:
            funnet = _ett_skritt(node, ledd)
            if funnet is None:
                return linje, None
            begynner, node = funnet
            linje = begynner.start_mark.line + 1
        return linje, node


def _ett_skritt(node: yaml.Node | None, ledd: Any) -> tuple[yaml.Node, yaml.Node] | None:
    """Where the part begins, its key if it has one, and the part itself."""
    if isinstance(node, yaml.SequenceNode) and isinstance(ledd, int) and ledd < len(node.value):
        return node.value[ledd], node.value[ledd]
    if isinstance(node, yaml.MappingNode):
        for noekkel, verdi in node.value:
            if isinstance(noekkel, yaml.ScalarNode) and (noekkel.value == ledd or _verdi(noekkel) is ledd):
                return noekkel, verdi
    return None


def _verdi(node: yaml.ScalarNode) -> Any:
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, yaml.YAMLError):
        return None


def les_yaml(fil: Path) -> Yamlfil:
    """Raises Innstillingsfeil: `file:line: what is wrong`. No text of the file is repeated: it may be a secret."""
    try:
        tekst = fil.read_text(encoding="utf-8")
    except OSError as feil:
        raise Innstillingsfeil(f"{fil}: cannot be read ({feil.strerror}); check the path and its permissions") from None
    except UnicodeDecodeError as feil:
        linje = feil.object.count(b"\n", 0, feil.start) + 1
        raise Innstillingsfeil(f"{fil}:{linje}: is not UTF-8; save the file as UTF-8") from None
    try:
        leser = yaml.SafeLoader(tekst)
        rot = leser.get_single_node()
        _krev_enkle_noekler(fil, rot)
        innhold = leser.construct_document(rot) if rot else None
    except yaml.MarkedYAMLError as feil:
        linje = feil.problem_mark.line + 1 if feil.problem_mark else 1
        raise Innstillingsfeil(f"{fil}:{linje}: is not YAML: {_uten_innhold(feil)}") from None
    except yaml.reader.ReaderError as feil:
        linje = tekst.count("\n", 0, feil.position) + 1
        raise Innstillingsfeil(f"{fil}:{linje}: holds a control character; remove it") from None
    except ValueError:  # 2026-13-45 has the form of a date, 0x_ that of a number
        raise Innstillingsfeil("\n".join(_umulige(fil, rot))) from None
    return Yamlfil(fil, innhold, rot)


def _uten_innhold(feil: yaml.MarkedYAMLError) -> str:
    problem = str(feil.problem)
    if isinstance(feil, yaml.composer.ComposerError | yaml.constructor.ConstructorError):
        problem = problem.partition("'")[0].partition(" (")[0].strip()
    if problem.startswith(("found undefined alias", "could not determine a constructor", "expected alphabetic")):
        return f"{problem}; a text that begins with *, & or ! must stand in quotes"
    return f"{problem}; check indentation, quotes and colons there, and on the line above"


def _krev_enkle_noekler(fil: Path, rot: yaml.Node | None) -> None:
    """Of two equal keys YAML drops the first without a word. Raises Innstillingsfeil with both lines."""
    feil: list[str] = []
    for node in _alle(rot):
        if not isinstance(node, yaml.MappingNode):
            continue
        sett: dict[tuple[str, str], int] = {}
        for noekkel, _ in node.value:
            if not isinstance(noekkel, yaml.ScalarNode):
                continue
            linje, foerste = noekkel.start_mark.line + 1, sett.get((noekkel.tag, noekkel.value))
            if foerste is not None:
                feil.append(
                    f"{fil}:{linje}: {vist(noekkel.value)} stands here and on line {foerste}; remove one of them"
                )
            sett.setdefault((noekkel.tag, noekkel.value), linje)
    if feil:
        raise Innstillingsfeil("\n".join(feil))


def _umulige(fil: Path, rot: yaml.Node | None) -> Iterator[str]:
    for node in _alle(rot):
        if isinstance(node, yaml.ScalarNode) and node.tag in NAAR_UTEN_ANFOERSEL and _verdi(node) is None:
            yield (
                f"{fil}:{node.start_mark.line + 1}: has the form of {NAAR_UTEN_ANFOERSEL[node.tag]} and is none; "
                f"correct it, or {I_ANFOERSEL}"
            )


def _alle(rot: yaml.Node | None) -> Iterator[yaml.Node]:
    """Every node of the file, once."""
    venter, sett = [rot] if rot else [], set()
    while venter:
        node = venter.pop(0)
        if id(node) in sett:
            continue
        sett.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            venter += node.value
        elif isinstance(node, yaml.MappingNode):
            venter += [del_ for par in node.value for del_ in par]


def vist(skrevet: str) -> str:
    """A value in a message. One with the digits of a fødselsnummer in it is not repeated."""
    if sum(tegn.isdigit() for tegn in skrevet) >= 11:
        return f"({len(skrevet)} characters)"
    return repr(skrevet if len(skrevet) <= 60 else f"{skrevet[:60]}…")
