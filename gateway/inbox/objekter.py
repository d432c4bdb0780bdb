"""What the kommandoer of an event are about, whether or not they were carried out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from gateway.domain.feil import Avslag
from gateway.domain.innhold import REFERANSER
from gateway.domain.kommandoer import (
    Kommando,
    Notifikasjonsreferanse,
    NyNotifikasjon,
    NySak,
    Saksreferanse,
    SikreAapenSak,
    SikreSak,
)
from gateway.domain.noekkelring import Noekkelring
from gateway.domain.produsent import Produsent
from gateway.handling.utfoer import Steg
from gateway.store.oppslag import finn_notifikasjon, finn_sak
from gateway.store.tabeller import Hendelsesobjekt

RADER_OM_GANGEN = 5_000


def knytt(objekter: Mapping[UUID, Collection[UUID]]) -> None:
    """Note which objects the events, by their ids, said something of: what they said goes when those do."""
    rader = [
        {"objekt_id": objekt_id, "hendelse": hendelse_id}
        for hendelse_id, deres in objekter.items()
        for objekt_id in deres
    ]
    for fra in range(0, len(rader), RADER_OM_GANGEN):
        Hendelsesobjekt.insert_many(rader[fra : fra + RADER_OM_GANGEN]).on_conflict_ignore().execute()


def omtalte(steg: Sequence[Steg], produsent: Produsent, noekkelring: Noekkelring) -> set[UUID]:
    """The producer's objects that the kommandoer name and that are there, held until the transaction ends."""
    return {
        objekt_id
        for ett in steg
        for referanse in _referanser(ett.kommando)
        if (objekt_id := _finn(referanse, produsent, noekkelring))
    }


def _referanser(kommando: Kommando) -> Iterator[Saksreferanse | Notifikasjonsreferanse]:
    if isinstance(kommando, SikreSak):
        yield from _referanser(kommando.sak)
    elif isinstance(kommando, SikreAapenSak):
        yield Saksreferanse(merkelapp=kommando.sak.merkelapp, saksnoekkel=kommando.saksnoekkel)
    elif isinstance(kommando, NySak):
        yield Saksreferanse(merkelapp=kommando.merkelapp, grupperingsid=kommando.grupperingsid)
    elif isinstance(kommando, NyNotifikasjon):
        yield Notifikasjonsreferanse(merkelapp=kommando.merkelapp, ekstern_id=kommando.ekstern_id)
        if kommando.grupperingsid or kommando.saksnoekkel:
            yield Saksreferanse(
                merkelapp=kommando.merkelapp,
                grupperingsid=kommando.grupperingsid,
                saksnoekkel=kommando.saksnoekkel,
            )
    else:
        for felt in REFERANSER:
            referanse = getattr(kommando, felt, None)
            if isinstance(referanse, Saksreferanse | Notifikasjonsreferanse):
                yield referanse


def _finn(
    referanse: Saksreferanse | Notifikasjonsreferanse, produsent: Produsent, noekkelring: Noekkelring
) -> UUID | None:
    try:
        if isinstance(referanse, Saksreferanse):
            sak: UUID = finn_sak(referanse, produsent, noekkelring, laast=True).id
            return sak
        notifikasjon: UUID = finn_notifikasjon(referanse, produsent, None, laast=True).id
    except Avslag:
        return None  # not there, or another's
    return notifikasjon
