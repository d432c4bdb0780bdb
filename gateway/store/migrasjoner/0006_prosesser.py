"""The processes that run tell of themselves: a frozen copy of the table. The version before runs on beside it."""

from __future__ import annotations

import peewee
from peewee import JSONField, TextField

from gateway.store.tabeller import Instant


class Prosess(peewee.Model):
    id = peewee.UUIDField(primary_key=True)
    rolle = TextField()
    vert = TextField()
    versjon = TextField()
    plugins = JSONField()
    startet = Instant()
    sist_sett = Instant()

    class Meta:
        legacy_table_names = False


def up(migrator, db):
    with db.bind_ctx((Prosess,)):
        db.create_tables((Prosess,))
