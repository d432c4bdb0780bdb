"""The probes of a platform: does each process live, is it ready, and what do its metrics say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from gateway.drill.http import Svar, Uteblitt, melding, send

HVERT_SEKUND = 0.5
METRIKKER_HVERT = 2.0
VENTER_SEKUNDER = 5.0
LEVER, KLAR, METRIKKER = "/internal/isalive", "/internal/isready", "/internal/metrics"
GRUNNER = "gateway_grunn_antall"


@dataclass(frozen=True)
class Maal:
    """A process that is probed."""

    navn: str
    port: int


@dataclass(frozen=True)
class Maalt:
    """One probe: when it began, how long it took, and the status or why there was none."""

    navn: str
    sti: str
    fra: float
    sekunder: float
    utfall: int | Uteblitt

    @property
    def til(self) -> float:
        return self.fra + self.sekunder


@dataclass
class Prober:
    """All that the probes have seen. Lives in one event loop."""

    maal: Iterable[Maal]
    maalt: list[Maalt] = field(default_factory=list)
    # By what the metrics gave as a reason: when it was first seen.
    grunner: dict[str, float] = field(default_factory=dict)

    async def gaa(self) -> None:
        """Probe until it is cancelled."""
        async with asyncio.TaskGroup() as gruppe:
            for ett in self.maal:
                for sti, hvert in ((LEVER, HVERT_SEKUND), (KLAR, HVERT_SEKUND), (METRIKKER, METRIKKER_HVERT)):
                    gruppe.create_task(self._en(ett, sti, hvert))

    async def _en(self, maal: Maal, sti: str, hvert: float) -> None:
        while True:
            fra = time.time()
            svar = await send(maal.port, melding("GET", sti, {}), VENTER_SEKUNDER)
            naa = time.time()
            utfall = svar.status if isinstance(svar, Svar) else svar
            self.maalt.append(Maalt(maal.navn, sti, fra, naa - fra, utfall))
            if sti == METRIKKER and isinstance(svar, Svar) and svar.status == 200:
                for grunn in grunner(svar.kropp.decode()):
                    self.grunner.setdefault(grunn, naa)
            await asyncio.sleep(max(0.0, fra + hvert - time.time()))


def grunner(metrikker: str) -> list[str]:
    """The reasons not to be green that a page of metrics gives."""
    return [
        maaling.labels["forhold"]
        for familie in text_string_to_metric_families(metrikker)
        if familie.name == GRUNNER
        for maaling in familie.samples
        if maaling.value > 0
    ]


def svarer(maal: Maal, sti: str) -> bool:
    """Whether it answers 200 there now."""
    svar = asyncio.run(send(maal.port, melding("GET", sti, {}), VENTER_SEKUNDER))
    return isinstance(svar, Svar) and svar.status == 200
