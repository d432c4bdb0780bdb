"""Adding a producer to the produsentregister of `dev`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.produsentregister import les_register


def registrer(oppfoering: str, register: Path) -> None:
    """Put the entry at the end of the register's file, all of which is checked first; what stands there stays.

    Raises Innstillingsfeil, with what is wrong, and then nothing is written.
    """
    try:
        foer = register.read_text(encoding="utf-8")
    except OSError as feil:
        raise Innstillingsfeil(f"{register}: cannot be read ({feil.strerror}); correct PRODUSENTER") from None
    with tempfile.NamedTemporaryFile(
        "w", dir=register.parent, prefix=f".{register.name}-", encoding="utf-8", delete=False
    ) as ny:
        ny.write(f"{foer.rstrip()}\n\n{oppfoering}")
    try:
        les_register(Path(ny.name))
        os.chmod(ny.name, register.stat().st_mode & 0o777)
        os.replace(ny.name, register)
    except Innstillingsfeil as feil:
        raise Innstillingsfeil(str(feil).replace(ny.name, str(register))) from None
    finally:
        Path(ny.name).unlink(missing_ok=True)
