"""The database that is slow, away, locked, full or read-only costs its own time, and heals by itself."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
import psycopg
import pytest

from gateway.domain.kommandoer import OppgaveUtfoert
from gateway.handling.utfoer import utfoer
from gateway.store.database import Database, Tidsgrenser, Utilgjengelig, aapne
from gateway.store.migrering import migrer
from gateway.store.tabeller import SistLest
from gateway.store.utilgjengelig import som_utilgjengelig
from tests.handling.gjoer import notifikasjonen
from tests.servere import egen_database
from tests.store.tjener import Tjener, egen_tjener, svart_hull
from tests.verden import FastKlokke, aktoer, en_oppgave, lag_kjerne

# Much shorter than what is right for a gateway, and long enough for a machine with other things to do.
KORTE = Tidsgrenser(forbind=2, arbeid=2, laas=0.5)
# What the longest of them, and as much again for a slow machine, comes to.
SNART = 8.0


@pytest.fixture(scope="module")
def tjener() -> Iterator[Tjener]:
    with egen_tjener() as tjeneren:
        database = aapne(tjeneren.url)
        migrer(database)
        database.lukk()
        yield tjeneren


@contextmanager
def _aapen(url: str, **annet: Any) -> Iterator[Database]:
    database = aapne(url, **{"grenser": KORTE, **annet})
    try:
        yield database
    finally:
        database.lukk()


@pytest.fixture
def egen(tjener: Tjener) -> Iterator[Database]:
    with _aapen(tjener.url) as database:
        yield database


def _les(database: Database) -> int:
    with database.tilkobling():
        antall: int = SistLest.select().count()
        return antall


def _skriv(database: Database, person: str = "noen") -> None:
    tid = FastKlokke().naa()
    database.i_transaksjon(lambda: SistLest.insert(person=person, tidspunkt=tid).on_conflict_ignore().execute())


@contextmanager
def _innen(sekunder: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    brukt = time.monotonic() - start
    assert brukt < sekunder, f"it took {brukt:.1f} s"


def _fyll_bassenget(database: Database, antall: int) -> None:
    """Leave `antall` connections idle."""
    moetes = threading.Barrier(antall)

    def hold() -> None:
        with database.tilkobling():
            SistLest.select().count()
            moetes.wait(30)

    with ThreadPoolExecutor(antall) as traader:
        for ferdig in [traader.submit(hold) for _ in range(antall)]:
            ferdig.result()
    tall = database.forbindelser()
    assert tall
    assert (tall.i_bruk, tall.ledige) == (0, antall)


# --- not there ------------------------------------------------------------------------------------------------------


def test_en_tjener_som_tar_imot_og_aldri_svarer_oppgis_av_alle_samtidig() -> None:
    with svart_hull() as url, _aapen(url) as database, ThreadPoolExecutor(8) as traader:
        with _innen(SNART):  # each waits by itself, or not at all; eight in a row would be sixteen seconds
            feil = [ett.exception() for ett in [traader.submit(_les, database) for _ in range(8)]]
        assert {type(ett) for ett in feil} == {Utilgjengelig}
        tall = database.forbindelser()
        assert tall
        assert tall.i_bruk == 0


def test_mens_en_proever_faar_de_andre_svar_med_en_gang() -> None:
    with svart_hull() as url, _aapen(url) as database, ThreadPoolExecutor(1) as traad:
        with pytest.raises(Utilgjengelig):
            _les(database)
        proever = traad.submit(_les, database)
        frist = time.monotonic() + 10
        ventet = []
        while not proever.done():
            assert time.monotonic() < frist
            start = time.monotonic()
            with pytest.raises(Utilgjengelig):
                _les(database)
            ventet.append(time.monotonic() - start)
        assert min(ventet) < 0.5


def test_en_tjener_som_ikke_er_der_er_utilgjengelig_for_lesing_og_skriving(tmp_path: Path) -> None:
    with _aapen(f"postgresql://bruker@/gateway?host={tmp_path}") as database:
        for gjoer in (_les, _skriv):
            with pytest.raises(Utilgjengelig, match="reached"):
                gjoer(database)


# --- frozen ---------------------------------------------------------------------------------------------------------


def test_en_frossen_tjener_oppgis_og_tas_i_bruk_igjen(tjener: Tjener, egen: Database) -> None:
    _fyll_bassenget(egen, 3)
    with tjener.frosset(), ThreadPoolExecutor(4) as traader:
        with _innen(SNART):
            ferdige = [traader.submit(gjoer, egen) for gjoer in (_les, _skriv, _les, _skriv)]
            assert {type(ett.exception()) for ett in ferdige} == {Utilgjengelig}
        with _innen(2):
            egen.lukk()
    with _innen(SNART):
        _skriv(egen)
        _les(egen)


def test_en_som_venter_naar_tjeneren_vaakner_faar_svar_straks(tjener: Tjener, egen: Database) -> None:
    _les(egen)
    with ThreadPoolExecutor(1) as traad:
        with tjener.frosset():
            svar = traad.submit(_les, egen)
            with pytest.raises(TimeoutError):
                svar.result(timeout=0.3)
        assert svar.result(timeout=SNART) >= 0


def test_en_setning_som_tar_for_lang_tid_avbrytes(egen: Database) -> None:
    with _innen(SNART), egen.tilkobling():
        with pytest.raises(Utilgjengelig):
            egen.motor.execute_sql("SELECT pg_sleep(60)")
        assert SistLest.select().count() >= 0, "the connection is as good as before"


def test_en_transaksjon_har_ikke_ny_tid_for_hver_setning_eller_hvert_forsoek(egen: Database) -> None:
    forsoek = 0

    def arbeid() -> None:
        nonlocal forsoek
        forsoek += 1
        for _ in range(10):
            egen.motor.execute_sql("SELECT pg_sleep(1)")

    with _innen(SNART), pytest.raises(Utilgjengelig):
        egen.i_transaksjon(arbeid)
    assert forsoek == 1
    _skriv(egen)


def test_den_som_spoer_uten_hast_faar_den_tiden_det_tar(egen: Database) -> None:
    with egen.uten_hast(60):
        assert egen.motor.execute_sql("SELECT pg_sleep(3.5)").fetchall()
    tall = egen.forbindelser()
    assert tall
    assert tall.ledige == 0, "its connection is not for others"


# --- locked ---------------------------------------------------------------------------------------------------------


def test_en_laast_rad_gir_svar_snart_og_tar_ikke_fra_andre(tjener: Tjener) -> None:
    with _aapen(tjener.url, traader=4) as database:
        kjerne = lag_kjerne(database, FastKlokke())
        utfoer(kjerne, en_oppgave(ekstern_id="laast"), aktoer(kjerne))
        utfoer(kjerne, en_oppgave(ekstern_id="fri"), aktoer(kjerne))
        with psycopg.connect(tjener.url) as laaser, ThreadPoolExecutor(4) as traader:
            laaser.execute("SELECT 1 FROM notifikasjon WHERE ekstern_id = 'laast' FOR UPDATE")
            utfoert = OppgaveUtfoert(oppgave=notifikasjonen("laast"))
            with _innen(SNART):
                feil = [
                    ett.exception() for ett in [traader.submit(utfoer, kjerne, utfoert, aktoer(kjerne)) for _ in "1234"]
                ]
            assert {type(ett) for ett in feil} == {Utilgjengelig}
            assert utfoer(kjerne, OppgaveUtfoert(oppgave=notifikasjonen("fri")), aktoer(kjerne)).ny is not None
        utfoer(kjerne, utfoert, aktoer(kjerne))


def test_den_som_ikke_faar_noen_forbindelse_faar_svar_snart(tjener: Tjener) -> None:
    with _aapen(tjener.url, traader=1) as database:
        tall = database.forbindelser()
        assert tall
        slutt, inne = threading.Event(), threading.Barrier(tall.mest + 1)

        def hold() -> None:
            with database.tilkobling():
                inne.wait(30)
                slutt.wait(30)

        with ThreadPoolExecutor(tall.mest) as traader:
            holdere = [traader.submit(hold) for _ in range(tall.mest)]
            try:
                inne.wait(30)
                with _innen(SNART), pytest.raises(Utilgjengelig, match="in use"):
                    _les(database)
            finally:
                slutt.set()
            for ett in holdere:
                ett.result()
        _les(database)


# --- dead connections -----------------------------------------------------------------------------------------------


def test_ingen_merker_at_tjeneren_ble_startet_paa_nytt(tjener: Tjener, egen: Database) -> None:
    _fyll_bassenget(egen, 8)
    tjener.start_paa_nytt()
    _les(egen)
    tall = egen.forbindelser()
    assert tall
    assert tall.ledige == 1, "the other dead ones are gone as well"
    _fyll_bassenget(egen, 8)
    tjener.start_paa_nytt()
    _skriv(egen, "etter omstarten")
    assert _les(egen) >= 1


def test_en_holdt_forbindelse_som_doer_byttes_ogsaa(tjener: Tjener, egen: Database) -> None:
    with egen.tilkobling():
        _les(egen)
        tjener.start_paa_nytt()
        _skriv(egen, "imens")
        tjener.start_paa_nytt()
        assert _les(egen) >= 1


def test_en_transaksjon_begynner_forfra_paa_en_ny_forbindelse(tjener: Tjener, egen: Database) -> None:
    forsoek: list[int] = []

    def arbeid() -> None:
        (pid,) = egen.motor.execute_sql("SELECT pg_backend_pid()").fetchone()
        forsoek.append(pid)
        SistLest.insert(person=f"forfra-{pid}", tidspunkt=FastKlokke().naa()).execute()
        if len(forsoek) == 1:
            tjener.start_paa_nytt()
        SistLest.select().count()

    egen.i_transaksjon(arbeid)
    with egen.tilkobling():
        funnet = [rad.person for rad in SistLest.select().where(SistLest.person.startswith("forfra-"))]
    assert funnet == [f"forfra-{forsoek[1]}"]


def test_en_setning_som_skriver_utenfor_en_transaksjon_gjoeres_ikke_om_igjen(tjener: Tjener, egen: Database) -> None:
    """It may have taken effect; a transaction of one statement says by itself that it may run again."""
    with egen.tilkobling():
        _les(egen)
        tjener.start_paa_nytt()
        with pytest.raises(Utilgjengelig):
            SistLest.insert(person="en gang", tidspunkt=FastKlokke().naa()).execute()
        assert SistLest.select().where(SistLest.person == "en gang").count() == 0


# --- what passes, and what does not ---------------------------------------------------------------------------------


@pytest.mark.parametrize("gjoer", [_les, _skriv])
def test_en_database_som_bare_kan_leses(tjener: Tjener, gjoer: Callable[[Database], Any]) -> None:
    with egen_database(tjener.url, "lesbar") as url:
        with _aapen(url) as database:
            migrer(database)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', "
                "current_database()); END $$"
            )
        with _aapen(url) as database:
            if gjoer is _les:
                assert _les(database) == 0
                with database.tilkobling(), pytest.raises(Utilgjengelig):  # one that writes, such as a lock
                    SistLest.insert(person="x", tidspunkt=FastKlokke().naa()).execute()
            else:
                with pytest.raises(Utilgjengelig):
                    _skriv(database)


def test_en_sqlite_som_er_laast_full_eller_bare_kan_leses(tmp_path: Path) -> None:
    fil = tmp_path / "gateway.db"
    with _aapen(f"sqlite:///{fil}") as database:
        migrer(database)
        _skriv(database)
        laaser = sqlite3.connect(fil, isolation_level=None)
        laaser.execute("BEGIN IMMEDIATE")
        with _innen(SNART), pytest.raises(Utilgjengelig):
            _skriv(database)
        assert _les(database) == 1
        laaser.execute("ROLLBACK")
        laaser.close()
        with database.tilkobling():
            database.motor.execute_sql("PRAGMA query_only = 1")
            with pytest.raises(Utilgjengelig):
                _skriv(database)
            database.motor.execute_sql("PRAGMA query_only = 0")
            (sider,) = database.motor.execute_sql("PRAGMA page_count").fetchone()
            database.motor.execute_sql(f"PRAGMA max_page_count = {sider}")
            with pytest.raises(Utilgjengelig):
                _skriv(database, "for lang til å få plass" * 10_000)


def test_en_sqlite_som_ikke_kan_aapnes(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").mkdir()
    with _aapen(f"sqlite:///{tmp_path / 'gateway.db'}") as database, pytest.raises(Utilgjengelig):
        _les(database)


@pytest.mark.parametrize(
    ("feil", "midlertidig", "igjen"),
    [
        (psycopg.errors.ReadOnlySqlTransaction(), True, False),
        (psycopg.errors.LockNotAvailable(), True, False),
        (psycopg.errors.QueryCanceled(), True, False),
        (psycopg.errors.TooManyConnections(), True, False),
        (psycopg.errors.DiskFull(), True, False),
        (psycopg.errors.AdminShutdown(), True, True),
        (psycopg.errors.CannotConnectNow(), True, True),
        (psycopg.errors.IdleInTransactionSessionTimeout(), True, True),
        (psycopg.errors.DeadlockDetected(), True, True),
        (psycopg.errors.SerializationFailure(), True, True),
        (psycopg.errors.IoError(), True, False),
        (psycopg.OperationalError("the connection is lost"), True, True),
        (psycopg.errors.ProgramLimitExceeded(), False, None),
        (psycopg.errors.UndefinedTable(), False, None),
        (psycopg.errors.InsufficientPrivilege(), False, None),
        (psycopg.errors.DataCorrupted(), False, None),
        (psycopg.errors.InFailedSqlTransaction(), False, None),
        (psycopg.errors.UniqueViolation(), False, None),
        (peewee.OperationalError("Connection already opened."), False, None),
        (peewee.InterfaceError("Error, database connection not opened."), False, None),
    ],
)
def test_bare_det_som_gaar_over_sies_aa_gaa_over(feil: Exception, midlertidig: bool, igjen: bool | None) -> None:
    funnet = som_utilgjengelig(feil)
    assert (funnet is not None, funnet.igjen if funnet else None) == (midlertidig, igjen)


def test_en_gal_setning_er_en_feil_ogsaa_naar_det_leses(database: Database) -> None:
    with pytest.raises(peewee.DatabaseError, match="finnes_ikke"), database.tilkobling():
        database.motor.execute_sql("SELECT 1 FROM finnes_ikke")
