"""Leases: a row that one worker has for a while, in its column `leie_til`.

A lease is claimed in one transaction, renewed and checked in each that the work does under it, and released; a worker
that dies loses it when its time is up. The moment at which it runs out is also its token: nobody else can have a lease
of the same row that ends then. Leases go by real time, which no development clock moves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import peewee

from gateway.store.database import Database
from gateway.store.dialekt import claim, laas
from gateway.store.tabeller import Tabell

T = TypeVar("T")


class MistetLeie(Exception):
    """Another worker has the row now; what this one was about to do has been rolled back."""


@dataclass(kw_only=True)
class Leie:
    """A lease of one row. `til` moves on when the lease is renewed."""

    rad: Any
    til: dt.datetime


class Leiebok:
    """The leases of one table."""

    def __init__(
        self, database: Database, tabell: type[Tabell], varighet: dt.timedelta, sann_tid: Callable[[], dt.datetime]
    ) -> None:
        self._database = database
        self._tabell: Any = tabell
        self._varighet = varighet
        self._sann_tid = sann_tid

    def ta(self, forfalte: peewee.Select) -> list[Leie]:
        """Lease the rows of the query that nobody has now; it says what is due, in what order and how many."""
        naa = self._sann_tid()
        til = naa + self._varighet
        ledig = self._tabell.leie_til.is_null() | (self._tabell.leie_til < naa)

        def arbeid() -> list[Leie]:
            rader = list(claim(forfalte.where(ledig)))
            if rader:
                self._tabell.update(leie_til=til).where(self._blant(rader)).execute()
            return [Leie(rad=rad, til=til) for rad in rader]

        return self._database.i_transaksjon(arbeid)

    def under(self, leie: Leie, arbeid: Callable[[], T]) -> T:
        """Do `arbeid` in a transaction that renews the lease, and so holds the row. Raises MistetLeie."""
        ny = self._sann_tid() + self._varighet

        def fornyet() -> T:
            if not self._tabell.update(leie_til=ny).where(self.er_var(leie)).execute():
                raise MistetLeie
            return arbeid()

        svar = self._database.i_transaksjon(fornyet)
        leie.til = ny
        return svar

    def hold(self, leier: Sequence[Leie]) -> list[Leie]:
        """Those of the leases that are ours still, their rows held, in one order, until the open transaction ends."""
        if not leier:
            return []
        felter = self._tabell._meta.get_primary_keys()
        rader = self._tabell.select(*felter, self._tabell.leie_til).where(self._blant([leie.rad for leie in leier]))
        holdt = {self._navn(rad): rad.leie_til for rad in laas(rader.order_by(*felter))}
        return [leie for leie in leier if holdt.get(self._navn(leie.rad)) == leie.til]

    def forny(self, leier: Sequence[Leie]) -> list[Leie]:
        """Renew the leases in a transaction of its own; those that were ours still."""
        ny = self._sann_tid() + self._varighet

        def arbeid() -> list[Leie]:
            holdt = self.hold(leier)
            if holdt:
                self._tabell.update(leie_til=ny).where(self._blant([leie.rad for leie in holdt])).execute()
            return holdt

        holdt = self._database.i_transaksjon(arbeid)
        for leie in holdt:
            leie.til = ny
        return holdt

    def slipp(self, leier: Sequence[Leie], **endring: Any) -> None:
        """Give the rows back, with `endring` to their columns; those that were lost are left as they are."""

        def arbeid() -> None:
            for til in {leie.til for leie in leier}:
                rader = [leie.rad for leie in leier if leie.til == til]
                self._tabell.update({"leie_til": None, **endring}).where(
                    self._blant(rader), self._tabell.leie_til == til
                ).execute()

        self._database.i_transaksjon(arbeid)

    def er_var(self, leie: Leie) -> Any:
        """The row, while the lease is ours: for the `where` of a statement."""
        return self._blant([leie.rad]) & (self._tabell.leie_til == leie.til)

    def _navn(self, rad: Any) -> tuple[Any, ...]:
        return tuple(getattr(rad, felt.name) for felt in self._tabell._meta.get_primary_keys())

    def _blant(self, rader: Sequence[Any]) -> Any:
        felter = self._tabell._meta.get_primary_keys()
        verdier = [self._navn(rad) for rad in rader]
        if len(felter) == 1:
            return felter[0].in_([verdi for (verdi,) in verdier])
        return peewee.Tuple(*felter).in_(peewee.ValuesList(verdier))
