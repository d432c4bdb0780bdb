"""Bringing a database up to date, forwards, on both kinds; safe to run from several places at once."""

from __future__ import annotations

from pathlib import Path

from playhouse.migrations import Runner

from gateway.store.database import Database
from gateway.store.dialekt import alene_om_migrering

MIGRASJONER = Path(__file__).parent / "migrasjoner"


def migrer(database: Database) -> list[str]:
    """Apply the migrations that are missing; return their names. A failed one leaves the database as it was."""
    with database.tilkobling(), alene_om_migrering():
        return list(_runner(database).up())


def mangler(database: Database) -> list[str]:
    """The names of migrations that the database has not had."""
    with database.tilkobling():
        return [migrasjon.name for migrasjon in _runner(database).status() if migrasjon.applied is None]


def _runner(database: Database) -> Runner:
    return Runner(database.motor, str(MIGRASJONER), table_name="migrasjon")
