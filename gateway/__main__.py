"""`python3 -m gateway …`: makes the environment on first use, then runs the `gateway` command in it.

Only the standard library is imported here, so that it runs on a fresh clone. The Python at hand is used as it is when
`GATEWAY_UTEN_VENV=1`, or when no lock lies beside the package because it was installed as any other, as in an image.
"""

from __future__ import annotations

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
    if sys.platform == "win32":
        raise SystemExit("The gateway runs on Linux and macOS; on Windows, run it in WSL.")
    if os.environ.get("GATEWAY_UTEN_VENV") == "1" or not LAAS.exists() or (_i_venv() and _stempel_stemmer()):
        from app import main

        main()
        return
    try:
        _sett_opp()
    except KeyboardInterrupt:
        raise SystemExit("\nThe set-up was interrupted. Run the same command again to do it over.") from None
    os.chdir(ROT)
    os.execv(PYTHON, [str(PYTHON), "-m", "gateway", *sys.argv[1:]])  # noqa: S606 - our own interpreter


def _i_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _fingeravtrykk() -> str:
    # The place is part of it: a clone that was moved has commands in `.venv/bin` that point to where it was.
    versjon = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{versjon} {hashlib.sha256(LAAS.read_bytes()).hexdigest()} {ROT}"


def _stempel_stemmer() -> bool:
    # `exists` follows the link: a Python that was since removed or upgraded leaves it dangling.
    return PYTHON.exists() and STEMPEL.exists() and STEMPEL.read_text(encoding="utf-8") == _fingeravtrykk()


def _sett_opp() -> None:
    """Make `.venv` with the locked dependencies; a set-up that was interrupted is done again."""
    import fcntl  # not on Windows, which has been told so by now

    with (ROT / ".venv.lock").open("w") as laas:
        fcntl.flock(laas, fcntl.LOCK_EX)  # a second one waits for the first, and finds it done
        if _stempel_stemmer():
            return
        _si("making .venv")
        _kjoer(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "this Python could not make .venv. If its venv or pip is missing, install it (on Debian: python3-venv) or "
            "use another Python",
        )
        _si("installing the locked dependencies")
        pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        _kjoer(
            [*pip, "--require-hashes", "-r", str(LAAS)],
            "the package registry could not be reached, or the lock is wrong",
        )
        _kjoer([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROT)], "the project itself could not be installed")
        STEMPEL.write_text(_fingeravtrykk(), encoding="utf-8")


def _kjoer(kommando: list[str], ellers: str) -> None:
    # Standard output belongs to the command that was asked for.
    if subprocess.run(kommando, stdout=sys.stderr, check=False).returncode:  # noqa: S603 - our own commands
        raise SystemExit(f"The set-up failed: {ellers}. Run the same command again to retry.")


def _si(hva: str) -> None:
    print(f"gateway: {hva} …", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    hovedprogram()
