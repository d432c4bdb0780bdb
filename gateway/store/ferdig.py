"""Statements whose SQL is made once: peewee's making of it is most of what a small write costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import peewee

from gateway.store.database import Database
from gateway.store.dialekt import som_parameter


class _Plass:
    """Where a value of a field goes when the statement is run."""

    def __init__(self, felt: peewee.Field, navn: str) -> None:
        self.felt = felt
        self.navn = navn

    def parameter(self, verdi: Any) -> Any:
        # A kind of text may hold a name; what is text and nothing more is what nearly all values are.
        if verdi is None or (verdi.__class__ is str and self.felt.__class__ is peewee.TextField):
            return verdi
        return som_parameter(self.felt, verdi)


def plass(felt: peewee.Field, navn: str | None = None) -> peewee.Value:
    """Stands in a query for a value of `felt` that is not known yet; it is given by `navn`, or by the field's name."""
    return peewee.Value(_Plass(felt, navn or felt.name), converter=False)


class Ferdig:
    """The queries that `lag` makes for a kind of database, with their places filled anew for each run."""

    def __init__(self, lag: Callable[[], Sequence[peewee.Query]]) -> None:
        self._lag = lag
        self._laget: dict[type[Any], list[tuple[str, list[tuple[_Plass | None, Any]]]]] = {}

    def kjoer(self, database: Database, **verdier: Any) -> list[tuple[Any, ...]]:
        """Run them in order, with `verdier` by the names of their fields; the rows that the last one returns."""
        rader: list[tuple[Any, ...]] = []
        for setning, ledd in self._for(database):
            parametere = [plass.parameter(verdier[plass.navn]) if plass is not None else fast for plass, fast in ledd]
            markoer = database.motor.execute_sql(setning, parametere)
            rader = markoer.fetchall() if markoer.description else []
        return rader

    def _for(self, database: Database) -> list[tuple[str, list[tuple[_Plass | None, Any]]]]:
        slag = type(database.motor)
        if slag not in self._laget:
            self._laget[slag] = [
                (setning, [(ett, None) if isinstance(ett, _Plass) else (None, ett) for ett in ledd])
                for setning, ledd in (query.sql() for query in self._lag())
            ]
        return self._laget[slag]
