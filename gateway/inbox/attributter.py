"""Which attributes of a CloudEvent are plainly as CloudEvents 1.0 wants them, so that its library need not be asked.

The library takes longer over an event than all else that is done to take it in, and nearly all are plain.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

PAAKREVDE = ("id", "source", "type", "specversion")
TEKSTER = frozenset({"id", "source", "type", "subject", "datacontenttype", "dataschema"})
_UTVIDELSE = re.compile(r"[a-z0-9]{1,100}")
_TID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


def er_opplagt_gyldige(attributter: Mapping[str, Any]) -> bool:
    """True only for what the library takes; False says nothing of it."""
    return (
        attributter.get("specversion") == "1.0"
        and all(navn in attributter for navn in PAAKREVDE)
        and all(_er_opplagt(navn, verdi) for navn, verdi in attributter.items())
    )


def _er_opplagt(navn: str, verdi: Any) -> bool:
    if not isinstance(verdi, str):
        return isinstance(verdi, bool) and navn not in TEKSTER and navn != "time" and _er_utvidelse(navn)
    if navn in TEKSTER:
        return bool(verdi)
    if navn == "time":
        return _er_tidspunkt(verdi)
    return _er_utvidelse(navn)


def _er_utvidelse(navn: str) -> bool:
    return navn != "data" and _UTVIDELSE.fullmatch(navn) is not None


def _er_tidspunkt(tekst: str) -> bool:
    if not _TID.fullmatch(tekst):
        return False
    try:
        dt.datetime.fromisoformat(tekst)
    except ValueError:
        return False
    return True
