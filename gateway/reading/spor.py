"""What is left of one object, anywhere, and until when: to show that what was deleted is gone."""

from __future__ import annotations

import datetime as dt
import json
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.bevaring import glemmes
from gateway.store.database import Database
from gateway.store.dialekt import inneholder
from gateway.store.tabeller import TABELLER, Hendelse, Hendelsesobjekt, Idempotens, Lagret, Logg, VarselHistorikk

TEKSTFELT = (peewee.TextField, peewee.BlobField, peewee.JSONField)


@dataclass(frozen=True, kw_only=True)
class Spor:
    """Rows or entries at one place that have to do with the object; `innhold`: they tell something of it.

    `bevares_til`: when the last of them is emptied or removed by itself, an instant; None: not by any set time.
    """

    sted: str
    antall: int
    innhold: bool
    bevares_til: dt.datetime | None = None


def spor(database: Database, objekt_id: UUID, tekster: Sequence[str], koe: Iterable[tuple[str, bytes]]) -> list[Spor]:
    """Every row that refers to the object, and every place in tables and queue that holds one of the texts.

    `koe` is all that the queue holds: names, and what is kept under them. Reads all rows when texts are given.
    """
    funnet: list[Spor] = []
    with database.tilkobling():
        for tabell in TABELLER:
            funnet.extend(_rader(tabell, objekt_id))
            for tekst in tekster:
                funnet.extend(_tekst(tabell, tekst))
    nevnt = [objekt_id.hex.encode(), str(objekt_id).encode(), *(tekst.encode() for tekst in tekster)]
    for navn, verdi in koe:
        if any(ett in verdi or ett in navn.encode() for ett in nevnt):
            funnet.append(Spor(sted=f"queue: {navn}", antall=1, innhold=True))
    return funnet


def _rader(tabell: Any, objekt_id: UUID) -> Iterator[Spor]:
    for felt in tabell._meta.sorted_fields:
        if not isinstance(felt, peewee.UUIDField) and not _viser_til_uuid(felt):
            continue
        rader = list(tabell.select().where(felt == objekt_id))
        for innhold in (True, False):
            like = [rad for rad in rader if _forteller(rad) is innhold]
            if like:
                tider = [til for rad in like if (til := _bevares_til(rad))]
                yield Spor(
                    sted=f"{tabell._meta.table_name}.{felt.column_name}",
                    antall=len(like),
                    innhold=innhold,
                    bevares_til=max(tider) if len(tider) == len(like) else None,
                )


def _viser_til_uuid(felt: peewee.Field) -> bool:
    return isinstance(felt, peewee.ForeignKeyField) and isinstance(felt.rel_field, peewee.UUIDField)


def _forteller(rad: Any) -> bool:
    """Whether the row tells anything of the object; some only remember that there was one."""
    if isinstance(rad, Logg):
        return rad.innhold is not None
    if isinstance(rad, Idempotens):
        return any(verdi for navn, verdi in rad.svar.items() if navn not in ("id", "ny"))
    if isinstance(rad, Hendelse):
        sagt = (rad.raa, rad.kilde_noekkel, rad.kommandoer, rad.utfall, rad.feilmelding)
        return any((*sagt, rad.oppslag, rad.oversettelse, rad.merknader, rad.ferdige_deler))
    return True


def _bevares_til(rad: Any) -> dt.datetime | None:
    tidspunkt: dt.datetime | None = None
    if isinstance(rad, Hendelse):
        tidspunkt = rad.bevares_til
    elif isinstance(rad, Hendelsesobjekt):
        tidspunkt = rad.hendelse.bevares_til
    elif isinstance(rad, Logg | VarselHistorikk):
        tidspunkt = glemmes(rad.tidspunkt)
    elif isinstance(rad, Idempotens):
        tidspunkt = rad.glemmes_tidspunkt
    elif isinstance(rad, Lagret):
        tidspunkt = rad.utloeper_tidspunkt
    return tidspunkt


def _tekst(tabell: Any, tekst: str) -> Iterator[Spor]:
    former = {tekst, json.dumps(tekst)[1:-1]}  # as it is, and as JSON may write it
    for felt in tabell._meta.sorted_fields:
        if isinstance(felt, TEKSTFELT):
            treff = reduce(operator.or_, [inneholder(felt, form) for form in former])
            if antall := tabell.select().where(treff).count():
                yield Spor(sted=f"{tabell._meta.table_name}.{felt.column_name}, by text", antall=antall, innhold=True)
