"""Bearer tokens: verified against the configured issuers; in `dev` the gateway is its own issuer.

Signature by an algorithm of the allow-list, `iss`, `aud`, `exp` and `nbf`, all by real time. Keys are fetched from the
issuer's JWKS, kept, and fetched anew when a token names a key that is not among them.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import urllib3
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from gateway.klokke import sann_tid

logger = logging.getLogger(__name__)

ALGORITMER = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
KLOKKESLARK_SEKUNDER = 10
NOEKLER_HOLDER_SEKUNDER = 3600
HENT_TIDLIGST_IGJEN_SEKUNDER = 30
HUSKER_TOKEN_SEKUNDER = 60
HUSKER_TOKENS = 10_000
DEV_UTSTEDER = "https://gateway.dev/utsteder"
DEV_AUDIENCE = "gateway-dev"
DEV_LEVETID = dt.timedelta(hours=8)
UTSTEDERFIL = "utsteder.json"
HOEYT_NIVAA = ("idporten-loa-high", "Level4")


class UgyldigToken(Exception):
    """The token does not prove who asks. The text says which check failed, and holds nothing of the token."""


class UtstederUtilgjengelig(Exception):
    """The issuer's keys cannot be had now, and none are kept."""


class Noekler(Protocol):
    def for_kid(self, kid: str | None) -> KeySet:
        """The issuer's keys, fetched anew if `kid` is not among those that are kept. Raises UtstederUtilgjengelig."""


@dataclass(frozen=True)
class FasteNoekler:
    noekler: KeySet

    def for_kid(self, kid: str | None) -> KeySet:
        del kid
        return self.noekler


class JwksNoekler:
    """Keys fetched from a JWKS URL. An unknown `kid` cannot make it ask more often than every 30 seconds.

    A key that the issuer has withdrawn is among them for an hour at most, and less once a token names a key that came
    in its place; longer only while the issuer does not answer.
    """

    def __init__(self, url: str, klient: urllib3.PoolManager, naa: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._klient = klient
        self._naa = naa
        self._laas = threading.Lock()
        self._noekler: KeySet | None = None
        self._hentet = self._forsoekt = float("-inf")

    def for_kid(self, kid: str | None) -> KeySet:
        with self._laas:
            if self._boer_hente(kid) and self._naa() - self._forsoekt >= HENT_TIDLIGST_IGJEN_SEKUNDER:
                self._hent()
            if self._noekler is None:
                raise UtstederUtilgjengelig("The keys of the token's issuer cannot be fetched now.")
            return self._noekler

    def _boer_hente(self, kid: str | None) -> bool:
        if self._noekler is None or self._naa() - self._hentet > NOEKLER_HOLDER_SEKUNDER:
            return True
        return kid is not None and all(noekkel.kid != kid for noekkel in self._noekler.keys)

    def _hent(self) -> None:
        self._forsoekt = self._naa()
        try:
            svar = self._klient.request("GET", self._url, timeout=3.0, retries=urllib3.Retry(1))
            if svar.status != 200:
                raise ValueError(f"status {svar.status}")
            self._noekler = KeySet.import_key_set(svar.json())
            self._hentet = self._naa()
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, JoseError) as feil:
            # The keys that are kept go on being used: an issuer that is down locks nobody out.
            logger.warning("JWKS could not be fetched", extra={"url": self._url, "feil": type(feil).__name__})


@dataclass(frozen=True)
class Utsteder:
    iss: str
    audience: str
    noekler: Noekler


@dataclass(frozen=True)
class _Verifisert:
    claims: Mapping[str, Any]
    fra: float
    til: float


