"""Indexes by which operations ask of varsler: what waits since when, what receivers have, and what was sent last."""

from __future__ import annotations

import peewee
from peewee import SQL, TextField

from gateway.store.dialekt import lag_indekser
from gateway.store.tabeller import Instant


class Varsel(peewee.Model):
    type = TextField()
    klar_tidspunkt = Instant(null=True)
    overlatt_tidspunkt = Instant(null=True)
    avsluttet_tidspunkt = Instant(null=True)

    class Meta:
        legacy_table_names = False


INDEKSER = (
    Varsel.index(
        Varsel.type,
        Varsel.klar_tidspunkt,
        where=SQL("neste_forsoek IS NOT NULL AND overlatt_ref IS NULL"),
        name="varsel_uferdig",
    ),
    Varsel.index(
        Varsel.type,
        Varsel.overlatt_tidspunkt,
        where=SQL("neste_forsoek IS NOT NULL AND overlatt_ref IS NOT NULL"),
        name="varsel_overlatt",
    ),
    Varsel.index(
        Varsel.type,
        Varsel.avsluttet_tidspunkt,
        where=SQL("status = 'SENDT' AND avsluttet_tidspunkt IS NOT NULL"),
        name="varsel_sendt",
    ),
)


atomic = False  # so that PostgreSQL makes them without locking anyone out


def up(migrator, db):
    with db.bind_ctx((Varsel,)):
        lag_indekser(*INDEKSER)
