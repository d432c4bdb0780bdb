"""Deletion, at once or when its time comes: the object and all that it held, for good.

What was ordered is still sent: such a varsel lives on until its outcome is known, and goes with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from gateway.domain.feil import NotifikasjonFinnesIkke, SakFinnesIkke
from gateway.domain.kommandoer import Notifikasjonsreferanse, Saksreferanse, SlettNotifikasjon, SlettSak, navn
from gateway.domain.varsel import Varselstatus
from gateway.handling.gravstein import sett_gravstein
from gateway.handling.idempotens import foerste_svar, husk
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.kjerne import Kjerne
from gateway.store import logg
from gateway.store.dialekt import blant, claim, laas
from gateway.store.oppslag import finn_notifikasjon, finn_sak
from gateway.store.tabeller import Hendelse, Hendelsesobjekt, Idempotens, Logg, Notifikasjon, Sak, Varsel

RUNDE = "sletting"
SAKER_OM_GANGEN = 50
NOTIFIKASJONER_OM_GANGEN = 1_000
SLETTET = "Slettet"


def slett_sak(kommando: SlettSak, sammenheng: Sammenheng) -> Utfall:
    """Raises SakFinnesIkke, UgyldigMerkelapp."""
    husket_som = _husket_som(kommando.sak, sammenheng)
    if tidligere := foerste_svar(husket_som, kommando, sammenheng):
        return tidligere
    try:
        sak = finn_sak(kommando.sak, sammenheng.aktoer.produsent, laas_i=sammenheng.database)
    except SakFinnesIkke:
        # Another with the same key may have deleted it while this one waited for the row.
        if tidligere := foerste_svar(husket_som, kommando, sammenheng):
            return tidligere
        raise
    _slett_sak(sammenheng.kjerne, sak, logg.Hvem.fra(sammenheng.aktoer), navn(kommando), sammenheng.naa)
    utfall = Utfall(id=sak.id, ny=True)
    husk(husket_som, kommando, sammenheng, utfall)
    return utfall


def slett_notifikasjon(kommando: SlettNotifikasjon, sammenheng: Sammenheng) -> Utfall:
    """Raises NotifikasjonFinnesIkke, also for one of another type than the kommando names; UgyldigMerkelapp."""
    husket_som = _husket_som(kommando.notifikasjon, sammenheng)
    if tidligere := foerste_svar(husket_som, kommando, sammenheng):
        return tidligere
    try:
        rad = finn_notifikasjon(
            kommando.notifikasjon, sammenheng.aktoer.produsent, kommando.av_type, laas_i=sammenheng.database
        )
    except NotifikasjonFinnesIkke:
        if tidligere := foerste_svar(husket_som, kommando, sammenheng):
            return tidligere
        raise
    hvem = logg.Hvem.fra(sammenheng.aktoer)
    _slett_notifikasjoner(sammenheng.kjerne, [rad.id], hvem, navn(kommando), sammenheng.naa)
    utfall = Utfall(id=rad.id, ny=True)
    husk(husket_som, kommando, sammenheng, utfall)
    return utfall


def _husket_som(referanse: Saksreferanse | Notifikasjonsreferanse, sammenheng: Sammenheng) -> UUID:
    """What the answer to a producer's deletion is kept under, when the object itself is gone: a hash of its name."""
    egen = referanse.grupperingsid if isinstance(referanse, Saksreferanse) else referanse.ekstern_id
    ledd = (sammenheng.aktoer.produsent.id, type(referanse).__name__, referanse.id, referanse.merkelapp, egen)
    return UUID(sammenheng.kjerne.noekkel_hash("\0".join(map(str, ledd)))[:32])


