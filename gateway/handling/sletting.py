"""Deletion: the object and all that it held, for good.

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
from gateway.handling.idempotens import foerste_svar, husk, husket_som
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.kjerne import Kjerne
from gateway.store import lager, logg
from gateway.store.dialekt import blant, laas
from gateway.store.oppslag import finn_notifikasjon, finn_sak
from gateway.store.tabeller import Hendelse, Hendelsesobjekt, Idempotens, Logg, Notifikasjon, Sak, SattTilSide, Varsel

NOTIFIKASJONER_OM_GANGEN = 1_000


def slett_sak(kommando: SlettSak, sammenheng: Sammenheng) -> Utfall:
    """Raises SakFinnesIkke, UgyldigMerkelapp."""
    husket_som = _husket_som(kommando.sak, sammenheng)
    if tidligere := foerste_svar(husket_som, kommando, sammenheng):
        return tidligere
    try:
        sak = finn_sak(kommando.sak, sammenheng.aktoer.produsent, sammenheng.kjerne.noekkelring, laast=True)
    except SakFinnesIkke:
        # Another with the same key may have deleted it while this one waited for the row.
        if tidligere := foerste_svar(husket_som, kommando, sammenheng):
            return tidligere
        raise
    fjern_sak(sammenheng.kjerne, sak, logg.Hvem.fra(sammenheng.aktoer), navn(kommando), sammenheng.naa)
    utfall = Utfall(id=sak.id, ny=True)
    husk(husket_som[0], kommando, sammenheng, utfall)
    return utfall


def slett_notifikasjon(kommando: SlettNotifikasjon, sammenheng: Sammenheng) -> Utfall:
    """Raises NotifikasjonFinnesIkke, also for one of another type than the kommando names; UgyldigMerkelapp."""
    husket_som = _husket_som(kommando.notifikasjon, sammenheng)
    if tidligere := foerste_svar(husket_som, kommando, sammenheng):
        return tidligere
    try:
        rad = finn_notifikasjon(kommando.notifikasjon, sammenheng.aktoer.produsent, kommando.av_type, laast=True)
    except NotifikasjonFinnesIkke:
        if tidligere := foerste_svar(husket_som, kommando, sammenheng):
            return tidligere
        raise
    hvem = logg.Hvem.fra(sammenheng.aktoer)
    fjern_notifikasjoner([rad.id], hvem, navn(kommando), sammenheng.naa)
    utfall = Utfall(id=rad.id, ny=True)
    husk(husket_som[0], kommando, sammenheng, utfall)
    return utfall


def _husket_som(referanse: Saksreferanse | Notifikasjonsreferanse, sammenheng: Sammenheng) -> Sequence[UUID]:
    """What the answer to a producer's deletion is kept under, when the object itself is gone."""
    egne: tuple[str | None, ...] = (
        (referanse.ekstern_id,) if isinstance(referanse, Notifikasjonsreferanse) else (referanse.grupperingsid,)
    )
    if isinstance(referanse, Saksreferanse) and referanse.saksnoekkel is not None:
        egne = ("saksnoekkel", referanse.saksnoekkel)
    return husket_som(sammenheng, type(referanse).__name__, referanse.id, referanse.merkelapp, *egne)


def fjern_sak(kjerne: Kjerne, sak: Sak, hvem: logg.Hvem, hva: str, naa: dt.datetime) -> None:
    """Delete a sak whose row is held, and its notifikasjoner."""
    egne = Notifikasjon.select(Notifikasjon.id).where(
        Notifikasjon.merkelapp == sak.merkelapp, Notifikasjon.grupperingsid == sak.grupperingsid
    )
    ider = [id_ for (id_,) in laas(egne.order_by(Notifikasjon.id)).tuples()]
    for fra in range(0, len(ider), NOTIFIKASJONER_OM_GANGEN):
        fjern_notifikasjoner(ider[fra : fra + NOTIFIKASJONER_OM_GANGEN], hvem, hva, naa)
    _glem([sak.id], naa)
    Logg.update(innhold=None).where(Logg.sak_id == sak.id).execute()
    Sak.delete().where(Sak.id == sak.id).execute()
    sett_gravstein(kjerne, sak.merkelapp, sak.grupperingsid, naa)
    logg.skriv(hvem, naa, [logg.Innslag(hva=hva, merkelapp=sak.merkelapp, sak_id=sak.id)])


def fjern_notifikasjoner(ider: Sequence[UUID], hvem: logg.Hvem, hva: str, naa: dt.datetime) -> None:
    """Delete notifikasjoner whose rows are held."""
    if not ider:
        return
    varslene = blant(Varsel.notifikasjon_id, ider)
    # The mark first: it waits for outcomes that are being written, so that the next statement sees them.
    merket = Varsel.update(eier_slettet_tidspunkt=naa).where(varslene).returning(Varsel.id).execute()
    varsel_ider = [rad.id for rad in merket]
    Varsel.delete().where(varslene, (Varsel.status != Varselstatus.NY) | Varsel.klar_tidspunkt.is_null()).execute()
    _glem([*ider, *varsel_ider], naa)
    Logg.update(innhold=None).where(blant(Logg.notifikasjon_id, ider)).execute()
    logg.skriv_for_notifikasjoner(hvem, naa, hva, ider, innhold=None)
    Notifikasjon.delete().where(blant(Notifikasjon.id, ider)).execute()


def _glem(ider: Sequence[UUID], naa: dt.datetime) -> None:
    """Empty what events, answers and the plugins' state said of the objects. Events keep their ids, so that none is
    taken in again.
    """
    lager.toem(ider, naa)
    Idempotens.delete().where(blant(Idempotens.objekt_id, ider)).execute()
    SattTilSide.delete().where(blant(SattTilSide.objekt_id, ider)).execute()
    hendelsene = Hendelsesobjekt.select(Hendelsesobjekt.hendelse).where(blant(Hendelsesobjekt.objekt_id, ider))
    tomt = {"raa": b"", **dict.fromkeys(("kommandoer", "kilde_noekkel", "feilmelding", "oppslag", "oversettelse"))}
    Hendelse.update(tomt).where(Hendelse.id.in_(hendelsene)).execute()
    Hendelsesobjekt.delete().where(blant(Hendelsesobjekt.objekt_id, ider)).execute()
