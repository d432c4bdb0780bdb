"""Ordering and cancelling varsler: rows that the round of their type sends when they are due."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import msgspec

from gateway.domain.feil import Konflikt, VarselFinnesIkke
from gateway.domain.html import renset
from gateway.domain.kommandoer import KansellerVarsel, navn
from gateway.domain.varsel import EksterntVarsel, Sendetidspunkt, Varselstatus, Varseltype
from gateway.handling.idempotens import en_gang
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.kjerne import Kjerne, ny_id
from gateway.store.dialekt import blant, laas
from gateway.store.ferdig import sett_inn
from gateway.store.logg import Innslag
from gateway.store.tabeller import Varsel, VarselHistorikk

BESTILT = "BESTILT"
# A statement may have 32,766 parameters in SQLite and 65,535 in PostgreSQL.
RADER_OM_GANGEN = 5_000
# As one event or one request has; a round has thousands.
FAA = 16


@dataclass(frozen=True, kw_only=True)
class Eier:
    """What a varsel needs to know of its notifikasjon, which it may outlive. `er_ny`: that is being created now."""

    notifikasjon_id: UUID
    merkelapp: str
    virksomhetsnummer: str
    er_ny: bool = False


def bestill(varsler: Sequence[EksterntVarsel], eier: Eier, sammenheng: Sammenheng) -> tuple[UUID, ...]:
    """Order varsler now, each to go out in its window; return their ids."""
    if not varsler:
        return ()
    naa = sammenheng.naa
    klar = [varsel.bestilling.sendetidspunkt.tidligst(naa) for varsel in varsler]
    ider = _sett_inn(varsler, eier, klar)
    _skriv_historikk(ider, naa, BESTILT)
    _ring(sammenheng.kjerne, zip((varsel.type for varsel in varsler), klar, strict=True), naa)
    return ider


def legg_til_paaminnelse(varsler: Sequence[EksterntVarsel], eier: Eier) -> tuple[UUID, ...]:
    """Keep varsler for the paaminnelse, which orders them when its time comes; return their ids."""
    return _sett_inn(varsler, eier, [None] * len(varsler))


def bestill_paaminnelsers(kjerne: Kjerne, notifikasjoner: Sequence[UUID], naa: dt.datetime) -> None:
    """Order the varsler that the paaminnelser of these notifikasjoner have kept."""
    ventende = Varsel.select(Varsel.id, Varsel.type, Varsel.innhold).where(
        blant(Varsel.notifikasjon_id, notifikasjoner),
        Varsel.til_paaminnelse,
        Varsel.klar_tidspunkt.is_null(),
        Varsel.status == Varselstatus.NY,
    )
    etter_tid: defaultdict[dt.datetime, list[UUID]] = defaultdict(list)
    bestilte: list[tuple[Varseltype, dt.datetime]] = []
    for rad in ventende:
        klar = sendetidspunkt(rad).tidligst(naa)
        etter_tid[klar].append(rad.id)
        bestilte.append((Varseltype(rad.type), klar))
    for klar, ider in etter_tid.items():  # a few: now, and the next opening of each window
        bestilt = (
            Varsel.update(klar_tidspunkt=klar, neste_forsoek=klar)
            # One varsel is cancelled under its own lock, and not under the notifikasjon's.
            .where(blant(Varsel.id, ider), Varsel.status == Varselstatus.NY)
            .returning(Varsel.id)
            .execute()
        )
        _skriv_historikk([rad.id for rad in bestilt], naa, BESTILT)
    _ring(kjerne, bestilte, naa)


def sendetidspunkt(rad: Varsel) -> Sendetidspunkt:
    """When the varsel may be sent, as its producer wished."""
    return msgspec.convert(rad.innhold, EksterntVarsel).bestilling.sendetidspunkt


def runde_for(type_: Varseltype) -> str:
    """The name of the round that sends varsler of a type: each has its own, since channels do not wait for others."""
    return f"varsler_{type_.lower()}"


def _ring(kjerne: Kjerne, bestilte: Iterable[tuple[Varseltype, dt.datetime]], naa: dt.datetime) -> None:
    for type_ in {type_ for type_, klar in bestilte if klar <= naa}:
        kjerne.database.etter_commit(partial(kjerne.doerklokke.ring, runde_for(type_)))


def _sett_inn(varsler: Sequence[EksterntVarsel], eier: Eier, klar: Sequence[dt.datetime | None]) -> tuple[UUID, ...]:
    ider = tuple(ny_id() for _ in varsler)
    if ider:
        sett_inn(
            Varsel,
            [
                {
                    "id": varsel_id,
                    "notifikasjon_id": eier.notifikasjon_id,
                    "merkelapp": eier.merkelapp,
                    "virksomhetsnummer": eier.virksomhetsnummer,
                    "til_paaminnelse": tidspunkt is None,
                    "ved_opprettelse": nummer if eier.er_ny else None,
                    "type": varsel.type,
                    "innhold": msgspec.to_builtins(renset(varsel)),
                    "status": Varselstatus.NY,
                    "forsoek": 0,
                    "klar_tidspunkt": tidspunkt,
                    "neste_forsoek": tidspunkt,
                }
                for nummer, (varsel_id, varsel, tidspunkt) in enumerate(zip(ider, varsler, klar, strict=True))
            ],
        )
    return ider


def bestilt_ved_opprettelse(notifikasjon_id: UUID) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The ids that a creation answered, for the equal one that comes after it: (varsler, those of the paaminnelse)."""
    rader = list(
        Varsel.select(Varsel.id, Varsel.til_paaminnelse)
        .where(Varsel.notifikasjon_id == notifikasjon_id, Varsel.ved_opprettelse.is_null(False))
        .order_by(Varsel.ved_opprettelse)
        .tuples()
    )
    egne = tuple(varsel_id for varsel_id, til_paaminnelse in rader if not til_paaminnelse)
    paaminnelsens = tuple(varsel_id for varsel_id, til_paaminnelse in rader if til_paaminnelse)
    return egne, paaminnelsens


