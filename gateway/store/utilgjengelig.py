"""When the database cannot take the work now, told apart from work that it will never take."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg

# What PostgreSQL says (SQLSTATE) when the database, and not the statement, is at fault, by the class or in full:
# connections, its own trouble with memory, disk and the number of connections, shutdown and time-outs, the system.
MIDLERTIDIGE_KLASSER = ("08", "53", "57", "58")
MIDLERTIDIGE = (
    "25006",  # read-only: a standby, or a disk that is full
    "25P03",  # a transaction that stood still
    "40001",  # serialization failure
    "40P01",  # deadlock
    "55P03",  # a lock was not to be had in time
    "55006",  # in use
)
# The transaction did nothing, and may succeed at once.
KAN_TAS_OM_IGJEN = ("40001", "40P01")
# The server has closed the connection, or will.
FORBINDELSEN_ER_BORTE = ("08", "57P", "25P03")
LAASEFEIL = ("55P03", "40P01")
SQLITE_DRIFTSFEIL = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
)


class Utilgjengelig(Exception):
    """The database cannot take the work now; nothing was written. The same call may succeed later.

    `igjen`: it may succeed at once, from the start of its transaction. `laas`: others held what it needs.
    `forbindelse`: the connection is of no more use.
    """

    def __init__(self, tekst: str, *, igjen: bool = False, laas: bool = False, forbindelse: bool = False) -> None:
        super().__init__(tekst)
        self.igjen = igjen
        self.laas = laas
        self.forbindelse = forbindelse


class Overtid(psycopg.OperationalError):
    """The server did not answer in time, and its connection has been given up."""


def som_utilgjengelig(feil: Exception) -> Utilgjengelig | None:
    """The fault of a driver, or of peewee, as Utilgjengelig; None when the same work would never succeed."""
    aarsak: Any = getattr(feil, "orig", feil)  # peewee keeps what the driver said beside an exception of its own
    if isinstance(aarsak, sqlite3.Error):
        # The low byte is the primary code; the rest tells more.
        if getattr(aarsak, "sqlite_errorcode", 0) & 0xFF not in SQLITE_DRIFTSFEIL:
            return None
        return Utilgjengelig(f"The database cannot take the work: {aarsak.sqlite_errorname}")
    if not isinstance(aarsak, psycopg.Error):
        return None
    sqlstate = aarsak.sqlstate
    if sqlstate is None:
        if not isinstance(aarsak, psycopg.OperationalError | psycopg.InterfaceError):
            return None
        # The driver itself: the connection broke, or was found closed.
        return Utilgjengelig(
            f"The database cannot be reached: {type(aarsak).__name__}",
            igjen=not isinstance(aarsak, Overtid),
            forbindelse=True,
        )
    if sqlstate not in MIDLERTIDIGE and not sqlstate.startswith(MIDLERTIDIGE_KLASSER):
        return None
    borte = sqlstate.startswith(FORBINDELSEN_ER_BORTE)
    return Utilgjengelig(
        f"The database cannot take the work: {type(aarsak).__name__}",
        igjen=borte or sqlstate in KAN_TAS_OM_IGJEN,
        laas=sqlstate in LAASEFEIL,
        forbindelse=borte,
    )
