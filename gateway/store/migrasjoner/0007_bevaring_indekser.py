"""The indexes by which the round of bevaring finds what has been kept for long enough."""

from __future__ import annotations

import peewee
from peewee import SQL, TextField

from gateway.store.dialekt import lag_indekser
from gateway.store.tabeller import Instant

atomic = False


class Tabell(peewee.Model):
    class Meta:
        legacy_table_names = False


class Hendelse(Tabell):
    id = peewee.UUIDField(primary_key=True)
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
    with db.bind_ctx((Hendelse, SistLest)):
        lag_indekser(*INDEKSER)
