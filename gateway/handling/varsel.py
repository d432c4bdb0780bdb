"""Ordering and cancelling varsler: rows that the round of varsler sends when they are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from peewee import chunked

from gateway.domain.html import renset
from gateway.domain.kommandoer import NyBeskjed, NyOppgave
from gateway.domain.varsel import EksterntVarsel, Varselstatus
from gateway.handling.sammenheng import Sammenheng
from gateway.kjerne import ny_id
from gateway.store.database import Database
from gateway.store.dialekt import blant
from gateway.store.tabeller import Varsel, VarselHistorikk

RUNDE = "varsler"


@dataclass(frozen=True, kw_only=True)
class Eier:
    """What a varsel needs to know of its notifikasjon, which it may outlive."""

    notifikasjon_id: UUID
    merkelapp: str
    virksomhetsnummer: str


def bestill(varsler: Sequence[EksterntVarsel], eier: Eier, sammenheng: Sammenheng) -> tuple[UUID, ...]:
    """Order varsler now, each to go out in its window; return their ids."""
    klar = [varsel.bestilling.sendetidspunkt.tidligst(sammenheng.naa) for varsel in varsler]
    if any(tidspunkt <= sammenheng.naa for tidspunkt in klar):
        sammenheng.database.etter_commit(lambda: sammenheng.kjerne.doerklokke.ring(RUNDE))
    return _sett_inn(varsler, eier, klar)


def legg_til_paaminnelse(varsler: Sequence[EksterntVarsel], eier: Eier) -> tuple[UUID, ...]:
    """Keep varsler for the paaminnelse, which orders them when its time comes; return their ids."""
    return _sett_inn(varsler, eier, [None] * len(varsler))


def _sett_inn(varsler: Sequence[EksterntVarsel], eier: Eier, klar: Sequence[dt.datetime | None]) -> tuple[UUID, ...]:
    ider = tuple(ny_id() for _ in varsler)
    if ider:
        Varsel.insert_many(
            [
                {
                    "id": varsel_id,
                    "notifikasjon_id": eier.notifikasjon_id,
                    "merkelapp": eier.merkelapp,
                    "virksomhetsnummer": eier.virksomhetsnummer,
                    "til_paaminnelse": tidspunkt is None,
                    "type": varsel.type,
                    "innhold": msgspec.to_builtins(renset(varsel)),
                    "status": Varselstatus.NY,
                    "klar_tidspunkt": tidspunkt,
                    "neste_forsoek": tidspunkt,
                }
                for varsel_id, varsel, tidspunkt in zip(ider, varsler, klar, strict=True)
            ]
        ).execute()
    return ider


def bestilt_ved_opprettelse(
    kommando: NyBeskjed, notifikasjon_id: UUID
) -> tuple[tuple[UUID, ...], tuple[UUID, ...] | None]:
    """The ids that a creation answered, for the equal one that comes after it: (varsler, those of the paaminnelse)."""
    paaminnelse = kommando.paaminnelse if isinstance(kommando, NyOppgave) else None
    rader = (
        Varsel.select(Varsel.id, Varsel.til_paaminnelse)
        .where(Varsel.notifikasjon_id == notifikasjon_id)
        .order_by(Varsel.id)
        .tuples()
    )
    # Ids grow, and creation comes first: what a later change ordered lies behind.
    egne = [varsel_id for varsel_id, til_paaminnelse in rader if not til_paaminnelse]
    paaminnelsens = [varsel_id for varsel_id, til_paaminnelse in rader if til_paaminnelse]
    return (
        tuple(egne[: len(kommando.eksterne_varsler)]),
        tuple(paaminnelsens[: len(paaminnelse.eksterne_varsler)]) if paaminnelse else None,
    )


def kanseller_paaminnelsers(database: Database, notifikasjoner: Sequence[UUID], naa: dt.datetime) -> None:
    """Cancel the varsler of these notifikasjoner's paaminnelser that have not been sent."""
    kansellert = list(
        Varsel.update(status=Varselstatus.KANSELLERT, neste_forsoek=None)
        .where(
            blant(database, Varsel.notifikasjon_id, notifikasjoner),
            Varsel.til_paaminnelse,
            Varsel.status == Varselstatus.NY,
        )
        .returning(Varsel.id)
        .execute()
    )
    # In parts, since a statement may have 32,766 parameters in SQLite and 65,535 in PostgreSQL.
    for del_ in chunked(kansellert, 5_000):
        VarselHistorikk.insert_many(
            [{"varsel": rad.id, "tidspunkt": naa, "hendelse": Varselstatus.KANSELLERT} for rad in del_]
        ).execute()
