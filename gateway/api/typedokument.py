"""The event types of the plugins in the OpenAPI document: a schema for each version, and an example ready to send.

They belong to their producers, and stand beside the gateway's own: whoever adds a plugin adds them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from gateway.inbox.format import SATSVIS, STRUKTURERT
from gateway.plugin import Hendelsestype
from gateway.vertskap.erklaering import Erklaering, Plugins

SKJEMAER = "#/components/schemas/"
CLOUDEVENT = "CloudEvent"
HENDELSESDATA = "Hendelsesdata"
# What is larger is left to GET /hendelsestyper: the document is read whole by everyone who opens it.
STOERSTE_SKJEMA = 64 * 1024
STOERSTE_EKSEMPEL = 16 * 1024
# Keywords that name places of a schema in a way that does not survive its becoming a part of another document.
EGNE_NAVN = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor")
_UGYLDIG_I_NAVN = re.compile(r"[^A-Za-z0-9._-]+")
_NORSKE = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "AE", "Ø": "OE", "Å": "AA"})
_EKSEMPLENES_ROM = UUID("6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003")


@dataclass(frozen=True, kw_only=True)
class Deklarert:
    """One version of one type, and the plugin that declares it."""

    type: Hendelsestype
    plugin: Erklaering

    @property
    def overskrift(self) -> str:
        versjon = "" if self.type.versjon == 1 else f", version {self.type.versjon}"
        return f"{self.type.navn}{versjon} ({self.plugin.produsent})"


def deklarerte(plugins: Plugins) -> Iterator[Deklarert]:
    """Every version of every type, by producer and name, the newest version first."""
    for plugin in sorted(plugins.lastet.values(), key=lambda ett: ett.produsent):
        for _, versjoner in sorted(plugin.typer.items()):
            yield from (Deklarert(type=type_, plugin=plugin) for type_ in versjoner)


def med_typer(dokument: Mapping[str, Any], plugins: Plugins, stier: Sequence[str]) -> dict[str, Any]:
    """The document with the types of the plugins, as schemas and as examples of what may be posted to `stier`."""
    alle = list(deklarerte(plugins))
    navn = _navn(alle)
    skjemaer = dict(dokument["components"]["schemas"])
    for ett, skjemanavn in zip(alle, navn, strict=True):
        skjemaer.update(_komponenter(ett, skjemanavn))
    skjemaer[CLOUDEVENT] = _cloudevent(navn)
    paths = dict(dokument["paths"])
    for sti in stier:
        post = dict(paths[sti]["post"])
        post["requestBody"] = {**post["requestBody"], "content": _innhold(alle, navn)}
        paths[sti] = {**paths[sti], "post": post}
    return {**dokument, "components": {**dokument["components"], "schemas": skjemaer}, "paths": paths}


def _navn(alle: Sequence[Deklarert]) -> list[str]:
    """What each is called in the document: no two alike, however alike the names of the types are."""
    brukt: set[str] = set()
    svar = []
    for ett in alle:
        ledd = (HENDELSESDATA, ett.plugin.produsent, ett.type.navn, f"v{ett.type.versjon}")
        grunn = navn = ".".join(map(_i_navn, ledd))
        nummer = 1
        while navn.lower() in brukt:
            nummer += 1
            navn = f"{grunn}.{nummer}"
        brukt.add(navn.lower())
        svar.append(navn)
    return svar


def _i_navn(tekst: str) -> str:
    return _UGYLDIG_I_NAVN.sub("_", tekst.translate(_NORSKE))


def _komponenter(ett: Deklarert, navn: str) -> dict[str, Any]:
    """The schema of the data, and beside it those that it names for itself."""
    egen = {"title": ett.overskrift, "description": ett.type.beskrivelse or ett.type.navn}
    skjema = dict(ett.type.skjema)
    if not _kan_flyttes(skjema):
        egen["description"] += " Its JSON Schema is at GET /api/v1/hendelsestyper."
        return {navn: {**egen, "type": "object", "examples": [_kort(ett.type.eksempel)]}}
    definisjoner = skjema.pop("$defs", {})
    steder = {f"#/$defs/{_pekerledd(del_)}": f"{navn}.{_UGYLDIG_I_NAVN.sub('_', del_)}" for del_ in definisjoner}
    if len(set(steder.values())) < len(steder):  # alike but for signs that no name may hold
        definisjoner, steder = {}, {}
        skjema = dict(ett.type.skjema)
    flyttet = {
        f"{navn}.{_UGYLDIG_I_NAVN.sub('_', del_)}": _omviste(definisjon, navn, steder)
        for del_, definisjon in definisjoner.items()
    }
    return {navn: {**_omviste(skjema, navn, steder), **egen, "examples": [_kort(ett.type.eksempel)]}, **flyttet}


def _kan_flyttes(skjema: Mapping[str, Any]) -> bool:
    tekst = json.dumps(skjema)
    return len(tekst) <= STOERSTE_SKJEMA and not any(f'"{ord_}"' in tekst for ord_ in EGNE_NAVN)


def _omviste(verdi: Any, navn: str, steder: Mapping[str, str]) -> Any:
    """The schema, whose references go to where it is put."""
    if isinstance(verdi, list):
        return [_omviste(ledd, navn, steder) for ledd in verdi]
    if not isinstance(verdi, dict):
        return verdi
    svar = {noekkel: _omviste(ledd, navn, steder) for noekkel, ledd in verdi.items() if noekkel != "$schema"}
    viser = verdi.get("$ref")
    if isinstance(viser, str) and viser.startswith("#"):
        foran = max((sted for sted in steder if viser == sted or viser.startswith(f"{sted}/")), key=len, default=None)
        maal = f"{steder[foran]}{viser.removeprefix(foran)}" if foran else f"{navn}{viser[1:]}"
        svar["$ref"] = SKJEMAER + maal
    return svar


def _pekerledd(tekst: str) -> str:
    return tekst.replace("~", "~0").replace("/", "~1")


def _kort(eksempel: Mapping[str, Any]) -> Mapping[str, Any]:
    return eksempel if len(json.dumps(eksempel)) <= STOERSTE_EKSEMPEL else {}


def _cloudevent(navn: Sequence[str]) -> dict[str, Any]:
    """What an event is; its data follows the schema of its type, which is looked at when it is mapped."""
    tekst = {"type": "string", "minLength": 1, "maxLength": 500}
    return {
        "type": "object",
        "description": "A CloudEvent 1.0.",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {
                "type": "string",
                "enum": ["1.0"],
                "description": "The version of CloudEvents.",
                "example": "1.0",
            },
            "id": {
                **tekst,
                "description": "The event's own id: the same source and id again is a repeat.",
                "example": str(_EKSEMPLENES_ROM),
            },
            "source": {**tekst, "description": "Where it comes from.", "example": "im-notifikasjon"},
            "type": {
                **tekst,
                "description": "One that your plugin declares; see GET /api/v1/hendelsestyper.",
                "example": "FORESPOERSEL_BESVART",
            },
            "subject": {
                **tekst,
                "description": "The ordering key: events of the same one are handled in the order of arrival.",
                "example": "b0a3c6f2-7d0e-4a0b-9b69-2b1f0c9d2f01",
            },
            "time": {
                "type": "string",
                "format": "date-time",
                "description": "When it happened.",
                "example": "2026-11-02T08:00:00Z",
            },
            "data": {
                "description": "What it tells, by the schema of its type.",
                "anyOf": [*({"$ref": f"{SKJEMAER}{ett}"} for ett in navn), {}],
                "example": {},
            },
        },
    }


def _innhold(alle: Sequence[Deklarert], navn: Sequence[str]) -> dict[str, Any]:
    """The forms in which events may be sent, with an example of every type."""
    hendelse = {"$ref": f"{SKJEMAER}{CLOUDEVENT}"}
    hendelser = {skjemanavn.removeprefix(f"{HENDELSESDATA}."): ett for skjemanavn, ett in zip(navn, alle, strict=True)}
    strukturert = {navn_: _eksempel(ett, _som_hendelse(ett)) for navn_, ett in hendelser.items()}
    satser = {navn_: _eksempel(ett, [_som_hendelse(ett)]) for navn_, ett in hendelser.items()}
    data = {navn_: _eksempel(ett, _kort(ett.type.eksempel)) for navn_, ett in hendelser.items()}
    return {
        STRUKTURERT: {"schema": hendelse, "examples": strukturert or INGEN},
        SATSVIS: {"schema": {"type": "array", "items": hendelse}, "examples": satser or INGEN_SATS},
        "application/json": {"schema": {}, "examples": data or INGEN},
    }


def _eksempel(ett: Deklarert, verdi: Any) -> dict[str, Any]:
    return {"summary": ett.overskrift, "description": ett.type.beskrivelse, "value": verdi}


def _som_hendelse(ett: Deklarert) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": ett.type.navn,
        "source": f"eksempel/{ett.plugin.navn}",
        "id": str(uuid5(_EKSEMPLENES_ROM, f"{ett.plugin.produsent} {ett.type.navn} {ett.type.versjon}")),
        "data": _kort(ett.type.eksempel),
    }


_UTEN_TYPER = {
    "specversion": "1.0",
    "type": "EKSEMPEL",
    "source": "eksempel",
    "id": str(_EKSEMPLENES_ROM),
    "data": {"navn": "verdi"},
}
INGEN = {"ingen": {"summary": "No plugin declares a type yet", "value": _UTEN_TYPER}}
INGEN_SATS = {"ingen": {"summary": "No plugin declares a type yet", "value": [_UTEN_TYPER]}}
