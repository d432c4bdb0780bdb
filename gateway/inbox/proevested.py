"""Where plugins are asked what they would make of events, apart from where events are handled: for people's questions.

A few processes at most, kept for whoever asks next about the same producer; so that many questions cost those who ask,
and never the events.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.plugin.hendelser import Oppslag
from gateway.store.utilgjengelig import Utilgjengelig
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.oversetter import Oversetter

SAMTIDIGE = 2
VENT_SEKUNDER = 3.0


class Oppslagssvarer(Protocol):
    """Who asks the services outside."""

    def svar(self, produsent: str, spoersmaal: Sequence[Oppslag]) -> Mapping[str, Any]:
        """As Oppslagstjeneste."""


LagOversetter = Callable[[Sequence[Pluginsted]], Oversetter]


@dataclass
class _Plass:
    """A place for one producer's plugin. `plugins` is the reading of the configuration that it is of."""

    sted: Pluginsted | None = None
    plugins: Plugins | None = None
    oversetter: Oversetter | None = None
    i_bruk: bool = False
    sist_brukt: int = 0


class Proevested:
    """`lag` makes what asks the plugins, `oppslag` asks the services outside. Threads share it."""

    def __init__(
        self,
        lag: LagOversetter,
        *,
        oppslag: Oppslagssvarer | None = None,
        samtidige: int = SAMTIDIGE,
        vent_sekunder: float = VENT_SEKUNDER,
    ) -> None:
        self.oppslag = oppslag
        self._lag = lag
        self._vent_sekunder = vent_sekunder
        self._plasser = [_Plass() for _ in range(samtidige)]
        self._endret = threading.Condition()
        self._nummer = 0

    @contextmanager
    def hos(self, sted: Pluginsted, plugins: Plugins) -> Iterator[Oversetter]:
        """What asks the plugin at `sted`, to oneself. Raises Utilgjengelig when others ask about too much already."""
        plass = self._ta(sted, plugins)
        try:
            yield self._gjort_klar(plass, sted, plugins)
        finally:
            with self._endret:
                plass.i_bruk = False
                self._endret.notify()

    def lukk(self) -> None:
        """Stop the processes that are kept; for good, once nobody asks."""
        for plass in self._plasser:
            _rydd(plass)

    def _ta(self, sted: Pluginsted, plugins: Plugins) -> _Plass:
        with self._endret:
            if not self._endret.wait_for(lambda: any(not ett.i_bruk for ett in self._plasser), self._vent_sekunder):
                raise Utilgjengelig("Others are trying out as many events as may be tried at once")
            ledige = [ett for ett in self._plasser if not ett.i_bruk]
            samme = [ett for ett in ledige if ett.plugins is plugins and ett.sted == sted]
            plass = min(samme or ledige, key=lambda ett: ett.sist_brukt)
            self._nummer += 1
            plass.i_bruk, plass.sist_brukt = True, self._nummer
            return plass

    def _gjort_klar(self, plass: _Plass, sted: Pluginsted, plugins: Plugins) -> Oversetter:
        if plass.oversetter is None or plass.sted != sted or plass.plugins is not plugins:
            _rydd(plass)
            plass.sted, plass.plugins, plass.oversetter = sted, plugins, self._lag([sted])
        return plass.oversetter


def _rydd(plass: _Plass) -> None:
    oversetter, plass.oversetter = plass.oversetter, None
    if oversetter is not None:
        oversetter.lukk()
