"""Adapters: the channels that eksterne varsler go out by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from uuid import UUID

from gateway.domain.varsel import EksterntVarsel, Varseltype
from gateway.plugin.felles import hookspec


@dataclass(frozen=True, kw_only=True)
class VarselTilSending:
    """A varsel handed to a channel. `id` is the same at every try: the idempotency id."""

    id: UUID
    type: Varseltype
    virksomhetsnummer: str
    varsel: EksterntVarsel = field(repr=False)
    forsoek: int


@dataclass(frozen=True, kw_only=True)
class Sendt:
    """The receiver took it. `kode` is the receiver's own code, for the history."""

    kode: str


@dataclass(frozen=True, kw_only=True)
class Overlatt:
    """The receiver has taken it over, and tells the outcome later: the channel's `sjekk` is asked for `ref`.

    `ref` names it at the receiver and holds no personal data; `kode` is the receiver's code, for the history.
    """

    ref: str
    kode: str


class MidlertidigFeil(Exception):
    """The sending may succeed later. `kode` is the receiver's code; neither it nor `melding` holds personal data."""

    def __init__(self, kode: str, melding: str, *, vent: dt.timedelta | None = None) -> None:
        super().__init__(f"{kode}: {melding}")
        self.kode = kode
        self.melding = melding
        self.vent = vent


class VarigFeil(Exception):
    """The sending will never succeed; the varsel ends in FEILET with this code and text, free of personal data."""

    def __init__(self, kode: str, melding: str) -> None:
        super().__init__(f"{kode}: {melding}")
        self.kode = kode
        self.melding = melding


class UklartUtfall(Exception):
    """The receiver may have taken it, and has not said so. It is tried again rarely, and few times.

    `melding` holds no personal data.
    """

    kode = "UKLART_UTFALL"

    def __init__(self, melding: str) -> None:
        super().__init__(f"{self.kode}: {melding}")
        self.melding = melding


class Varselkanal(Protocol):
    """A way out for varsler of some types. Channels do not wait for one another."""

    navn: str
    typer: frozenset[Varseltype]

    def send(self, varsel: VarselTilSending) -> Sendt | Overlatt:
        """Hand the varsel to the receiver. Raises MidlertidigFeil, VarigFeil or UklartUtfall; anything else counts as
        temporary.

        Called outside any transaction, possibly again for the same id. Must give up within 75 seconds; what takes
        longer counts as unclear.
        """


@runtime_checkable
class Utfallskanal(Varselkanal, Protocol):
    """A channel whose receiver takes over first, and tells the outcome later."""

    def sjekk(self, ref: str) -> Sendt | None:
        """Ask what became of what was taken over as `ref`; None while that is not known. Raises VarigFeil when it was
        not delivered, and MidlertidigFeil when it could not be asked.

        Asked ever more seldom, for 14 days. Called as `send` is.
        """


@hookspec
def varselkanaler() -> Sequence[Varselkanal]:
    """Bring channels for eksterne varsler. Called once, at load. A type with no channel ends in FEILET."""
    raise NotImplementedError
