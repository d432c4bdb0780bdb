"""The SQL that differs between SQLite and PostgreSQL, all of it."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import peewee
from peewee import SQL, fn

from gateway.store.tabeller import SKAL_BEHANDLES, Hendelse, Instantfelt, db
from gateway.store.utilgjengelig import Utilgjengelig

MIGRERINGSLAAS = 7_214_001
# A statement of a migration may take so long, and wait so long for a lock: shorter than they do who queue behind it.
MIGRERING_SEKUNDER = 3600
LAAS_SEKUNDER = 1
FORTELL_HVERT_SEKUND = 10


def _er_postgres() -> bool:
    """Whether the database at hand, to which the tables are bound, is PostgreSQL."""
    return isinstance(db.obj, peewee.PostgresqlDatabase)


def claim(query: peewee.Select) -> peewee.Select:
    """The rows of the query, held until the transaction ends, passing over those that others hold.

    SQLite has one writer at a time, and the transaction already is it. Of a join only the first table's rows are held.
    """
    return query.for_update(of=query.model, skip_locked=True) if _er_postgres() else query


def laas(query: peewee.Select) -> peewee.Select:
    """The rows of the query, held until the transaction ends; waits for others to let go of them."""
    return query.for_update("FOR UPDATE") if _er_postgres() else query


def laas_mot_sletting(query: peewee.Select) -> peewee.Select:
    """The rows of the query, which no one deletes or locks until the transaction ends; waits for who does it now."""
    return query.for_update("FOR KEY SHARE") if _er_postgres() else query


def uten_aa_vente_paa_disken() -> None:
    """Let the open transaction commit before the disk has it: it is there before anything that commits after it is."""
    if _er_postgres():
        db.execute_sql("SET LOCAL synchronous_commit = off")


def transaksjonsnummer() -> Any:
    """The number of the open transaction, as a value to insert. SQLite commits in the order of ids, and needs none."""
    return SQL("pg_current_xact_id()::text::bigint") if _er_postgres() else 0


def eldste_uferdige_transaksjon() -> int:
    """The number below which every transaction that wrote has ended: what it wrote is to be seen, or never will be."""
    if not _er_postgres():
        return 1  # one writer at a time: what can be read is all there is
    sporring = db.execute_sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    (nummer,) = sporring.fetchone()
    return int(nummer)


def inneholder(felt: peewee.Field, tekst: str) -> peewee.Expression:
    """Whether the column holds the text anywhere, in whatever type it is kept."""
    if not _er_postgres():
        return fn.INSTR(felt.cast("text"), tekst) > 0
    if isinstance(felt, peewee.BlobField):
        return fn.POSITION(peewee.NodeList((fn.CONVERT_TO(tekst, "UTF8"), SQL("IN"), felt))) > 0
    return fn.STRPOS(felt.cast("text"), tekst) > 0


def _fortell_ingen(_: str) -> None:
    pass


@contextmanager
def alene_om_migrering(*, fortell: Callable[[str], None] = _fortell_ingen, vent_sekunder: float = 60) -> Iterator[None]:
    """Hold the lock that lets one migration run at a time, on a connection that is held; a second waits for the first.

    `fortell` is told of the wait. Raises Utilgjengelig when it was longer than `vent_sekunder`.
    """
    if _er_postgres():
        with db.obj.uten_hast(MIGRERING_SEKUNDER):
            db.execute_sql(f"SET lock_timeout = '{LAAS_SEKUNDER}s'")
            _vent_paa_migreringslaasen(fortell, vent_sekunder)
            try:
                yield
            finally:
                db.execute_sql("SELECT pg_advisory_unlock(%s)", (MIGRERINGSLAAS,))
    else:
        # A table that is made anew is dropped on the way, which must not take what refers to it along.
        db.execute_sql("PRAGMA foreign_keys = OFF")
        try:
            with db.atomic("EXCLUSIVE"):
                yield
                if brudd := db.execute_sql("PRAGMA foreign_key_check").fetchall():
                    raise peewee.IntegrityError(f"The migration left {len(brudd)} rows that refer to nothing.")
        finally:
            db.execute_sql("PRAGMA foreign_keys = ON")


def _vent_paa_migreringslaasen(fortell: Callable[[str], None], vent_sekunder: float) -> None:
    # Asked for again and again: a statement that waits would hold up the making of an index, which waits for it.
    frist = time.monotonic() + vent_sekunder
    neste = 0.0
    while not db.execute_sql("SELECT pg_try_advisory_lock(%s)", (MIGRERINGSLAAS,)).fetchone()[0]:
        naa = time.monotonic()
        if naa >= frist:
            raise Utilgjengelig(f"Another migration has not ended in {vent_sekunder:g} s", laas=True)
        if naa >= neste:
            fortell(f"another migration runs; waiting for it, {frist - naa:.0f} s at most")
            neste = naa + FORTELL_HVERT_SEKUND
        time.sleep(0.2)


def hvem_som_holder_paa() -> str:
    """Who has had a transaction open for the longest, and so may hold what is waited for; not what they said."""
    if not _er_postgres():
        return ""
    rader = db.execute_sql(
        "SELECT pid, usename, state, extract(epoch FROM clock_timestamp() - xact_start)::int FROM pg_stat_activity "
        "WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid() "
        "ORDER BY xact_start LIMIT 3"
    ).fetchall()
    hvem = [f"pid {pid} ({bruker}, {tilstand}, {sekunder} s)" for pid, bruker, tilstand, sekunder in rader]
    return f"the oldest transactions: {', '.join(hvem)}" if hvem else "no transaction is open now"


def lag_indekser(*indekser: peewee.Index) -> None:
    """Make indexes of tables that have rows, while others read and write them; one that is there already is left.

    In PostgreSQL outside any transaction. What a making that was stopped has left is made anew.
    """
    for indeks in indekser:
        if not _er_postgres():
            db.execute(indeks)
            continue
        # It waits for all transactions that are open now, and nobody waits for it.
        db.execute_sql("SET lock_timeout = 0")
        try:
            if _er_ugyldig(indeks._name):
                db.execute_sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{indeks._name}"')
            setning, parametere = db.get_sql_context().sql(indeks).query()
            db.execute_sql(setning.replace(" INDEX ", " INDEX CONCURRENTLY ", 1), parametere)
        finally:
            db.execute_sql(f"SET lock_timeout = '{LAAS_SEKUNDER}s'")


def _er_ugyldig(navn: str) -> bool:
    sporring = db.execute_sql(
        "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE relname = %s AND NOT indisvalid AND pg_table_is_visible(indexrelid)",
        (navn,),
    )
    return sporring.fetchone() is not None


def blant(felt: peewee.Field, ider: Sequence[UUID]) -> peewee.Expression:
    """`felt IN ider` with one parameter, however many there are."""
    if _er_postgres():
        # As text: psycopg would look at every element of a list for what to quote.
        liste = f"{{{','.join(id_.hex for id_ in ider)}}}"
        return peewee.Expression(felt, "=", fn.ANY(peewee.Value(liste, converter=False).cast("uuid[]")))
    return felt.in_(SQL("(SELECT value FROM json_each(?))", (json.dumps([id_.hex for id_ in ider]),)))


def par_blant(felter: tuple[peewee.Field, peewee.Field], par: Sequence[tuple[str, str]]) -> Any:
    """`(felt, felt) IN par` with a fixed number of parameters, however many pairs there are."""
    if _er_postgres():
        foerste, andre = [ett for ett, _ in par], [to for _, to in par]
        liste = SQL("(SELECT * FROM unnest(%s::text[], %s::text[]))", (foerste, andre))
    else:
        liste = SQL(
            "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))", (json.dumps(par),)
        )
    return peewee.Tuple(*felter).in_(liste)


def rader_av_lister(navn: str, felter: Sequence[peewee.Field]) -> str | None:
    """What a statement selects from to have its rows as a list for each field; None where there is no such thing.

    SQLite has none that takes bytes, and needs none: there a round trip costs nothing.
    """
    if not _er_postgres():
        return None
    kolonner = ", ".join(felt.column_name for felt in felter)
    typer = ", ".join(f"%s::{felt.ddl_datatype(db.obj.get_sql_context()).sql}[]" for felt in felter)
    return f"unnest({typer}) AS {navn} ({kolonner})"


def oppdater_hver(
    tabell: type[Any],
    felter: Sequence[peewee.Field],
    rader: Sequence[Mapping[str, Any]],
    hvor: peewee.SQL | None = None,
) -> None:
    """Write these fields of many rows, each with values of its own, given by the names of the fields and by `id`.

    Only of those that `hvor` holds for, which is said without parameters.
    """
    if not rader:
        return
    alle = (tabell.id, *felter)
    navn, kolonner = tabell._meta.table_name, [felt.column_name for felt in felter]
    betingelse = f" AND {hvor.sql}" if hvor is not None else ""
    nye = rader_av_lister("ny", alle)
    if nye is None:
        satt = ", ".join(f"{ett} = ?" for ett in kolonner)
        setning = f'UPDATE "{navn}" SET {satt} WHERE id = ?{betingelse}'  # noqa: S608
        for rad in rader:
            db.execute_sql(setning, [som_parameter(felt, rad[felt.name]) for felt in (*felter, tabell.id)])
        return
    satt = ", ".join(f"{ett} = ny.{ett}" for ett in kolonner)
    db.execute_sql(
        f'UPDATE "{navn}" SET {satt} FROM {nye} WHERE "{navn}".id = ny.id{betingelse}',  # noqa: S608
        [[som_parameter(felt, rad[felt.name]) for rad in rader] for felt in alle],
    )


def som_parameter(felt: peewee.Field, verdi: Any) -> Any:
    """A value of the field as it is given to a statement that was made beforehand; JSON as text."""
    if isinstance(felt, peewee.JSONField):
        return None if verdi is None else json.dumps(verdi)
    return felt.db_value(verdi)


def neste_i_hver(produsent: str, noekler: Sequence[str], hver: int) -> list[Hendelse]:
    """The first `hver` unfinished events of each key, in its order."""
    hvor = f"produsent = {{p}} AND noekkel = {{n}} AND {SKAL_BEHANDLES.sql}"
    hos_en = f"SELECT * FROM hendelse WHERE {hvor} ORDER BY loepenummer LIMIT {{p}}"  # noqa: S608
    if _er_postgres():
        den = hos_en.format(p="%s", n="noekler.noekkel")
        alle = f"SELECT den.* FROM unnest(%s::text[]) AS noekler (noekkel) CROSS JOIN LATERAL ({den}) AS den"  # noqa: S608
        return list(Hendelse.raw(alle, list(noekler), produsent, hver))
    den = hos_en.format(p="?", n="?")
    return [rad for noekkel in noekler for rad in Hendelse.raw(den, produsent, noekkel, hver)]


def instant(verdi: dt.datetime) -> peewee.Node:
    """An instant where no column tells that it is one."""
    tekst = peewee.Value(Instantfelt().db_value(verdi), converter=False)
    return tekst.cast("timestamptz") if _er_postgres() else tekst


def som_json(plass: peewee.Value) -> peewee.Node:
    """A value that is given as JSON text, for a JSON column."""
    return plass if _er_postgres() else fn.JSON(plass)


def etter_hverandre(
    foerste: peewee.Insert, gjenfunnet: peewee.Select, *andre: Callable[[Any], peewee.Insert]
) -> list[peewee.Query]:
    """Inserts, of which `andre` take their values from the row of `foerste`: one statement in PostgreSQL.

    SQLite, where a round trip costs nothing, does one after the other, and finds the row again by `gjenfunnet`.
    Each returns something; what the last one returns is there only if `foerste` had a row.
    """
    if not _er_postgres():
        return [foerste, *(lag(gjenfunnet) for lag in andre)]
    rad = foerste.cte("foerste")
    *mellom, siste = [lag(rad) for lag in andre]
    return [siste.with_cte(rad, *(ett.cte(f"ledd_{nummer}") for nummer, ett in enumerate(mellom)))]
