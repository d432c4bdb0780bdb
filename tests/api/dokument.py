"""The served OpenAPI document, as the tests walk through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

METODER = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Operasjon:
    metode: str
    sti: str
    innhold: dict[str, Any]

    @property
    def navn(self) -> str:
        navn: str = self.innhold["operationId"]
        return navn


@dataclass(frozen=True)
class Felt:
    """A field of a schema, or a parameter of an operation; `hvor` names it."""

    hvor: str
    innhold: dict[str, Any]


def operasjoner(dokument: dict[str, Any]) -> list[Operasjon]:
    return [
        Operasjon(metode.upper(), sti, innhold)
        for sti, metoder in dokument["paths"].items()
        for metode, innhold in metoder.items()
        if metode in METODER
    ]


PRODUSENTENES = "Hendelsesdata."


def felter(dokument: dict[str, Any]) -> Iterator[Felt]:
    """Every field of every schema of the gateway's own; the data of events is its producers' to describe."""
    for navn, skjema in dokument["components"]["schemas"].items():
        if navn.startswith(PRODUSENTENES):
            continue
        for felt, innhold in skjema.get("properties", {}).items():
            yield Felt(f"{navn}.{felt}", innhold)


def parametre(dokument: dict[str, Any]) -> Iterator[Felt]:
    """Every parameter of every operation and of every path, with what its own schema says of it."""
    for sti, metoder in dokument["paths"].items():
        for metode, innhold in metoder.items():
            for parameter in innhold if metode == "parameters" else innhold.get("parameters", ()):
                yield Felt(f"{metode} {sti} {parameter['name']}", {**parameter.get("schema", {}), **parameter})


def avvik(dokument: dict[str, Any], skjema: dict[str, Any], verdi: Any) -> list[str]:
    """What the schema has against the value."""
    helt = {**skjema, "components": dokument["components"]}
    validator = Draft202012Validator(helt, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{feil.json_path}: {feil.message}" for feil in validator.iter_errors(verdi)]
