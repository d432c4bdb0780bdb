"""Varsler to numbers and addresses that cannot be one: dropped, where the producer prefers that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gateway.domain.kommandoer import Kommando, MedVarsler
from gateway.domain.merknad import Merknader, om_droppet_varsel
from gateway.domain.validering import har_ugyldig_mottaker
from gateway.domain.varsel import EksterntVarsel, UgyldigeVarsler

K = TypeVar("K", bound=Kommando)


def uten_ugyldige(kommando: K) -> tuple[K, Merknader]:
    """A valid kommando without the varsler that it says are to be dropped, and what to tell of each.

    What is told names the place of each varsel as it was given, never its receiver.
    """
    if not isinstance(kommando, MedVarsler) or kommando.ugyldige_varsler is UgyldigeVarsler.AVVIS:
        return kommando, ()
    endret: dict[str, Any] = {}
    merknader: Merknader = ()
    if egne := getattr(kommando, "eksterne_varsler", ()):
        endret["eksterne_varsler"], merknader = _skill_ut(egne, "eksterneVarsler")
    paaminnelse = getattr(kommando, "paaminnelse", None)
    if paaminnelse is not None:
        igjen, droppet = _skill_ut(paaminnelse.eksterne_varsler, "paaminnelse.eksterneVarsler")
        endret["paaminnelse"] = replace(paaminnelse, eksterne_varsler=igjen)
        merknader += droppet
    return (replace(kommando, **endret) if merknader else kommando), merknader


def _skill_ut(varsler: Sequence[EksterntVarsel], sted: str) -> tuple[tuple[EksterntVarsel, ...], Merknader]:
    igjen: list[EksterntVarsel] = []
    droppet: Merknader = ()
    for nummer, varsel in enumerate(varsler):
        if har_ugyldig_mottaker(varsel):
            droppet += om_droppet_varsel(f"{sted}[{nummer}].{varsel.type.lower()}", varsel.type)
        else:
            igjen.append(varsel)
    return tuple(igjen), droppet
