"""Kalenderavtaler, deletion, and the change feed: a frozen copy of what is new, on top of the first version."""

from __future__ import annotations

import peewee
from peewee import SQL, BooleanField, Check, DateField, IntegerField, JSONField, TextField
from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


class Tabell(peewee.Model):
    class Meta:
        legacy_table_names = False


TILSTANDER = (
    "(type = 'BESKJED' AND tilstand IS NULL AND frist IS NULL AND start_tidspunkt IS NULL) "
    "OR (type = 'OPPGAVE' AND tilstand IS NOT NULL AND tilstand IN ('NY', 'UTFOERT', 'UTGAATT') "
    "AND start_tidspunkt IS NULL) "
    "OR (type = 'KALENDERAVTALE' AND grupperingsid IS NOT NULL AND frist IS NULL "
    "AND start_tidspunkt IS NOT NULL AND er_digitalt IS NOT NULL AND tilstand IS NOT NULL AND tilstand IN ("
    "'VENTER_SVAR_FRA_ARBEIDSGIVER', 'ARBEIDSGIVER_VIL_AVLYSE', 'ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED', "
    "'ARBEIDSGIVER_HAR_GODTATT', 'AVLYST', 'AVHOLDT'))"
)
NYE_KOLONNER = {
    "start_tidspunkt": Instant(null=True),
    "slutt_tidspunkt": Instant(null=True),
    "lokasjon": JSONField(null=True),
    "er_digitalt": BooleanField(null=True),
}


class Notifikasjon(Tabell):
    id = peewee.UUIDField(primary_key=True)
    type = TextField()
    merkelapp = TextField()
    ekstern_id = TextField()
    grupperingsid = TextField(null=True)
    virksomhetsnummer = TextField()
    mottakere = JSONField()
    tekst = TextField()
    lenke = TextField()
    opprettet_tidspunkt = Instant()
    sortering_tidspunkt = Instant()
    tilstand = TextField(null=True)
    frist = DateField(null=True)
    utfoert_tidspunkt = Instant(null=True)
    utgaatt_tidspunkt = Instant(null=True)
    start_tidspunkt = Instant(null=True)
    slutt_tidspunkt = Instant(null=True)
    lokasjon = JSONField(null=True)
    er_digitalt = BooleanField(null=True)
    slettes_tidspunkt = Instant(null=True)
    innhold_hash = TextField()

    class Meta:
        indexes = ((("merkelapp", "ekstern_id"), True), (("merkelapp", "id"), False))
        constraints = (Check(TILSTANDER),)


GRUPPERINGSID = Notifikasjon.index(
    Notifikasjon.merkelapp,
    Notifikasjon.grupperingsid,
    Notifikasjon.id,
    where=SQL("grupperingsid IS NOT NULL"),
    name="notifikasjon_grupperingsid",
)
KOMMENDE_AVTALE = Notifikasjon.index(
    Notifikasjon.start_tidspunkt,
    where=SQL("type = 'KALENDERAVTALE' AND tilstand NOT IN ('AVLYST', 'AVHOLDT')"),
    name="notifikasjon_kommende_avtale",
)
Notifikasjon.add_index(GRUPPERINGSID)
Notifikasjon.add_index(KOMMENDE_AVTALE)
Notifikasjon.add_index(
    Notifikasjon.index(
        Notifikasjon.frist, where=SQL("tilstand = 'NY' AND frist IS NOT NULL"), name="notifikasjon_aapen_frist"
    )
)
Notifikasjon.add_index(
    Notifikasjon.index(
        Notifikasjon.slettes_tidspunkt, where=SQL("slettes_tidspunkt IS NOT NULL"), name="notifikasjon_slettes"
    )
)


class Logg(Tabell):
    merkelapp = TextField(null=True)
    transaksjon = peewee.BigIntegerField()
    id = peewee.BigAutoField()


# Until now all varsler were ordered by the creation of their notifikasjon.
NUMMERER_VARSLER = """
UPDATE varsel SET ved_opprettelse = nummerert.plass FROM (
    SELECT id, row_number() OVER (PARTITION BY notifikasjon_id, til_paaminnelse ORDER BY id) - 1 AS plass FROM varsel
) AS nummerert WHERE nummerert.id = varsel.id
"""
ENDRINGER = Logg.index(
    Logg.merkelapp, Logg.transaksjon, Logg.id, where=SQL("merkelapp IS NOT NULL"), name="logg_endringer"
)


class SlettetSak(Tabell):
    noekkel_hash = TextField(primary_key=True)
    tidspunkt = Instant()


class Hendelse(Tabell):
    id = peewee.UUIDField(primary_key=True)


class Hendelsesobjekt(Tabell):
    objekt_id = peewee.UUIDField()
    hendelse = peewee.ForeignKeyField(Hendelse, on_delete="CASCADE")

    class Meta:
        primary_key = peewee.CompositeKey("objekt_id", "hendelse")


def up(migrator, db):
    if isinstance(db, peewee.SqliteDatabase):
        _lag_notifikasjon_paa_nytt(db)
    else:
        _utvid_notifikasjon(migrator, db)
    migrate(migrator.add_column("varsel", "eier_slettet_tidspunkt", Instant(null=True)))
    migrate(migrator.add_column("varsel", "ved_opprettelse", IntegerField(null=True)))
    db.execute_sql(NUMMERER_VARSLER)
    migrate(migrator.add_column("paaminnelse", "varsler", JSONField(null=True)))
    nye = (SlettetSak, Hendelsesobjekt)
    with db.bind_ctx((*nye, Logg, Hendelse)):
        db.create_tables(nye)
        db.execute(ENDRINGER)


def _utvid_notifikasjon(migrator, db):
    migrate(*(migrator.add_column("notifikasjon", navn, felt) for navn, felt in NYE_KOLONNER.items()))
    db.execute_sql("ALTER TABLE notifikasjon DROP CONSTRAINT notifikasjon_check")
    db.execute_sql(f"ALTER TABLE notifikasjon ADD CONSTRAINT notifikasjon_check CHECK ({TILSTANDER})")
    db.execute_sql("DROP INDEX notifikasjon_grupperingsid")
    with db.bind_ctx((Notifikasjon,)):
        db.execute(GRUPPERINGSID)
        db.execute(KOMMENDE_AVTALE)


def _lag_notifikasjon_paa_nytt(db):
    """SQLite cannot change a table's CHECK: a new table takes the rows and then the name."""
    kolonner = ", ".join(navn for navn in Notifikasjon._meta.columns if navn not in NYE_KOLONNER)
    with db.bind_ctx((Notifikasjon,)):
        Notifikasjon._meta.set_table_name("notifikasjon_ny")
        Notifikasjon._schema.create_table(safe=False)
        db.execute_sql(f"INSERT INTO notifikasjon_ny ({kolonner}) SELECT {kolonner} FROM notifikasjon")  # noqa: S608
        db.execute_sql("DROP TABLE notifikasjon")
        db.execute_sql("ALTER TABLE notifikasjon_ny RENAME TO notifikasjon")
        Notifikasjon._meta.set_table_name("notifikasjon")
        Notifikasjon._schema.create_indexes(safe=False)
