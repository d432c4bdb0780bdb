"""What is in service goes on while the next version's migrations run: they only expand, and queue nobody up."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import peewee
import psycopg
import pytest

from gateway.store import migrering
from gateway.store.database import Database, Utilgjengelig, aapne
from gateway.store.dialekt import alene_om_migrering, lag_indekser
from gateway.store.migrering import _runner, mangler, migrer
from gateway.store.tabeller import SistLest
from tests.servere import egen_database
from tests.verden import FastKlokke

# The last one that is older than the rule.
SISTE_FRIE = "0005_statuser"
FORBUDT = {
    "drops": r"\bDROP\b(?! INDEX CONCURRENTLY)",
    "renames": r"\bRENAME\b",
    "tightens a column": r"\bSET NOT NULL\b",
    "changes a type": r"\bALTER (COLUMN )?\S+ (SET DATA )?TYPE\b",
    "adds a constraint": r"\bADD (CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b",
    "adds a column that the version before does not fill": r"\bADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b",
    "adds a column with a rule": r"\bADD COLUMN .*\b(UNIQUE|CHECK|REFERENCES)\b",
    "empties a table": r"\b(TRUNCATE|DELETE FROM)\b",
}
INDEKS = re.compile(r'\bCREATE (UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?\S+ ON (?:ONLY )?"?(\w+)"?', re.I)


def brudd(sql: str, tabeller: set[str], *, postgres: bool) -> list[str]:
    """What a statement of a migration does to the version before, of which `tabeller` are."""
    funnet = [hva for hva, moenster in FORBUDT.items() if re.search(moenster, sql, re.I | re.S)]
    if (indeks := INDEKS.search(sql)) and indeks[3] in tabeller:
        if indeks[1]:
            funnet.append("forbids rows that the version before may write")
        if postgres and not indeks[2]:
            funnet.append("locks a table while its index is made; use lag_indekser")
    return funnet


@pytest.mark.parametrize(
    ("sql", "antall"),
    [
        ('ALTER TABLE "sak" ADD COLUMN "x" TEXT', 0),
        ('ALTER TABLE "sak" ADD COLUMN "x" TEXT NOT NULL DEFAULT \'\'', 0),
        ('ALTER TABLE "sak" ADD COLUMN "x" TEXT NOT NULL', 1),
        ('ALTER TABLE "sak" ADD COLUMN "x" TEXT REFERENCES "ny" ("id")', 1),
        ('ALTER TABLE "sak" ALTER COLUMN "x" SET NOT NULL', 1),
        ('ALTER TABLE "sak" ALTER COLUMN "x" TYPE BIGINT', 1),
        ('ALTER TABLE "sak" RENAME COLUMN "x" TO "y"', 1),
        ('ALTER TABLE "sak" DROP COLUMN "x"', 1),
        ("ALTER TABLE sak ADD CONSTRAINT c CHECK (x > 0)", 1),
        ("DROP TABLE sak", 1),
        ("DELETE FROM sak", 1),
        ("UPDATE sak SET x = 1", 0),
        ('CREATE TABLE IF NOT EXISTS "ny" ("id" UUID NOT NULL PRIMARY KEY, CHECK (x > 0))', 0),
        ('CREATE UNIQUE INDEX "ny_x" ON "ny" ("x")', 0),
        ('CREATE INDEX IF NOT EXISTS "sak_x" ON "sak" ("x")', 1),
        ('CREATE INDEX CONCURRENTLY IF NOT EXISTS "sak_x" ON "sak" ("x")', 0),
        ('CREATE UNIQUE INDEX CONCURRENTLY "sak_x" ON "sak" ("x")', 1),
        ('DROP INDEX CONCURRENTLY IF EXISTS "sak_x"', 0),
    ],
)
def test_regelen_kjenner_det_den_skal(sql: str, antall: int) -> None:
    assert len(brudd(sql, {"sak"}, postgres=True)) == antall


@contextmanager
def _tom(request: pytest.FixtureRequest, slag: str, tmp_path: Path, navn: str) -> Iterator[Database]:
    if slag == "sqlite":
        database = aapne(f"sqlite:///{tmp_path / navn}.db")
        yield database
        database.lukk()
        return
    with egen_database(request.getfixturevalue("postgres_url"), navn) as url:
        database = aapne(url)
        yield database
        database.lukk()


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_nye_migreringer_bare_utvider(request: pytest.FixtureRequest, slag: str, tmp_path: Path) -> None:
    funnet: list[tuple[list[str], str]] = []
    with _tom(request, slag, tmp_path, "utvider") as database:
        with database.tilkobling(), alene_om_migrering():
            _runner(database).up(target=SISTE_FRIE)
        with database.tilkobling():
            tabeller = set(database.motor.get_tables()) - {"migrasjon"}  # the runner looks after its own

        def hoer(setning: peewee.QueryEvent) -> None:
            if hva := brudd(setning.sql, tabeller, postgres=database.er_postgres):
                funnet.append((hva, setning.sql))

        database.motor.query_hooks.append(hoer)
        migrer(database)
        database.motor.query_hooks.clear()
    assert funnet == []


# --- locks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pg(postgres_url: str) -> Iterator[Database]:
    with egen_database(postgres_url, "trafikk") as url:
        database = aapne(url)
        migrer(database)
        yield database
        database.lukk()


@pytest.fixture
def ny_migrering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a migration that comes after all others."""
    mappe = tmp_path / "migrasjoner"
    mappe.mkdir()
    for fil in migrering.MIGRASJONER.glob("0*.py"):
        (mappe / fil.name).write_text(fil.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(migrering, "MIGRASJONER", mappe)

    def skriv(navn: str, innhold: str) -> None:
        (mappe / f"{navn}.py").write_text(innhold, encoding="utf-8")

    return skriv


NY_KOLONNE = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE sist_lest ADD COLUMN noe TEXT")
"""
NY_INDEKS = """
from gateway.store.dialekt import lag_indekser
from gateway.store.tabeller import SistLest

atomic = False


def up(migrator, db):
    with db.bind_ctx((SistLest,)):
        lag_indekser(SistLest.index(SistLest.tidspunkt, name="sist_lest_ny"))
"""


def _skriv(database: Database, person: str) -> None:
    tid = FastKlokke().naa()
    database.i_transaksjon(lambda: SistLest.insert(person=person, tidspunkt=tid).execute())


def test_en_endring_bak_en_lang_leser_stiller_ingen_i_koe(
    pg: Database, ny_migrering: Callable[[str, str], None]
) -> None:
    ny_migrering("9000_kolonne", NY_KOLONNE)
    fortalt: list[str] = []
    lengst = 0.0
    with psycopg.connect(pg.url) as leser, ThreadPoolExecutor(1) as traad:
        leser.execute("SELECT count(*) FROM sist_lest")  # and the transaction stays open
        migrert = traad.submit(migrer, pg, fortell=fortalt.append)
        frist, nummer = time.monotonic() + 60, 0
        while len(fortalt) < 2:
            assert time.monotonic() < frist
            start = time.monotonic()
            _skriv(pg, f"nr-{(nummer := nummer + 1)}")  # none is told to come back
            lengst = max(lengst, time.monotonic() - start)
        leser.rollback()
        assert migrert.result(timeout=60) == ["9000_kolonne"]
    assert lengst < 8
    assert "9000_kolonne: no lock within 1 s, trying again; the oldest transactions: pid" in fortalt[0]
    assert "sist_lest" not in fortalt[0], "who, and not what they said"
    _skriv(pg, "etterpaa")


def test_en_migrering_som_ikke_faar_laasen_gir_seg(pg: Database, ny_migrering: Callable[[str, str], None]) -> None:
    ny_migrering("9000_kolonne", NY_KOLONNE)
    with psycopg.connect(pg.url) as leser:
        leser.execute("SELECT count(*) FROM sist_lest")
        with pytest.raises(Utilgjengelig):
            migrer(pg, vent_sekunder=0.1)
    assert mangler(pg) == ["9000_kolonne"]
    assert migrer(pg) == ["9000_kolonne"]


def test_en_som_venter_paa_en_annen_migrering_sier_det_og_gir_seg(pg: Database) -> None:
    fortalt: list[str] = []
    inne, slutt = threading.Event(), threading.Event()

    def hold() -> None:
        with pg.tilkobling(), alene_om_migrering():
            inne.set()
            slutt.wait(60)

    with ThreadPoolExecutor(1) as traad:
        holder = traad.submit(hold)
        assert inne.wait(30)
        try:
            with pytest.raises(Utilgjengelig, match="Another migration"):
                migrer(pg, fortell=fortalt.append, vent_sekunder=0.5)
        finally:
            slutt.set()
        holder.result()
    assert "another migration runs" in fortalt[0]
    assert migrer(pg) == []


def test_en_indeks_lages_mens_andre_skriver(pg: Database, ny_migrering: Callable[[str, str], None]) -> None:
    ny_migrering("9000_indeks", NY_INDEKS)
    with psycopg.connect(pg.url) as skriver, ThreadPoolExecutor(1) as traad:
        skriver.execute(
            "INSERT INTO sist_lest VALUES ('aapen', now())"
        )  # the index waits for it, for as long as it takes
        migrert = traad.submit(migrer, pg)
        frist = time.monotonic() + 60
        with psycopg.connect(pg.url, autocommit=True) as ser:
            while not ser.execute("SELECT 1 FROM pg_class WHERE relname = 'sist_lest_ny'").fetchone():
                assert time.monotonic() < frist
        for nummer in range(20):
            _skriv(pg, f"imens-{nummer}")
        assert not migrert.done()
        skriver.commit()
        assert migrert.result(timeout=60) == ["9000_indeks"]
    with pg.tilkobling():
        assert "sist_lest_ny" in {indeks.name for indeks in pg.motor.get_indexes("sist_lest")}


def test_en_indeks_som_ble_avbrutt_lages_paa_nytt(pg: Database) -> None:
    indeks = SistLest.index(SistLest.tidspunkt, name="sist_lest_ny")
    with psycopg.connect(pg.url) as skriver:
        skriver.execute("INSERT INTO sist_lest VALUES ('aapen', now())")
        with psycopg.connect(pg.url, autocommit=True) as avbrutt:
            avbrutt.execute("SET statement_timeout = '300ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                avbrutt.execute("CREATE INDEX CONCURRENTLY sist_lest_ny ON sist_lest (tidspunkt)")
    gyldig = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'sist_lest_ny'::regclass"
    with psycopg.connect(pg.url, autocommit=True) as ser:
        assert ser.execute(gyldig).fetchone() == (False,)
        for _ in range(2):
            with pg.tilkobling(), alene_om_migrering():
                lag_indekser(indeks)
            assert ser.execute(gyldig).fetchone() == (True,)
