"""What the mapping of one event came to, as the gateway works with it: plain data, out of the plugin's process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Lagring:
    """One write to the plugin's state. `noekkel` is hashed; `verdi` None removes it.

    `versjon` is drawn as it is mapped: whoever has read another version of the key maps again. `hoerer_til` is the
    reference to an object, as `gateway.vertskap.svar.les_referanse` reads it.
    """

    noekkel: str
    verdi: Any
    skjemaversjon: int
    versjon: int
    utloeper_tidspunkt: dt.datetime
    hoerer_til: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Venting:
    """The event is parked until something is stored under `noekkel` (hashed), or `til` has come."""

    noekkel: str
    til: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Oversettelse:
    """`steg` are the kommandoer as they are kept with the event; one of a part has its navn under `del`.

    `lest` tells which keys of the state were read, hashed, and the version of each then; 0 for one that was not there.
    """

    steg: Sequence[dict[str, Any]] = ()
    lagre: Sequence[Lagring] = ()
    merknader: Sequence[str] = ()
    hoppet_over: str | None = None
    venter_paa: Venting | None = None
    lest: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LestVerdi:
    verdi: Any
    skjemaversjon: int
    versjon: int


class Lagerleser(Protocol):
    """Where a mapping reads the plugin's state of one producer: the database, and what was mapped before it at once."""

    def les(self, noekkel: str) -> LestVerdi | None:
        """What is stored under a hashed key now; None for nothing."""

    def skrevet(self, oversettelse: Oversettelse) -> None:
        """An event before was mapped so: those after it read what it stores."""
