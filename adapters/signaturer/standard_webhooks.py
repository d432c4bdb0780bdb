"""Webhooks signed as Standard Webhooks 1.0 says, with a shared secret (`v1`): standardwebhooks.com."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.signaturer.ordning import Ordning, en_stemmer, krev_hemmeligheter
from gateway.plugin import Anmodning, Dekning, UgyldigSignatur

ID, TIDSPUNKT, SIGNATUR = "webhook-id", "webhook-timestamp", "webhook-signature"
VINDU = dt.timedelta(minutes=5)
PREFIKS = "whsec_"

# No full stop in the id: it separates id, time and body in what is signed, so with one in the id a signed message
# could be read as another, with another time.
_GYLDIG_ID = re.compile(r"[!-\-/-~]{1,256}")
_GYLDIG_TIDSPUNKT = re.compile(r"[0-9]{1,12}")


def signer(hemmelighet: str, id: str, tidspunkt: dt.datetime, kropp: bytes) -> str:
    """The value of `webhook-signature` for a message; `tidspunkt` goes as whole seconds into `webhook-timestamp`."""
    return _signer(_noekkel(hemmelighet), id, str(int(tidspunkt.timestamp())), kropp)


class StandardWebhooksSignatur(Ordning):
    navn = "standard-webhooks"
    dekker = Dekning(id_hode=ID, dekker_tid=True)

    def med(self, valg: Mapping[str, Any]) -> StandardWebhooksSignatur:
        self.les_valg(valg)
        return self

    def kontroller(self, hemmelighet: str) -> None:
        _noekkel(hemmelighet)

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        krev_hemmeligheter(hemmeligheter)
        id, tidspunkt, signaturer = _les_hoder(anmodning.hoder)
        avvik = naa - dt.datetime.fromtimestamp(0, dt.UTC) - dt.timedelta(seconds=int(tidspunkt))
        if abs(avvik) > VINDU:
            for_ = "old" if avvik > VINDU else "far in the future"
            raise UgyldigSignatur(f"{TIDSPUNKT} is too {for_}; it must be within five minutes of now, at every try")
        ventede = (_signer(_noekkel(ett), id, tidspunkt, anmodning.kropp).encode() for ett in hemmeligheter)
        if not en_stemmer(ventede, signaturer):
            raise UgyldigSignatur(f"no v1 signature in {SIGNATUR} matches; check the hemmelighet, sign raw bytes")


def _les_hoder(hoder: Mapping[str, str]) -> tuple[str, str, list[bytes]]:
    """The id, the time and the v1 signatures, each of the right form."""
    for navn in (ID, TIDSPUNKT, SIGNATUR):
        if not hoder.get(navn):
            raise UgyldigSignatur(f"the header {navn} is missing or empty")
    if not _GYLDIG_ID.fullmatch(hoder[ID]):
        raise UgyldigSignatur(f"{ID} must be 1 to 256 visible ASCII characters without a full stop")
    if not _GYLDIG_TIDSPUNKT.fullmatch(hoder[TIDSPUNKT]):
        raise UgyldigSignatur(f"{TIDSPUNKT} must be whole seconds since 1970, in digits")
    signaturer = [
        signatur.encode(errors="replace") for signatur in hoder[SIGNATUR].split(" ") if signatur.startswith("v1,")
    ]
    if not signaturer:
        raise UgyldigSignatur(f"{SIGNATUR} has no `v1,<base64>` signature")
    return hoder[ID], hoder[TIDSPUNKT], signaturer


def _signer(noekkel: bytes, id: str, tidspunkt: str, kropp: bytes) -> str:
    signert = hmac.digest(noekkel, f"{id}.{tidspunkt}.".encode() + kropp, "sha256")
    return f"v1,{base64.b64encode(signert).decode()}"


def _noekkel(hemmelighet: str) -> bytes:
    """The bytes of `whsec_<base64>` or plain base64, with or without its padding."""
    kodet = hemmelighet.strip().removeprefix(PREFIKS).rstrip("=")
    try:
        noekkel = base64.b64decode(kodet + "=" * (-len(kodet) % 4), validate=True)
    except (binascii.Error, ValueError):
        noekkel = b""
    if not noekkel:
        raise ValueError(
            "a hemmelighet for standard-webhooks signatures is not base64; make one with "
            "`echo whsec_$(openssl rand -base64 32)`"
        )
    return noekkel
