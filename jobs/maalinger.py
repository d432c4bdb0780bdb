"""What worker, scheduler and doorbell measure. No label holds more than the names of rounds, producers and plugins.

The counters are shared among the processes of one `gateway web` where Prometheus' client is told to share.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# Worker and scheduler serve this registry; in the web the counters are read from the files that its processes share.
REGISTER = CollectorRegistry()

ring_feilet = Counter(
    "gateway_doerklokke_feilet", "Rings of the doorbell that failed; the timetable finds what is due", registry=REGISTER
)
fremmed_jobb = Counter(
    "gateway_fremmede_jobber", "What lay in the queue of rings and was no ring; it was dropped", registry=REGISTER
)
hendelser = Counter(
    "gateway_hendelser_behandlet",
    "Events by what a round made of them",
    ("produsent", "plugin", "utfall", "klasse"),
    registry=REGISTER,
)
oppslag = Counter(
    "gateway_oppslag",
    "Look-ups for plugins, by outcome",
    ("produsent", "tjeneste", "utfall"),
    registry=REGISTER,
)
oppslag_sekunder = Counter(
    "gateway_oppslag_sekunder", "Seconds spent on look-ups for plugins", ("produsent", "tjeneste"), registry=REGISTER
)
endringer = Counter(
    "gateway_endringer_observert",
    "Changes that observers were told of, by what came of it",
    ("produsent", "plugin", "utfall"),
    registry=REGISTER,
)


class Hendelsesmaaler:
    """Counts what becomes of events, of the look-ups for them, and of what observers are told."""

    def hendelse(self, produsent: str, plugin: str, utfall: str, klasse: str = "") -> None:
        hendelser.labels(produsent, plugin, utfall, klasse).inc()

    def oppslag(self, produsent: str, tjeneste: str, utfall: str, sekunder: float) -> None:
        oppslag.labels(produsent, tjeneste, utfall).inc()
        oppslag_sekunder.labels(produsent, tjeneste).inc(sekunder)

    def endring(self, produsent: str, plugin: str, utfall: str) -> None:
        endringer.labels(produsent, plugin, utfall).inc()


@dataclass
class Rundetall:
    """What one round of this process has done. Times are Unix seconds, durations seconds; 0 for never."""

    gaatt: int = 0
    feilet: int = 0
    gjort: int = 0
    sist_vellykket: float = 0.0
    varighet: float = 0.0
    _begynte: float | None = None
    _laas: threading.Lock = field(default_factory=threading.Lock)

    def begynn(self) -> None:
        self._begynte = time.monotonic()

    def ferdig(self, antall: int, naa: float) -> None:
        """It went well; `naa` is Unix seconds."""
        self._slutt()
        self.gjort += antall
        self.sist_vellykket = naa

    def feil(self) -> None:
        self._slutt()
        self.feilet += 1

    def _slutt(self) -> None:
        with self._laas:
            if self._begynte is not None:
                self.varighet = time.monotonic() - self._begynte
            self._begynte = None
            self.gaatt += 1

    def gaar_siden(self) -> float:
        """Seconds that it has been under way; 0 when it is not."""
        begynte = self._begynte
        return time.monotonic() - begynte if begynte is not None else 0.0


class Rundemaaler(Collector):
    """The rounds of this worker, and whether it hears the doorbell."""

    def __init__(self, tall: Mapping[str, Rundetall], lytter: Callable[[], bool]) -> None:
        self._tall = tall
        self._lytter = lytter

    def collect(self) -> Iterator[Metric]:
        gaatt = CounterMetricFamily("gateway_runde_gaatt", "Rounds that have ended, well or not", labels=["runde"])
        feilet = CounterMetricFamily("gateway_runde_feilet", "Rounds that failed", labels=["runde"])
        gjort = CounterMetricFamily("gateway_runde_behandlet", "What the rounds have handled", labels=["runde"])
        vellykket = GaugeMetricFamily(
            "gateway_runde_sist_vellykket_tidspunkt", "Unix seconds at which the round last went well", labels=["runde"]
        )
        varighet = GaugeMetricFamily(
            "gateway_runde_varighet_sekunder", "Seconds that the last round took", labels=["runde"]
        )
        gaar = GaugeMetricFamily(
            "gateway_runde_gaar_sekunder", "Seconds that the round at hand has taken; 0: none is", labels=["runde"]
        )
        for navn, tall in self._tall.items():
            gaatt.add_metric([navn], tall.gaatt)
            feilet.add_metric([navn], tall.feilet)
            gjort.add_metric([navn], tall.gjort)
            vellykket.add_metric([navn], tall.sist_vellykket)
            varighet.add_metric([navn], tall.varighet)
            gaar.add_metric([navn], tall.gaar_siden())
        yield from (gaatt, feilet, gjort, vellykket, varighet, gaar)
        lytter = GaugeMetricFamily("gateway_lytter_tilkoblet", "1 when the worker hears the doorbell")
        lytter.add_metric([], int(self._lytter()))
        yield lytter
