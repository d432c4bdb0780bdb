"""The database connection and the transaction: SQLite or PostgreSQL behind one door.

Models are bound to `tabeller.db`; one process works with one database at a time, the one last opened.
"""

from __future__ import annotations

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

import peewee
import psycopg
from playhouse.pool import PooledPostgresqlDatabase

from gateway.store.tabeller import db

T = TypeVar("T")
logger = logging.getLogger(__name__)

SQLITE_VENT_SEKUNDER = 30
PG_FORBINDELSER_UTOVER_TRAADER = 4
FORSOEK = 5
# PostgreSQL: serialization failure, deadlock. Both say: the transaction did nothing, try it again.
KAN_TAS_OM_IGJEN = ("40001", "40P01")
SQLITE_DRIFTSFEIL = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)
FORBINDELSEN_ER_BORTE = ("08", "57P")


def _aarsak(feil: Exception) -> Exception | None:
    """What the driver said: peewee keeps it beside an exception of its own."""
    return getattr(feil, "orig", None)


def _sqlstate(feil: Exception) -> str | None:
    return getattr(_aarsak(feil), "sqlstate", None)


def _er_driftsfeil(feil: Exception) -> bool:
    """Whether the database, and not the statement, is at fault: SQLite says both with one class."""
    aarsak = _aarsak(feil)
    if not isinstance(aarsak, sqlite3.Error):
        return True
    # The low byte is the primary code; the rest tells more.
    return getattr(aarsak, "sqlite_errorcode", 0) & 0xFF in SQLITE_DRIFTSFEIL


def _kan_tas_om_igjen(feil: Exception) -> bool:
    """Whether the transaction did nothing and may succeed at once: PostgreSQL gave it up, or the connection is gone."""
    if not isinstance(_aarsak(feil), psycopg.Error):
        return False  # SQLite has already waited its busy time-out
    sqlstate = _sqlstate(feil)
    return sqlstate is None or sqlstate in KAN_TAS_OM_IGJEN or sqlstate.startswith(FORBINDELSEN_ER_BORTE)


class Utilgjengelig(Exception):
    """The database cannot take the work now; nothing was written. The same call may succeed later."""


class _Postgres(PooledPostgresqlDatabase):  # type: ignore[misc]
    # peewee asks the server `SELECT 1` at every checkout, a round trip for each request. psycopg knows locally of a
    # connection that broke in use; one that the server closed while it lay idle is found by its first statement,
    # which `Database.transaksjon` then tries again on a new connection.
    def _is_closed(self, conn: Any) -> bool:
        return bool(conn.closed)


