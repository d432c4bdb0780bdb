"""Metrics for Prometheus: what requests cost, from when they arrived. No label holds what a sender made up.

The processes of one `gateway web` share what they count in files, and each answers for all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from werkzeug.exceptions import BadRequest

TREG_SEKUNDER = 1.0
# When the request arrived, and when a thread began with it, by `time.perf_counter`; in its WSGI environ.
ANKOM = "gateway.ankom"
BEGYNTE = "gateway.begynte"
logger = logging.getLogger(__name__)

BOETTER = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METODER = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ANNEN = "annen"
AVVIST = "avvist"
# Only held here: what is shown is read from the files of all processes, or by whoever gives its own registry.
REGISTER = CollectorRegistry()

varighet = Histogram(
    "gateway_http_sekunder",
    "Seconds from when a request arrived until it was answered",
    ("metode", "rute", "status"),
    buckets=BOETTER,
    registry=REGISTER,
)
ventetid = Histogram(
    "gateway_http_ventetid_sekunder",
    "Seconds from when a request arrived until a thread began with it: its body, and the queue",
    buckets=BOETTER,
    registry=REGISTER,
)
avvist = Counter("gateway_http_avvist", "Requests that no thread began with", ("grunn",), registry=REGISTER)
starter = Counter(
    "gateway_web_starter", "Web processes that were started; more than there are: one died", registry=REGISTER
)


def _naa(navn: str, mening: str) -> Gauge:
    return Gauge(f"gateway_{navn}", mening, multiprocess_mode="livesum", registry=REGISTER)


NAA: Mapping[str, Gauge] = {
    "prosesser": _naa("web_prosesser", "Web processes that run"),
    "traader": _naa("http_traader", "Threads that serve requests"),
    "i_arbeid": _naa("http_traader_i_bruk", "Threads that serve a request now"),
    "under_veis": _naa("http_under_veis", "Requests that have arrived and are not answered"),
    "venter": _naa("http_venter", "Requests that wait for a thread"),
    "kropper": _naa("http_kropper", "Bodies that are being read"),
    "forbindelser": _naa("database_forbindelser_i_bruk", "Connections to the database in use"),
    "mest_forbindelser": _naa("database_forbindelser", "Connections to the database that may be in use; 0: no bound"),
    "minne": _naa("prosess_minne_bytes", "Memory that the web processes hold"),
}


def metodemerke(metode: str) -> str:
    return metode if metode in METODER else ANNEN


def registrer(app: Flask) -> None:
    """Measure every request by its route, never by its path."""

    @app.before_request
    def _start() -> None:
        g.ankom = request.environ.get(ANKOM) or time.perf_counter()

    @app.after_request
    def _slutt(svar: Response) -> Response:
        rute = request.url_rule.rule if request.url_rule else "ukjent"
        sekunder = time.perf_counter() - g.ankom
        metode = metodemerke(request.method)
        varighet.labels(metode, rute, str(svar.status_code)).observe(sekunder)
        if svar.status_code >= BadRequest.code or sekunder > TREG_SEKUNDER:
            # The route and not the path or the query, which hold producers' own keys.
            ventet = request.environ.get(BEGYNTE, g.ankom) - g.ankom
            hva = {
                "metode": metode,
                "rute": rute,
                "status": svar.status_code,
                "ms": round(sekunder * 1000),
                "ventet_ms": round(ventet * 1000),
            }
            logger.info("refused or slow", extra=hva)
        return svar
