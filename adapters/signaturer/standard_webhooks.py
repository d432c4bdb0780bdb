"""Webhooks signed as Standard Webhooks 1.0 says (standardwebhooks.com): `v1` by a shared secret, `v1a` by Ed25519."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adapters.signaturer.hemmeligheter import en_stemmer, krev_hemmeligheter
from adapters.signaturer.ordning import Ordning
from adapters.signaturer.tidsvindu import krev_form, krev_innenfor
from gateway.plugin import Anmodning, Dekning, KanIkkeSignere, Signert, UgyldigSignatur

ID, TIDSPUNKT, SIGNATUR = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIKS, OFFENTLIG, PRIVAT = "whsec_", "whpk_", "whsk_"
V1, V1A = "v1,", "v1a,"
MINST_BYTE = 24  # the specification's own least size of a shared secret
ED25519_BYTE = 32
# A sender that changes keys signs with two. Each Ed25519 signature costs a verification of the whole body.
FLEST_SIGNATURER = 10

# No full stop in the id: it separates id, time and body in what is signed, so with one in the id a signed message
# could be read as another, with another time.
_GYLDIG_ID = re.compile(r"[!-\-/-~]{1,256}")


def signer(hemmelighet: str, id: str, tidspunkt: dt.datetime, kropp: bytes) -> str:
    """The value of `webhook-signature` for a message; `tidspunkt` goes as whole seconds into `webhook-timestamp`.

    By a shared secret `v1`, by the sender's private key (`whsk_…`) `v1a`. Raises KanIkkeSignere for a public key.
    """
    signert = _signert(id, str(int(tidspunkt.timestamp())), kropp)
    if hemmelighet.startswith(PRIVAT):
        privat = Ed25519PrivateKey.from_private_bytes(_base64(hemmelighet, PRIVAT)[:ED25519_BYTE])
        return V1A + base64.b64encode(privat.sign(signert)).decode()
    if hemmelighet.startswith(OFFENTLIG):
        raise KanIkkeSignere("the source has a public key, and only its owner can sign; use one of its whsec_ secrets")
    return _v1(_delt(hemmelighet), signert).decode()


class StandardWebhooksSignatur(Ordning):
    navn = "standard-webhooks"
    dekker = Dekning(id_hode=ID, dekker_tid=True)

    def med(self, valg: Mapping[str, Any]) -> StandardWebhooksSignatur:
        self.les_valg(valg)
        return self

    def kontroller(self, hemmelighet: str) -> None:
        if _er_offentlig(hemmelighet):
            _offentlig(hemmelighet)
        elif hemmelighet.strip().startswith(PRIVAT):
            raise ValueError(
                "a hemmelighet is the sender's private key (whsk_); ask for the public one, whpk_, instead"
            )
        elif len(_delt(hemmelighet)) < MINST_BYTE:
            raise ValueError(
                f"a hemmelighet for standard-webhooks signatures must be at least {MINST_BYTE} bytes; make one with "
                "`echo whsec_$(openssl rand -base64 32)`, and give it to the sender too"
            )

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        krev_hemmeligheter(hemmeligheter)
        id, tidspunkt, signaturer = _les_hoder(anmodning.hoder)
        krev_innenfor(TIDSPUNKT, krev_form(TIDSPUNKT, tidspunkt), naa)
        signert = _signert(id, tidspunkt, anmodning.kropp)
        delte = [_delt(ett) for ett in hemmeligheter if not _er_offentlig(ett)]
        offentlige = [_offentlig(ett) for ett in hemmeligheter if _er_offentlig(ett)]
        v1 = [ett.encode(errors="replace") for ett in signaturer if ett.startswith(V1)]
        v1a = [ett.removeprefix(V1A) for ett in signaturer if ett.startswith(V1A)]
        if en_stemmer((_v1(noekkel, signert) for noekkel in delte), v1):
            return
        if any(_er_signert_av(noekkel, ett, signert) for noekkel in offentlige for ett in v1a):
            return
        versjoner = " or ".join([*(["v1"] if delte else []), *(["v1a"] if offentlige else [])])
        raad = "check the hemmelighet, sign raw bytes"
        raise UgyldigSignatur(f"no {versjoner} signature in {SIGNATUR} matches; {raad}")

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        hoder = {
            ID: id_,
            TIDSPUNKT: str(int(naa.timestamp())),
            SIGNATUR: signer(hemmelighet, id_, naa, kropp),
        }
        return Signert(hoder=hoder)


def _les_hoder(hoder: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """The id, the time, and the signatures of the versions that are known here, each of the right form."""
    for navn in (ID, TIDSPUNKT, SIGNATUR):
        if not hoder.get(navn):
            raise UgyldigSignatur(f"the header {navn} is missing or empty")
    if not _GYLDIG_ID.fullmatch(hoder[ID]):
        raise UgyldigSignatur(f"{ID} must be 1 to 256 visible ASCII characters without a full stop")
    signaturer = [ett for ett in hoder[SIGNATUR].split(" ") if ett.startswith((V1, V1A))]
    if not signaturer:
        raise UgyldigSignatur(f"{SIGNATUR} has no `v1,<base64>` or `v1a,<base64>` signature")
    if len(signaturer) > FLEST_SIGNATURER:
        raise UgyldigSignatur(f"{SIGNATUR} has more than {FLEST_SIGNATURER} signatures")
    return hoder[ID], hoder[TIDSPUNKT], signaturer


def _signert(id: str, tidspunkt: str, kropp: bytes) -> bytes:
    return f"{id}.{tidspunkt}.".encode() + kropp


def _v1(noekkel: bytes, signert: bytes) -> bytes:
    return V1.encode() + base64.b64encode(hmac.digest(noekkel, signert, "sha256"))


def _er_signert_av(noekkel: Ed25519PublicKey, signatur: str, signert: bytes) -> bool:
    """A public key is no secret, so the time may tell which one it was."""
    try:
        noekkel.verify(base64.b64decode(signatur, validate=True), signert)
    except (InvalidSignature, ValueError):
        return False
    return True


def _er_offentlig(hemmelighet: str) -> bool:
    return hemmelighet.strip().startswith(OFFENTLIG)


def _offentlig(hemmelighet: str) -> Ed25519PublicKey:
    """Raises ValueError."""
    noekkel = _base64(hemmelighet, OFFENTLIG)
    if len(noekkel) != ED25519_BYTE:
        raise ValueError("a public key for standard-webhooks signatures must be `whpk_` and the base64 of 32 bytes")
    return Ed25519PublicKey.from_public_bytes(noekkel)


def _delt(hemmelighet: str) -> bytes:
    """The bytes of `whsec_<base64>` or plain base64, with or without its padding. Raises ValueError."""
    noekkel = _base64(hemmelighet, PREFIKS)
    if not noekkel:
        raise ValueError(
            "a hemmelighet for standard-webhooks signatures is not base64; make one with "
            "`echo whsec_$(openssl rand -base64 32)`"
        )
    return noekkel


def _base64(tekst: str, prefiks: str) -> bytes:
    """Empty for what is none."""
    kodet = tekst.strip().removeprefix(prefiks).rstrip("=")
    try:
        return base64.b64decode(kodet + "=" * (-len(kodet) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
