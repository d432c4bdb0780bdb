"""Keys of events hashed, the queue of those whose key is not known, and hashes of what was said."""

from __future__ import annotations

import peewee
from peewee import SQL, IntegerField, TextField
from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


class Tabell(peewee.Model):
    class Meta:
        legacy_table_names = False


NYE_KOLONNER = {
    "kilde_noekkel": TextField(null=True),
    "innhold_hash": TextField(null=True),
    "annet_innhold": IntegerField(null=True),
    "annet_innhold_tidspunkt": Instant(null=True),
}


class Hendelse(Tabell):
    id = peewee.UUIDField(primary_key=True)
    annet_innhold_tidspunkt = Instant(null=True)


class Hendelsesnoekkel(Tabell):
    produsent = TextField()
    noekkel = TextField()
    siste_loepenummer = peewee.BigIntegerField()
    klar_tidspunkt = Instant(null=True)
    leie_til = Instant(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("produsent", "noekkel")


ANNET_INNHOLD = Hendelse.index(
    Hendelse.annet_innhold_tidspunkt, where=SQL("annet_innhold_tidspunkt IS NOT NULL"), name="hendelse_annet_innhold"
)
KLAR_HOS = Hendelsesnoekkel.index(
    Hendelsesnoekkel.produsent,
    Hendelsesnoekkel.klar_tidspunkt,
    where=SQL("klar_tidspunkt IS NOT NULL"),
    name="hendelsesnoekkel_klar_hos",
)

# The secret that keys are hashed with is not at hand here. What is still to be handled goes into its producer's queue,
# in its order within its key, with the key beside it; the round asks for its key as for any other in the queue.
TIL_KOEEN = """
UPDATE hendelse SET
    noekkel = 'koe',
    loepenummer = nummerert.nummer,
    kilde_noekkel = CASE WHEN substr(hendelse.noekkel, 1, 8) = 'noekkel:' THEN substr(hendelse.noekkel, 9) END
FROM (
    SELECT id, row_number() OVER (PARTITION BY produsent ORDER BY noekkel, loepenummer) AS nummer
    FROM hendelse WHERE tilstand IN ('MOTTATT', 'PAA_VENT', 'KARANTENE')
) AS nummerert
WHERE nummerert.id = hendelse.id
"""
# What is done needs no key any more.
GLEM_NOEKLER = """
UPDATE hendelse SET noekkel = CAST(id AS TEXT) WHERE tilstand IN ('BEHANDLET', 'FORKASTET')
"""
KOEENE = """
INSERT INTO hendelsesnoekkel (produsent, noekkel, siste_loepenummer, klar_tidspunkt)
SELECT produsent, 'koe', MAX(loepenummer),
    MIN(CASE WHEN tilstand IN ('MOTTATT', 'PAA_VENT') THEN mottatt_tidspunkt END)
FROM hendelse WHERE noekkel = 'koe' GROUP BY produsent
"""


def up(migrator, db):
    migrate(*(migrator.add_column("hendelse", navn, felt) for navn, felt in NYE_KOLONNER.items()))
    for setning in (TIL_KOEEN, GLEM_NOEKLER, "DELETE FROM hendelsesnoekkel", KOEENE):
        db.execute_sql(setning)
    with db.bind_ctx((Hendelse, Hendelsesnoekkel)):
        db.execute(ANNET_INNHOLD)
        db.execute(KLAR_HOS)
    migrate(migrator.drop_index("hendelsesnoekkel", "hendelsesnoekkel_klar"))
