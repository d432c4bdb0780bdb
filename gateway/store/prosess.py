"""The processes that run, kept in the database: each writes of itself, and who has long been silent is forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from peewee import fn

from gateway.domain.prosess import Pluginstand, Prosess, Rolle
from gateway.store.database import Database
from gateway.store.tabeller import Prosessrad

GLEMMES_ETTER = dt.timedelta(hours=1)


def meld(database: Database, prosess: Prosess) -> None:
    """Write that the process was here at its `sist_sett`. Raises Utilgjengelig."""
    rad = {
        "id": prosess.id,
        "rolle": prosess.rolle,
        "vert": prosess.vert,
        "versjon": prosess.versjon,
        "plugins": [asdict(ett) for ett in prosess.plugins],
        "startet": prosess.startet,
        "sist_sett": prosess.sist_sett,
    }

    def arbeid() -> None:
        Prosessrad.delete().where(Prosessrad.sist_sett < prosess.sist_sett - GLEMMES_ETTER).execute()
        Prosessrad.insert(rad).on_conflict(
            conflict_target=[Prosessrad.id],
            update={Prosessrad.sist_sett: prosess.sist_sett},
        ).execute()

    database.i_transaksjon(arbeid)


def meld_av(database: Database, prosess_id: UUID) -> None:
    """Write that the process has ended. Raises Utilgjengelig."""
    database.i_transaksjon(lambda: Prosessrad.delete().where(Prosessrad.id == prosess_id).execute())


def prosesser(naa: dt.datetime) -> list[Prosess]:
    """Those that are here at `naa`, which is real time, on a connection that is held; the oldest first."""
    alle = (
        Prosess(
            id=rad.id,
            rolle=Rolle(rad.rolle),
            vert=rad.vert,
            versjon=rad.versjon,
            plugins=tuple(Pluginstand(**ett) for ett in rad.plugins),
            startet=rad.startet,
            sist_sett=rad.sist_sett,
        )
        for rad in Prosessrad.select().order_by(Prosessrad.startet, Prosessrad.id)
    )
    return [ett for ett in alle if ett.er_her(naa)]


def sist_sett_av_rollene() -> Mapping[Rolle, dt.datetime]:
    """When a process of each role last told of itself, of those of the last hour, on a connection that is held."""
    siste = Prosessrad.select(Prosessrad.rolle, fn.MAX(Prosessrad.sist_sett)).group_by(Prosessrad.rolle)
    return {Rolle(rolle): Prosessrad.sist_sett.python_value(naar) for rolle, naar in siste.tuples()}
