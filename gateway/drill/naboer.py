"""The neighbours of the gateway in a drill: an issuer of tokens with its JWKS server, and a receiver of mail."""

from __future__ import annotations

import asyncio
import email
import json
import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from gateway.bench.last import VERT

AUDIENCE = "gateway-drill"
PRODUSENT_UTSTEDER = "https://drill.example/produsenter"
PERSON_UTSTEDER = "https://drill.example/personer"
LEVETID_SEKUNDER = 3600
MIDLERTIDIG_NEI = "451 4.3.0 try again later"
JWKS_HODE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


class Utsteder:
    """Issues tokens, and serves the keys that prove them."""

    def __init__(self) -> None:
        self._noekkel = RSAKey.generate_key(2048, auto_kid=True)
        self._annen = RSAKey.generate_key(2048, auto_kid=True)
        self._sist: tuple[int, str] = (0, "")
        self.port = 0
        # Whether what it serves is a page that is no JWKS, with 200.
        self.tull = False

    def ferskt_token(self, applikasjon: str) -> str:
        """A valid token of the one application of the load, a new one each second."""
        naa = int(time.time())
        if self._sist[0] != naa:
            self._sist = naa, self.produsent_token(applikasjon)
        return self._sist[1]

    def produsent_token(self, applikasjon: str) -> str:
        """A valid token of an application."""
        return self._token(self._noekkel, applikasjon)

    def oppdiktet_token(self, applikasjon: str) -> str:
        """A token with a `kid` that the issuer does not have, and a signature of a key that it does not know."""
        return self._token(self._annen, applikasjon)

    async def server_noekler(self) -> None:
        """Serve the JWKS on a free port, whatever the path."""
        tjener = await asyncio.start_server(self._svar, VERT, 0)
        self.port = int(tjener.sockets[0].getsockname()[1])

    async def _svar(self, leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
        try:
            await leser.readuntil(b"\r\n\r\n")
            noekler = {"status": "ok"} if self.tull else KeySet([self._noekkel]).as_dict(private=False)
            kropp = json.dumps(noekler).encode()
            skriver.write(JWKS_HODE % len(kropp) + kropp)
            await skriver.drain()
        except (OSError, asyncio.IncompleteReadError):  # whoever asked has gone
            pass
        finally:
            skriver.close()

    @staticmethod
    def _token(noekkel: RSAKey, applikasjon: str) -> str:
        naa = int(time.time())
        tider = {"iat": naa, "nbf": naa, "exp": naa + LEVETID_SEKUNDER}
        paastand = {"iss": PRODUSENT_UTSTEDER, "aud": AUDIENCE, "azp_name": applikasjon, "sub": applikasjon, **tider}
        return jwt.encode({"alg": "RS256", "kid": noekkel.kid}, paastand, noekkel)


@dataclass(frozen=True)
class Kommet:
    """One mail that came."""

    mottaker: str
    message_id: str
    tidspunkt: float


@dataclass
class Postmottak:
    """Takes mail, and remembers to whom it came, and under which Message-ID. `nekter`: says to come again later."""

    kommet: list[Kommet] = field(default_factory=list)
    nekter: bool = False
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002 - aiosmtpd's
        if self.nekter:
            return MIDLERTIDIG_NEI
        message_id = str(email.message_from_bytes(envelope.content)["Message-ID"])
        self.kommet += [Kommet(mottaker, message_id, time.time()) for mottaker in envelope.rcpt_tos]
        return "250 taken"

    async def ta_imot(self) -> None:
        """Take mail on a free port."""
        from aiosmtpd.smtp import SMTP  # of the dev extra only

        tjener = await asyncio.get_running_loop().create_server(lambda: SMTP(self, hostname="drill"), VERT, 0)
        self.port = int(tjener.sockets[0].getsockname()[1])
