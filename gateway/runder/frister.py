"""The round of frister: open oppgaver whose frist's day has ended in Norway become UTGAATT."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import peewee

from gateway.domain.logg import Loggord
from gateway.domain.oppgave import fristen_utloep
from gateway.domain.tid import dagens_slutt, dato_i_oslo
from gateway.handling.paaminnelse import avslutt_varsling
from gateway.kjerne import Kjerne
from gateway.runder.sveip import Rad, Sveip, runde_av
from gateway.store import logg
from gateway.store.dialekt import blant
from gateway.store.tabeller import AAPEN_OPPGAVE, Logg, Notifikasjon


def _forfalte(naa: dt.datetime) -> peewee.Select:
    return Notifikasjon.select().where(AAPEN_OPPGAVE, Notifikasjon.frist < dato_i_oslo(naa))


def _utloep(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne  # the rows are all it takes
    etter_frist: defaultdict[dt.date, list[UUID]] = defaultdict(list)
    for id_, frist in rader:
        etter_frist[frist].append(id_)
    for frist, ider in etter_frist.items():
        avslutning = fristen_utloep(frist)
        Notifikasjon.update(tilstand=avslutning.tilstand, utgaatt_tidspunkt=avslutning.utgaatt_tidspunkt).where(
            blant(Notifikasjon.id, ider)
        ).execute()
        avslutt_varsling(ider, naa)
        innhold = {"tilstand": avslutning.tilstand, "tidspunkt": frist.isoformat()}
        logg.skriv_for_notifikasjoner(hvem, naa, Loggord.FRIST_UTLOEPT, ider, innhold=innhold)
    return len(rader)


SVEIP = Sveip(
    runde="frister",
    hva="frister",
    mening="oppgaver som skal utløpe",
    om_gangen=5_000,
    id=Notifikasjon.id,
    i_loggen=Logg.notifikasjon_id,
    forfalt=Notifikasjon.frist,
    forfalte=_forfalte,
    gjoer=_utloep,
    oeyeblikk=dagens_slutt,
)
FRISTER = runde_av("frister", "Oppgaver med utløpt frist blir utgått.", SVEIP)


def utloep_frister(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Expire one batch; return how many, 0 when nothing is due."""
    return SVEIP.ta(kjerne, hvem)