class _Sqlite(peewee.SqliteDatabase):  # type: ignore[misc]
    """A connection for each thread; writers of this process take turns instead of waiting in SQLite's busy loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.skrivetur = threading.RLock()


@dataclass
class Database:
    """An open database. Callbacks of `etter_commit` run once the transaction is committed, never before."""

    url: str
    motor: peewee.Database
    er_postgres: bool

    @contextmanager
    def tilkobling(self) -> Iterator[None]:
        """Hold a connection while reading. Raises Utilgjengelig when none can be had."""
        if not self.motor.is_closed():
            yield
            return
        try:
            self.motor.connect()
        except (peewee.OperationalError, peewee.InterfaceError, ValueError) as feil:
            raise Utilgjengelig(f"The database cannot be reached: {type(feil).__name__}") from feil
        try:
            yield
        finally:
            self.motor.close()

    def i_transaksjon(self, arbeid: Callable[[], T], *, en_setning: bool = False) -> T:
        """Run `arbeid` in one transaction and return its answer once that is committed.

        A deadlock, a serialization failure or a connection that was found dead runs it again from the start, so it
        may do nothing but read and write the database. Raises Utilgjengelig when the database cannot take it.
        Inside a transaction that is already open, `arbeid` becomes part of it.

        `en_setning`: in PostgreSQL the work is one statement, which is a transaction without BEGIN and COMMIT and the
        round trips that those cost. It may run again although it took effect, so a second time must do nothing.
        """
        if self.motor.in_transaction():
            return arbeid()
        for forsoek in range(1, FORSOEK + 1):
            try:
                return self._en_gang(arbeid, en_setning)
            except (peewee.OperationalError, peewee.InterfaceError) as feil:
                if not _er_driftsfeil(feil):
                    raise
                if forsoek == FORSOEK or not _kan_tas_om_igjen(feil):
                    raise Utilgjengelig(f"The database cannot take the write: {type(feil).__name__}") from feil
                logger.info("transaction is tried again", extra={"forsoek": forsoek, "sqlstate": _sqlstate(feil)})
                time.sleep(random.uniform(0, 0.02 * 2**forsoek))  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    def _en_gang(self, arbeid: Callable[[], T], en_setning: bool) -> T:
        gjort = False
        with self.tilkobling(), self._skrivetur():
            try:
                with self._transaksjon(en_setning):
                    svar = arbeid()
                    gjort = True
                return svar
            except (peewee.OperationalError, peewee.InterfaceError) as feil:
                if gjort:  # lost during commit: it may have taken effect, so only the caller can ask again
                    raise Utilgjengelig("The connection was lost during commit; ask again") from feil
                raise

    def _transaksjon(self, en_setning: bool) -> AbstractContextManager[Any]:
        if isinstance(self.motor, _Sqlite):
            atomic: AbstractContextManager[Any] = self.motor.atomic("IMMEDIATE")
            return atomic
        return nullcontext() if en_setning else self.motor.atomic()

    def _skrivetur(self) -> AbstractContextManager[Any]:
        return self.motor.skrivetur if isinstance(self.motor, _Sqlite) else nullcontext()

    def etter_commit(self, kall: Callable[[], None]) -> None:
        """Have `kall` run when the open transaction has been committed; it must not fail, and may not write."""
        self.motor.after_commit(kall)

    def i_bruk(self) -> int:
        """How many connections of this process's pool are in use; 0 for SQLite, which has none."""
        return len(self.motor._in_use) if isinstance(self.motor, _Postgres) else 0

    def lukk(self) -> None:
        """Close all connections of this process."""
        if isinstance(self.motor, _Postgres):
            self.motor.close_all()
        elif not self.motor.is_closed():
            self.motor.close()


def aapne(url: str, *, traader: int = 8) -> Database:
    """Open the database at `url` (`sqlite:///path` or `postgresql://…`) and bind the tables to it.

    Connections are made when they are needed: at most a few more than `traader` for PostgreSQL, one a thread for
    SQLite. No connection is made here.
    """
    if url.startswith("sqlite:"):
        motor: peewee.Database = _Sqlite(
            sqlite_fil(url),
            pragmas={"journal_mode": "wal", "foreign_keys": 1, "synchronous": "full", "temp_store": "memory"},
            timeout=SQLITE_VENT_SEKUNDER,
            returning_clause=True,
        )
    else:
        motor = _Postgres(
            url,
            max_connections=traader + PG_FORBINDELSER_UTOVER_TRAADER,
            timeout=10,
            prefer_psycopg3=True,
            autoconnect=False,
            options="-c timezone=UTC -c lock_timeout=10s",
        )
    db.initialize(motor)
    return Database(url=url, motor=motor, er_postgres=not url.startswith("sqlite:"))


def innebygd_url(data: Path) -> str:
    """The URL of the database that is used when none is named: a file in the data folder, whatever that is called."""
    return f"sqlite:///{quote(str(data / 'gateway.db'))}"


def sqlite_fil(url: str) -> str:
    """The path in `sqlite:///relative` or `sqlite:////absolute`; its folder is made."""
    sti = sqlite_sti(url)
    sti.parent.mkdir(parents=True, exist_ok=True)
    return str(sti)


def sqlite_sti(url: str) -> Path:
    """The path in `sqlite:///relative` or `sqlite:////absolute`, whether anything is there or not."""
    return Path(unquote(urlsplit(url).path.removeprefix("/")))
