"""What an event is known by once its own id has been forgotten: a keyed hash, so that its repeat is a repeat."""

from __future__ import annotations

from peewee import TextField
from playhouse.migrate import migrate


def up(migrator, db):
    migrate(migrator.add_column("hendelse", "glemt_id", TextField(null=True)))
