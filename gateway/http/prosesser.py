"""The processes of one `gateway web`: a parent that starts and replaces them, and the children that serve."""

from __future__ import annotations

import errno
import logging
import multiprocessing
import os
import re
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import multiprocess

from gateway.oppsett.innstillinger import Innstillingsfeil

logger = logging.getLogger(__name__)

MAPPE = "PROMETHEUS_MULTIPROC_DIR"
_MAPPENAVN = "gateway-maalinger-"
_GAUGEFIL = re.compile(r"gauge_live\w+_(\d+)\.db")
# A parent that was killed leaves children for a moment: they see it, and let go of the port.
VENT_PAA_PORTEN_SEKUNDER = 5.0
# The platform waits ten seconds from SIGTERM. Requests under way have most of them; a busy machine needs the rest.
NAADETID_SEKUNDER = 6


@contextmanager
def felles_maalinger() -> Iterator[None]:
    """A folder in which the processes of this run share what they count; it is gone afterwards.

    Processes that are started meanwhile find it by the environment. What a killed run left behind is removed.
    """
    sted = Path(tempfile.gettempdir())
    for gammel in sted.glob(f"{_MAPPENAVN}*"):
        pid = gammel.name.removeprefix(_MAPPENAVN).partition("-")[0]
        if not pid.isdigit() or int(pid) == os.getpid() or not _lever(int(pid)):
            shutil.rmtree(gammel, ignore_errors=True)
    mappe = tempfile.mkdtemp(prefix=f"{_MAPPENAVN}{os.getpid()}-")
    os.environ[MAPPE] = mappe
    try:
        yield
    finally:
        del os.environ[MAPPE]
        shutil.rmtree(mappe, ignore_errors=True)


def glem_doede() -> None:
    """Drop what processes that are gone said of how they were; what they counted stays."""
    mappe = os.environ.get(MAPPE)
    if mappe is None:
        return
    for fil in os.listdir(mappe):
        if (funnet := _GAUGEFIL.fullmatch(fil)) and not _lever(int(funnet[1])):
            multiprocess.mark_process_dead(int(funnet[1]), mappe)  # type: ignore[no-untyped-call]


def _lever(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def minne() -> int:
    """Bytes of memory that this process holds; where the system does not say, the most that it has held."""
    try:
        sider = int(Path("/proc/self/statm").read_text().split()[1])
        return sider * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        mest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return mest if sys.platform == "darwin" else mest * 1024


@contextmanager
def alene_paa_porten(vert: str, port: int) -> Iterator[None]:
    """Hold the port for this run. The server itself would share it silently with any other.

    Raises Innstillingsfeil, with what to do, when somebody has it.
    """
    frist = time.monotonic() + VENT_PAA_PORTEN_SEKUNDER
    while True:
        vokter = _vokter(vert, port)
        if vokter is not None:
            break
        if time.monotonic() > frist:
            raise Innstillingsfeil(
                f"PORT: something listens on {vert}:{port} already. Stop it, or choose another PORT; "
                "DELT_PORT=1 when several `gateway web` are meant to share it."
            )
        time.sleep(0.1)
    with vokter:
        yield


def _vokter(vert: str, port: int) -> socket.socket | None:
    """A socket that no other run can have meanwhile, when nobody listens; else None."""
    familie, _, _, _, sted = socket.getaddrinfo(vert, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(familie, socket.SOCK_STREAM) as proeve:
        proeve.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            proeve.bind(sted)
        except OSError as feil:
            if feil.errno == errno.EADDRINUSE:
                return None
            raise Innstillingsfeil(f"HOST, PORT: {vert}:{port} cannot be listened on ({feil.strerror}).") from None
    vokter = socket.socket(socket.AF_UNIX)
    if sys.platform == "linux":  # two that start in the same moment: only one gets this name
        try:
            vokter.bind(f"\0gateway-web-{vert}-{port}")
        except OSError:
            vokter.close()
            return None
    return vokter


def foelg_forelderen() -> None:
    """End this process when the one that started it is gone, however that came about."""
    forelder = multiprocessing.parent_process()
    if forelder is None:
        return

    def vent() -> None:
        forelder.join()
        logger.error("the parent process is gone; this one ends")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(NAADETID_SEKUNDER)
        os._exit(1)

    threading.Thread(target=vent, name="forelder", daemon=True).start()
