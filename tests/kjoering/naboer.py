"""The neighbours of a gateway in production, as it meets them there: over TCP, with TLS, with passwords."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.server
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from redis import Redis
from redis.exceptions import RedisError

from gateway.dev.valkey import tjener
from gateway.klokke import sann_tid
from tests.ende_til_ende.kjoerende import ledig_port, vent_til

INNEN = 20.0
# What the documentation says that the user of Valkey needs, and nothing else.
VALKEY_RETTER = "-@all +@read +@write +@connection +@transaction +@scripting +@pubsub"
PASSORD = "valkeys-passord"


def lag_sertifikat(mappe: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    sertifikat, noekkel = mappe / "tls.pem", mappe / "tls-key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(noekkel), "-out", str(sertifikat)),
        ],
        check=True,
        capture_output=True,
    )
    return sertifikat, noekkel


@contextmanager
def rele(til: Path | int, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port on this machine, with TLS or without, that leads to a Unix socket or another port."""
    loekke = asyncio.new_event_loop()
    port = ledig_port()

    async def pump(fra: asyncio.StreamReader, ut: asyncio.StreamWriter) -> None:
        try:
            while bit := await fra.read(65536):
                ut.write(bit)
                await ut.drain()
        except OSError:
            pass
        finally:
            ut.close()

    async def ny(leser: asyncio.StreamReader, skriver: asyncio.StreamWriter) -> None:
        try:
            videre = (
                await asyncio.open_unix_connection(str(til))
                if isinstance(til, Path)
                else await asyncio.open_connection("127.0.0.1", til)
            )
        except OSError:
            skriver.close()
            return
        await asyncio.gather(pump(leser, videre[1]), pump(videre[0], skriver))

    oppe = threading.Event()

    async def tjen() -> None:
        await asyncio.start_server(ny, "127.0.0.1", port, ssl=tls)
        oppe.set()

    def kjoer() -> None:
        loekke.run_until_complete(tjen())
        loekke.run_forever()

    traad = threading.Thread(target=kjoer, name="rele", daemon=True)
    traad.start()
    assert oppe.wait(INNEN)
    try:
        yield port
    finally:
        loekke.call_soon_threadsafe(loekke.stop)
        traad.join(INNEN)


@contextmanager
def postgres_over_tcp(url: str) -> Iterator[tuple[str, int]]:
    """The address of the server at `url`, whatever way leads to it."""
    deler = urlsplit(url)
    sokkel = parse_qs(deler.query).get("host", [""])[0]
    if deler.hostname and not sokkel:
        yield deler.hostname, deler.port or 5432
        return
    with rele(Path(sokkel) / f".s.PGSQL.{deler.port or 5432}") as port:
        yield "127.0.0.1", port


@contextmanager
def valkey_med_tls(mappe: Path, sertifikat: tuple[Path, Path]) -> Iterator[str]:
    """A `rediss://` URL of a server whose user may do what is documented, and nothing else."""
    acl = mappe / "brukere.acl"
    acl.write_text(f"user default off\nuser gateway on >{PASSORD} ~* &* {VALKEY_RETTER}\n")
    port = ledig_port()
    kommando = [
        *(tjener(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(mappe), "--save", ""),
        *("--aclfile", str(acl), "--loglevel", "warning"),
    ]
    prosess = subprocess.Popen(kommando, stdout=subprocess.DEVNULL)
    try:
        with Redis(port=port, username="gateway", password=PASSORD) as klient:
            vent_til(lambda: _svarer(klient), sekunder=INNEN, hva="Valkey")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*sertifikat)
        with rele(port, tls) as kryptert:
            yield f"rediss://gateway:{PASSORD}@localhost:{kryptert}/0?ssl_ca_certs={sertifikat[0]}"
    finally:
        prosess.terminate()
        prosess.wait(INNEN)


def _svarer(klient: Redis) -> bool:
    try:
        return bool(klient.ping())
    except RedisError:
        return False


@dataclass
class Utsteder:
    """An issuer of tokens with a JWKS server of its own."""

    navn: str
    port: int = 0
    noekkel: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "1", "alg": "RS256"}))

    @property
    def iss(self) -> str:
        return f"https://{self.navn}.example"

    @property
    def jwks_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks"

    @property
    def audience(self) -> str:
        return f"gateway-for-{self.navn}"

    def token(self, **claims: str) -> str:
        naa = sann_tid()
        felles = {"iss": self.iss, "aud": self.audience, "iat": naa, "exp": naa + dt.timedelta(hours=1)}
        innhold = {
            navn: int(verdi.timestamp()) if isinstance(verdi, dt.datetime) else verdi for navn, verdi in felles.items()
        }
        return jwt.encode({"alg": "RS256", "kid": "1"}, {**innhold, "sub": "noen", **claims}, self.noekkel)


@contextmanager
def utsteder(navn: str) -> Iterator[Utsteder]:
    """An issuer that serves its keys."""
    ny = Utsteder(navn)
    jwks = json.dumps(KeySet([ny.noekkel]).as_dict(private=False)).encode()

    class Svarer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(jwks)))
            self.end_headers()
            self.wfile.write(jwks)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    tjener_ = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Svarer)
    ny.port = tjener_.server_address[1]
    threading.Thread(target=tjener_.serve_forever, daemon=True).start()
    try:
        yield ny
    finally:
        tjener_.shutdown()
        tjener_.server_close()
