"""What a page costs among few rows and among many, on two databases read in turn."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.bench.fyll import fyll
from gateway.domain.produsent import Produsent
from gateway.kjerne import Kjerne, StilleDoerklokke
from gateway.klokke import Systemklokke
from gateway.plugins import Plugins
from gateway.produsentregister import Produsentregister
from gateway.reading.endringer import endringer
from gateway.reading.produsent import notifikasjoner
from gateway.settings import Innstillinger
from gateway.store.database import aapne
from gateway.store.tabeller import Logg, Notifikasjon

I_DAG = dt.date(2026, 11, 23)
STOERSTE_FORHOLD = 1.5
SIDER = 50
RUNDER = 4
ANTALL = 50
PRODUSENT = Produsent(
    id="fager",
    applikasjoner=(),
    merkelapper=("Fager",),
    ressurser=(),
    naermeste_leder=False,
    vilkaar_godkjent=None,
)


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
    """Read every kind of page on both, in turn."""
    sider: dict[str, Side] = {}
    for _ in range(RUNDER):
        for url, mange in ((faa_url, False), (mange_url, True)):
            for navn, ms in _les(url):
                side = sider.setdefault(navn, Side(navn))
                (side.mange if mange else side.faa).extend(ms)
    return list(sider.values())


def _les(url: str) -> Sequence[tuple[str, list[float]]]:
    kjerne = Kjerne(
        innstillinger=Innstillinger(),
        database=aapne(url),
        klokke=Systemklokke(),
        produsenter=Produsentregister(()),
        plugins=Plugins(),
        doerklokke=StilleDoerklokke(),
        hemmelig_noekkel=b"",
    )
    try:
        midt, slutt = _cursorer(kjerne)
        logg = _midt_i_loggen(kjerne)
        return [
            ("first page", _tid(lambda: _notifikasjoner(kjerne, None))),
            ("page in the middle", _tid(lambda: _notifikasjoner(kjerne, midt))),
            ("page near the end", _tid(lambda: _notifikasjoner(kjerne, slutt))),
            ("page of one sak", _tid(lambda: _notifikasjoner(kjerne, None, "sak-1"))),
            ("change feed, first page", _tid(lambda: _endringer(kjerne, None))),
            ("change feed, in the middle", _tid(lambda: _endringer(kjerne, logg))),
        ]
    finally:
        kjerne.database.lukk()


def _notifikasjoner(kjerne: Kjerne, etter: str | None, grupperingsid: str | None = None) -> None:
    notifikasjoner(kjerne, PRODUSENT, merkelapper=(), grupperingsid=grupperingsid, antall=ANTALL, etter=etter)


def _endringer(kjerne: Kjerne, etter: str | None) -> None:
    endringer(kjerne, PRODUSENT, merkelapper=(), antall=ANTALL, etter=etter)


def _tid(les: Callable[[], None]) -> list[float]:
    les()  # the connection, and the pages that the database had not in memory
    tider = []
    for _ in range(SIDER):
        start = time.perf_counter()
        les()
        tider.append(1000 * (time.perf_counter() - start))
    return tider


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
