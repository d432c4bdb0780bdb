"""What the sweep of frister does: open oppgaver whose frist's day has ended in Norway become UTGAATT."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from peewee import fn

from gateway.domain.oppgave import fristen_utloep
from gateway.domain.tid import dato_i_oslo
from gateway.handling.paaminnelse import avslutt_varsling
from gateway.kjerne import Kjerne
from gateway.store import logg
from gateway.store.dialekt import blant, claim
from gateway.store.tabeller import AAPEN_OPPGAVE, Notifikasjon

OM_GANGEN = 5_000
HVA = "FristUtloept"
RUNDE = "frister"


def utloep_frister(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Expire one batch, in one transaction; return how many, 0 when nothing is due.

    Rows that others hold are passed over: their change decides, and the next sweep looks again.
    """
    naa = kjerne.klokke.naa()

    def arbeid() -> int:
        frist = _eldste_forfalte(dato_i_oslo(naa))
        if frist is None:
            return 0
        ider = _hold(kjerne, frist)
        if not ider:
            return 0
        avslutning = fristen_utloep(frist)
        Notifikasjon.update(tilstand=avslutning.tilstand, utgaatt_tidspunkt=avslutning.utgaatt_tidspunkt).where(
            blant(kjerne.database, Notifikasjon.id, ider)
        ).execute()
        avslutt_varsling(kjerne, ider, naa)
        logg.skriv_for_notifikasjoner(
            kjerne.database,
            hvem,
            naa,
            HVA,
            ider,
            innhold={"tilstand": avslutning.tilstand, "tidspunkt": frist.isoformat()},
        )
        return len(ider)

    return kjerne.database.i_transaksjon(arbeid)


def _eldste_forfalte(i_dag: dt.date) -> dt.date | None:
    frist: dt.date | None = (
        Notifikasjon.select(fn.MIN(Notifikasjon.frist)).where(AAPEN_OPPGAVE, Notifikasjon.frist < i_dag).scalar()
    )
    return frist


def _hold(kjerne: Kjerne, frist: dt.date) -> list[UUID]:
    aapne = Notifikasjon.select(Notifikasjon.id).where(AAPEN_OPPGAVE, Notifikasjon.frist == frist).limit(OM_GANGEN)
    return [id_ for (id_,) in claim(kjerne.database, aapne).tuples()]
