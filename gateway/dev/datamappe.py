"""The data folder of `gateway dev`: its owner's alone, held by one supervisor at a time, and emptied on request."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.http.tokens import UTSTEDERFIL
from gateway.oppsett.innstillinger import Innstillingsfeil

LAAS = "dev.lock"
# All that the gateway puts there. The number is a process id, of a file that was being written when it was killed.
EGNE = re.compile(
    r"gateway\.db(-wal|-shm|-journal)?|(hemmelig_noekkel|utsteder\.json|klokke|klokke\.json)(\.\d+)?"
    r"|valkey|epost|dev\.json|dev\.lock"
)


def krev_gateway(data: Path) -> None:
    """Raises Innstillingsfeil when no gateway was started with the folder: the first start makes its keys."""
    mappe = data.absolute()
    try:
        if (mappe / UTSTEDERFIL).exists():
            return
    except OSError as feil:
        raise Innstillingsfeil(f"GATEWAY_DATA: {mappe} cannot be read ({feil.strerror}); correct it.") from None
    raise Innstillingsfeil(
        f"GATEWAY_DATA: no gateway has been started with the data folder {mappe}. Set GATEWAY_DATA to the folder of "
        "the one that runs, or start one here with `gateway dev`."
    )


def kjoerer(data: Path) -> str | None:
    """The process id of the `gateway dev` that holds the folder now, if one does."""
    try:
        laas = (data / LAAS).open()
    except FileNotFoundError:  # web and worker were started one by one
        return None
    with laas:
        try:
            fcntl.flock(laas, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return laas.read().strip()
    return None


@contextmanager
def holdt(data: Path) -> Iterator[None]:
    """Make the folder, and hold it alone. Raises Innstillingsfeil when another `gateway dev` holds it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / LAAS).open("a+") as laas:
        try:
            fcntl.flock(laas, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            laas.seek(0)
            raise Innstillingsfeil(
                f"{data} is in use by the `gateway dev` with process id {laas.read().strip() or '?'}; stop that one, "
                "or set GATEWAY_DATA to another folder."
            ) from None
        laas.truncate(0)
        laas.write(str(os.getpid()))
        laas.flush()
        if not _fremmede(data):  # a folder that holds other things too is not ours to close
            data.chmod(0o700)
        yield


def toem(data: Path) -> None:
    """Remove all that the gateway put there. Raises Innstillingsfeil, and removes nothing, when there is more."""
    if fremmede := _fremmede(data):
        raise Innstillingsfeil(
            f"{data} holds what the gateway did not make ({', '.join(fremmede)}), so --reset leaves it alone; move "
            "them, or set GATEWAY_DATA to another folder."
        )
    for ett in data.iterdir():
        if ett.is_dir() and not ett.is_symlink():
            shutil.rmtree(ett)
        elif ett.name != LAAS:
            ett.unlink()


def _fremmede(data: Path) -> list[str]:
    return sorted(ett.name for ett in data.iterdir() if not EGNE.fullmatch(ett.name))
