"""Rounds that set a row aside, and varsler whose outcome comes later: a frozen copy of what is new."""

from __future__ import annotations

import peewee
from peewee import SQL, IntegerField, TextField
from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


class Tabell(peewee.Model):
    class Meta:
        legacy_table_names = False


NYE_KOLONNER = {
    "siste_kode": TextField(null=True),
    "uklare": IntegerField(null=True),
    "overlatt_ref": TextField(null=True),
    "overlatt_tidspunkt": Instant(null=True),
    "avsluttet_tidspunkt": Instant(null=True),
}


class Varsel(Tabell):
    type = TextField()
    status = TextField()
    neste_forsoek = Instant(null=True)
    forsoek = IntegerField()
    avsluttet_tidspunkt = Instant(null=True)


class Hendelse(Tabell):
    id = peewee.UUIDField(primary_key=True)
    tilstand = TextField()


class SattTilSide(Tabell):
    runde = TextField()
    objekt_id = peewee.UUIDField()
    forfalt = TextField()
    tidspunkt = Instant()
    kode = TextField()

    class Meta:
        primary_key = peewee.CompositeKey("runde", "objekt_id")


INDEKSER = (
    Varsel.index(Varsel.type, Varsel.neste_forsoek, where=SQL("neste_forsoek IS NOT NULL"), name="varsel_forfalt_type"),
    Varsel.index(
        Varsel.neste_forsoek, where=SQL("forsoek > 0 AND neste_forsoek IS NOT NULL"), name="varsel_nye_forsoek"
    ),
    Varsel.index(
        Varsel.avsluttet_tidspunkt,
        where=SQL("status = 'FEILET' AND avsluttet_tidspunkt IS NOT NULL"),
        name="varsel_feilet",
    ),
    Hendelse.index(Hendelse.id, where=SQL("tilstand = 'PAA_VENT'"), name="hendelse_paa_vent"),
)


def up(migrator, db):
    migrate(*(migrator.add_column("varsel", navn, felt) for navn, felt in NYE_KOLONNER.items()))
    migrate(migrator.drop_index("varsel", "varsel_forfalt"))
    with db.bind_ctx((Varsel, Hendelse, SattTilSide)):
        db.create_tables((SattTilSide,))
        for indeks in INDEKSER:
            db.execute(indeks)
