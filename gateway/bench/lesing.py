"""What a page costs among few rows and among many, on two databases read alternately."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.bench.fyll import fyll
from gateway.bench.maaleplass import kjerne_paa
from gateway.domain.produsent import Produsent
from gateway.kjerne import Kjerne
from gateway.reading.endringer import endringer
from gateway.reading.produsent import notifikasjoner
from gateway.store.tabeller import Logg, Notifikasjon
from gateway.store.tabeller import db as modellene

I_DAG = dt.date(2026, 11, 23)
STOERSTE_FORHOLD = 1.5
OPPVARMING = 10
LESNINGER = 200
ANTALL = 50
PRODUSENT = Produsent(
    id="fager",
    applikasjoner=(),
    merkelapper=("Fager",),
    ressurser=(),
    naermeste_leder=False,
    vilkaar_godkjent=None,
)
# Reads a page, and says how much it held.
Lesning = Callable[[], int]


@dataclass
class Side:
    """One kind of page, and the milliseconds that it took, among few and among many rows."""

    navn: str
    faa: list[float] = field(default_factory=list)
    mange: list[float] = field(default_factory=list)

    @property
    def forhold(self) -> float:
        return statistics.median(self.mange) / statistics.median(self.faa)


def fyll_begge(faa_url: str, mange_url: str, *, faa: int, mange: int) -> None:
    """Fill the two empty, migrated databases."""
    for url, antall in ((faa_url, faa), (mange_url, mange)):
        fyll(url, antall=antall, forfalte=antall // 100, i_dag=I_DAG, med_logg=True)


def maal(faa_url: str, mange_url: str) -> list[Side]:
    """Read every kind of page on both, one after the other, so that both meet the same noise of the machine."""
    faa, mange = kjerne_paa(faa_url), kjerne_paa(mange_url)
    try:
        return [
            _les(navn, faa, les_faa, mange, les_mange)
            for (navn, les_faa), (_, les_mange) in zip(_lesninger(faa), _lesninger(mange), strict=True)
        ]
    finally:
        faa.database.lukk()
        mange.database.lukk()


def _les(navn: str, faa: Kjerne, les_faa: Lesning, mange: Kjerne, les_mange: Lesning) -> Side:
    side = Side(navn)
    if _les_side(faa, les_faa) != _les_side(mange, les_mange):
        raise RuntimeError(f"{navn}: the two databases gave pages of different lengths, which cannot be compared")
    for _ in range(OPPVARMING):  # the connection, its prepared plans, and the pages that lay on disk
        _tid(faa, les_faa)
        _tid(mange, les_mange)
    for nummer in range(LESNINGER):
        if nummer % 2:  # who comes second finds the caches of the processor full of the other
            side.mange.append(_tid(mange, les_mange))
            side.faa.append(_tid(faa, les_faa))
        else:
            side.faa.append(_tid(faa, les_faa))
            side.mange.append(_tid(mange, les_mange))
    return side


def _les_side(kjerne: Kjerne, les: Lesning) -> int:
    modellene.initialize(kjerne.database.motor)
    return les()


def _tid(kjerne: Kjerne, les: Lesning) -> float:
    """The milliseconds that one reading takes."""
    start = time.perf_counter()
    _les_side(kjerne, les)
    return 1000 * (time.perf_counter() - start)


def _lesninger(kjerne: Kjerne) -> list[tuple[str, Lesning]]:
    """Every kind of page, by name. A kind that is added here is measured, reported and held to the promise."""
    modellene.initialize(kjerne.database.motor)
    midt, slutt = _cursorer(kjerne)
    logg = _midt_i_loggen(kjerne)
    return [
        ("first page", lambda: _notifikasjoner(kjerne, None)),
        ("page in the middle", lambda: _notifikasjoner(kjerne, midt)),
        ("page near the end", lambda: _notifikasjoner(kjerne, slutt)),
        ("page of one sak", lambda: _notifikasjoner(kjerne, None, "sak-1")),
        ("change feed, first page", lambda: _endringer(kjerne, None)),
        ("change feed, in the middle", lambda: _endringer(kjerne, logg)),
    ]


def _notifikasjoner(kjerne: Kjerne, etter: str | None, grupperingsid: str | None = None) -> int:
    side = notifikasjoner(kjerne, PRODUSENT, merkelapper=(), grupperingsid=grupperingsid, antall=ANTALL, etter=etter)
    return len(side.elementer)


def _endringer(kjerne: Kjerne, etter: str | None) -> int:
    return len(endringer(kjerne, PRODUSENT, merkelapper=(), antall=ANTALL, etter=etter).elementer)


def _cursorer(kjerne: Kjerne) -> tuple[str, str]:
    """The cursors of the middle, and of a page from the end."""
    with kjerne.database.tilkobling():
        antall = Notifikasjon.select().count()
        rader = Notifikasjon.select(Notifikasjon.id)
        midt = rader.order_by(Notifikasjon.id).offset(antall // 2).first()
        slutt = rader.order_by(Notifikasjon.id.desc()).offset(ANTALL).first()
    return midt.id.hex, slutt.id.hex


def _midt_i_loggen(kjerne: Kjerne) -> str:
    with kjerne.database.tilkobling():
        midt = Logg.select(Logg.transaksjon, Logg.id).order_by(Logg.id).offset(Logg.select().count() // 2).first()
    return f"{midt.transaksjon}-{midt.id}"


def rapport(sider: Sequence[Side], faa: int, mange: int) -> list[str]:
    """The figures, a line each."""
    return [
        f"{side.navn:<27} {statistics.median(side.faa):>6.2f} ms among {faa:,}   "
        f"{statistics.median(side.mange):>6.2f} ms among {mange:,}   ratio {side.forhold:.2f}"
        for side in sider
    ]


def brudd(sider: Sequence[Side]) -> list[str]:
    """What was not as promised, in words."""
    return [
        f"{side.navn}: it took {side.forhold:.2f} times as long; it may take {STOERSTE_FORHOLD}"
        for side in sider
        if side.forhold > STOERSTE_FORHOLD
    ]
