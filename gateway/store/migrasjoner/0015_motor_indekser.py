"""Indexes by which a round reads a key's next events, finds those that stop their key, and takes sources in turn."""

from __future__ import annotations

import peewee
from peewee import SQL, BigIntegerField, TextField

from gateway.store.dialekt import lag_indekser
from gateway.store.tabeller import Instant


class Hendelse(peewee.Model):
    id = peewee.UUIDField(primary_key=True)
    produsent = TextField()
    noekkel = TextField()
    loepenummer = BigIntegerField()

    class Meta:
        legacy_table_names = False


class Hendelsesnoekkel(peewee.Model):
    produsent = TextField()
    noekkel = TextField()
    klar_tidspunkt = Instant(null=True)
    kilde = TextField(null=True)

    class Meta:
        legacy_table_names = False
        primary_key = peewee.CompositeKey("produsent", "noekkel")


INDEKSER = (
    Hendelse.index(
        Hendelse.produsent,
        Hendelse.noekkel,
        Hendelse.loepenummer,
        where=SQL("tilstand IN ('MOTTATT', 'PAA_VENT')"),
        name="hendelse_uferdig",
    ),
    Hendelse.index(
        Hendelse.produsent,
        Hendelse.noekkel,
        where=SQL("tilstand = 'KARANTENE' AND stopper_noekkelen"),
        name="hendelse_stopper",
    ),
    Hendelsesnoekkel.index(
        Hendelsesnoekkel.produsent,
        Hendelsesnoekkel.kilde,
        Hendelsesnoekkel.klar_tidspunkt,
        where=SQL("klar_tidspunkt IS NOT NULL"),
        name="hendelsesnoekkel_klar_fra",
    ),
)


atomic = False  # so that PostgreSQL makes them without locking anyone out


def up(migrator, db):
    with db.bind_ctx((Hendelse, Hendelsesnoekkel)):
        lag_indekser(*INDEKSER)
