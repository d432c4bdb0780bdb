"""Keys: what producers name their objects and events by, in one form, and small enough for every index.

PostgreSQL refuses an index entry of more than 2,704 bytes; two keys and what stands beside them fit in that.
"""

from __future__ import annotations

import re
import unicodedata

LENGSTE_TEGN = 500
LENGSTE_BYTE = 1_000
# Control characters (Cc) and halves of surrogate pairs (Cs). All else may be part of a key, a no-break space too.
_ULOVLIGE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def normalisert(tekst: str) -> str:
    """The key in its one form (NFC): two texts that differ in Unicode form only are the same key."""
    return unicodedata.normalize("NFC", tekst)


def noekkelfeil(tekst: str) -> str | None:
    """What is wrong with a normalised key, without the key itself; None when nothing is."""
    if tekst.isascii() and tekst.isprintable() and 0 < len(tekst) <= LENGSTE_TEGN:
        return None  # as nearly all are
    if not tekst:
        return "must not be empty."
    if _ULOVLIGE.search(tekst):
        return "must not hold control characters or lone surrogates."
    if len(tekst) > LENGSTE_TEGN:
        return f"must be at most {LENGSTE_TEGN} characters; it is {len(tekst)}."
    if (antall := len(tekst.encode())) > LENGSTE_BYTE:
        return f"must be at most {LENGSTE_BYTE} bytes in UTF-8; it is {antall}."
    return None
