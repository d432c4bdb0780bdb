"""The index by which a repeat finds an event whose id has been forgotten."""

from __future__ import annotations

import peewee
from peewee import SQL, TextField

from gateway.store.dialekt import lag_indekser


class Hendelse(peewee.Model):
    id = peewee.UUIDField(primary_key=True)
    produsent = TextField()
    kilde = TextField()
    glemt_id = TextField(null=True)

    class Meta:
        legacy_table_names = False


INDEKSER = (
    Hendelse.index(
        Hendelse.produsent, Hendelse.kilde, Hendelse.glemt_id, where=SQL("glemt_id IS NOT NULL"), name="hendelse_glemt"
    ),
)


atomic = False  # so that PostgreSQL makes it without locking anyone out


def up(migrator, db):
    with db.bind_ctx((Hendelse,)):
        lag_indekser(*INDEKSER)
