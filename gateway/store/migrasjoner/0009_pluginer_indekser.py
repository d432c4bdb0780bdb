"""Indexes by which parked events are woken, those that wait for the configuration found, and what was noted counted."""

from __future__ import annotations

import peewee
from peewee import SQL, TextField

from gateway.store.dialekt import lag_indekser
from gateway.store.tabeller import Instant


class Hendelse(peewee.Model):
    id = peewee.UUIDField(primary_key=True)
    produsent = TextField()
    venter_paa = TextField(null=True)
    avsluttet_tidspunkt = Instant(null=True)

    class Meta:
        legacy_table_names = False


INDEKSER = (
    Hendelse.index(
        Hendelse.produsent, Hendelse.avsluttet_tidspunkt, where=SQL("merknader IS NOT NULL"), name="hendelse_merket"
    ),
    Hendelse.index(
        Hendelse.produsent, Hendelse.venter_paa, where=SQL("venter_paa IS NOT NULL"), name="hendelse_parkert"
    ),
    Hendelse.index(
        Hendelse.produsent,
        Hendelse.id,
        where=SQL("tilstand = 'PAA_VENT' AND feilklasse = 'KONFIGURASJON'"),
        name="hendelse_konfigurasjon",
    ),
)


atomic = False  # so that PostgreSQL makes them without locking anyone out


def up(migrator, db):
    with db.bind_ctx((Hendelse,)):
        lag_indekser(*INDEKSER)
