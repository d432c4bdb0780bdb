"""What the gateway and a plugin's process say to one another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from gateway.plugin.hendelser import Hendelsestype
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Bruddkode
from gateway.vertskap.grenser import Grenser


@dataclass(frozen=True, kw_only=True)
class Oppdrag:
    """One event to map, as it was kept."""

    produsent: str
    kilde: str
    id: str
    type: str
    mottatt: dt.datetime
    format: str
    raa: bytes


class Sporsmaal(StrEnum):
    NOEKKEL = "noekkel"
    OVERSETT = "oversett"


class Bestilling(msgspec.Struct, frozen=True, array_like=True):
    """A question to the process, and the seconds that it has."""

    hva: Sporsmaal
    oppdrag: Oppdrag
    sekunder: float


@dataclass(frozen=True, kw_only=True)
class Oppstart:
    """The first that a process is told."""

    sted: Pluginsted
    grenser: Grenser


class Pluginsvar(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a process answers: what was asked for, else a fault, else a limit that was broken."""

    feil: str | None = None
    utdyping: str = ""
    spor: str = ""
    brudd: Bruddkode | None = None


class Lastesvar(Pluginsvar, frozen=True, kw_only=True, omit_defaults=True):
    versjon: str = ""
    har_noekkel: bool = False
    hendelsestyper: list[Hendelsestype] = []


class Hendelsessvar(Pluginsvar, frozen=True, kw_only=True, omit_defaults=True):
    noekkel: str | None = None
    steg: list[dict[str, Any]] = []


@dataclass(frozen=True, kw_only=True)
class Noekkelsvar:
    identitet: Any = None
    noekkel: str | None = None