class Tokenkontroll:
    """Verifies tokens of the given issuers.

    A token that was found valid counts as such for a minute more, never beyond what its `exp` allows, and not when the
    clock shows a time before that: its `nbf` held then. So a key is out at most a minute after it has left the kept
    keys of its issuer; how soon it leaves those, `JwksNoekler` says. Tokens are remembered by their hash.
    """

    def __init__(self, utstedere: Sequence[Utsteder], naa: Callable[[], dt.datetime] = sann_tid) -> None:
        self._utstedere = {ett.iss: ett for ett in utstedere}
        self._naa = naa
        self._verifiserte: dict[bytes, _Verifisert] = {}

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a valid token. Raises UgyldigToken, UtstederUtilgjengelig."""
        avtrykk, naa = hashlib.sha256(token.encode()).digest(), self._naa().timestamp()
        kjent = self._verifiserte.get(avtrykk)
        if kjent is not None and kjent.fra <= naa < kjent.til:
            return kjent.claims
        claims = self._verifiser(token)
        if len(self._verifiserte) >= HUSKER_TOKENS:
            self._verifiserte = {}
        til = min(naa + HUSKER_TOKEN_SEKUNDER, claims["exp"] + KLOKKESLARK_SEKUNDER)
        self._verifiserte[avtrykk] = _Verifisert(claims, naa, til)
        return claims

    def _verifiser(self, token: str) -> Mapping[str, Any]:
        hode, paastand = _uverifisert(token)
        utsteder = self._utstedere.get(str(paastand.get("iss")))
        if utsteder is None:
            raise UgyldigToken("The token's issuer (iss) is not one that the gateway trusts.")
        kid = hode.get("kid")
        try:
            verifisert = jwt.decode(
                token, utsteder.noekler.for_kid(kid if isinstance(kid, str) else None), algorithms=ALGORITMER
            )
            jwt.JWTClaimsRegistry(
                now=lambda: int(self._naa().timestamp()),
                leeway=KLOKKESLARK_SEKUNDER,
                iss={"essential": True, "value": utsteder.iss},
                aud={"essential": True, "value": utsteder.audience},
                exp={"essential": True},
            ).validate(verifisert.claims)
        except (JoseError, ValueError) as feil:
            raise UgyldigToken(f"The token was refused: {getattr(feil, 'error', type(feil).__name__)}.") from None
        return verifisert.claims


def _uverifisert(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, only to find the issuer whose keys decide."""
    try:
        hode, paastand, _ = token.split(".")
        lest = tuple(json.loads(_base64(del_)) for del_ in (hode, paastand))
    except (ValueError, RecursionError):
        raise UgyldigToken("The token is not a JWT.") from None
    if not all(isinstance(del_, dict) for del_ in lest):
        raise UgyldigToken("The token is not a JWT.")
    return lest[0], lest[1]


def _base64(tekst: str) -> bytes:
    return base64.urlsafe_b64decode(tekst + "=" * (-len(tekst) % 4))


# --- the issuer of `dev` -------------------------------------------------------------------------------------------


class DevUtsteder:
    """Issues tokens for development. Its key is made once and kept in the data folder, which only its owner reads."""

    def __init__(self, mappe: Path) -> None:
        self._noekkel = _les_eller_lag(mappe / UTSTEDERFIL)

    def som_utsteder(self) -> Utsteder:
        return Utsteder(DEV_UTSTEDER, DEV_AUDIENCE, FasteNoekler(KeySet([self._noekkel])))

    def produsent_token(self, applikasjon: str) -> str:
        """A token of an application, such as `dev-gcp:permittering:permittering-api`; valid for 8 hours."""
        return self._utsted({"azp_name": applikasjon, "sub": applikasjon})

    def person_token(self, fnr: str) -> str:
        """A token of an employer; valid for 8 hours."""
        return self._utsted({"pid": fnr, "acr": HOEYT_NIVAA[0]})

    def _utsted(self, claims: dict[str, Any]) -> str:
        naa = sann_tid()
        tider = {"iat": naa, "nbf": naa, "exp": naa + DEV_LEVETID}
        return jwt.encode(
            {"alg": "RS256", "kid": self._noekkel.kid},
            {
                "iss": DEV_UTSTEDER,
                "aud": DEV_AUDIENCE,
                **{navn: int(verdi.timestamp()) for navn, verdi in tider.items()},
                **claims,
            },
            self._noekkel,
        )


def _les_eller_lag(fil: Path) -> RSAKey:
    if not fil.exists():
        fil.parent.mkdir(parents=True, exist_ok=True)
        ny = RSAKey.generate_key(2048, auto_kid=True)
        skriv_hemmelig(fil, json.dumps(ny.as_dict(private=True)))
    return RSAKey.import_key(json.loads(fil.read_text()))


def skriv_hemmelig(fil: Path, innhold: str) -> None:
    """Write a secret that only its owner reads, once: whoever comes second keeps the first one's."""
    midlertidig = fil.with_name(f"{fil.name}.{os.getpid()}")
    midlertidig.touch(mode=0o600)
    midlertidig.write_text(innhold)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(midlertidig, fil)
    finally:
        midlertidig.unlink()
