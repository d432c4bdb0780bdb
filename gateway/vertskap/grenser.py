"""The limits under which a plugin's process works, and how the process takes them on."""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass

MIB = 1 << 20
# The gateway stops a process that has had its time. When the gateway itself is gone, the process stops itself, this
# much later: an orphan that hangs must not live on.
UTEN_GATEWAY_SEKUNDER = 5.0
# The exit code of a process that had no memory left to tell that it had none.
UTEN_MINNE_KODE = 86


@dataclass(frozen=True, kw_only=True)
class Grenser:
    """What a plugin may use: seconds to be imported and to declare, memory; and what it may answer for an event.

    `lager_noekler` is how many keys of its state one event may read, and how many it may store; `lager_bytes` how
    large each value may be, as JSON.
    """

    lastesekunder: float = 10.0
    minne_mb: int = 512
    kommandoer: int = 1000
    svar_bytes: int = 16 * MIB
    lager_noekler: int = 100
    lager_bytes: int = 64 * 1024


def begrens_prosessen(grenser: Grenser) -> None:
    """Hold this process to its memory, for good. What it asks for beyond that is a MemoryError.

    The limit is on data (the heap and private mappings), not on address space, which libraries reserve without using.
    """
    _, hardt = resource.getrlimit(resource.RLIMIT_DATA)
    grense = grenser.minne_mb * MIB
    if hardt != resource.RLIM_INFINITY:
        grense = min(grense, hardt)
    resource.setrlimit(resource.RLIMIT_DATA, (grense, grense))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would keep what an event said


@contextlib.contextmanager
def under_alarm(sekunder: float) -> Iterator[None]:
    """Let the kernel stop this process when the time, and a margin, is up: also in C, where no signal handler runs."""
    _still_uret(sekunder)
    try:
        yield
    finally:
        _stopp_uret()


@contextlib.contextmanager
def uten_alarm(sekunder: float) -> Iterator[None]:
    """While the gateway works for this process, which has its `sekunder` anew after it."""
    _stopp_uret()
    try:
        yield
    finally:
        _still_uret(sekunder)


def _still_uret(sekunder: float) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, sekunder + UTEN_GATEWAY_SEKUNDER)


def _stopp_uret() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
