"""Metrics of what waits: read from the database when they are asked for, since the database is the truth here too.

No label holds a text that a sender made up: events are told apart by producer and code, and not by source or type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.domain.helse import Forhold, Helse
from gateway.kjerne import Kjerne
from gateway.reading.drift import Driftsbilde, driftsbilde
from gateway.runder.runde import Etterslep, Mengde

Serie = tuple[Sequence[str], float | None]


class Etterslepsmaaler(Collector):
    """Asks the database once for each scrape, with the core of then."""

    def __init__(self, kjerne: Callable[[], Kjerne]) -> None:
        self._kjerne = kjerne

    def collect(self) -> Iterator[Metric]:
        kjerne = self._kjerne()
        bilde = driftsbilde(kjerne)
        yield from _helse(bilde)
        yield from _etterslep(bilde.etterslep)
        yield from _ventende(bilde)
        yield from _varsler(bilde)
        yield from _prosesser(bilde)
        yield from _oppsett(bilde, kjerne)


def _oppsett(bilde: Driftsbilde, kjerne: Kjerne) -> Iterator[Metric]:
    plugins = kjerne.plugins
    virker = [(ett.navn, ett.produsent, 1) for ett in plugins.lastet.values()]
    virker += [(ett.sted.navn, ett.sted.produsent, 0) for ett in plugins.oedelagte.values()]
    yield _familie(
        "gateway_plugin_virker",
        "1 for a plugin that is loaded here, 0 for one that is broken",
        ("plugin", "produsent"),
        [((navn, produsent), verdi) for navn, produsent, verdi in virker],
    )
    yield _familie(
        "gateway_utloeper_dager",
        "Days until the last day of what UTLOEPER names; below 0 when it has passed",
        ("hva",),
        [((ett.navn,), (ett.dato - bilde.naa.date()).days) for ett in bilde.utloep],
    )


def _familie(navn: str, mening: str, merker: Sequence[str], serier: Iterable[Serie]) -> Metric:
    """The gauges that have a value."""
    familie = GaugeMetricFamily(navn, mening, labels=merker)
    for verdier, verdi in serier:
        if verdi is not None:
            familie.add_metric(list(verdier), verdi)
    return familie


def _helse(bilde: Driftsbilde) -> Iterator[Metric]:
    yield _familie(
        "gateway_helse",
        "1 for how the product is now",
        ("helse",),
        [((en,), int(en is bilde.helse)) for en in Helse],
    )
    antall = Counter[Forhold]()
    for grunn in bilde.grunner:
        antall[grunn.forhold] += grunn.antall
    yield _familie(
        "gateway_grunn_antall",
        "Why it is not green: how many",
        ("forhold",),
        [((forhold,), antall[forhold]) for forhold in Forhold],
    )


def _etterslep(alle: Sequence[Etterslep]) -> Iterator[Metric]:
    deler: list[tuple[str, str, Mengde]] = [
        (ett.hva, tilstand, mengde)
        for ett in alle
        for tilstand, mengde in (
            ("venter", ett.venter),
            ("forfalt", ett.forfalt),
            ("proeves_igjen", ett.proeves_igjen),
            ("til_side", ett.til_side),
        )
    ]
    yield _familie(
        "gateway_etterslep_antall",
        "Work whose time has come and that has not ended: all but what is set aside; due; tried again; set aside",
        ("arbeid", "tilstand"),
        [((hva, tilstand), mengde.antall) for hva, tilstand, mengde in deler],
    )
    yield _familie(
        "gateway_etterslep_eldste_sekunder",
        "Seconds since the oldest should first have been done, whatever has moved its next try",
        ("arbeid", "tilstand"),
        [((hva, tilstand), mengde.eldste_sekunder or 0) for hva, tilstand, mengde in deler],
    )
    yield _familie(
        "gateway_etterslep_mulig_sekunder",
        "Seconds for which the oldest that is due could have been done, and was not",
        ("arbeid",),
        [((ett.hva,), ett.mulig_sekunder or 0) for ett in alle],
    )


def _ventende(bilde: Driftsbilde) -> Iterator[Metric]:
    antall = Counter[tuple[str, ...]]()
    eldste: dict[tuple[str, ...], float] = {}
    for ett in bilde.ventende:
        merker = (ett.forhold, ett.runde or "", ett.produsent or "", ett.kode or "")
        antall[merker] += ett.antall
        eldste[merker] = max(eldste.get(merker, 0.0), ett.eldste_sekunder or 0.0)
    merkenavn = ("forhold", "runde", "produsent", "kode")
    yield _familie("gateway_venter_antall", "What waits or needs somebody, and why", merkenavn, antall.items())
    yield _familie("gateway_venter_eldste_sekunder", "Since when, in seconds", merkenavn, eldste.items())


def _varsler(bilde: Driftsbilde) -> Iterator[Metric]:
    yield _familie(
        "gateway_varsler_sendt_siste_time",
        "Varsler that were sent in the last hour",
        ("type",),
        [((ett.type,), ett.sendt_siste_time) for ett in bilde.varsler],
    )
    yield _familie(
        "gateway_varsler_feilet_siste_time",
        "Varsler that failed for good in the last hour",
        ("type",),
        [((ett.type,), ett.feilet_siste_time) for ett in bilde.varsler],
    )
    yield _familie(
        "gateway_varsler_hos_mottaker_antall",
        "Varsler that a receiver has taken over and not told the outcome of",
        ("type",),
        [((ett.type,), ett.hos_mottaker) for ett in bilde.varsler],
    )
    yield _familie(
        "gateway_varsler_hos_mottaker_eldste_sekunder",
        "Seconds since a receiver took over the oldest of those",
        ("type",),
        [((ett.type,), ett.eldste_hos_mottaker_sekunder) for ett in bilde.varsler],
    )


def _prosesser(bilde: Driftsbilde) -> Iterator[Metric]:
    yield _familie(
        "gateway_prosesser_antall",
        "Processes that have told of themselves in the last minute",
        ("rolle",),
        [((ett.rolle,), ett.antall) for ett in bilde.roller],
    )
    yield _familie(
        "gateway_prosesser_sist_sett_sekunder",
        "Seconds since a process of the role last told of itself",
        ("rolle",),
        [((ett.rolle,), ett.sist_sett_sekunder) for ett in bilde.roller],
    )
    yield _familie(
        "gateway_plugins_ulike",
        "Plugins about which the workers do not agree",
        (),
        [((), len(bilde.uenigheter))],
    )
