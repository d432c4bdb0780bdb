"""Ending a process with all that it has started, also what has left its group."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def samle_foreldreloese() -> None:
    """Let what this process starts stay among its descendants when those between are gone (Linux)."""
    with contextlib.suppress(OSError, AttributeError):  # another system: there the group is what is known
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def drep_alle(pid: int) -> None:
    """Kill the process, which leads a group, the group, and its descendants. None of it need be there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGSTOP)  # so that it starts nothing more while we look
    for etterkommer in list(_etterkommere(pid)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(etterkommer, signal.SIGKILL)
    drep_gruppen(pid)


def drep_gruppen(pid: int) -> None:
    """Kill what is left of the group that the process led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _etterkommere(pid: int) -> Iterator[int]:
    try:
        traader = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return  # it is gone, or this is not Linux
    for traad in traader:
        try:
            barna = (traad / "children").read_text(encoding="ascii").split()
        except OSError:
            continue
        for barn in map(int, barna):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(barn, signal.SIGSTOP)
            yield barn
            yield from _etterkommere(barn)
