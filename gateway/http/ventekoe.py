"""The queue before the request threads: bounded, and those who wait may leave it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

# When the oldest has waited this long, the newest goes first: its client still waits for it, the oldest's may not.
KOEEN_STAAR_SEKUNDER = 0.5


class Ventekoe(Generic[T]):
    """Items wait with the time at which they came. One thread puts in and takes out; others fetch."""

    def __init__(self, plasser: int, naa: Callable[[], float]) -> None:
        self._plasser = plasser
        self._naa = naa
        self._laas = threading.Lock()
        self._venter: OrderedDict[int, tuple[T, float]] = OrderedDict()
        self._signal: SimpleQueue[None] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._venter)

    @property
    def full(self) -> bool:
        return len(self._venter) >= self._plasser

    def legg_i(self, ett: T, kom: float) -> None:
        with self._laas:
            self._venter[id(ett)] = (ett, kom)
        self._signal.put(None)

    def trekk(self, ett: T) -> bool:
        """Take it out again; False when somebody has fetched it."""
        with self._laas:
            return self._venter.pop(id(ett), None) is not None

    def alle(self) -> list[T]:
        """Those who wait, the oldest first."""
        with self._laas:
            return [ett for ett, _ in self._venter.values()]

    def hent(self) -> T:
        """Wait for the next. The oldest first, until the queue stands still."""
        while True:
            self._signal.get()
            with self._laas:
                if not self._venter:
                    continue  # it was taken out
                _, eldste = next(iter(self._venter.values()))
                ett, _ = self._venter.popitem(last=self._naa() - eldste > KOEEN_STAAR_SEKUNDER)[1]
                return ett
