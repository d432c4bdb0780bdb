"""Webhooks with a user and a password: HTTP Basic (RFC 7617)."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.signaturer.hemmeligheter import MINST_TEGN, er_en_av, krev_hemmeligheter, som_bytes
from adapters.signaturer.ordning import Ordning
from gateway.plugin import Anmodning, Dekning, Signert, UgyldigSignatur

HODE = "authorization"
UTFORDRING = 'Basic realm="webhooks", charset="UTF-8"'
_FORM = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)
_BRUKER = re.compile(r"[^:\x00-\x1f\x7f]+")


class BasicOrdning(Ordning):
    """The hemmelighet is `user:password`."""

    navn = "basic"
    dekker = Dekning(dekker_hoder=True)

    def med(self, valg: Mapping[str, Any]) -> BasicOrdning:
        self.les_valg(valg)
        return self

    def kontroller(self, hemmelighet: str) -> None:
        som_bytes(self.navn, hemmelighet)
        bruker, kolon, passord = hemmelighet.partition(":")
        if not kolon or not _BRUKER.fullmatch(bruker) or len(passord) < MINST_TEGN:
            raise ValueError(
                f"a hemmelighet for basic must be `user:password`, the password at least {MINST_TEGN} characters; "
                "make one with `openssl rand -hex 32`, and give it to the sender too"
            )

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        del naa
        krev_hemmeligheter(hemmeligheter)
        hode = anmodning.hoder.get(HODE)
        if not hode:
            raise UgyldigSignatur("there is no user and password; send Authorization: Basic", utfordring=UTFORDRING)
        if not er_en_av(_sendt(hode), (ett for hemmelighet in hemmeligheter for ett in _skrevet(hemmelighet))):
            raise UgyldigSignatur("the user or the password is wrong", utfordring=UTFORDRING)

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del kropp, id_, naa
        return Signert(hoder={HODE: f"Basic {base64.b64encode(hemmelighet.encode()).decode()}"})


def _sendt(hode: str) -> bytes:
    """`user:password` as it was sent. Raises UgyldigSignatur."""
    form = _FORM.fullmatch(hode)
    try:
        if form:
            return base64.b64decode(form[1], validate=True)
    except ValueError:
        pass  # told below, as whatever else is no such header
    raise UgyldigSignatur("Authorization must be `Basic <base64 of user:password>`", utfordring=UTFORDRING)


def _skrevet(hemmelighet: str) -> Iterator[bytes]:
    """The ways in which senders write letters: RFC 7617 leaves it to them, and old ones know ISO-8859-1 alone."""
    yield hemmelighet.encode()
    if all(ord(tegn) < 0x100 for tegn in hemmelighet):
        yield hemmelighet.encode("latin-1")
