"""Metrics for Prometheus: what requests cost, and what waits in the database; no label names a person or a text."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from werkzeug.exceptions import BadRequest

from gateway.kjerne import Kjerne
from gateway.reading.drift import Etterslep, etterslep

TREG_SEKUNDER = 1.0
logger = logging.getLogger(__name__)

BOETTER = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Etterslepsmaaler(Collector):
    """Reads the backlog from the database when it is asked for: the database is the truth here too."""

    def __init__(self, kjerne: Kjerne) -> None:
        self._kjerne = kjerne

    def collect(self) -> Iterator[Metric]:
        for ett in etterslep(self._kjerne):
            yield from _som_maaling(ett)


def _som_maaling(ett: Etterslep) -> Iterator[Metric]:
    antall = GaugeMetricFamily(f"gateway_{ett.hva}_antall", f"How many: {ett.mening}")
    antall.add_metric([], ett.antall)
    yield antall
    if ett.eldste_sekunder is not None:
        alder = GaugeMetricFamily(
            f"gateway_{ett.hva}_eldste_sekunder", f"Seconds since the oldest was due: {ett.mening}"
        )
        alder.add_metric([], ett.eldste_sekunder)
        yield alder


def registrer(app: Flask, register: CollectorRegistry) -> None:
    """Measure every request by its route, never by its path."""
    varighet = Histogram(
        "gateway_http_sekunder",
        "Seconds that a request took",
        ("metode", "rute", "status"),
        buckets=BOETTER,
        registry=register,
    )

    @app.before_request
    def _start() -> None:
        g.startet = time.perf_counter()

    @app.after_request
    def _slutt(svar: Response) -> Response:
        rute = request.url_rule.rule if request.url_rule else "ukjent"
        sekunder = time.perf_counter() - g.startet
        varighet.labels(request.method, rute, str(svar.status_code)).observe(sekunder)
        if svar.status_code >= BadRequest.code or sekunder > TREG_SEKUNDER:
            # The route and not the path or the query, which hold producers' own keys.
            hva = {"metode": request.method, "rute": rute, "status": svar.status_code, "ms": round(sekunder * 1000)}
            logger.info("refused or slow", extra=hva)
        return svar
