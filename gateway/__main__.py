"""`python3 -m gateway …`: makes the environment on first use, then runs the `gateway` command in it.

Only the standard library is imported here, so that it runs on a fresh clone. `GATEWAY_UTEN_VENV=1` uses the Python at
hand as it is, as an image does in which the lock is already installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROT = Path(__file__).resolve().parent.parent
VENV = ROT / ".venv"
PYTHON = VENV / "bin" / "python"
LAAS = ROT / "config" / "requirements.lock"
STEMPEL = VENV / "installert"
ELDSTE_PYTHON = (3, 11)


def hovedprogram() -> None:
    if sys.version_info < ELDSTE_PYTHON:
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if os.environ.get("GATEWAY_UTEN_VENV") == "1" or (_i_venv() and _stempel_stemmer()):
        from app import main

        main()
        return
    _sett_opp()
    os.chdir(ROT)
    os.execv(PYTHON, [str(PYTHON), "-m", "gateway", *sys.argv[1:]])  # noqa: S606 - our own interpreter


def _i_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _fingeravtrykk() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor} {hashlib.sha256(LAAS.read_bytes()).hexdigest()}"


def _stempel_stemmer() -> bool:
    return STEMPEL.exists() and STEMPEL.read_text() == _fingeravtrykk()


def _sett_opp() -> None:
    """Make `.venv` with the locked dependencies; a set-up that was interrupted is done again."""
    with (ROT / ".venv.lock").open("w") as laas:
        fcntl.flock(laas, fcntl.LOCK_EX)  # a second one waits for the first, and finds it done
        if _stempel_stemmer():
            return
        _si("making .venv")
        _kjoer(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "Python could not make .venv; its venv module may be missing",
        )
        _si("installing the locked dependencies")
        pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        _kjoer(
            [*pip, "--require-hashes", "-r", str(LAAS)],
            "the package registry could not be reached, or the lock is wrong",
        )
        _kjoer([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROT)], "the project itself could not be installed")
        STEMPEL.write_text(_fingeravtrykk())


def _kjoer(kommando: list[str], ellers: str) -> None:
    # Standard output belongs to the command that was asked for.
    if subprocess.run(kommando, stdout=sys.stderr, check=False).returncode:  # noqa: S603 - our own commands
        raise SystemExit(f"The set-up failed: {ellers}. Run the same command again to retry.")


def _si(hva: str) -> None:
    print(f"gateway: {hva} …", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    hovedprogram()
