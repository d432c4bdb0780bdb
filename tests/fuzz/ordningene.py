"""Every scheme as sources may use it, with its secrets, and what may come of any request: verified, or refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, KeySet

from adapters.registrer import Adaptere
from gateway.http.jwks import FasteNoekler
from gateway.plugin import Anmodning, Signaturordning, UgyldigSignatur

NAA = dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC)
KROPPER = (b"", b'{"id":"1","type":"t"}', bytes(range(256)), b'{"type":"url_verification","challenge":"c"}')
ID = "msg_1"
TEKST = "en-hemmelighet-som-er-lang-nok"
# The key of RFC 7515, appendix A.3: everybody's.
UTSTEDERNOEKKEL = ECKey.import_key(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        "kid": "a3",
    }
)
# The seed that the reference library for Go signs with in its tests, and the public key of it.
PRIVAT = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="
OFFENTLIG = "whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g="


@dataclass(kw_only=True)
class Oppsett:
    """A scheme with a source's options and secrets. `signerer_med`: what its sender has, where that is another."""

    navn: str
    valg: Mapping[str, Any] = field(default_factory=dict)
    hemmeligheter: Sequence[str] = ()
    signerer_med: str | None = None
    # Whether the proof is of the body: one that nobody signed can then never pass.
    av_kroppen: bool = True

    @cached_property
    def ordning(self) -> Signaturordning:
        return ORDNINGER[self.navn].med(self.valg)


def _noekler(url: str) -> FasteNoekler:
    return FasteNoekler(KeySet([UTSTEDERNOEKKEL]))


ORDNINGER = {ett.navn: ett for ett in Adaptere(noekler=_noekler).signaturordninger()}
WHSEC = "whsec_" + base64.b64encode(b"x" * 32).decode()
OPPSETT = (
    Oppsett(navn="github", hemmeligheter=["gammel-hemmelighet", TEKST]),
    Oppsett(navn="standard-webhooks", hemmeligheter=[WHSEC, OFFENTLIG], signerer_med=WHSEC),
    Oppsett(navn="standard-webhooks", hemmeligheter=[OFFENTLIG], signerer_med=PRIVAT),
    Oppsett(navn="stripe", hemmeligheter=[TEKST]),
    Oppsett(navn="slack", hemmeligheter=[TEKST]),
    Oppsett(navn="hmac", hemmeligheter=[TEKST], valg={"hode": "X-Signature"}),
    Oppsett(
        navn="hmac",
        hemmeligheter=["eldre-hemmelighet-lang-nok", TEKST],
        valg={
            "hode": "X-Signature",
            "prefiks": "v1=",
            "algoritme": "sha512",
            "koding": "base64",
            "signert": "v1:{id}:{timestamp}.{body}",
            "tidspunkt_hode": "X-Timestamp",
            "tidspunkt_form": "iso",
            "id_hode": "X-Id",
        },
    ),
    Oppsett(navn="basic", hemmeligheter=["bruker:blåbærsyltetøy-med-is"], av_kroppen=False),
    Oppsett(
        navn="api-noekkel",
        hemmeligheter=[TEKST],
        valg={"hode": "Authorization", "prefiks": "ApiKey "},
        av_kroppen=False,
    ),
    Oppsett(navn="hemmelig-sti", hemmeligheter=["3vXvYb0Jr1Jw3rXo2F3m9Q"], av_kroppen=False),
    Oppsett(
        navn="jwt",
        valg={"utsteder": "u", "jwks": "https://u.example/jwks", "audience": "a", "krav": {"consumer.ID": "0192:1"}},
        av_kroppen=False,
    ),
)


def claims(naa: dt.datetime = NAA) -> dict[str, Any]:
    """Those of a token that lets its bearer in."""
    return {"iss": "u", "aud": "a", "exp": int(naa.timestamp()) + 120, "consumer": {"ID": "0192:1"}}


def utsted(innhold: bytes) -> str:
    """A token that the issuer has signed, whatever is in it."""
    return jws.serialize_compact({"alg": "ES256", "kid": "a3"}, innhold, UTSTEDERNOEKKEL)


def ekte(oppsett: Oppsett, kropp: bytes) -> Anmodning:
    """The request that the source would send."""
    if oppsett.navn == "jwt":
        token = utsted(json.dumps(claims()).encode())
        return Anmodning(hoder={"authorization": f"Bearer {token}"}, kropp=kropp)
    signert = oppsett.ordning.signert(kropp, oppsett.signerer_med or oppsett.hemmeligheter[-1], ID, NAA)
    return Anmodning(hoder=signert.hoder, kropp=kropp, hemmelig_sti=signert.hemmelig_sti)


def proev(oppsett: Oppsett, anmodning: Anmodning, naa: dt.datetime = NAA) -> bool:
    """Whether it is verified. Any exception but UgyldigSignatur is a fault, and so is a proof of what nobody signed."""
    ordning = oppsett.ordning
    avvist = _avvist(oppsett, anmodning, naa)
    if avvist is not None:
        assert not any(hemmelighet in avvist for hemmelighet in oppsett.hemmeligheter)
        return False
    assert not oppsett.av_kroppen or anmodning.kropp in KROPPER, "nobody has signed this body"
    if ordning.er_proeve(anmodning):
        assert ordning.proevesvar(anmodning) is not None
    return True


def _avvist(oppsett: Oppsett, anmodning: Anmodning, naa: dt.datetime) -> str | None:
    """What is said to one that is refused."""
    try:
        oppsett.ordning.verifiser(anmodning, oppsett.hemmeligheter, naa)
    except UgyldigSignatur as ugyldig:
        return str(ugyldig)
    return None
