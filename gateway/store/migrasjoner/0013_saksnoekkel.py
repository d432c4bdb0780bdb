"""The open sak of a producer's key: a frozen copy of the table."""

from __future__ import annotations

import peewee
from peewee import TextField


class Sak(peewee.Model):
    id = peewee.UUIDField(primary_key=True)

    class Meta:
        legacy_table_names = False


class Saksnoekkel(peewee.Model):
    noekkel_hash = TextField(primary_key=True)
    sak = peewee.ForeignKeyField(Sak, on_delete="CASCADE", deferrable="INITIALLY DEFERRED")

    class Meta:
        legacy_table_names = False


def up(migrator, db):
    with db.bind_ctx((Saksnoekkel,)):
        db.create_tables((Saksnoekkel,))
