"""Rows that a round could not do, set aside so that the rest goes on, until they change or a person says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import peewee
from peewee import EXCLUDED, SQL, Value, fn

from gateway.store.database import Database, Utilgjengelig
from gateway.store.tabeller import SattTilSide
from gateway.store.telling import antall_og_foerste

# What is no row's fault: the database is away, or the statement is wrong for every row.
IKKE_RADENS_FEIL = (Utilgjengelig, peewee.OperationalError, peewee.ProgrammingError, peewee.InterfaceError)


@dataclass(frozen=True, kw_only=True)
class TilSide:
    """What one round sets aside. `id`: its rows' id; `forfalt`: their due time, which makes a changed row due anew."""

    runde: str
    id: peewee.Field
    forfalt: peewee.Field
    flere_rader: bool = False

    @property
    def _versjon(self) -> Any:
        # Where an object has several rows that are due, they are set aside together, and stay so.
        return (self.id if self.flere_rader else self.forfalt).cast("text")

    @property
    def er_satt(self) -> Any:
        """Whether the row is set aside: for the `where` of a query of its table."""
        satt = SattTilSide.alias()
        return fn.EXISTS(
            satt.select(SQL("1")).where(
                satt.runde == self.runde, satt.objekt_id == self.id, satt.forfalt == self._versjon
            )
        )

    def har_noen(self) -> bool:
        """Whether anything at all is set aside for the round, on a connection that is held."""
        return bool(SattTilSide.select(SQL("1")).where(SattTilSide.runde == self.runde).exists())

    def sett(self, forfalte: peewee.Select, objekt_id: UUID, feil: Exception, naa: dt.datetime) -> None:
        """Set aside the row of what is due, in the open transaction.

        Of the fault only its class is kept, since its text may repeat what somebody sent.
        """
        verdier = {
            SattTilSide.runde: Value(self.runde),
            SattTilSide.objekt_id: self.id,
            SattTilSide.forfalt: self._versjon,
            SattTilSide.tidspunkt: Value(naa, SattTilSide.tidspunkt.db_value),
            SattTilSide.kode: Value(type(feil).__name__),
        }
        raden = forfalte.select(*verdier.values()).where(self.id == objekt_id).order_by(self.forfalt).limit(1)
        SattTilSide.insert_from(raden, list(verdier)).on_conflict(
            conflict_target=[SattTilSide.runde, SattTilSide.objekt_id],
            update={felt: getattr(EXCLUDED, felt.name) for felt in list(verdier)[2:]},
        ).execute()

    def antall(self, forfalte: peewee.Select, hoeyst: int) -> tuple[int, dt.datetime | None]:
        """How many of the rows that are due are set aside, and since when the first of them is.

        Counted from what is set aside, which is little.
        """
        ennaa = forfalte.where(self.id == SattTilSide.objekt_id, self._versjon == SattTilSide.forfalt)
        satt = (
            SattTilSide.select(SattTilSide.tidspunkt)
            .where(SattTilSide.runde == self.runde, fn.EXISTS(ennaa))
            .limit(hoeyst)
        )
        return antall_og_foerste(satt, SattTilSide.tidspunkt)


def gi_tilbake(database: Database, runde: str, etter: Callable[[], None]) -> int:
    """Let the round try all that it has set aside anew; `etter` is called once that is committed. How many rows."""

    def arbeid() -> int:
        antall: int = SattTilSide.delete().where(SattTilSide.runde == runde).execute()
        database.etter_commit(etter)
        return antall

    return database.i_transaksjon(arbeid)
