"""Which source woke a key, so that sources take turns."""

from __future__ import annotations

from peewee import SQL, TextField
from playhouse.migrate import migrate


def up(migrator, db):
    migrate(
        migrator.add_column("hendelsesnoekkel", "kilde", TextField(null=True, constraints=[SQL("DEFAULT ''")])),
    )