def slett_forfalte(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Delete one batch of what is due, in one transaction; return how many objects, 0 when nothing is.

    Rows that others hold are passed over, and looked at again by the next sweep.
    """
    naa = kjerne.klokke.naa()

    def arbeid() -> int:
        saker = _forfalte_saker(kjerne, naa)
        for sak in saker:
            _slett_sak(kjerne, sak, hvem, SLETTET, naa)
        notifikasjoner = _forfalte_notifikasjoner(kjerne, naa)
        _slett_notifikasjoner(kjerne, notifikasjoner, hvem, SLETTET, naa)
        return len(saker) + len(notifikasjoner)

    return kjerne.database.i_transaksjon(arbeid)


def _forfalte_saker(kjerne: Kjerne, naa: dt.datetime) -> list[Sak]:
    forfalte = Sak.select().where(Sak.slettes_tidspunkt <= naa).order_by(Sak.slettes_tidspunkt)
    return list(claim(kjerne.database, forfalte.limit(SAKER_OM_GANGEN)))


def _forfalte_notifikasjoner(kjerne: Kjerne, naa: dt.datetime) -> list[UUID]:
    forfalte = (
        Notifikasjon.select(Notifikasjon.id)
        .where(Notifikasjon.slettes_tidspunkt <= naa)
        .order_by(Notifikasjon.slettes_tidspunkt)
        .limit(NOTIFIKASJONER_OM_GANGEN)
    )
    return [id_ for (id_,) in claim(kjerne.database, forfalte).tuples()]


def _slett_sak(kjerne: Kjerne, sak: Sak, hvem: logg.Hvem, hva: str, naa: dt.datetime) -> None:
    """Delete a sak whose row is held, and its notifikasjoner."""
    egne = Notifikasjon.select(Notifikasjon.id).where(
        Notifikasjon.merkelapp == sak.merkelapp, Notifikasjon.grupperingsid == sak.grupperingsid
    )
    ider = [id_ for (id_,) in laas(kjerne.database, egne.order_by(Notifikasjon.id)).tuples()]
    for fra in range(0, len(ider), NOTIFIKASJONER_OM_GANGEN):
        _slett_notifikasjoner(kjerne, ider[fra : fra + NOTIFIKASJONER_OM_GANGEN], hvem, hva, naa)
    _glem(kjerne, [sak.id])
    Logg.update(innhold=None).where(Logg.sak_id == sak.id).execute()
    Sak.delete().where(Sak.id == sak.id).execute()
    sett_gravstein(kjerne, sak.merkelapp, sak.grupperingsid, naa)
    logg.skriv(kjerne.database, hvem, naa, [logg.Innslag(hva=hva, merkelapp=sak.merkelapp, sak_id=sak.id)])


def _slett_notifikasjoner(kjerne: Kjerne, ider: Sequence[UUID], hvem: logg.Hvem, hva: str, naa: dt.datetime) -> None:
    """Delete notifikasjoner whose rows are held."""
    if not ider:
        return
    database = kjerne.database
    varslene = blant(database, Varsel.notifikasjon_id, ider)
    # The mark first: it waits for outcomes that are being written, so that the next statement sees them.
    merket = Varsel.update(eier_slettet_tidspunkt=naa).where(varslene).returning(Varsel.id).execute()
    varsel_ider = [rad.id for rad in merket]
    Varsel.delete().where(varslene, (Varsel.status != Varselstatus.NY) | Varsel.klar_tidspunkt.is_null()).execute()
    _glem(kjerne, [*ider, *varsel_ider])
    Logg.update(innhold=None).where(blant(database, Logg.notifikasjon_id, ider)).execute()
    logg.skriv_for_notifikasjoner(database, hvem, naa, hva, ider, innhold=None)
    Notifikasjon.delete().where(blant(database, Notifikasjon.id, ider)).execute()


def _glem(kjerne: Kjerne, ider: Sequence[UUID]) -> None:
    """Empty what events and answers said of the objects. Events keep their ids, so that none is taken in again."""
    database = kjerne.database
    Idempotens.delete().where(blant(database, Idempotens.objekt_id, ider)).execute()
    hendelsene = Hendelsesobjekt.select(Hendelsesobjekt.hendelse).where(
        blant(database, Hendelsesobjekt.objekt_id, ider)
    )
    Hendelse.update(raa=b"", kommandoer=None, feilmelding=None).where(Hendelse.id.in_(hendelsene)).execute()
    Hendelsesobjekt.delete().where(blant(database, Hendelsesobjekt.objekt_id, ider)).execute()
