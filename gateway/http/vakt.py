"""What a process says of itself under `/internal`: told from what was last seen, so that no answer waits for anything.

Web, worker and scheduler have each one; nothing here knows Flask. The probes run in threads of their own, and each may
hang for as long as it likes.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.http.problemer import PROBLEM, PROEV_IGJEN_OM_SEKUNDER, problemtekst
from gateway.kjerne import ny_id

logger = logging.getLogger(__name__)

JSON = "application/json"
HVERT_SEKUND = 1.0
# An answer older than this is none: whoever is asked has hung since.
FERSK_SEKUNDER = 4.0
BILDE_HVERT_SEKUND = 5.0
# The database's part of the metrics may take this long; Prometheus gives up a scrape after ten seconds.
MAALING_SEKUNDER = 1.5
UKJENT_BILDE = "Driftsbildet kan ikke leses nå."


class IkkeKlar(Exception):
    """A probe that answered, and what is wrong: a sentence that anybody may read."""


@dataclass(frozen=True, kw_only=True)
class Proeve:
    """`spoer` returns when all is well, and raises when it is not; IkkeKlar with a reason of its own.

    `kreves`: the process is not ready without it. Else it only shows in the metrics.
    """

    navn: str
    spoer: Callable[[], object]
    kreves: bool = True


@dataclass(frozen=True)
class Internsvar:
    status: int
    innholdstype: str
    kropp: bytes
    hoder: tuple[tuple[str, str], ...] = ()


class Vaktlag(Protocol):
    """What a server needs to answer under `/internal`."""

    def svar(self, sti: str) -> Internsvar | None:
        """The answer at this path at once, or None where there is none."""


class Vakt:
    """The watch of one process. `fra_databasen` are collectors that ask the database when metrics are read.

    `bilde` gives what is wrong with the whole product, in words; it makes no process unready. `doede` names the parts
    of the process that have ended and should not: only a new process mends that.
    """

    def __init__(
        self,
        *,
        rolle: str,
        versjon: str,
        proever: Sequence[Proeve],
        register: CollectorRegistry,
        fra_databasen: Iterable[Collector] = (),
        bilde: Callable[[], Sequence[str]] | None = None,
        doede: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._register = register
        self._doede = doede
        self._ved_like = [_Post(ett) for ett in proever]
        self._bilde = _Bilde(bilde) if bilde else None
        self._treg = _TregDel(fra_databasen)
        register.register(_Prosess(rolle, versjon, self._ved_like))

    def start(self) -> None:
        """Look from now on, in threads that end with the process."""
        for post in self._ved_like:
            threading.Thread(target=post.hold_vakt, name=f"vakt-{post.navn}", daemon=True).start()
        if self._bilde:
            threading.Thread(target=self._bilde.hold_vakt, name="vakt-bilde", daemon=True).start()

    def se_etter(self) -> None:
        """Ask all once, here and now."""
        for post in self._ved_like:
            post.spoer()
        if self._bilde:
            self._bilde.se()

    def svar(self, sti: str) -> Internsvar | None:
        """The answer at this path, or None where there is none. Only that of the metrics may take a moment."""
        match sti:
            case "/internal/isalive":
                return self.isalive()
            case "/internal/isready":
                return self.isready()
            case "/internal/metrics":
                return self.metrics()
        return None

    def isalive(self) -> Internsvar:
        """200: the process runs, all of it. What it needs has no say: no restart mends a database."""
        if doede := self._doede():
            return _ikke_klar(f"Ended, and should not have: {', '.join(doede)}.")
        return Internsvar(200, JSON, b'{"status":"lever"}\n')

    def isready(self) -> Internsvar:
        """200 when what the process needs answers, with what is wrong elsewhere; else 503 with the reasons."""
        mangler = [grunn for post in self._ved_like if post.kreves and (grunn := post.grunn())]
        if mangler:
            return _ikke_klar(" ".join(mangler))
        grunner = self._bilde.grunner() if self._bilde else []
        if grunner is None:
            return _ikke_klar("The process has just started, and is looking around.")
        svar = {"status": "degradert" if grunner else "klar", "grunner": list(grunner)}
        return Internsvar(200, JSON, (json.dumps(svar, ensure_ascii=False) + "\n").encode())

    def metrics(self) -> Internsvar:
        """All that is measured. Within two seconds: what the database does not tell by then is left out."""
        nede = any(post.navn == "database" and post.grunn() for post in self._ved_like)
        fra_databasen = b"" if nede else self._treg.les(MAALING_SEKUNDER)
        return Internsvar(200, CONTENT_TYPE_LATEST, generate_latest(self._register) + fra_databasen)


def _ikke_klar(detalj: str) -> Internsvar:
    kropp = problemtekst(503, "Utilgjengelig", detalj, str(ny_id()))
    return Internsvar(503, PROBLEM, kropp, (("Retry-After", PROEV_IGJEN_OM_SEKUNDER),))


class _Post:
    """One probe, and what came of it last."""

    def __init__(self, proeve: Proeve) -> None:
        self.navn = proeve.navn
        self.kreves = proeve.kreves
        self._spoer = proeve.spoer
        self._startet = time.monotonic()
        self._svarte: float | None = None
        self._feil = ""

    def hold_vakt(self) -> None:
        while True:
            self.spoer()
            time.sleep(HVERT_SEKUND)

    def spoer(self) -> None:
        try:
            self._spoer()
            feil = ""
        except IkkeKlar as grunn:
            feil = str(grunn)
        except Exception as aarsak:  # noqa: BLE001 - whatever it is, it is the answer
            feil = f"{self.navn} cannot be reached: {type(aarsak).__name__}."
        if feil != self._feil:
            logger.warning("a probe changed its answer", extra={"proeve": self.navn, "feil": feil or None})
        self._feil, self._svarte = feil, time.monotonic()

    def grunn(self) -> str:
        """Why it is not well, or nothing."""
        siden = time.monotonic() - (self._startet if self._svarte is None else self._svarte)
        if siden > FERSK_SEKUNDER:
            return f"{self.navn} has not answered for {siden:.0f} s."
        if self._svarte is None:
            return f"{self.navn} has not answered yet."
        return self._feil


class _Bilde:
    """What is wrong with the whole product, as it was seen a few seconds ago."""

    def __init__(self, les: Callable[[], Sequence[str]]) -> None:
        self._les = les
        self._startet = time.monotonic()
        self._sett: float | None = None
        self._grunner: Sequence[str] = ()

    def hold_vakt(self) -> None:
        while True:
            self.se()
            time.sleep(BILDE_HVERT_SEKUND)

    def se(self) -> None:
        try:
            self._grunner, self._sett = self._les(), time.monotonic()
        except Exception as aarsak:  # noqa: BLE001 - it grows old, and that is told
            logger.warning("the state of the product cannot be read", extra={"feil": type(aarsak).__name__})

    def grunner(self) -> Sequence[str] | None:
        """None: it has not been seen yet, and may be in a moment."""
        gammelt = time.monotonic() - (self._startet if self._sett is None else self._sett)
        if gammelt > BILDE_HVERT_SEKUND + FERSK_SEKUNDER:
            return [UKJENT_BILDE]
        return None if self._sett is None else self._grunner


class _TregDel:
    """Collectors that may hang: one thread asks them, and whoever reads meanwhile waits for that same thread."""

    def __init__(self, kilder: Iterable[Collector]) -> None:
        self._register = CollectorRegistry()
        for kilde in kilder:
            self._register.register(_Utsatt(kilde))
        self._laas = threading.Lock()
        self._under_veis: tuple[threading.Event, list[bytes]] | None = None

    def les(self, sekunder: float) -> bytes:
        """What they told, or nothing when they did not within this time."""
        with self._laas:
            if self._under_veis is None:
                self._under_veis = (threading.Event(), [])
                threading.Thread(target=self._spoer, args=self._under_veis, name="maalinger", daemon=True).start()
            ferdig, svar = self._under_veis
        ferdig.wait(sekunder)
        return svar[0] if svar else b""

    def _spoer(self, ferdig: threading.Event, svar: list[bytes]) -> None:
        try:
            svar.append(generate_latest(self._register))
        except Exception as aarsak:  # noqa: BLE001 - the metrics are answered without it
            logger.warning("what waits cannot be measured", extra={"feil": type(aarsak).__name__})
        with self._laas:
            self._under_veis = None
        ferdig.set()


class _Utsatt(Collector):
    """Without `describe`: a registry that is given the collector itself would ask the database at once."""

    def __init__(self, kilde: Collector) -> None:
        self._kilde = kilde

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterable[Metric]:
        return self._kilde.collect()


class _Prosess(Collector):
    """What runs here, and whom it reaches."""

    def __init__(self, rolle: str, versjon: str, poster: Sequence[_Post]) -> None:
        self._rolle = rolle
        self._versjon = versjon
        self._poster = poster

    def collect(self) -> Iterator[Metric]:
        bygg = GaugeMetricFamily("gateway_bygg_info", "What runs here", labels=["versjon", "rolle", "python"])
        bygg.add_metric([self._versjon, self._rolle, sys.version.split()[0]], 1)
        yield bygg
        for post in self._poster:
            oppe = GaugeMetricFamily(f"gateway_{post.navn}_oppe", f"1 when {post.navn} answers this process")
            oppe.add_metric([], 0 if post.grunn() else 1)
            yield oppe
