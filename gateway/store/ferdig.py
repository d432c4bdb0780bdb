"""Statements whose SQL is made once: peewee's making of it is most of what a small write costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import peewee

from gateway.store.database import Database
from gateway.store.dialekt import som_json, som_parameter
from gateway.store.tabeller import Tabell, db

M = TypeVar("M", bound=Tabell)
Faste = tuple[tuple[str, Callable[[], Any]], ...]


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
        return self._kjoer(database.motor, verdier)

    def foerste(self, tabell: type[M], **verdier: Any) -> M | None:
        """The first row that the last one returns, of all columns of the table, on the connection at hand."""
        return next(iter(self.alle(tabell, **verdier)), None)

    def alle(self, tabell: type[M], **verdier: Any) -> list[M]:
        """As `foerste`, but all of them."""
        felter = tabell._meta.sorted_fields
        return [
            tabell(**{felt.name: felt.python_value(verdi) for felt, verdi in zip(felter, rad, strict=True)})
            for rad in self._kjoer(db.obj, verdier)
        ]

    def _kjoer(self, motor: peewee.Database, verdier: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        rader: list[tuple[Any, ...]] = []
        for setning, ledd in self._for(motor):
            parametere = [ett.parameter(verdier[ett.navn]) if ett is not None else fast for ett, fast in ledd]
            markoer = motor.execute_sql(setning, parametere)
            rader = markoer.fetchall() if markoer.description else []
        return rader

    def _for(self, motor: peewee.Database) -> list[tuple[str, list[tuple[_Plass | None, Any]]]]:
        slag = type(motor)
        if slag not in self._laget:
            self._laget[slag] = [
                (setning, [(ett, None) if isinstance(ett, _Plass) else (None, ett) for ett in ledd])
                for setning, ledd in (query.sql() for query in self._lag())
            ]
        return self._laget[slag]


# So many rows have a statement of their own; more are put in by several.
RADER_OM_GANGEN = 16


def sett_inn(tabell: Any, rader: Sequence[Mapping[str, Any]], faste: Faste = ()) -> None:
    """Put in rows, which all name the same fields, in the open transaction.

    `faste` are fields that have the same SQL in each, and what makes it.
    """
    for fra in range(0, len(rader), RADER_OM_GANGEN):
        noen = rader[fra : fra + RADER_OM_GANGEN]
        verdier = {f"{felt}_{nummer}": verdi for nummer, rad in enumerate(noen) for felt, verdi in rad.items()}
        _innsetting(tabell, tuple(noen[0]), len(noen), faste)._kjoer(db.obj, verdier)


@lru_cache(maxsize=512)
def _innsetting(tabell: Any, navn: tuple[str, ...], antall: int, faste: Faste) -> Ferdig:
    felter = [tabell._meta.fields[ett] for ett in navn]

    def rad(nummer: int) -> dict[Any, Any]:
        gitt = {felt: _verdi(felt, f"{felt.name}_{nummer}") for felt in felter}
        return gitt | {tabell._meta.fields[ett]: lag() for ett, lag in faste}

    return Ferdig(lambda: [tabell.insert_many([rad(nummer) for nummer in range(antall)])])


def oppdater(tabell: Any, id_: Any, felter: Mapping[str, Any]) -> None:
    """Change fields of the row with this id, in the open transaction."""
    _oppdatering(tabell, tuple(felter))._kjoer(db.obj, {**felter, "_id": id_})


@lru_cache(maxsize=256)
def _oppdatering(tabell: Any, navn: tuple[str, ...]) -> Ferdig:
    felter = [tabell._meta.fields[ett] for ett in navn]
    return Ferdig(
        lambda: [
            tabell.update({felt: _verdi(felt, felt.name) for felt in felter}).where(
                tabell.id == plass(tabell.id, "_id")
            )
        ]
    )


def _verdi(felt: peewee.Field, navn: str) -> peewee.Node:
    return som_json(plass(felt, navn)) if isinstance(felt, peewee.JSONField) else plass(felt, navn)
