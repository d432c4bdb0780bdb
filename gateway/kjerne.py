"""What every way in works with, put together once by `app.py` and handed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from gateway.domain.noekkelring import Noekkelring

if TYPE_CHECKING:
    from gateway.klokke import Klokke
    from gateway.oppsett.innstillinger import Innstillinger
    from gateway.oppsett.produsentregister import Produsentregister
    from gateway.store.database import Database
    from gateway.vertskap.erklaering import Plugins


class Doerklokke(Protocol):
    """Wakes up the workers. The database already holds what is due: a ring that is lost costs seconds, no more."""

    def ring(self, runde: str) -> None:
        """Say that a round of this name has something to do. Never fails and never waits for the network."""


class StilleDoerklokke:
    """Wakes up nobody: the timetable finds what is due."""

    def ring(self, runde: str) -> None:
        """Nothing to do."""


class Maaler(Protocol):
    """Counts what happens, for those who keep the product running."""

    def hendelse(self, produsent: str, plugin: str, utfall: str, klasse: str = "") -> None:
        """A round was at an event of the producer. `plugin` is its id, or empty; `utfall` a state, or why it waits.

        `klasse` is the Feilklasse of what was wrong with it, empty where nothing was.
        """

    def oppslag(self, produsent: str, tjeneste: str, utfall: str, sekunder: float) -> None:
        """A service was asked for a plugin of the producer; `utfall` is a feilkode, or SVAR, or MELLOMLAGER."""

    def endring(self, produsent: str, plugin: str, utfall: str) -> None:
        """An observer of the producer was told of a change; `utfall` is OBSERVERT, or why it is told again."""


class StilleMaaler:
    """Counts nothing."""

    def hendelse(self, produsent: str, plugin: str, utfall: str, klasse: str = "") -> None:
        """Nothing to do."""

    def oppslag(self, produsent: str, tjeneste: str, utfall: str, sekunder: float) -> None:
        """Nothing to do."""

    def endring(self, produsent: str, plugin: str, utfall: str) -> None:
        """Nothing to do."""


@dataclass(frozen=True, kw_only=True)
class Oppsettstand:
    """Which reading of the configuration this is: 1 as the process starts, one more for each that is taken into use.

    Only `dev` reads it anew while it runs. `feil` is what is wrong with what the files say now, when they say what
    cannot be used and the reading before goes on.
    """

    nummer: int = 1
    feil: str = ""


@dataclass(frozen=True, kw_only=True)
class Kjerne:
    innstillinger: Innstillinger
    database: Database
    klokke: Klokke
    produsenter: Produsentregister
    plugins: Plugins
    doerklokke: Doerklokke
    noekkelring: Noekkelring
    maaler: Maaler = field(default_factory=StilleMaaler)
    oppsett: Oppsettstand = field(default_factory=Oppsettstand)

    def noekkel_hash(self, tekst: str) -> str:
        """A keyed hash: remembers a text, or a person, without keeping it."""
        return self.noekkelring.hash(tekst)


def ny_id() -> UUID:
    """A UUIDv7: time-ordered, and strictly growing within a process."""
    return uuid7()
