"""What happens to a sak and to all that is on it at once, a batch of rows at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.kommandoer import ForlengSletting, LukkOppgaver, OppgaveUtfoert, OppgaveUtgaatt, navn
from gateway.domain.oppgave import lukk
from gateway.domain.sletting import NySlettetid
from gateway.domain.tid import instant_eller_ingen
from gateway.domain.tilstand import Notifikasjonstype, Oppgaveslutt
from gateway.handling.idempotens import en_gang
from gateway.handling.paaminnelse import avslutt_varsling
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.slettetid import ny_slettetid
from gateway.handling.utfall import Utfall
from gateway.store import logg
from gateway.store.dialekt import blant, laas
from gateway.store.oppslag import finn_sak
from gateway.store.tabeller import AAPEN_OPPGAVE, Notifikasjon, Sak

OM_GANGEN = 1_000
# Each oppgave's log entry is that of the kommando which would have ended it alone.
I_LOGGEN: dict[Oppgaveslutt, type[OppgaveUtfoert | OppgaveUtgaatt]] = {
    Oppgaveslutt.UTFOERT: OppgaveUtfoert,
    Oppgaveslutt.UTGAATT: OppgaveUtgaatt,
}


def lukk_oppgaver(kommando: LukkOppgaver, sammenheng: Sammenheng) -> Utfall:
    """Raises SakFinnesIkke, UgyldigMerkelapp, Konflikt."""
    sak = finn_sak(kommando.sak, sammenheng.aktoer.produsent, sammenheng.kjerne.noekkelring, laast=True)
    return en_gang(sak.id, kommando, sammenheng, lambda: _lukk(sak, kommando, sammenheng))


def _lukk(sak: Sak, kommando: LukkOppgaver, sammenheng: Sammenheng) -> Utfall:
    tidspunkt = instant_eller_ingen(kommando.tidspunkt) or sammenheng.naa
    avslutning = lukk(kommando.som, tidspunkt)
    endringer: dict[str, Any] = {
        "tilstand": avslutning.tilstand,
        "utfoert_tidspunkt": avslutning.utfoert_tidspunkt,
        "utgaatt_tidspunkt": avslutning.utgaatt_tidspunkt,
    }
    if kommando.ny_lenke:
        endringer["lenke"] = kommando.ny_lenke
    aapne = (Notifikasjon.type == Notifikasjonstype.OPPGAVE) & AAPEN_OPPGAVE
    hvem = logg.Hvem.fra(sammenheng.aktoer)
    innhold = {"tilstand": avslutning.tilstand, "tidspunkt": tidspunkt.isoformat()}
    antall = 0
    for bolk in _bolker(sak, aapne):
        ider = [id_ for id_, _ in bolk]
        Notifikasjon.update(**endringer).where(blant(Notifikasjon.id, ider)).execute()
        if kommando.hard_delete:
            _sett_slettetid(kommando.hard_delete, bolk, fra=tidspunkt)
        avslutt_varsling(ider, sammenheng.naa)
        logg.skriv_for_notifikasjoner(hvem, sammenheng.naa, I_LOGGEN[kommando.som].__name__, ider, innhold=innhold)
        antall += len(ider)
    sammenheng.loggfoer(
        logg.Innslag(
            hva=navn(kommando),
            merkelapp=sak.merkelapp,
            sak_id=sak.id,
            innhold={"som": kommando.som, "antall": antall},
        )
    )
    _, merknader = ny_slettetid(kommando.hard_delete if antall else None, None, fra=tidspunkt, naa=sammenheng.naa)
    return Utfall(id=sak.id, ny=True, antall=antall, merknader=merknader)


def forleng_sletting(kommando: ForlengSletting, sammenheng: Sammenheng) -> Utfall:
    """Raises SakFinnesIkke, UgyldigMerkelapp, Konflikt."""
    sak = finn_sak(kommando.sak, sammenheng.aktoer.produsent, sammenheng.kjerne.noekkelring, laast=True)
    return en_gang(sak.id, kommando, sammenheng, lambda: _forleng(sak, kommando, sammenheng))


def _forleng(sak: Sak, kommando: ForlengSletting, sammenheng: Sammenheng) -> Utfall:
    naa = sammenheng.naa
    slettes, merknader = ny_slettetid(kommando.hard_delete, sak.slettes_tidspunkt, fra=naa, naa=naa)
    Sak.update(slettes_tidspunkt=slettes).where(Sak.id == sak.id).execute()
    hvem = logg.Hvem.fra(sammenheng.aktoer)
    antall = 0
    for bolk in _bolker(sak, Notifikasjon.slettes_tidspunkt.is_null(False)):
        endret = _sett_slettetid(kommando.hard_delete, bolk, fra=naa)
        if endret:
            logg.skriv_for_notifikasjoner(hvem, naa, navn(kommando), endret, innhold=None)
        antall += len(endret)
    sammenheng.loggfoer(
        logg.Innslag(hva=navn(kommando), merkelapp=sak.merkelapp, sak_id=sak.id, innhold={"antall": antall})
    )
    return Utfall(id=sak.id, ny=True, antall=antall, merknader=merknader)


Bolk = list[tuple[UUID, dt.datetime | None]]


def _bolker(sak: Sak, hvor: peewee.Expression) -> Iterator[Bolk]:
    """Those notifikasjoner of the sak for which it holds, with their deletion times, held until the transaction ends.

    In the order in which whoever deletes the sak holds them.
    """
    i_saken = (Notifikasjon.merkelapp == sak.merkelapp) & (Notifikasjon.grupperingsid == sak.grupperingsid)
    egne = Notifikasjon.select(Notifikasjon.id, Notifikasjon.slettes_tidspunkt).where(i_saken & hvor)
    etter = None
    while bolk := _bolk(egne, etter):
        yield bolk
        etter = bolk[-1][0]


def _bolk(egne: peewee.Select, etter: UUID | None) -> Bolk:
    resten = egne if etter is None else egne.where(Notifikasjon.id > etter)
    return list(laas(resten.order_by(Notifikasjon.id).limit(OM_GANGEN)).tuples())


def _sett_slettetid(oenske: NySlettetid, bolk: Bolk, *, fra: dt.datetime) -> list[UUID]:
    """Give each its new deletion time; return the ids of those whose time is another."""
    etter_tid: defaultdict[dt.datetime, list[UUID]] = defaultdict(list)
    for id_, naavaerende in bolk:
        slettes = oenske.beregn(naavaerende=naavaerende, fra=fra)
        if slettes != naavaerende:
            etter_tid[slettes].append(id_)
    for slettes, ider in etter_tid.items():  # one: whatever is not the new time is left as it is
        Notifikasjon.update(slettes_tidspunkt=slettes).where(blant(Notifikasjon.id, ider)).execute()
    return [id_ for ider in etter_tid.values() for id_ in ider]
