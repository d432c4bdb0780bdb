"""A child process that is kept running: started again when it dies, its output shown line by line under its name."""

from __future__ import annotations

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


@dataclass
class Barn:
    """`kommando` runs in a session of its own, so that Ctrl-C reaches the supervisor alone, which stops in order."""

    navn: str
    kommando: Sequence[str]
    miljoe: Mapping[str, str]
    skriv: Callable[[str, str], None]
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
        """SIGTERM; SIGKILL to those that have not ended after 10 seconds."""
        self._stoppes.set()
        if self._prosess and self._prosess.poll() is None:
            self._prosess.terminate()
            try:
                self._prosess.wait(NAADETID)
            except subprocess.TimeoutExpired:
                self.skriv(self.navn, "does not stop; it is killed")
                os.killpg(self._prosess.pid, signal.SIGKILL)
        if self._traad:
            self._traad.join(NAADETID)

    def _hold_i_live(self) -> None:
        pause = FOERSTE_PAUSE
        while not self._stoppes.is_set():
            startet = time.monotonic()
            kode = self._kjoer_en_gang()
            if self._stoppes.is_set():
                return
            pause = FOERSTE_PAUSE if time.monotonic() - startet > FRISK_ETTER else min(pause * 2, LENGSTE_PAUSE)
            self.skriv(self.navn, f"ended with {kode}; started again in {pause:.1f} s")
            self._stoppes.wait(pause)

    def _kjoer_en_gang(self) -> int:
        # PDEATHSIG is tied to the thread that forks; this one lives as long as the supervisor keeps the child.
        self._prosess = subprocess.Popen(  # noqa: S603 - our own commands
            list(self.kommando),
            env={**os.environ, **self.miljoe},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_doe_med_forelderen if sys.platform == "linux" else None,
        )
        if self._stoppes.is_set():
            self._prosess.terminate()
        leser = threading.Thread(target=self._vis_linjer, args=(self._prosess.stdout,), daemon=True)
        leser.start()
        kode = self._prosess.wait()
        # What it left behind must not go on serving, and holds the pipe open.
        _rydd_gruppen(self._prosess.pid)
        leser.join(NAADETID)
        return kode

    def _vis_linjer(self, linjer: IO[bytes] | None) -> None:
        for linje in linjer or ():
            self.skriv(self.navn, linje.decode(errors="replace").rstrip())


def _doe_med_forelderen() -> None:
    """Have the kernel end this child when its supervisor is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _rydd_gruppen(pid: int) -> None:
    """End whatever is left of a child's process group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
