"""Webhooks with a token of an issuer, such as Maskinporten or Entra ID: a JWT in `Authorization: Bearer` (RFC 6750)."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from marshmallow import ValidationError, fields, validate, validates

from adapters.signaturer.ordning import Ordning
from adapters.signaturer.valg import KortTekst
from gateway.plugin import Anmodning, Bevis, Dekning, KanIkkeSignere, Signert, UgyldigSignatur
from gateway.plugin.oppsett import Konfigskjema, utrygg

HODE = "authorization"
ALGORITMER = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KLOKKESLARK_SEKUNDER = 10
LENGSTE_TOKEN = 16 * 1024
# Claims that OAuth writes as words with a space between.
ORD = ("scope", "scp")
_FORM = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE)
MANGLER, UGYLDIG = "Bearer", 'Bearer error="invalid_token"'


class Noekler(Protocol):
    """An issuer's public keys, as they are now."""

    def for_kid(self, kid: str | None) -> KeySet:
        """Raises KanIkkeVerifiseres while there are none to verify by."""


class EnEllerFlere(fields.Field[tuple[str, ...]]):
    """A text, or a list of texts: any of them will do."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:
        del attr, data, kwargs
        alle = value if isinstance(value, list) else [value]
        if not alle or not all(isinstance(ett, str) and ett for ett in alle):
            raise ValidationError("must be a text, or a list of texts of which any will do")
        return tuple(alle)


class JwtValg(Konfigskjema):
    utsteder = fields.String(required=True, validate=validate.Length(min=1, error="must name the issuer (iss)"))
    jwks = fields.String(required=True)
    audience = EnEllerFlere(required=True)
    krav = fields.Dict(
        keys=KortTekst(hoeyst=200),
        values=EnEllerFlere(),
        required=True,
        validate=validate.Length(
            min=1,
            error="must name at least one claim, such as consumer.ID, azp or scope: without it, whoever has a "
            "token of the issuer for the audience is the source",
        ),
    )

    @validates("jwks")
    def _trygg(self, url: str, **_: Any) -> None:
        if utrygg(url, dev=False):
            raise ValidationError("must be an address that starts with https://; http:// is for this machine itself")


class JwtOrdning(Ordning):
    """Sources of one issuer share its keys, which `noekler` has by the address of their JWKS."""

    navn = "jwt"
    dekker = Dekning(dekker_hoder=True, bevis=Bevis.UTSTEDER)
    skjema = JwtValg

    def __init__(
        self,
        noekler: Callable[[str], Noekler],
        valg: Mapping[str, Any] | None = None,
        kjente: MutableMapping[str, Noekler] | None = None,
    ) -> None:
        self._noekler = noekler
        self._valg = valg or {}
        self._kjente = {} if kjente is None else kjente

    def med(self, valg: Mapping[str, Any]) -> JwtOrdning:
        lest = self.les_valg(valg)
        if lest["jwks"] not in self._kjente:
            self._kjente[lest["jwks"]] = self._noekler(lest["jwks"])
        return JwtOrdning(self._noekler, lest, self._kjente)

    def kontroller(self, hemmelighet: str) -> None:
        del hemmelighet
        raise ValueError("jwt has no hemmelighet: it verifies by the keys of an issuer; remove it")

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        del hemmeligheter
        hode = anmodning.hoder.get(HODE)
        if not hode:
            raise UgyldigSignatur("there is no token; send Authorization: Bearer <token>", utfordring=MANGLER)
        form = _FORM.fullmatch(hode) if len(hode) <= LENGSTE_TOKEN else None
        if form is None:
            raise _ugyldig(f"Authorization must be `Bearer <JWT>`, at most {LENGSTE_TOKEN} characters")
        claims = self._claims(form[1], naa)
        for navn, verdier in self._valg["krav"].items():
            if not _oppfylt(navn, _finn(navn, claims), verdier):
                raise _ugyldig(f"the token's {navn} is not what the source is set to take")

    def _claims(self, token: str, naa: dt.datetime) -> Mapping[str, Any]:
        """The claims of a token of the issuer, for the audience, and valid now.

        Whose it says that it is, is looked at first: the keys are not asked for on behalf of anybody. Raises
        UgyldigSignatur, and what the keys raise.
        """
        hode, paastand = (_del(del_) for del_ in token.split(".")[:2])
        if paastand.get("iss") != self._valg["utsteder"]:
            raise _ugyldig("the token's issuer (iss) is not that of the source")
        kid = hode.get("kid")
        noekler = self._kjente[self._valg["jwks"]].for_kid(kid if isinstance(kid, str) else None)
        try:
            lest = jwt.decode(token, noekler, algorithms=ALGORITMER).claims
            jwt.JWTClaimsRegistry(
                now=int(naa.timestamp()),
                leeway=KLOKKESLARK_SEKUNDER,
                iss={"essential": True, "value": self._valg["utsteder"]},
                aud={"essential": True, "values": list(self._valg["audience"])},
                exp={"essential": True},
            ).validate(lest)
        except (JoseError, ValueError, RecursionError) as feil:
            raise _ugyldig(f"the token was refused: {_grunn(feil)}") from None
        return lest

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del kropp, hemmelighet, id_, naa
        raise KanIkkeSignere(f"only {self._valg['utsteder']} can make a token: get one there, and send it")


def _ugyldig(detalj: str) -> UgyldigSignatur:
    return UgyldigSignatur(detalj, utfordring=UGYLDIG)


def _grunn(feil: Exception) -> str:
    """What is wrong, by the name of the fault, and the claim; nothing of the token."""
    claim = getattr(feil, "claim", None)
    navn = getattr(feil, "error", type(feil).__name__)
    return f"{navn} ({claim})" if claim in ("iss", "aud", "exp", "nbf", "iat") else f"{navn}"


def _del(kodet: str) -> dict[str, Any]:
    """A part of a token, which nobody has vouched for yet. Raises UgyldigSignatur."""
    try:
        lest = json.loads(base64.urlsafe_b64decode(kodet + "=" * (-len(kodet) % 4)))
    except (ValueError, RecursionError):
        lest = None
    if not isinstance(lest, dict):
        raise _ugyldig("the token is not a JWT")
    return lest


def _finn(navn: str, claims: Mapping[str, Any]) -> Any:
    """The claim of that name, or what the name is the path to: `consumer.ID`."""
    if navn in claims:
        return claims[navn]
    verdi: Any = claims
    for ledd in navn.split("."):
        verdi = verdi.get(ledd) if isinstance(verdi, dict) else None
    return verdi


def _oppfylt(navn: str, verdi: Any, verdier: Sequence[str]) -> bool:
    """Whether the claim is one of the texts; for a list, or words, whether it holds one of them."""
    if isinstance(verdi, str):
        alle = verdi.split(" ") if navn in ORD else [verdi]
    else:
        alle = [ett for ett in verdi if isinstance(ett, str)] if isinstance(verdi, list) else []
    return any(ett in verdier for ett in alle)
