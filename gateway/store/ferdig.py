"""Statements whose SQL is made once: peewee's making of it is most of what a small write costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peewee

from gateway.store.database import Database


class _Plass:
    """Where a value of a field goes when the statement is run."""

    def __init__(self, felt: peewee.Field) -> None:
        self.felt = felt


def plass(felt: peewee.Field) -> peewee.Value:
    """Stands in a query for a value of `felt` that is not known yet."""
    return peewee.Value(_Plass(felt))


class Ferdig:
    """The query that `lag` makes, with its places filled anew for each run."""

    def __init__(self, lag: Callable[[], peewee.Query]) -> None:
        self._lag = lag
        self._laget: dict[type, tuple[str, list[Any]]] = {}

    def kjoer(self, database: Database, **verdier: Any) -> list[tuple[Any, ...]]:
        """Run it in the open transaction, with `verdier` by the names of their fields; the rows that it returns."""
        setning, ledd = self._for(database)
        parametere = [ett.felt.db_value(verdier[ett.felt.name]) if isinstance(ett, _Plass) else ett for ett in ledd]
        rader: list[tuple[Any, ...]] = database.motor.execute_sql(setning, parametere).fetchall()
        return rader

    def _for(self, database: Database) -> tuple[str, list[Any]]:
        slag = type(database.motor)
        if slag not in self._laget:
            self._laget[slag] = self._lag().sql()
        return self._laget[slag]
