"""What a round is: its name, what it is for, what is due, and the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.domain.helse import MANGE
from gateway.inbox.fordeling import Fordeling
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.plugin import Varselkanal
from gateway.store.logg import Hvem
from gateway.vertskap.oversetter import Oversetter

# Counting must cost the same on a bad night.
TELL_TIL = MANGE

# Whether a round that is under way should take more: there is time left, and nobody has asked it to stop.
Fortsett = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Etterslep:
    """Work of one kind that is due. `eldste_sekunder`: how long the oldest has been. `til_side`: due, and set aside."""

    hva: str
    mening: str
    antall: int
    eldste_sekunder: float | None
    til_side: int = 0


@dataclass(frozen=True, kw_only=True)
class Arbeidsplass:
    """What the rounds of a process work with. `sann_tid` is the clock of leases, which no development clock moves."""

    kjerne: Kjerne
    oversetter: Oversetter
    kanaler: Sequence[Varselkanal]
    sann_tid: Klokke
    fordeling: Fordeling = field(default_factory=Fordeling)


@dataclass(frozen=True, kw_only=True)
class Runde:
    """A kind of work that is done whenever something is due. `mening` is for operators, in Norwegian.

    `forfalt` tells what is due, in one bounded walk along an index for each kind, on a connection that is held.
    `gjoer` works until nothing is due or it may not go on, and returns how much it did.
    """

    navn: str
    mening: str
    forfalt: Callable[[dt.datetime], Sequence[Etterslep]]
    gjoer: Callable[[Arbeidsplass, Hvem, Fortsett], int]
