"""Bearer tokens: verified against the configured issuers; in `dev` the gateway is its own issuer.

Signature by an algorithm of the allow-list, `iss`, `aud`, `exp` and `nbf`, all by real time. Issuer and audience give a
token its role, and with it the doors that it may open; no other claim does.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from gateway.http.jwks import FasteNoekler, Noekler
from gateway.klokke import sann_tid
from gateway.oppsett.tokenoppsett import Rolle

ALGORITMER = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
KLOKKESLARK_SEKUNDER = 10
HUSKER_TOKEN_SEKUNDER = 60
HUSKER_TOKENS = 10_000
DEV_UTSTEDER = "https://gateway.dev/utsteder"
DEV_AUDIENCE = {
    Rolle.PRODUSENT: ("gateway-dev-produsent",),
    Rolle.PERSON: ("gateway-dev-person",),
    Rolle.ANSATT: ("gateway-dev-ansatt",),
}
DEV_LEVETID = dt.timedelta(hours=8)
UTSTEDERFIL = "utsteder.json"
HOEYT_NIVAA = ("idporten-loa-high", "Level4")


class UgyldigToken(Exception):
    """The token does not prove who asks. The text says which check failed, and holds nothing of the token."""


@dataclass(frozen=True)
class Utsteder:
    """An issuer, and which audiences make its token one of which role. No audience is of two roles."""

    iss: str
    audience: Mapping[Rolle, Sequence[str]]
    noekler: Noekler

    def rolle(self, claims: Mapping[str, Any]) -> Rolle | None:
        """The one role that the audience gives; None for no role, and for more than one."""
        aud = claims["aud"]
        nevnt = set(aud if isinstance(aud, list) else [aud])
        roller = [rolle for rolle, audience in self.audience.items() if not nevnt.isdisjoint(audience)]
        return roller[0] if len(roller) == 1 else None


@dataclass(frozen=True)
class Verifisert:
    """What a valid token says: its role, and its claims."""

    rolle: Rolle
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class _Husket:
    verifisert: Verifisert
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
        self._husket: dict[bytes, _Husket] = {}

    def claims(self, token: str, rolle: Rolle) -> Mapping[str, Any]:
        """The claims of a valid token of the role. Raises UgyldigToken, UtstederUtilgjengelig."""
        verifisert = self.verifisert(token)
        if verifisert.rolle is not rolle:
            raise UgyldigToken(f"The token is of the role {verifisert.rolle}, and this door is for {rolle}.")
        return verifisert.claims

    def verifisert(self, token: str) -> Verifisert:
        """The role and claims of a valid token. Raises UgyldigToken, UtstederUtilgjengelig."""
        avtrykk, naa = hashlib.sha256(token.encode()).digest(), self._naa().timestamp()
        kjent = self._husket.get(avtrykk)
        if kjent is not None and kjent.fra <= naa < kjent.til:
            return kjent.verifisert
        verifisert = self._verifiser(token)
        if len(self._husket) >= HUSKER_TOKENS:
            self._husket = {}
        til = min(naa + HUSKER_TOKEN_SEKUNDER, verifisert.claims["exp"] + KLOKKESLARK_SEKUNDER)
        self._husket[avtrykk] = _Husket(verifisert, naa, til)
        return verifisert

    def _verifiser(self, token: str) -> Verifisert:
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
                aud={"essential": True},
                exp={"essential": True},
            ).validate(verifisert.claims)
        except (JoseError, ValueError) as feil:
            raise UgyldigToken(f"The token was refused: {getattr(feil, 'error', type(feil).__name__)}.") from None
        rolle = utsteder.rolle(verifisert.claims)
        if rolle is None:
            raise UgyldigToken("The token's audience (aud) is not one, of one role, that the gateway is known by.")
        return Verifisert(rolle, verifisert.claims)


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
        return self._utsted(Rolle.PRODUSENT, {"azp_name": applikasjon, "sub": applikasjon})

    def person_token(self, fnr: str) -> str:
        """A token of an employer; valid for 8 hours."""
        return self._utsted(Rolle.PERSON, {"pid": fnr, "acr": HOEYT_NIVAA[0]})

    def ansatt_token(self, ident: str, grupper: Sequence[str] = ()) -> str:
        """A token of an employee by NAV-ident, who is in these groups; valid for 8 hours."""
        return self._utsted(Rolle.ANSATT, {"NAVident": ident, "groups": list(grupper)})

    def _utsted(self, rolle: Rolle, claims: dict[str, Any]) -> str:
        naa = sann_tid()
        tider = {"iat": naa, "nbf": naa, "exp": naa + DEV_LEVETID}
        return jwt.encode(
            {"alg": "RS256", "kid": self._noekkel.kid},
            {
                "iss": DEV_UTSTEDER,
                "aud": DEV_AUDIENCE[rolle][0],
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
