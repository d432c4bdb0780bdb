"""Counting what may be many: one walk that stops at the limit of its query, whatever there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import peewee
from peewee import SQL, fn


class Gruppe(NamedTuple):
    """So many rows that are alike in `verdier`, and the first of their instants."""

    verdier: tuple[Any, ...]
    antall: int
    foerste: dt.datetime | None


def gruppert(rader: peewee.Select, kolonner: Sequence[str], tid: peewee.Field) -> list[Gruppe]:
    """The rows of the query, which has a limit and selects `tid`, by their columns of these names; the most first."""
    noen = rader.alias("noen")
    like = [getattr(noen.c, navn) for navn in kolonner]
    antall = fn.COUNT(SQL("1"))
    sporring = peewee.Select([noen], [*like, antall, fn.MIN(getattr(noen.c, tid.column_name))])
    if like:
        sporring = sporring.group_by(*like).order_by(antall.desc(), *like)
    return [
        Gruppe(tuple(verdier), hvor_mange, tid.python_value(foerste))
        for *verdier, hvor_mange, foerste in sporring.bind(rader.model._meta.database).tuples()
    ]


def antall_og_foerste(rader: peewee.Select, tid: peewee.Field) -> tuple[int, dt.datetime | None]:
    """How many rows the query gives, which has a limit, and the first of their instants `tid`, which it selects."""
    (gruppe,) = gruppert(rader, (), tid)
    return gruppe.antall, gruppe.foerste