def kanseller(notifikasjoner: Sequence[UUID], naa: dt.datetime, *, til_paaminnelse: bool | None = None) -> None:
    """Cancel those varsler of these notifikasjoner that have not been sent: the paaminnelser's, the others, or all."""
    usendte = Varsel.update(status=Varselstatus.KANSELLERT, neste_forsoek=None).where(
        blant(Varsel.notifikasjon_id, notifikasjoner),
        Varsel.status == Varselstatus.NY,
        Varsel.overlatt_ref.is_null(),
    )
    if til_paaminnelse is not None:
        usendte = usendte.where(Varsel.til_paaminnelse == til_paaminnelse)
    kansellert = usendte.returning(Varsel.id).execute()
    _skriv_historikk([rad.id for rad in kansellert], naa, Varselstatus.KANSELLERT)


def kanseller_ett(kommando: KansellerVarsel, sammenheng: Sammenheng) -> Utfall:
    """Raises VarselFinnesIkke, UgyldigMerkelapp, and Konflikt for one that is not NY."""
    rad: Varsel | None = laas(
        Varsel.select().where(Varsel.id == kommando.varsel_id, Varsel.eier_slettet_tidspunkt.is_null()),
    ).first()
    if rad is None:
        raise VarselFinnesIkke("No such varsel; check the id.")
    sammenheng.aktoer.produsent.krev_merkelapp(rad.merkelapp)

    def arbeid() -> Utfall:
        if rad.status != Varselstatus.NY:
            raise Konflikt(f"The varsel is {rad.status}; only one that is NY can be cancelled.")
        if rad.overlatt_ref is not None:
            raise Konflikt("The varsel has been taken over by its receiver and can no longer be cancelled.")
        Varsel.update(status=Varselstatus.KANSELLERT, neste_forsoek=None).where(Varsel.id == rad.id).execute()
        _skriv_historikk([rad.id], sammenheng.naa, Varselstatus.KANSELLERT)
        sammenheng.loggfoer(
            Innslag(hva=navn(kommando), merkelapp=rad.merkelapp, notifikasjon_id=rad.notifikasjon_id, varsel_id=rad.id)
        )
        return Utfall(id=rad.id, ny=True)

    return en_gang(rad.id, kommando, sammenheng, arbeid)


def _skriv_historikk(ider: Sequence[UUID], naa: dt.datetime, hendelse: str) -> None:
    rader = [{"varsel": varsel_id, "tidspunkt": naa, "hendelse": hendelse} for varsel_id in ider]
    if len(rader) <= FAA:
        sett_inn(VarselHistorikk, rader)
        return
    for fra in range(0, len(rader), RADER_OM_GANGEN):
        VarselHistorikk.insert_many(rader[fra : fra + RADER_OM_GANGEN]).execute()
