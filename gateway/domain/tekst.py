"""Text that comes from outside, in a form that every database keeps."""

from __future__ import annotations

import re
from typing import Any

_ULAGRBART = re.compile(r"[\x00\ud800-\udfff]")


def escapet(tekst: str) -> str:
    r"""The text with NUL as `\x00` and lone surrogates as `\ud800`: PostgreSQL takes neither."""
    return _ULAGRBART.sub(lambda treff: ascii(treff.group())[1:-1], tekst)


def alt_escapet(verdi: Any) -> Any:
    """The same JSON, with every text and name in it escaped."""
    if isinstance(verdi, str):
        return escapet(verdi)
    if isinstance(verdi, dict):
        return {alt_escapet(navn): alt_escapet(ledd) for navn, ledd in verdi.items()}
    if isinstance(verdi, list | tuple):
        return [alt_escapet(ledd) for ledd in verdi]
    return verdi
