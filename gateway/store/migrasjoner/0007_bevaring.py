"""Events know until when they are kept: a frozen copy of what is new."""

from __future__ import annotations

import peewee
from peewee import SQL, TextField
from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


class Tabell(peewee.Model):
    class Meta:
        legacy_table_names = False


class Hendelse(Tabell):
    id = peewee.UUIDField(primary_key=True)
    tilstand = TextField()
    avsluttet_tidspunkt = Instant(null=True)
    bevares_til = Instant(null=True)


class SistLest(Tabell):
    person = TextField(primary_key=True)
    tidspunkt = Instant()


INDEKSER = (
    Hendelse.index(Hendelse.bevares_til, where=SQL("bevares_til IS NOT NULL"), name="hendelse_bevares_til"),
    Hendelse.index(
        Hendelse.id,
        where=SQL("avsluttet_tidspunkt IS NULL AND tilstand IN ('BEHANDLET', 'FORKASTET')"),
        name="hendelse_uten_slutt",
    ),
    SistLest.index(SistLest.tidspunkt, name="sist_lest_tidspunkt"),
)


def up(migrator, db):
    migrate(
        migrator.add_column("hendelse", "avsluttet_tidspunkt", Instant(null=True)),
        migrator.add_column("hendelse", "bevares_til", Instant(null=True)),
    )
    with db.bind_ctx((Hendelse, SistLest)):
        for indeks in INDEKSER:
            db.execute(indeks)
