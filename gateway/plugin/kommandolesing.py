"""A kommando from plain JSON, with the names of the REST body: for plugins that are told their mapping, not written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import msgspec

from gateway.domain.feil import Avslag
from gateway.domain.innhold import fra_json
from gateway.domain.kommandoer import KOMMANDOER, Kommando, feltnavn

_STOR = re.compile(r"[A-Z]")


def kommandofelter(navn: str) -> Mapping[str, bool]:
    """The fields of a kommando, as they are named on the wire, and whether each is required.

    Raises ValueError for what is no kommando, with those that there are.
    """
    klasse = KOMMANDOER.get(navn)
    if klasse is None:
        raise ValueError(f"{navn!r} is no kommando; use one of {', '.join(sorted(KOMMANDOER))}")
    felt = {ett.name: ett for ett in fields(klasse)}
    paakrevd = {ett.name for ett in msgspec.inspect.type_info(klasse).fields if ett.required}  # type: ignore[attr-defined]
    return {feltnavn(ett): ett in paakrevd for ett in felt}


def les_kommando(navn: str, felter: Mapping[str, Any]) -> Kommando:
    """The kommando with these fields, named as in the REST body. Raises ValueError, which names no value."""
    ukjente = sorted(set(felter) - set(kommandofelter(navn)))
    if ukjente:
        raise ValueError(f"{navn} has no field {', '.join(ukjente)}")
    try:
        return fra_json({"kommando": navn, "innhold": _i_python(felter)})
    except msgspec.ValidationError as feil:
        raise ValueError(f"{navn}: {feil}") from None


def avslag_ved_navn(kode: str) -> type[Avslag]:
    """The refusal with this kode. Raises ValueError."""
    for klasse in _alle(Avslag):
        if klasse.kode == kode:
            return klasse
    raise ValueError(f"{kode!r} is no refusal")


def _alle(klasse: type[Avslag]) -> list[type[Avslag]]:
    return [ett for under in klasse.__subclasses__() for ett in (under, *_alle(under))]


def _i_python(verdi: Any) -> Any:
    if isinstance(verdi, Mapping):
        return {_STOR.sub(lambda stor: f"_{stor[0].lower()}", navn): _i_python(ledd) for navn, ledd in verdi.items()}
    return [_i_python(ledd) for ledd in verdi] if isinstance(verdi, list | tuple) else verdi
