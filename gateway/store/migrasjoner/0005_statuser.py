"""Statuses keep their own text and the last one counts; Idempotency-Keys are by kind, and can live with an object."""

from __future__ import annotations

import unicodedata

import peewee
from peewee import SQL, JSONField, TextField
from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


class Tabell(peewee.Model):
    class Meta:
        legacy_table_names = False


class SakStatus(Tabell):
    id = peewee.UUIDField(primary_key=True)
    sak_id = peewee.UUIDField()
    status = TextField()
    tekst = TextField()
    tidspunkt = Instant()


class Idempotens(Tabell):
    objekt_id = peewee.UUIDField()
    slag = TextField()
    noekkel = TextField()
    innhold_hash = TextField()
    svar = JSONField()
    glemmes_tidspunkt = Instant(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("objekt_id", "slag", "noekkel")


GLEMMES = Idempotens.index(
    Idempotens.glemmes_tidspunkt, where=SQL("glemmes_tidspunkt IS NOT NULL"), name="idempotens_glemmes"
)
# Until now it was the one with the latest tidspunkt. Ids grow with time: the greatest came in last.
SISTE_STATUS = """
UPDATE sak SET (siste_status_id, siste_status, siste_statustekst, siste_status_tidspunkt) = (
    SELECT id, status, tekst, tidspunkt FROM sak_status WHERE sak_status.sak_id = sak.id ORDER BY id DESC LIMIT 1
) WHERE EXISTS (SELECT 1 FROM sak_status WHERE sak_status.sak_id = sak.id)
"""
# The kind of the keys that are there is not known, so such a key stands for any; they live for 30 days, as promised.
BEHOLD_NOEKLENE = """
INSERT INTO idempotens_ny (objekt_id, slag, noekkel, innhold_hash, svar, glemmes_tidspunkt)
SELECT objekt_id, '', noekkel, innhold_hash, svar, {} FROM idempotens
"""
OM_30_DAGER = {
    True: "strftime('%Y-%m-%dT%H:%M:%S', tidspunkt, '+30 days') || '.000000Z'",
    False: "tidspunkt + INTERVAL '720 hours'",
}


def up(migrator, db):
    sqlite = isinstance(db, peewee.SqliteDatabase)
    migrate(
        migrator.add_column("sak", "siste_status_id", peewee.UUIDField(null=True)),
        migrator.add_column("sak_status", "overstyr_statustekst_med", TextField(null=True)),
    )
    db.execute_sql(SISTE_STATUS)
    _gi_noeklene_en_form(db)
    with db.bind_ctx((Idempotens, SakStatus)):
        Idempotens._meta.set_table_name("idempotens_ny")
        Idempotens._schema.create_table(safe=False)
        db.execute_sql(BEHOLD_NOEKLENE.format(OM_30_DAGER[sqlite]))
        db.execute_sql("DROP TABLE idempotens")
        db.execute_sql("ALTER TABLE idempotens_ny RENAME TO idempotens")
        if not sqlite:
            db.execute_sql("ALTER INDEX idempotens_ny_pkey RENAME TO idempotens_pkey")
        Idempotens._meta.set_table_name("idempotens")
        db.execute(GLEMMES)
        _gi_statusene_i_svarene_deres_id()


def _gi_noeklene_en_form(db):
    """Keys are looked up in NFC. One that is kept in another form gets it, unless another object has that key."""
    if isinstance(db, peewee.SqliteDatabase):
        db.register_function(lambda tekst: unicodedata.normalize("NFC", tekst), "nfc", 1)
        nfc = "nfc({})"
    else:
        nfc = "normalize({}, NFC)"
    for tabell, kolonne in (("sak", "grupperingsid"), ("notifikasjon", "ekstern_id")):
        ny, andres = nfc.format(f"{tabell}.{kolonne}"), nfc.format(f"annen.{kolonne}")
        opptatt = f"SELECT 1 FROM {tabell} annen WHERE annen.id <> {tabell}.id AND {andres} = {ny}"  # noqa: S608
        opptatt += f" AND annen.merkelapp = {tabell}.merkelapp"
        db.execute_sql(
            f"UPDATE {tabell} SET {kolonne} = {ny} WHERE {kolonne} <> {ny} AND NOT EXISTS ({opptatt})"  # noqa: S608
        )
    ny = nfc.format("grupperingsid")
    db.execute_sql(f"UPDATE notifikasjon SET grupperingsid = {ny} WHERE grupperingsid <> {ny}")  # noqa: S608


def _gi_statusene_i_svarene_deres_id():
    """A kept answer with statuses says also their ids, and which one was new.

    It told of all that the sak had then, so of the first ones; and listed them as they are listed now.
    """
    med_statuser = Idempotens.select().where(Idempotens.svar.cast("text").contains('"statuser": [{'))
    for rad in list(med_statuser):
        svarte = rad.svar["statuser"]
        foerste = SakStatus.select(SakStatus.id, SakStatus.tidspunkt).where(SakStatus.sak_id == rad.objekt_id)
        lagrede = list(foerste.order_by(SakStatus.id).limit(len(svarte)))
        ny = lagrede[-1].id
        lagrede.sort(key=lambda status: (status.tidspunkt, status.id), reverse=True)
        statuser = [
            {**ett, "id": str(lagret.id), "overstyr_statustekst_med": None}
            for ett, lagret in zip(svarte, lagrede, strict=True)
        ]
        Idempotens.update(svar={**rad.svar, "statuser": statuser, "status_id": str(ny)}).where(
            Idempotens.objekt_id == rad.objekt_id, Idempotens.noekkel == rad.noekkel
        ).execute()
