"""Secrets: how strong one must be, and how what was sent is compared to what only its owner could have sent."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from gateway.plugin import UgyldigSignatur

MINST_TEGN = 16  # of a secret that a person may have thought up: whoever sees a signature can try shorter ones


def krev_hemmeligheter(hemmeligheter: Sequence[str]) -> None:
    """Raises UgyldigSignatur: a source with no secret lets nobody in."""
    if not hemmeligheter:
        raise UgyldigSignatur("the source has no hemmelighet to verify with; give one in its configuration")


def en_stemmer(ventede: Iterable[bytes], sendte: Sequence[bytes]) -> bool:
    """Whether any that was sent is any that was expected.

    Every pair is compared, also after a match, so that the time tells nothing of which secret is in use, and nothing of
    how much of one is right.
    """
    funnet = False
    for ventet in ventede:
        for sendt in sendte:
            funnet |= hmac.compare_digest(ventet, sendt)
    return funnet


def er_en_av(sendt: bytes, hemmeligheter: Iterable[bytes]) -> bool:
    """Whether a secret that was sent as it is, is one of these; the time tells nothing, not even of their length."""
    return en_stemmer([_avtrykk(ett) for ett in hemmeligheter], [_avtrykk(sendt)])


def _avtrykk(tekst: bytes) -> bytes:
    return hashlib.sha256(tekst).digest()


def krev_styrke(ordning: str, hemmelighet: str, minst: int = MINST_TEGN) -> None:
    """Raises ValueError, without the secret, for one that is too short to be safe, or cannot be made bytes of."""
    som_bytes(ordning, hemmelighet)
    if len(hemmelighet) < minst:
        raise ValueError(
            f"a hemmelighet for {ordning} must be at least {minst} characters; make one with "
            "`openssl rand -hex 32`, and give it to the sender too"
        )


def som_bytes(ordning: str, hemmelighet: str) -> bytes:
    """Raises ValueError, without the secret."""
    try:
        return hemmelighet.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"a hemmelighet for {ordning} is not UTF-8; correct it in the source's configuration"
        ) from None
