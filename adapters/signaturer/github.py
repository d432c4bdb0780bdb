"""Webhooks signed as GitHub does: `X-Hub-Signature-256`, an HMAC-SHA256 of the raw body."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence

from gateway.plugin import Dekning, UgyldigSignatur

HENDELSE, PING = "x-github-event", "ping"
HODE = "x-hub-signature-256"
_SIGNATUR = re.compile(r"sha256=[0-9a-f]{64}")


def signer(hemmelighet: str, kropp: bytes) -> str:
    """The value of `X-Hub-Signature-256` for a body."""
    return f"sha256={hmac.digest(_noekkel(hemmelighet), kropp, 'sha256').hex()}"


class GitHubSignatur:
    navn = "github"
    dekker = Dekning()

    def kontroller(self, hemmelighet: str) -> None:
        _noekkel(hemmelighet)

    def verifiser(self, hoder: Mapping[str, str], kropp: bytes, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        del naa  # the scheme has no time in it, so no replay window: repeats are caught by the event's id
        if not hemmeligheter:
            raise UgyldigSignatur("the source has no hemmelighet to verify with; give one in its configuration")
        signatur = hoder.get(HODE)
        if signatur is None:
            raise UgyldigSignatur("the header X-Hub-Signature-256 is missing; send `sha256=<hex of the HMAC-SHA256>`")
        if not _SIGNATUR.fullmatch(signatur):
            raise UgyldigSignatur("X-Hub-Signature-256 must be `sha256=` and 64 lower-case hex digits")
        # Every secret is tried, also after a match, so that the time tells nothing of which one is in use.
        funnet = False
        for hemmelighet in hemmeligheter:
            funnet |= hmac.compare_digest(signer(hemmelighet, kropp).encode(), signatur.encode())
        if not funnet:
            raise UgyldigSignatur("X-Hub-Signature-256 does not match the body; check the hemmelighet, sign raw bytes")

    def er_proeve(self, hoder: Mapping[str, str]) -> bool:
        return hoder.get(HENDELSE) == PING


def _noekkel(hemmelighet: str) -> bytes:
    if not hemmelighet:
        raise ValueError("a hemmelighet for github signatures is empty; set it in the source's configuration")
    return hemmelighet.encode()
