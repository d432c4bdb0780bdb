"""Metrics for Prometheus: what requests cost. No label names a person or a text."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from werkzeug.exceptions import BadRequest

TREG_SEKUNDER = 1.0
REGISTER = "gateway.maalinger"
logger = logging.getLogger(__name__)

BOETTER = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


def register(app: Flask) -> CollectorRegistry:
    """What the application measures; a door may add to it when it is opened."""
    svar: CollectorRegistry = app.extensions[REGISTER]
    return svar


def registrer(app: Flask) -> None:
    """Measure every request by its route, never by its path."""
    app.extensions[REGISTER] = register = CollectorRegistry()
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
