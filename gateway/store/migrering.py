"""Bringing a database up to date, forwards, on both kinds, while the version before serves; safe from several places.

Each migration is a transaction of its own. It asks for its locks for `LAAS_SEKUNDER` at a time: a statement that waits
for a lock stands in the way of all who come after it, so it gives up, lets them by, and tries again.

A new migration only *expands*, since the version before runs beside it: new tables, and columns that are nullable or
have a default of the server (`TextField(null=True)`, or with `constraints=[SQL("DEFAULT 0")]`). Nothing is dropped,
renamed or tightened; that is done by a later version (contract), when nobody knows what goes. A test holds it so.

An index on a table that has rows is made by a file of its own, such as `0006_varselkoder_indekser.py` after
`0006_varselkoder.py` (files of one number go by name). It is no transaction, since PostgreSQL then makes the index
without locking anyone out:

    atomic = False

    def up(migrator, db):
        with db.bind_ctx((Varsel,)):
            lag_indekser(Varsel.index(Varsel.status, name="varsel_status"))

`lag_indekser` is in `gateway.store.dialekt`. Such a file does nothing else: stopped half-way it runs again from its
start. An index of a table that the same migration creates is made with it, as before.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from playhouse.migrations import Runner

from gateway.store.database import Database, Utilgjengelig
from gateway.store.dialekt import LAAS_SEKUNDER, alene_om_migrering, hvem_som_holder_paa

logger = logging.getLogger(__name__)

MIGRASJONER = Path(__file__).parent / "migrasjoner"
# So long `migrer` waits for another one to end, and so long each migration tries to have its locks.
VENT_SEKUNDER = 600.0
PAUSE_SEKUNDER = 1.0

Fortell = Callable[[str], None]


def migrer(database: Database, *, fortell: Fortell = logger.info, vent_sekunder: float = VENT_SEKUNDER) -> list[str]:
    """Apply the migrations that are missing; return their names. A failed one leaves the tables as they were.

    `fortell` is told what is waited for. Raises Utilgjengelig when another migration is not done, or those who hold
    the tables have not let go, within `vent_sekunder`.
    """
    gjort: list[str] = []
    with database.tilkobling(), alene_om_migrering(fortell=fortell, vent_sekunder=vent_sekunder):
        for navn in _mangler(database):
            _en(database, navn, fortell, time.monotonic() + vent_sekunder)
            gjort.append(navn)
    return gjort


def mangler(database: Database) -> list[str]:
    """The names of migrations that the database has not had."""
    with database.tilkobling():
        return _mangler(database)


def _en(database: Database, navn: str, fortell: Fortell, frist: float) -> None:
    """Apply the next migration, tried again for as long as what it lacks is a lock."""
    while True:
        try:
            _runner(database).up(target=navn)
        except Utilgjengelig as feil:
            if not feil.laas or time.monotonic() >= frist:
                raise
            fortell(f"{navn}: no lock within {LAAS_SEKUNDER} s, trying again; {hvem_som_holder_paa()}")
            time.sleep(PAUSE_SEKUNDER)
        else:
            return


def _mangler(database: Database) -> list[str]:
    return [migrasjon.name for migrasjon in _runner(database).status() if migrasjon.applied is None]


def _runner(database: Database) -> Runner:
    return Runner(database.motor, str(MIGRASJONER), table_name="migrasjon")
