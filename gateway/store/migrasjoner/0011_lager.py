"""How much the producers keep in their plugins' state, and their own secrets: a frozen copy of what is new."""

from __future__ import annotations

import peewee
from peewee import BigIntegerField, IntegerField, TextField
from playhouse.migrate import migrate


class Lagerskuff(peewee.Model):
    produsent = TextField()
    skuff = IntegerField()
    antall = BigIntegerField()
    byte = BigIntegerField()

    class Meta:
        legacy_table_names = False
        primary_key = peewee.CompositeKey("produsent", "skuff")


class Produsentnoekkel(peewee.Model):
    produsent = TextField(primary_key=True)
    innpakket = TextField()

    class Meta:
        legacy_table_names = False


def up(migrator, db):
    with db.bind_ctx((Lagerskuff, Produsentnoekkel)):
        db.create_tables((Lagerskuff, Produsentnoekkel))
    migrate(migrator.add_column("lager", "stoerrelse", IntegerField(null=True)))
