"""A secret that stands elsewhere: in a file, as platforms mount them, or in the environment."""

from __future__ import annotations

import os
from pathlib import Path

# How the YAML files refer to a secret.
FRA_MILJOE, FRA_FIL = "env:", "file:"
STOERSTE = 64 * 1024


class FraFil(str):
    """A secret that was read from a file, and which."""

    fil: str

    def __new__(cls, verdi: str, fil: str) -> FraFil:
        svar = super().__new__(cls, verdi)
        svar.fil = fil
        return svar


def les_hemmelighet(sti: str) -> FraFil:
    """The content of the file, without the newline that ends it.

    Raises ValueError, with what is wrong; the path is not repeated, since it may be the secret itself.
    """
    try:
        with Path(sti).open(encoding="utf-8", newline="") as fil:
            tekst = fil.read(STOERSTE + 1)
    except UnicodeDecodeError:
        raise ValueError("names a file that is not UTF-8") from None
    except (OSError, ValueError) as feil:
        raise ValueError(f"names a file that cannot be read ({getattr(feil, 'strerror', feil)})") from None
    if len(tekst) > STOERSTE:
        raise ValueError("names a file that is larger than any secret")
    tekst = tekst.removesuffix("\n").removesuffix("\r")
    if not tekst:
        raise ValueError("names a file that is empty")
    return FraFil(tekst, sti)


class IkkeSatt(ValueError):
    """The environment variable that holds a secret is not set."""


def er_referanse(verdi: object) -> bool:
    return isinstance(verdi, str) and verdi.startswith((FRA_MILJOE, FRA_FIL))


def les_referanse(referanse: str) -> str:
    """The secret that `env:NAME` or `file:/path` names. Raises ValueError as `les_hemmelighet` does, and IkkeSatt."""
    if referanse.startswith(FRA_FIL):
        return les_hemmelighet(referanse.removeprefix(FRA_FIL))
    variabel = referanse.removeprefix(FRA_MILJOE)
    verdi = os.environ.get(variabel)
    if not verdi:
        raise IkkeSatt(f"names the environment variable {variabel}, which is not set")
    return verdi
