"""A producer team's plugin: what it declares, what it is given, and its hooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import Kommando
from gateway.plugin.felles import hookspec


@dataclass(frozen=True, kw_only=True)
class Hendelsestype:
    """One type of event that a plugin understands.

    `navn` is the type as it stands in the message; it belongs to the producer. `skjema` is a JSON Schema (2020-12)
    that the data must follow, `eksempel` is data that follows it, `beskrivelse` one line for Swagger UI.
    """

    navn: str
    beskrivelse: str
    skjema: Mapping[str, Any]
    eksempel: Mapping[str, Any]
    versjon: int = 1


@dataclass(frozen=True, kw_only=True)
class Hendelse:
    """One event as a mapping sees it. `data` is frozen: nested mappings and tuples.

    `kilde` and `id` identify the event for ever; `mottatt` is the instant (UTC) at which it was stored.
    """

    kilde: str
    id: str
    type: str
    data: Any
    mottatt: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Kontekst:
    """What a mapping may know beside the event: the plugin's own settings, frozen."""

    innstillinger: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tillat:
    """Carry out `kommando`, and pass over these refusals of it: they are noted with the event, and nothing is wrong.

    `avslutter`: when it is refused so, the kommandoer after it are left out.
    """

    kommando: Kommando
    avslag: tuple[type[Avslag], ...]
    avslutter: bool = False


@hookspec
def hendelsestyper() -> Sequence[Hendelsestype]:
    """Declare the event types that this plugin understands. Called as the plugin's process starts."""
    raise NotImplementedError


@hookspec
def noekkel(hendelse: Hendelse) -> str | None:
    """Return the ordering key of an event: events of the same key are handled in the order of arrival.

    Optional. None, or no such hook, means that the source's own key rules, else that the event stands alone. Runs
    in the plugin's process, under the same limits as `oversett`, so it must only read the event.
    """
    raise NotImplementedError


@hookspec
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Kommando | Tillat]:
    """Map one event, whose data follows its schema, to the kommandoer that carry it out; none, if it calls for none.

    Pure: no I/O, no clock, the same answer every time. Runs in the plugin's own process, under limits
    of time, memory, number of kommandoer and size.
    All kommandoer of one event take effect together or not at all.
    """
    raise NotImplementedError
