"""Statements whose SQL is made once: peewee's making of it is most of what a small write costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import peewee

from gateway.store.database import Database


class _Plass:
    """Where a value of a field goes when the statement is run."""

    def __init__(self, felt: peewee.Field) -> None:
        self.felt = felt


def plass(felt: peewee.Field) -> peewee.Value:
    """Stands in a query for a value of `felt` that is not known yet."""
    return peewee.Value(_Plass(felt), converter=False)


class Ferdig:
    """The queries that `lag` makes for a kind of database, with their places filled anew for each run."""

    def __init__(self, lag: Callable[[Database], Sequence[peewee.Query]]) -> None:
        self._lag = lag
        self._laget: dict[type[Any], list[tuple[str, list[Any]]]] = {}

    def kjoer(self, database: Database, **verdier: Any) -> list[tuple[Any, ...]]:
        """Run them in order, with `verdier` by the names of their fields; the rows that the last one returns."""
        rader: list[tuple[Any, ...]] = []
        for setning, ledd in self._for(database):
            parametere = [ett.felt.db_value(verdier[ett.felt.name]) if isinstance(ett, _Plass) else ett for ett in ledd]
            rader = database.motor.execute_sql(setning, parametere).fetchall()
        return rader

    def _for(self, database: Database) -> list[tuple[str, list[Any]]]:
        slag = type(database.motor)
        if slag not in self._laget:
            self._laget[slag] = [query.sql() for query in self._lag(database)]
        return self._laget[slag]
