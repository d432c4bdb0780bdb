"""What a round is: its name, what it is for, what is due, and the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gateway.domain.helse import MANGE, Forhold
from gateway.inbox.bryter import Pluginbryter
from gateway.inbox.fordeling import Fordeling
from gateway.inbox.oppslag import Oppslagstjeneste
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
class Mengde:
    """How many, counted to TELL_TIL, and how many seconds ago the oldest should first have been done."""

    antall: int = 0
    eldste_sekunder: float | None = None

    def __add__(self, andre: Mengde) -> Mengde:
        aldre = [ett for ett in (self.eldste_sekunder, andre.eldste_sekunder) if ett is not None]
        return Mengde(antall=min(self.antall + andre.antall, TELL_TIL), eldste_sekunder=max(aldre, default=None))


INGEN = Mengde()


def mengde(antall: int, foerste: dt.datetime | None, naa: dt.datetime) -> Mengde:
    """So many, of which the first should have been done at `foerste`."""
    return Mengde(antall=antall, eldste_sekunder=sekunder_siden(foerste, naa))


def sekunder_siden(tidspunkt: dt.datetime | None, naa: dt.datetime) -> float | None:
    return None if tidspunkt is None else max((naa - tidspunkt).total_seconds(), 0.0)


@dataclass(frozen=True, kw_only=True)
class Etterslep:
    """Work of one kind whose time has come, and that has not ended.

    `venter` is all of it but what is set aside; of that, `forfalt` can be done now, and of `proeves_igjen` a try has
    failed. `til_side` waits for a person, since it was set aside. `mulig_sekunder`: how long the round could have done
    the oldest that is due, which is shorter than its age when somebody made it due after its time, or a pause did.
    `sist_sekunder`: since one got through, where that is known.
    """

    hva: str
    mening: str
    venter: Mengde
    forfalt: Mengde
    proeves_igjen: Mengde = INGEN
    til_side: Mengde = INGEN
    til_side_er: Forhold = Forhold.TIL_SIDE
    mulig_sekunder: float | None = None
    sist_sekunder: float | None = None


@dataclass(frozen=True, kw_only=True)
class Arbeidsplass:
    """What the rounds of a process work with. `sann_tid` is the clock of leases, which no development clock moves.

    `observatoerer` are the plugins' processes for what observers are told, so that they never hold up events.
    """

    kjerne: Kjerne
    oversetter: Oversetter
    observatoerer: Oversetter
    kanaler: Sequence[Varselkanal]
    sann_tid: Klokke
    fordeling: Fordeling = field(default_factory=Fordeling)

    @cached_property
    def oppslag(self) -> Oppslagstjeneste:
        """What asks the services of the register, and knows which of them answer."""
        return Oppslagstjeneste(self.kjerne, self.sann_tid.naa)

    @cached_property
    def bryter(self) -> Pluginbryter:
        """What knows which plugins are paused."""
        return Pluginbryter(self.kjerne, self.sann_tid)

    def steng_plugins(self) -> None:
        """No plugin is asked from here from now on; what is asked of one now is answered by Stoppet."""
        self.oversetter.lukk()
        self.observatoerer.lukk()


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
