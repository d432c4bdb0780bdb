"""The saksprosess of a sak: all that has happened in it, and all that is to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from peewee import JOIN

from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import Saksreferanse
from gateway.domain.paaminnelse import gjelder_ennaa
from gateway.domain.produsent import Produsent
from gateway.domain.sak import Status
from gateway.domain.tid import dagens_slutt
from gateway.domain.tilstand import Notifikasjonstype, Oppgavetilstand, Saksstatus, Tilstand, tilstand_av
from gateway.kjerne import Kjerne
from gateway.reading.lagret import lokasjon_av
from gateway.store.oppslag import finn_sak, statuser_av
from gateway.store.tabeller import Notifikasjon, Paaminnelsesrad, Sak


class Tidslinjetype(StrEnum):
    STATUS = "STATUS"
    BESKJED = "BESKJED"
    OPPGAVE = "OPPGAVE"
    KALENDERAVTALE = "KALENDERAVTALE"
    NESTE_STEG = "NESTE_STEG"
    FRIST = "FRIST"
    PAAMINNELSE = "PAAMINNELSE"


@dataclass(frozen=True, kw_only=True)
class Tidslinjeelement:
    """One thing in the saksprosess. `tidspunkt` is an instant; None for the next step, which has no time."""

    type: Tidslinjetype
    tidspunkt: dt.datetime | None
    tekst: str
    notifikasjon_id: UUID | None = None
    tilstand: Tilstand | Saksstatus | None = None
    lenke: str | None = None
    frist: dt.date | None = None
    slutt_tidspunkt: dt.datetime | None = None
    lokasjon: Lokasjon | None = None
    er_digitalt: bool | None = None
    kommende: bool = False


def tidslinje(kjerne: Kjerne, produsent: Produsent, referanse: Saksreferanse) -> list[Tidslinjeelement]:
    """What is to come, the next step on top, then the past; newest first.

    Raises SakFinnesIkke, UgyldigMerkelapp.
    """
    with kjerne.database.tilkobling():
        sak = finn_sak(referanse, produsent, kjerne.noekkelring)
        notifikasjoner = list(_med_paaminnelse(sak))
        return bygg(sak.neste_steg, statuser_av(sak.id), notifikasjoner, kjerne.klokke.naa())


def _med_paaminnelse(sak: Sak) -> Iterable[Notifikasjon]:
    return (  # type: ignore[no-any-return]
        Notifikasjon.select(
            Notifikasjon,
            Paaminnelsesrad.paaminnelse_tidspunkt.alias("paaminnes"),
            Paaminnelsesrad.sendt_tidspunkt.alias("paaminnet"),
        )
        .join(Paaminnelsesrad, JOIN.LEFT_OUTER)
        .where(Notifikasjon.merkelapp == sak.merkelapp, Notifikasjon.grupperingsid == sak.grupperingsid)
        .order_by(Notifikasjon.id)
        .objects()
    )


def bygg(
    neste_steg: str | None, statuser: Sequence[Status], notifikasjoner: Iterable[Notifikasjon], naa: dt.datetime
) -> list[Tidslinjeelement]:
    """The saksprosess as it stands at `naa`."""
    # Each with the id of what it is of, which tells when that was made, whether sak or notifikasjon came first.
    laget = [(ett.id, _status(ett)) for ett in statuser]
    laget += [(rad.id, ett) for rad in notifikasjoner for ett in _av_notifikasjon(rad)]
    # Of two at the same moment, the one made last comes first.
    laget.sort(key=lambda ett: (_tid(ett[1]), ett[0]), reverse=True)
    neste = [_neste_steg(neste_steg)] if neste_steg else []
    return [*neste, *(replace(ett, kommende=_tid(ett) > naa) for _, ett in laget)]


def _tid(element: Tidslinjeelement) -> dt.datetime:
    return element.tidspunkt or dt.datetime.max.replace(tzinfo=dt.UTC)


def _neste_steg(tekst: str) -> Tidslinjeelement:
    return Tidslinjeelement(type=Tidslinjetype.NESTE_STEG, tidspunkt=None, tekst=tekst, kommende=True)


def _status(status: Status) -> Tidslinjeelement:
    return Tidslinjeelement(
        type=Tidslinjetype.STATUS, tidspunkt=status.tidspunkt, tekst=status.tekst, tilstand=status.status
    )


def _av_notifikasjon(rad: Notifikasjon) -> Iterator[Tidslinjeelement]:
    type_ = Notifikasjonstype(rad.type)
    tilstand = tilstand_av(type_, rad.tilstand)
    selv = Tidslinjeelement(
        type=Tidslinjetype(type_),
        tidspunkt=rad.start_tidspunkt or rad.opprettet_tidspunkt,
        tekst=rad.tekst,
        notifikasjon_id=rad.id,
        tilstand=tilstand,
        lenke=rad.lenke,
        frist=rad.frist,
        slutt_tidspunkt=rad.slutt_tidspunkt,
        lokasjon=lokasjon_av(rad.lokasjon),
        er_digitalt=rad.er_digitalt,
    )
    yield selv
    if rad.frist is not None and _frist_teller(rad):
        yield replace(selv, type=Tidslinjetype.FRIST, tidspunkt=dagens_slutt(rad.frist))
    if rad.paaminnet is not None:
        yield replace(selv, type=Tidslinjetype.PAAMINNELSE, tidspunkt=rad.paaminnet)
    elif rad.paaminnes is not None and gjelder_ennaa(tilstand):
        yield replace(selv, type=Tidslinjetype.PAAMINNELSE, tidspunkt=rad.paaminnes)


def _frist_teller(rad: Notifikasjon) -> bool:
    """A frist is part of the saksprosess while it is to come, and once it has passed; not when done before it."""
    if rad.tilstand == Oppgavetilstand.UTGAATT:
        return bool(rad.utgaatt_tidspunkt >= dagens_slutt(rad.frist))
    return bool(rad.tilstand == Oppgavetilstand.NY)
