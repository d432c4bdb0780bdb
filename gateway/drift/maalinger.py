"""Metrics of what waits: read from the database when they are asked for, since the database is the truth here too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.domain.helse import Forhold, Helse
from gateway.kjerne import Kjerne
from gateway.reading.drift import Driftsbilde, driftsbilde
from gateway.runder.runde import Etterslep


class Etterslepsmaaler(Collector):
    def __init__(self, kjerne: Kjerne) -> None:
        self._kjerne = kjerne

    def collect(self) -> Iterator[Metric]:
        bilde = driftsbilde(self._kjerne)
        for ett in bilde.etterslep:
            yield from _som_maaling(ett)
        yield from _helse(bilde)


def _helse(bilde: Driftsbilde) -> Iterator[Metric]:
    helse = GaugeMetricFamily("gateway_helse", "1 for how the product is now", labels=["helse"])
    for en in Helse:
        helse.add_metric([en], int(en is bilde.helse))
    yield helse
    grunner = GaugeMetricFamily("gateway_grunn_antall", "Why it is not green: how many", labels=["forhold"])
    antall = Counter[Forhold]()
    for grunn in bilde.grunner:
        antall[grunn.forhold] += grunn.antall
    for forhold in Forhold:
        grunner.add_metric([forhold], antall[forhold])
    yield grunner
    # Not the source, which is as the sender wrote it.
    venter = GaugeMetricFamily(
        "gateway_venter_antall", "What waits, or needs somebody", labels=["forhold", "runde", "produsent", "kode"]
    )
    etter_grunn = Counter[tuple[str, ...]]()
    for ett in bilde.ventende:
        etter_grunn[ett.forhold, ett.runde or "", ett.produsent or "", ett.kode or ""] += ett.antall
    for merker, hvor_mange in etter_grunn.items():
        venter.add_metric(merker, hvor_mange)
    yield venter


def _som_maaling(ett: Etterslep) -> Iterator[Metric]:
    antall = GaugeMetricFamily(f"gateway_{ett.hva}_antall", f"How many: {ett.mening}")
    antall.add_metric([], ett.antall)
    yield antall
    til_side = GaugeMetricFamily(f"gateway_{ett.hva}_til_side_antall", f"How many are set aside: {ett.mening}")
    til_side.add_metric([], ett.til_side)
    yield til_side
    if ett.eldste_sekunder is not None:
        alder = GaugeMetricFamily(
            f"gateway_{ett.hva}_eldste_sekunder", f"Seconds since the oldest was due: {ett.mening}"
        )
        alder.add_metric([], ett.eldste_sekunder)
        yield alder
