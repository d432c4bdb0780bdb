"""The SQL that differs between SQLite and PostgreSQL, all of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import peewee
from peewee import SQL

from gateway.store.database import Database

MIGRERINGSLAAS = 7_214_001


def claim(database: Database, query: peewee.Select) -> peewee.Select:
    """The rows of the query, held until the transaction ends, passing over those that others hold.

    SQLite has one writer at a time, and the transaction already is it.
    """
    return query.for_update("FOR UPDATE SKIP LOCKED") if database.er_postgres else query


def laas(database: Database, query: peewee.Select) -> peewee.Select:
    """The rows of the query, held until the transaction ends; waits for others to let go of them."""
    return query.for_update("FOR UPDATE") if database.er_postgres else query


def transaksjonsnummer(database: Database) -> Any:
    """The number of the open transaction, as a value to insert. SQLite commits in the order of ids, and needs none."""
    return SQL("pg_current_xact_id()::text::bigint") if database.er_postgres else 0


@contextmanager
def alene_om_migrering(database: Database) -> Iterator[None]:
    """Hold the lock that lets one migration run at a time; a second one waits for the first."""
    if database.er_postgres:
        database.motor.execute_sql("SET lock_timeout = 0")
        database.motor.execute_sql("SELECT pg_advisory_lock(%s)", (MIGRERINGSLAAS,))
        try:
            yield
        finally:
            database.motor.execute_sql("SELECT pg_advisory_unlock(%s)", (MIGRERINGSLAAS,))
            database.motor.execute_sql("RESET lock_timeout")
    else:
        with database.motor.atomic("EXCLUSIVE"):
            yield
