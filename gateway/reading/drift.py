"""What those who keep it running ask: what waits, since when, and which plugins are broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import SQL, fn

from gateway.domain.tid import dagens_slutt, dato_i_oslo
from gateway.kjerne import Kjerne
from gateway.store.tabeller import (
    AAPEN_OPPGAVE,
    KOMMENDE_AVTALE,
    Hendelse,
    Hendelsesnoekkel,
    Notifikasjon,
    Paaminnelse,
    Sak,
    Varsel,
)

# Counting stops here: more than this is "many", and the count must cost the same on a bad night.
TELL_TIL = 10_000
# The rounds come every few seconds; what has been due for this long is not being done.
FOR_GAMMELT = dt.timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Etterslep:
    """Work that waits. `eldste_sekunder`: how long the oldest has been due."""

    hva: str
    mening: str
    antall: int
    eldste_sekunder: float | None

    @property
    def henger(self) -> bool:
        return self.eldste_sekunder is not None and self.eldste_sekunder > FOR_GAMMELT.total_seconds()


def etterslep(kjerne: Kjerne) -> list[Etterslep]:
    """All kinds of work that wait now; each is one walk along the index of what is due."""
    naa = kjerne.klokke.naa()
    with kjerne.database.tilkobling():
        return [
            _innboks(naa),
            _varsler(naa),
            _frister(naa),
            _paaminnelser(naa),
            _kalenderavtaler(naa),
            *_slettinger(naa),
            _karantene(),
        ]


def _innboks(naa: dt.datetime) -> Etterslep:
    klare = Hendelsesnoekkel.select(Hendelsesnoekkel.klar_tidspunkt).where(Hendelsesnoekkel.klar_tidspunkt <= naa)
    return _lag("innboks", "keys with events to handle", klare, Hendelsesnoekkel.klar_tidspunkt, naa)


def _varsler(naa: dt.datetime) -> Etterslep:
    klare = Varsel.select(Varsel.neste_forsoek).where(Varsel.neste_forsoek <= naa)
    return _lag("varsler", "varsler to send", klare, Varsel.neste_forsoek, naa)


def _frister(naa: dt.datetime) -> Etterslep:
    forfalte = Notifikasjon.select(Notifikasjon.frist).where(AAPEN_OPPGAVE, Notifikasjon.frist < dato_i_oslo(naa))
    eldste: dt.date | None = forfalte.select(fn.MIN(Notifikasjon.frist)).scalar()
    return Etterslep(
        hva="frister",
        mening="oppgaver to expire",
        antall=forfalte.limit(TELL_TIL).count(),
        eldste_sekunder=(naa - dagens_slutt(eldste)).total_seconds() if eldste else None,
    )


def _paaminnelser(naa: dt.datetime) -> Etterslep:
    klare = Paaminnelse.select(Paaminnelse.paaminnelse_tidspunkt).where(
        Paaminnelse.sendt_tidspunkt.is_null(), Paaminnelse.paaminnelse_tidspunkt <= naa
    )
    return _lag("paaminnelser", "paaminnelser to bring up", klare, Paaminnelse.paaminnelse_tidspunkt, naa)


def _kalenderavtaler(naa: dt.datetime) -> Etterslep:
    begynt = Notifikasjon.select(Notifikasjon.start_tidspunkt).where(
        KOMMENDE_AVTALE, Notifikasjon.start_tidspunkt <= naa
    )
    return _lag("kalenderavtaler", "kalenderavtaler to set AVHOLDT", begynt, Notifikasjon.start_tidspunkt, naa)


def _slettinger(naa: dt.datetime) -> Iterator[Etterslep]:
    for hva, tabell in (("saker", Sak), ("notifikasjoner", Notifikasjon)):
        klare = tabell.select(tabell.slettes_tidspunkt).where(tabell.slettes_tidspunkt <= naa)
        yield _lag(f"sletting_{hva}", f"{hva} to delete", klare, tabell.slettes_tidspunkt, naa)


def _karantene() -> Etterslep:
    rader = Hendelse.select(Hendelse.id).where(Hendelse.tilstand == SQL("'KARANTENE'")).limit(TELL_TIL)
    return Etterslep(
        hva="karantene", mening="events that a person must look at", antall=rader.count(), eldste_sekunder=None
    )


def _lag(hva: str, mening: str, klare: Any, felt: Any, naa: dt.datetime) -> Etterslep:
    eldste: dt.datetime | None = klare.order_by(felt).limit(1).scalar()
    return Etterslep(
        hva=hva,
        mening=mening,
        antall=klare.limit(TELL_TIL).count(),
        eldste_sekunder=(naa - eldste).total_seconds() if eldste else None,
    )
