"""What the alarms say: a Prometheus that scrapes the processes of the place, by the rules that the product ships."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from gateway.bench.last import VERT
from gateway.dev.prosess import Barn
from gateway.drill.http import Svar, melding, send
from gateway.drill.proever import METRIKKER, Maal

REGLER = Path("config/alarmer/gateway.yaml")
TJENER = "prometheus"
HVERT = "1s"
SVARFRIST_SEKUNDER = 2.0


class Alarmer:
    """The alarms of one drill. `sett` has when each was first seen, by its name and state. Lives in one event loop."""

    def __init__(self, port: int | None) -> None:
        self._port = port
        self.sett: dict[str, float] = {}

    @property
    def uten(self) -> str:
        """What to say when none was seen."""
        return "none" if self._port else f"not evaluated: there is no `{TJENER}` on PATH, or no {REGLER} here"

    async def gaa(self) -> None:
        """Look until it is cancelled."""
        while self._port is not None:
            svar = await send(self._port, melding("GET", "/api/v1/alerts", {}), SVARFRIST_SEKUNDER)
            if isinstance(svar, Svar) and svar.status == 200:
                for navn in alarmene(svar.kropp):
                    self.sett.setdefault(navn, time.time())
            await asyncio.sleep(SVARFRIST_SEKUNDER)


def alarmene(svar: bytes) -> list[str]:
    """The names of the alarms in an answer of Prometheus, each with its state: pending, or firing."""
    return [f"{ett['labels']['alertname']} {ett['state']}" for ett in json.loads(svar)["data"]["alerts"]]


@contextmanager
def alarmer(mappe: Path, port: int, maal: Sequence[Maal], skriv: Callable[[str, str], None]) -> Iterator[Alarmer]:
    """Scrape `maal` from now on; where no Prometheus is, alarms that say so."""
    tjener = shutil.which(TJENER)
    if tjener is None or not REGLER.exists():
        yield Alarmer(None)
        return
    oppsett = mappe / "prometheus.yaml"
    oppsett.write_text(yaml.safe_dump(_oppsett(maal)), encoding="utf-8")
    kommando = [
        tjener,
        f"--config.file={oppsett}",
        f"--storage.tsdb.path={mappe / 'prometheus'}",
        f"--web.listen-address={VERT}:{port}",
        "--log.level=warn",
    ]
    barn = Barn(TJENER, kommando, {}, skriv)
    barn.start()
    try:
        yield Alarmer(port)
    finally:
        barn.stopp()


def _oppsett(maal: Sequence[Maal]) -> dict[str, object]:
    """One job for each role, as the platform has."""
    roller: dict[str, list[str]] = {}
    for ett in maal:
        roller.setdefault(ett.navn.rstrip("0123456789"), []).append(f"{VERT}:{ett.port}")
    return {
        "global": {"scrape_interval": HVERT, "scrape_timeout": HVERT, "evaluation_interval": HVERT},
        "rule_files": [str(REGLER.resolve())],
        "scrape_configs": [
            {"job_name": rolle, "metrics_path": METRIKKER, "static_configs": [{"targets": steder}]}
            for rolle, steder in roller.items()
        ],
    }
