"""Plugins that are paused, and what observers are still to be told of: a frozen copy of the tables."""

from __future__ import annotations

import peewee
from peewee import SQL, BigIntegerField, IntegerField, TextField

from gateway.store.tabeller import Instant


class Pluginbryter(peewee.Model):
    produsent = TextField(primary_key=True)
    plugin = TextField()
    feil = IntegerField()
    pauset_til = Instant(null=True)
    pauset_siden = Instant(null=True)
    kode = TextField()

    class Meta:
        legacy_table_names = False


class Observatoer(peewee.Model):
    produsent = TextField(primary_key=True)
    transaksjon = BigIntegerField()
    logg_id = BigIntegerField()

    class Meta:
        legacy_table_names = False


class Observasjon(peewee.Model):
    logg_id = BigIntegerField(primary_key=True)
    produsent = TextField()
    objekt_id = peewee.UUIDField()
    forsoek = IntegerField(default=0)
    klar_tidspunkt = Instant(null=True)
    leie_til = Instant(null=True)
    kode = TextField(null=True)
    melding = TextField(null=True)

    class Meta:
        legacy_table_names = False


VENTER = SQL("klar_tidspunkt IS NOT NULL")
Observasjon.add_index(
    Observasjon.index(Observasjon.produsent, Observasjon.klar_tidspunkt, where=VENTER, name="observasjon_klar")
)
Observasjon.add_index(
    Observasjon.index(Observasjon.objekt_id, Observasjon.logg_id, where=VENTER, name="observasjon_objekt")
)
Observasjon.add_index(
    Observasjon.index(Observasjon.logg_id, where=SQL("klar_tidspunkt IS NULL"), name="observasjon_til_side")
)
TABELLER = (Pluginbryter, Observatoer, Observasjon)


def up(migrator, db):
    with db.bind_ctx(TABELLER):
        db.create_tables(TABELLER)
