"""PostgreSQL's connections: a pool whose every wait has a bound, and which gives up what is dead.

The server ends statements that take too long and waits for locks (`Tidsgrenser`). A server that has stopped answering
ends nothing, so each wait has a bound here as well, a little later. When one connection is found dead, so are the idle
ones: all are thrown away, and a read outside a transaction is done once more on a new one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import peewee
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.store.utilgjengelig import Overtid, Utilgjengelig, som_utilgjengelig

# The server gives up first, and says why.
KLIENTEN_VENTER_LENGER = 1.0
# A transaction whose process stands still holds its locks no longer than this after its time is up.
STILLE_TRANSAKSJON_SEKUNDER = 5.0
# When the other machine, and not the server on it, is taken to be gone: its kernel has acknowledged nothing.
NETTET_SEKUNDER = 10


@dataclass(frozen=True, kw_only=True)
class Tidsgrenser:
    """How long to wait for the database, in seconds: for a connection, for a statement or a whole transaction, and
    for others to let go of a row or of a connection of this process."""

    forbind: float = 3.0
    arbeid: float = 10.0
    laas: float = 2.0

    @property
    def klient(self) -> float:
        """When a server that does not answer is given up."""
        return self.arbeid + KLIENTEN_VENTER_LENGER


@dataclass(frozen=True, kw_only=True)
class Forbindelser:
    """How many connections this process uses now, holds idle, and may have."""

    i_bruk: int
    ledige: int
    mest: int


class _Forbindelse(psycopg.Connection[Any]):
    """Waits for no answer longer than `sekunder`, nor past `frist` (of `time.monotonic`)."""

    sekunder: float = Tidsgrenser().klient
    frist: float | None = None
    # Holds state of its session, so another may not take its place.
    egen: bool = False

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is None:
            timeout = self.sekunder if self.frist is None else min(self.sekunder, self.frist - time.monotonic())
            if timeout <= 0:
                self.close()
                raise Overtid("the time of the transaction is up")
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as feil:
            # What the server says has a code, and of a broken connection psycopg knows: this is the time-out.
            if feil.sqlstate is not None or self.closed:
                raise
            self.close()
            raise Overtid("the server did not answer in time") from None


class _MedFrist:
    __slots__ = ("_forbindelse", "_frist")

    def __init__(self, forbindelse: _Forbindelse, frist: float) -> None:
        self._forbindelse = forbindelse
        self._frist = frist

    def __enter__(self) -> None:
        if not self._forbindelse.egen:
            self._forbindelse.frist = self._frist

    def __exit__(self, *_: object) -> None:
        self._forbindelse.frist = None


class Postgres(peewee.PostgresqlDatabase):  # type: ignore[misc]
    """Connections of one process, at most `mest`. What passes by itself is raised as Utilgjengelig."""

    # peewee's own pool makes a connection under the lock that all others need, and asks the server at each checkout.

    def __init__(self, url: str, *, mest: int, grenser: Tidsgrenser) -> None:
        super().__init__(url, prefer_psycopg3=True, autoconnect=False)
        self._grenser = grenser
        self._mest = mest
        self._plasser = threading.BoundedSemaphore(mest)
        self._vakt = threading.Lock()
        self._ledige: list[_Forbindelse] = []
        self._i_bruk = 0
        self._lukket = False
        self._svarer_ikke = False
        self._proever = threading.Lock()

    # --- the pool ----------------------------------------------------------------------------------------------

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Give this thread a connection. Raises Utilgjengelig."""
        if not self._state.closed:
            if reuse_if_open:
                return False
            raise peewee.OperationalError("Connection already opened.")
        if not self._plasser.acquire(timeout=self._grenser.laas):
            raise Utilgjengelig(f"All {self._mest} connections of this process are in use")
        try:
            self._state.set_connection(self._ledig() or self._ny())
        except BaseException:
            self._plasser.release()
            raise
        with self._vakt:
            self._lukket = False
            self._i_bruk += 1
        return True

    def _ledig(self) -> _Forbindelse | None:
        with self._vakt:
            while self._ledige:
                forbindelse = self._ledige.pop()  # the one last used: the others may be closed by age
                if not forbindelse.closed:
                    return forbindelse
        return None

    def _ny(self) -> _Forbindelse:
        # While the server takes no connection, one thread at a time waits to see; the others need not.
        holder = self._proever.acquire(blocking=False)
        try:
            if self._svarer_ikke and not holder:
                raise Utilgjengelig("The database does not answer")
            forbindelse = self._koble_til()
            self._svarer_ikke = False
            return forbindelse
        except psycopg.errors.ConnectionTimeout as feil:
            self._svarer_ikke = True
            raise Utilgjengelig("The database cannot be reached: it does not answer") from feil
        except psycopg.Error as feil:
            raise Utilgjengelig(f"The database cannot be reached: {type(feil).__name__}") from feil
        finally:
            if holder:
                self._proever.release()

    def _koble_til(self) -> _Forbindelse:
        gitt = conninfo_to_dict(self.database)
        vaare: dict[str, str | int] = {
            "connect_timeout": max(2, round(self._grenser.forbind)),
            "tcp_user_timeout": NETTET_SEKUNDER * 1000,
            "keepalives_idle": NETTET_SEKUNDER,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "application_name": "gateway",
        }
        options = f"{self._innstillinger()} {gitt.get('options') or ''}".rstrip()
        conninfo = make_conninfo(
            self.database, **{navn: verdi for navn, verdi in vaare.items() if navn not in gitt}, options=options
        )
        forbindelse = _Forbindelse.connect(conninfo, autocommit=True)
        forbindelse.sekunder = self._grenser.klient
        if self.server_version is None:
            self._set_server_version(forbindelse)
        return forbindelse

    def _innstillinger(self) -> str:
        sekunder = {
            "statement_timeout": self._grenser.arbeid,
            "lock_timeout": self._grenser.laas,
            "idle_in_transaction_session_timeout": self._grenser.arbeid + STILLE_TRANSAKSJON_SEKUNDER,
        }
        return " ".join(
            ["-c timezone=UTC", *(f"-c {navn}={max(1, int(verdi * 1000))}" for navn, verdi in sekunder.items())]
        )

    def _close(self, conn: _Forbindelse) -> None:
        """Take the thread's connection back, if it is of any more use."""
        if conn.egen or conn.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            conn.close()
        with self._vakt:
            self._i_bruk -= 1
            if not conn.closed and not self._lukket:
                self._ledige.append(conn)
                beholdt = True
            else:
                beholdt = False
        if not beholdt:
            conn.close()
        self._plasser.release()

    def kast_ledige(self) -> None:
        """Close all connections that nobody uses; never waits for the server."""
        with self._vakt:
            ledige, self._ledige = self._ledige, []
        for forbindelse in ledige:
            forbindelse.close()

    def lukk_alle(self) -> None:
        """Close this thread's connection and the idle ones; those in use are closed when they are given back."""
        self.close()
        with self._vakt:
            self._lukket = True
        self.kast_ledige()

    def forbindelser(self) -> Forbindelser:
        """The pool at this moment."""
        with self._vakt:
            return Forbindelser(i_bruk=self._i_bruk, ledige=len(self._ledige), mest=self._mest)

    # --- statements --------------------------------------------------------------------------------------------

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        try:
            return super().execute_sql(sql, params)
        except peewee.PeeweeException as feil:
            utilgjengelig = self._tolk(feil)
            if utilgjengelig is None:
                raise
            if not (utilgjengelig.igjen and utilgjengelig.forbindelse and _leser(sql) and self.faa_frisk_forbindelse()):
                raise utilgjengelig from feil
        return self._gjoer(lambda: super(Postgres, self).execute_sql(sql, params))

    def begin(self, isolation_level: Any = None) -> None:
        self._gjoer(lambda: super(Postgres, self).begin(isolation_level))

    def commit(self) -> None:
        self._gjoer(super().commit)

    def rollback(self) -> None:
        """Whatever is the matter with the connection: what is not committed is rolled back when it is closed."""
        if self._state.conn is None or self._state.conn.closed:
            return
        try:
            super().rollback()
        except peewee.PeeweeException:
            self._state.conn.close()

    def _gjoer(self, hva: Callable[[], Any]) -> Any:
        try:
            return hva()
        except peewee.PeeweeException as feil:
            if utilgjengelig := self._tolk(feil):
                raise utilgjengelig from feil
            raise

    def _tolk(self, feil: Exception) -> Utilgjengelig | None:
        utilgjengelig = som_utilgjengelig(feil)
        if utilgjengelig and utilgjengelig.forbindelse:
            if self._state.conn is not None:
                self._state.conn.close()
            self.kast_ledige()
        return utilgjengelig

    def faa_frisk_forbindelse(self) -> bool:
        """Let a new connection take the place of this thread's dead one, outside a transaction; whether it could.

        Raises Utilgjengelig when there is none to be had.
        """
        gammel = self._state.conn
        if gammel is None or gammel.egen or self.in_transaction():
            return False
        if gammel.closed:
            self._state.conn = self._ny()
        return True

    def med_frist(self, frist: float) -> _MedFrist:
        """Wait for nothing past `frist` (of `time.monotonic`) on this thread's connection."""
        return _MedFrist(self._state.conn, frist)

    @contextmanager
    def uten_hast(self, sekunder: float) -> Iterator[None]:
        """Let each statement on this thread's connection take `sekunder`; it is not used for anything else after."""
        forbindelse: _Forbindelse = self._state.conn
        forbindelse.egen = True
        forbindelse.sekunder = sekunder + KLIENTEN_VENTER_LENGER
        for navn in ("statement_timeout", "idle_in_transaction_session_timeout"):
            self.execute_sql(f"SET {navn} = {int(sekunder * 1000)}")
        try:
            yield
        finally:
            forbindelse.close()


def _leser(sql: str) -> bool:
    return sql.lstrip("( \n").startswith("SELECT")
