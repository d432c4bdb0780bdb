"""Reading the configuration anew in `dev`, when what it is read from changes, while all else goes on."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from gateway.oppsett.innstillinger import Innstillingsfeil

logger = logging.getLogger(__name__)

# Looked at, and not listened for: it holds on every file system, in containers and over networks too, and some tens of
# files cost next to nothing.
SE_ETTER_SEKUNDER = 0.3
UTENOM = ("__pycache__",)

Stand = Mapping[str, tuple[int, int]]


class Omlesing:
    """Watches files and folders from a thread of its own, and calls `les` when they have changed and are still again.

    `steder` tells what to watch now. `les` raises Innstillingsfeil when what stands there cannot be used: that is
    logged, and told to `avvist`. What is there as this object is made counts as read.
    """

    def __init__(
        self, steder: Callable[[], Iterable[Path]], les: Callable[[], None], avvist: Callable[[str], None]
    ) -> None:
        self._steder, self._les, self._avvist = steder, les, avvist
        self._lest = stand(steder())
        self._sist_sett = self._lest
        self._stopp = threading.Event()
        self._traad = threading.Thread(target=self._hold_oeye, name="omlesing", daemon=True)

    def start(self) -> None:
        self._traad.start()

    def slutt(self) -> None:
        """Stop watching; a reading under way comes to its end."""
        self._stopp.set()
        self._traad.join()

    def se(self) -> None:
        """Look once; what has changed is read when a second look finds it as the first did."""
        naa = stand(self._steder())
        stille, self._sist_sett = naa == self._sist_sett, naa
        if naa == self._lest or not stille:
            return
        self._lest = naa
        try:
            self._les()
        except Innstillingsfeil as feil:
            for linje in str(feil).splitlines():
                logger.error("the configuration has a fault; the one before goes on", extra={"feil": linje})
            self._avvist(str(feil))
        except Exception as feil:
            logger.exception("the configuration could not be read anew; the one before goes on")
            self._avvist(f"{type(feil).__name__}; see the log")

    def _hold_oeye(self) -> None:
        while not self._stopp.wait(SE_ETTER_SEKUNDER):
            self.se()


def stand(steder: Iterable[Path]) -> Stand:
    """Every file there and beneath, with its time of change and its size. What is not there has none."""
    return {str(fil): (funnet.st_mtime_ns, funnet.st_size) for sted in steder for fil, funnet in _filer(sted)}


def _filer(sted: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for fil in _under(sted) if sted.is_dir() else (sted,):
        try:
            yield fil, fil.stat()
        except OSError:  # it is not there, or was until just now
            continue


def _under(rot: Path) -> Iterator[Path]:
    """The files beneath a folder that somebody wrote."""
    for mappe, undermapper, filer in os.walk(rot):
        undermapper[:] = [navn for navn in undermapper if navn not in UTENOM and not navn.startswith(".")]
        yield from (Path(mappe) / navn for navn in filer if not navn.startswith("."))
