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

from gateway.store.postgres import Forbindelser, Postgres, Tidsgrenser
from gateway.store.tabeller import db
from gateway.store.utilgjengelig import Utilgjengelig, som_utilgjengelig

__all__ = ["Database", "Forbindelser", "Tidsgrenser", "Utilgjengelig", "aapne", "innebygd_url", "sqlite_sti"]

T = TypeVar("T")
logger = logging.getLogger(__name__)

PG_FORBINDELSER_UTOVER_TRAADER = 4
FORSOEK = 5


class _Sqlite(peewee.SqliteDatabase):  # type: ignore[misc]
    """A connection for each thread; writers of this process take turns instead of waiting in SQLite's busy loop."""

    def __init__(self, *args: Any, timeout: float, **kwargs: Any) -> None:
        super().__init__(*args, timeout=timeout, **kwargs)
        self._vent_sekunder = timeout
        self._tur = threading.RLock()

    @contextmanager
    def skrivetur(self) -> Iterator[None]:
        """Be the one that writes. Raises Utilgjengelig when it is not this thread's turn in time."""
        if not self._tur.acquire(timeout=self._vent_sekunder):
            raise Utilgjengelig("The database is busy with other writers")
        try:
            yield
        finally:
            self._tur.release()

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        with _OVERSATT:
            return super().execute_sql(sql, params)

    def rollback(self) -> None:
        """Some faults, such as a full disk, have rolled it back already: the fault is what is to be told."""
        if self._state.conn is None or self._state.conn.in_transaction:
            super().rollback()


class _Oversatt:
    """Raises what passes by itself as Utilgjengelig, and the rest as it is. No generator: every statement passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, slag: type[BaseException] | None, feil: BaseException | None, spor: object) -> None:
        if isinstance(feil, peewee.PeeweeException | sqlite3.Error) and (utilgjengelig := som_utilgjengelig(feil)):
            raise utilgjengelig from feil


_OVERSATT = _Oversatt()


class _Tilkobling:
    """A connection that is held; one that was held before is left as it is."""

    __slots__ = ("_egen", "_motor")

    def __init__(self, motor: peewee.Database) -> None:
        self._motor = motor
        self._egen = motor.is_closed()

    def __enter__(self) -> None:
        if self._egen:
            with _OVERSATT:
                self._motor.connect()

    def __exit__(self, slag: type[BaseException] | None, feil: BaseException | None, spor: object) -> None:
        if self._egen:
            with _OVERSATT:
                self._motor.close()
            _OVERSATT.__exit__(slag, feil, spor)


@dataclass
class Database:
    """An open database. Callbacks of `etter_commit` run once the transaction is committed, never before."""

    url: str
    motor: peewee.Database
    er_postgres: bool
    grenser: Tidsgrenser

    def tilkobling(self) -> AbstractContextManager[None]:
        """Hold a connection while reading. Raises Utilgjengelig when none can be had, or it cannot answer now."""
        return _Tilkobling(self.motor)

    def i_transaksjon(self, arbeid: Callable[[], T], *, en_setning: bool = False) -> T:
        """Run `arbeid` in one transaction and return its answer once that is committed.

        A deadlock, a serialization failure or a connection that was found dead runs it again from the start, so it
        may do nothing but read and write the database; all tries together have `grenser.klient` seconds. Raises
        Utilgjengelig when the database cannot take it.
        Inside a transaction that is already open, `arbeid` becomes part of it.

        `en_setning`: in PostgreSQL the work is one statement, which is a transaction without BEGIN and COMMIT and the
        round trips that those cost. It may run again although it took effect, so a second time must do nothing.
        """
        if self.motor.in_transaction():
            return arbeid()
        frist = time.monotonic() + self.grenser.klient
        for forsoek in range(1, FORSOEK + 1):
            try:
                return self._en_gang(arbeid, en_setning, frist)
            except Utilgjengelig as feil:
                if forsoek == FORSOEK or not feil.igjen or time.monotonic() >= frist:
                    raise
                logger.info("transaction is tried again", extra={"forsoek": forsoek, "feil": str(feil)})
                if feil.forbindelse:
                    self._bytt_forbindelse()
                else:
                    time.sleep(random.uniform(0, 0.02 * 2**forsoek))  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    def _bytt_forbindelse(self) -> None:
        if isinstance(self.motor, Postgres) and not self.motor.is_closed():
            self.motor.faa_frisk_forbindelse()

    def _en_gang(self, arbeid: Callable[[], T], en_setning: bool, frist: float) -> T:
        gjort = False
        with _OVERSATT, self.tilkobling(), self._tur(frist):
            try:
                with self._transaksjon(en_setning):
                    svar = arbeid()
                    gjort = True
                return svar
            except (Utilgjengelig, peewee.OperationalError, peewee.InterfaceError) as feil:
                if gjort:  # lost during commit: it may have taken effect, so only the caller can ask again
                    raise Utilgjengelig("The connection was lost during commit; ask again") from feil
                raise

    def _transaksjon(self, en_setning: bool) -> AbstractContextManager[Any]:
        if isinstance(self.motor, _Sqlite):
            atomic: AbstractContextManager[Any] = self.motor.atomic("IMMEDIATE")
            return atomic
        return nullcontext() if en_setning else self.motor.atomic()

    def _tur(self, frist: float) -> AbstractContextManager[Any]:
        tur: AbstractContextManager[Any] = (
            self.motor.skrivetur() if isinstance(self.motor, _Sqlite) else self.motor.med_frist(frist)
        )
        return tur

    def etter_commit(self, kall: Callable[[], None]) -> None:
        """Have `kall` run when the open transaction has been committed; it must not fail, and may not write."""
        self.motor.after_commit(kall)

    @contextmanager
    def uten_hast(self, sekunder: float) -> Iterator[None]:
        """Hold a connection whose statements may each take `sekunder`: for a person with a question, not for a door."""
        with self.tilkobling():
            if isinstance(self.motor, Postgres):
                with self.motor.uten_hast(sekunder):
                    yield
            else:
                yield

    def forbindelser(self) -> Forbindelser | None:
        """The connections of this process; None where each thread has its own (SQLite)."""
        return self.motor.forbindelser() if isinstance(self.motor, Postgres) else None

    def lukk(self) -> None:
        """Close the connections of this process; never waits for the server. One in use is closed when it is not."""
        if isinstance(self.motor, Postgres):
            self.motor.lukk_alle()
        elif not self.motor.is_closed():
            self.motor.close()


def aapne(url: str, *, traader: int = 8, grenser: Tidsgrenser | None = None) -> Database:
    """Open the database at `url` (`sqlite:///path` or `postgresql://…`) and bind the tables to it.

    Connections are made when they are needed: at most a few more than `traader` for PostgreSQL, one a thread for
    SQLite. No connection is made here.
    """
    grenser = grenser or Tidsgrenser()
    if url.startswith("sqlite:"):
        motor: peewee.Database = _Sqlite(
            sqlite_fil(url),
            pragmas={"journal_mode": "wal", "foreign_keys": 1, "synchronous": "full", "temp_store": "memory"},
            timeout=grenser.arbeid,
            returning_clause=True,
        )
    else:
        motor = Postgres(url, mest=traader + PG_FORBINDELSER_UTOVER_TRAADER, grenser=grenser)
    db.initialize(motor)
    return Database(url=url, motor=motor, er_postgres=not url.startswith("sqlite:"), grenser=grenser)


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
