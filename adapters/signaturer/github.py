"""Webhooks signed as GitHub does: `X-Hub-Signature-256`, an HMAC-SHA256 of the raw body."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.signaturer.hemmeligheter import en_stemmer, krev_hemmeligheter, krev_styrke, som_bytes
from adapters.signaturer.ordning import Ordning
from gateway.plugin import Anmodning, Signert, UgyldigSignatur

HENDELSE, PING = "x-github-event", "ping"
HODE = "x-hub-signature-256"
# GitHub takes any text, and many who sign in its way have a secret already. Whoever sees one signature guesses what is
# shorter than this in an instant.
MINST_TEGN = 8
_SIGNATUR = re.compile(r"sha256=[0-9a-f]{64}")


def signer(hemmelighet: str, kropp: bytes) -> str:
    """The value of `X-Hub-Signature-256` for a body."""
    return f"sha256={hmac.digest(_noekkel(hemmelighet), kropp, 'sha256').hex()}"


class GitHubSignatur(Ordning):
    navn = "github"

    def med(self, valg: Mapping[str, Any]) -> GitHubSignatur:
        self.les_valg(valg)
        return self

    def kontroller(self, hemmelighet: str) -> None:
        krev_styrke(self.navn, hemmelighet, MINST_TEGN)

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        del naa  # the scheme has no time in it, so no replay window: repeats are caught by the event's id
        krev_hemmeligheter(hemmeligheter)
        signatur = anmodning.hoder.get(HODE)
        if signatur is None:
            raise UgyldigSignatur("the header X-Hub-Signature-256 is missing; send `sha256=<hex of the HMAC-SHA256>`")
        if not _SIGNATUR.fullmatch(signatur):
            raise UgyldigSignatur("X-Hub-Signature-256 must be `sha256=` and 64 lower-case hex digits")
        ventede = (signer(hemmelighet, anmodning.kropp).encode() for hemmelighet in hemmeligheter)
        if not en_stemmer(ventede, [signatur.encode()]):
            raise UgyldigSignatur("X-Hub-Signature-256 does not match the body; check the hemmelighet, sign raw bytes")

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del id_, naa
        return Signert(hoder={HODE: signer(hemmelighet, kropp)})

    def er_proeve(self, anmodning: Anmodning) -> bool:
        return anmodning.hoder.get(HENDELSE) == PING


def _noekkel(hemmelighet: str) -> bytes:
    if not hemmelighet:
        raise ValueError("a hemmelighet for github signatures is empty; set it in the source's configuration")
    return som_bytes("github signatures", hemmelighet)
