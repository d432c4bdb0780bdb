"""The SQL that differs between SQLite and PostgreSQL, all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import peewee
from peewee import SQL, fn

from gateway.store.tabeller import db

MIGRERINGSLAAS = 7_214_001


def _er_postgres() -> bool:
    """Whether the database at hand, to which the tables are bound, is PostgreSQL."""
    return isinstance(db.obj, peewee.PostgresqlDatabase)


def claim(query: peewee.Select) -> peewee.Select:
    """The rows of the query, held until the transaction ends, passing over those that others hold.

    SQLite has one writer at a time, and the transaction already is it. Of a join only the first table's rows are held.
    """
    return query.for_update(of=query.model, skip_locked=True) if _er_postgres() else query


def laas(query: peewee.Select) -> peewee.Select:
    """The rows of the query, held until the transaction ends; waits for others to let go of them."""
    return query.for_update("FOR UPDATE") if _er_postgres() else query


def laas_mot_sletting(query: peewee.Select) -> peewee.Select:
    """The rows of the query, which no one deletes or locks until the transaction ends; waits for who does it now."""
    return query.for_update("FOR KEY SHARE") if _er_postgres() else query


def uten_aa_vente_paa_disken() -> None:
    """Let the open transaction commit before the disk has it: it is there before anything that commits after it is."""
    if _er_postgres():
        db.execute_sql("SET LOCAL synchronous_commit = off")


def transaksjonsnummer() -> Any:
    """The number of the open transaction, as a value to insert. SQLite commits in the order of ids, and needs none."""
    return SQL("pg_current_xact_id()::text::bigint") if _er_postgres() else 0


def eldste_uferdige_transaksjon() -> int:
    """The number below which every transaction that wrote has ended: what it wrote is to be seen, or never will be."""
    if not _er_postgres():
        return 1  # one writer at a time: what can be read is all there is
    sporring = db.execute_sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    (nummer,) = sporring.fetchone()
    return int(nummer)


def inneholder(felt: peewee.Field, tekst: str) -> peewee.Expression:
    """Whether the column holds the text anywhere, in whatever type it is kept."""
    if not _er_postgres():
        return fn.INSTR(felt.cast("text"), tekst) > 0
    if isinstance(felt, peewee.BlobField):
        return fn.POSITION(peewee.NodeList((fn.CONVERT_TO(tekst, "UTF8"), SQL("IN"), felt))) > 0
    return fn.STRPOS(felt.cast("text"), tekst) > 0


@contextmanager
def alene_om_migrering() -> Iterator[None]:
    """Hold the lock that lets one migration run at a time; a second one waits for the first."""
    if _er_postgres():
        db.execute_sql("SET lock_timeout = 0")
        db.execute_sql("SELECT pg_advisory_lock(%s)", (MIGRERINGSLAAS,))
        try:
            yield
        finally:
            db.execute_sql("SELECT pg_advisory_unlock(%s)", (MIGRERINGSLAAS,))
            db.execute_sql("RESET lock_timeout")
    else:
        # A table that is made anew is dropped on the way, which must not take what refers to it along.
        db.execute_sql("PRAGMA foreign_keys = OFF")
        try:
            with db.atomic("EXCLUSIVE"):
                yield
                if brudd := db.execute_sql("PRAGMA foreign_key_check").fetchall():
                    raise peewee.IntegrityError(f"The migration left {len(brudd)} rows that refer to nothing.")
        finally:
            db.execute_sql("PRAGMA foreign_keys = ON")


def blant(felt: peewee.Field, ider: Sequence[UUID]) -> peewee.Expression:
    """`felt IN ider` with one parameter, however many there are."""
    if _er_postgres():
        # As text: psycopg would look at every element of a list for what to quote.
        liste = f"{{{','.join(id_.hex for id_ in ider)}}}"
        return peewee.Expression(felt, "=", fn.ANY(peewee.Value(liste, converter=False).cast("uuid[]")))
    return felt.in_(SQL("(SELECT value FROM json_each(?))", (json.dumps([id_.hex for id_ in ider]),)))


def par_blant(felter: tuple[peewee.Field, peewee.Field], par: Sequence[tuple[str, str]]) -> Any:
    """`(felt, felt) IN par` with a fixed number of parameters, however many pairs there are."""
    if _er_postgres():
        foerste, andre = [ett for ett, _ in par], [to for _, to in par]
        liste = SQL("(SELECT * FROM unnest(%s::text[], %s::text[]))", (foerste, andre))
    else:
        liste = SQL(
            "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))", (json.dumps(par),)
        )
    return peewee.Tuple(*felter).in_(liste)


def som_json(plass: peewee.Value) -> peewee.Node:
    """A value that is given as JSON text, for a JSON column."""
    return plass if _er_postgres() else fn.JSON(plass)


def etter_hverandre(
    foerste: peewee.Insert, gjenfunnet: peewee.Select, *andre: Callable[[Any], peewee.Insert]
) -> list[peewee.Query]:
    """Inserts, of which `andre` take their values from the row of `foerste`: one statement in PostgreSQL.

    SQLite, where a round trip costs nothing, does one after the other, and finds the row again by `gjenfunnet`.
    Each returns something; what the last one returns is there only if `foerste` had a row.
    """
    if not _er_postgres():
        return [foerste, *(lag(gjenfunnet) for lag in andre)]
    rad = foerste.cte("foerste")
    *mellom, siste = [lag(rad) for lag in andre]
    return [siste.with_cte(rad, *(ett.cte(f"ledd_{nummer}") for nummer, ett in enumerate(mellom)))]
