"""Why an event did not go through, and whether it may yet: one table for all that can go wrong with one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.domain.feil import Avslag
from gateway.handling.utfoer import Stegavslag
from gateway.vertskap.feil import Grensebrudd, Oversettelsesfeil

FORSOEK_VED_GRENSEBRUDD = 3
FORSOEK_VED_UKJENT_FEIL = 8
UKJENT_FEIL = "UkjentFeil"


@dataclass(frozen=True, kw_only=True)
class Funn:
    """`melding` may be logged. `mer` may repeat what the event said, and is kept with the event only.

    `forsoek` is how many tries it has; the last one ends in KARANTENE.
    """

    kode: str
    melding: str
    mer: str = ""
    forsoek: int = 1

    @property
    def tekst(self) -> str:
        return "\n".join(filter(None, (self.melding, self.mer)))


PLUGIN_ER_OEDELAGT = Funn(kode="PluginErOedelagt", melding="The plugin is broken; see /drift.")
PLUGIN_MANGLER = Funn(
    kode="PluginMangler",
    melding="The event was accepted, and no worker has a plugin that declares its type now; see /drift.",
)


def funn_av(feil: Exception) -> Funn:
    """What the exception says of the event."""
    match feil:
        case Stegavslag(avslag=avslag):
            return Funn(kode=avslag.kode, melding=f"{feil.sted}: {avslag.detalj}", mer=_felter(avslag.felter))
        case Avslag():
            return Funn(kode=feil.kode, melding=feil.detalj, mer=_felter(feil.felter))
        case Oversettelsesfeil():
            return Funn(kode="Oversettelsesfeil", melding=str(feil), mer=feil.spor)
        case Grensebrudd():
            return Funn(kode=feil.kode, melding=str(feil), forsoek=1 if feil.varig else FORSOEK_VED_GRENSEBRUDD)
    return Funn(kode=UKJENT_FEIL, melding=type(feil).__name__, forsoek=FORSOEK_VED_UKJENT_FEIL)


def _felter(felter: Mapping[str, Any] | None) -> str:
    return msgspec.json.encode(felter).decode() if felter else ""
