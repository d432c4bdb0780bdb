"""An event loop in a thread of its own: so that what a drill does by hand never holds up load, probes or proxies."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
SVARFRIST_SEKUNDER = 30.0


class Loekke:
    """Runs coroutines for other threads."""

    def __init__(self, loekke: asyncio.AbstractEventLoop) -> None:
        self._loekke = loekke

    def start(self, arbeid: Coroutine[Any, Any, T]) -> Future[T]:
        """Start it; the future tells what came of it."""
        return asyncio.run_coroutine_threadsafe(arbeid, self._loekke)

    def gjoer(self, arbeid: Coroutine[Any, Any, T]) -> T:
        """Do it and wait. Raises TimeoutError after half a minute, and whatever the work raises."""
        return self.start(arbeid).result(SVARFRIST_SEKUNDER)


@contextmanager
def loekke(navn: str) -> Iterator[Loekke]:
    """A loop that runs until the end; what still runs in it then is cancelled."""
    egen = asyncio.new_event_loop()
    traad = threading.Thread(target=egen.run_forever, name=navn, daemon=True)
    traad.start()
    try:
        yield Loekke(egen)
    finally:
        asyncio.run_coroutine_threadsafe(_avbryt_alt(), egen).result(SVARFRIST_SEKUNDER)
        egen.call_soon_threadsafe(egen.stop)
        traad.join()
        egen.close()


async def _avbryt_alt() -> None:
    resten = asyncio.all_tasks() - {asyncio.current_task()}
    for oppgave in resten:
        oppgave.cancel()
    await asyncio.gather(*resten, return_exceptions=True)
