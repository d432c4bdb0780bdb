"""What plugins may answer beside kommandoer, and their keyed state: a frozen copy of what is new."""

from __future__ import annotations

import peewee
from peewee import SQL, BigIntegerField, BooleanField, IntegerField, JSONField, TextField
from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


class Lager(peewee.Model):
    produsent = TextField()
    noekkel = TextField()
    verdi = JSONField()
    skjemaversjon = IntegerField()
    versjon = BigIntegerField()
    utloeper_tidspunkt = Instant()
    objekt_id = peewee.UUIDField(null=True)

    class Meta:
        legacy_table_names = False
        primary_key = peewee.CompositeKey("produsent", "noekkel")


Lager.add_index(Lager.index(Lager.utloeper_tidspunkt, name="lager_utloeper"))
Lager.add_index(Lager.index(Lager.objekt_id, where=SQL("objekt_id IS NOT NULL"), name="lager_objekt"))


def up(migrator, db):
    with db.bind_ctx((Lager,)):
        db.create_tables((Lager,))
    migrate(
        migrator.add_column("hendelse", "feilklasse", TextField(null=True)),
        migrator.add_column("hendelse", "tid", Instant(null=True)),
        migrator.add_column("hendelse", "oppslag", JSONField(null=True)),
        migrator.add_column("hendelse", "oversettelse", JSONField(null=True)),
        migrator.add_column("hendelse", "merknader", JSONField(null=True)),
        migrator.add_column("hendelse", "venter_paa", TextField(null=True)),
        migrator.add_column("hendelse", "vent_til", Instant(null=True)),
        migrator.add_column("hendelse", "ferdige_deler", JSONField(null=True)),
        migrator.add_column("hendelse", "stopper_noekkelen", BooleanField(null=True)),
    )
