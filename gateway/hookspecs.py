"""The hooks: every place where a plugin or an adapter can hang on the gateway. `hooks.md` documents each.

Each implementation is called on its own, so that a fault, a result and a duration have an owner, and no outcome hangs
on the order of registration.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.plugin import (
    Hendelse,
    Hendelsestype,
    Kommando,
    Kontekst,
    Signaturordning,
    Tilgangskilde,
    Tillat,
    Varselkanal,
    hookspec,
)


@hookspec
def hendelsestyper() -> Sequence[Hendelsestype]:
    """Declare the event types that this plugin understands. Called once, at load."""
    raise NotImplementedError


@hookspec
def noekkel(hendelse: Hendelse) -> str | None:
    """Return the ordering key of an event: events of the same key are handled in the order of arrival.

    Optional. None, or no such hook, means that the source's own key rules, else that the event stands alone. Runs
    in the plugin's own process, before the event is mapped, and may only read the event.
    """
    raise NotImplementedError


@hookspec
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Kommando | Tillat]:
    """Map one event, whose data follows its schema, to the kommandoer that carry it out; none, if it calls for none.

    Pure: no I/O, no clock, the same answer every time. Runs in a process of its own that is killed at the time limit.
    All kommandoer of one event take effect together or not at all.
    """
    raise NotImplementedError


@hookspec
def signaturordninger() -> Sequence[Signaturordning]:
    """Bring ways to verify signed webhooks. Called once, at load."""
    raise NotImplementedError


@hookspec
def varselkanaler() -> Sequence[Varselkanal]:
    """Bring channels for eksterne varsler. Called once, at load. A type with no channel ends in FEILET."""
    raise NotImplementedError


@hookspec
def tilgangskilder() -> Sequence[Tilgangskilde]:
    """Bring the source of employers' access. Called once, at load; one source at most."""
    raise NotImplementedError
