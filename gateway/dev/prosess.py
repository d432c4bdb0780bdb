"""A child process that is kept running: started again when it dies, its output shown line by line under its name."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

FOERSTE_PAUSE = 0.2
LENGSTE_PAUSE = 5.0
# Who lived this long was healthy, and starts again at once.
FRISK_ETTER = 10.0
NAADETID = 10.0
PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child of a process with threads may do next to nothing before it executes its command.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Barn:
    """`kommando` runs in a session of its own, so that Ctrl-C reaches the supervisor alone, which stops in order.

    When the supervisor itself is killed, the kernel ends the child (Linux only; elsewhere it is left behind).
    """

    navn: str
    kommando: Sequence[str]
    miljoe: Mapping[str, str]
    skriv: Callable[[str, str], None]
    naadetid: float = NAADETID
    _prosess: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _stoppes: threading.Event = field(default_factory=threading.Event, init=False)
    _traad: threading.Thread | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        return self._prosess.pid if self._prosess else None

    def start(self) -> None:
        self._traad = threading.Thread(target=self._hold_i_live, name=self.navn, daemon=True)
        self._traad.start()

    def stopp(self) -> None:
        """SIGTERM, and SIGKILL when it has not ended within `naadetid` seconds. Returns when it has ended."""
        self._stoppes.set()
        if self._traad is None:
            return
        self._send(signal.SIGTERM)
        self._traad.join(self.naadetid)
        if self._traad.is_alive():
            self.skriv(self.navn, f"has not stopped in {self.naadetid:.0f} s; it is killed")
            self._send(signal.SIGKILL)
            self._traad.join()

    def _send(self, signalnummer: signal.Signals) -> None:
        if self._prosess:
            self._prosess.send_signal(signalnummer)  # does nothing once it has ended

    def _hold_i_live(self) -> None:
        pause = FOERSTE_PAUSE
        while not self._stoppes.is_set():
            startet = time.monotonic()
            hvordan = self._kjoer_en_gang()
            if self._stoppes.is_set():
                return
            pause = FOERSTE_PAUSE if time.monotonic() - startet > FRISK_ETTER else min(pause * 2, LENGSTE_PAUSE)
            self.skriv(self.navn, f"{hvordan}; it is started again in {pause:.1f} s")
            self._stoppes.wait(pause)

    def _kjoer_en_gang(self) -> str:
        """Run it until it ends; return how that went, in words."""
        # PDEATHSIG is tied to the thread that forks; this one lives as long as the supervisor keeps the child.
        try:
            self._prosess = subprocess.Popen(  # noqa: S603 - our own commands
                list(self.kommando),
                env={**os.environ, **self.miljoe},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_doe_med_forelderen(os.getpid()),
            )
        except (OSError, subprocess.SubprocessError) as feil:  # no memory, no process slots: may pass
            return f"could not be started ({feil})"
        if self._stoppes.is_set():  # `stopp` came while it was being started, and did not see it
            self._prosess.terminate()
        leser = threading.Thread(target=self._vis_linjer, args=(self._prosess.stdout,), daemon=True)
        leser.start()
        kode = self._prosess.wait()
        # What it left behind must not go on serving, and holds the pipe open.
        _rydd_gruppen(self._prosess.pid)
        leser.join(NAADETID)
        return f"was ended by {signal.Signals(-kode).name}" if kode < 0 else f"ended with {kode}"

    def _vis_linjer(self, linjer: IO[bytes] | None) -> None:
        for linje in linjer or ():
            self.skriv(self.navn, linje.decode(errors="replace").rstrip())


def _doe_med_forelderen(forelder: int) -> Callable[[], None] | None:
    """What a child does first, so that the kernel ends it when its supervisor is killed."""
    libc = LIBC
    if libc is None:
        return None

    def foerst() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != forelder:  # it was killed before we asked
            os._exit(1)

    return foerst


def _rydd_gruppen(pid: int) -> None:
    """End whatever is left of a child's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the second of a group of zombies
        os.killpg(pid, signal.SIGKILL)
