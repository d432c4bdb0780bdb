"""`gateway dev`: everything in one terminal, stopped by Ctrl-C, going on with what it had when it is started again."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from redis import Redis
from redis.exceptions import RedisError

from gateway.dev import valkey
from gateway.dev.prosess import Barn
from gateway.settings import Innstillinger, Innstillingsfeil
from gateway.store.database import aapne
from gateway.store.migrering import migrer

EGNE = (
    *("gateway.db", "gateway.db-wal", "gateway.db-shm", "hemmelig_noekkel", "utsteder.json", "klokke.json"),
    *("valkey", "epost", "dev.json", "dev.lock"),
)
FARGER = {"web": "cyan", "worker": "green", "scheduler": "yellow", "epost": "magenta", "valkey": "blue"}
EPOST_SMTP, EPOST_SIDE = 2525, 8025
KLAR_INNEN_SEKUNDER = 60


def start_alt(innstillinger: Innstillinger, *, reset: bool) -> int:
    """Start everything and keep it running until SIGINT or SIGTERM; return the exit status.

    Raises Innstillingsfeil when it cannot start: the data folder or the port is in use.
    """
    data = innstillinger.data.resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alene(data):
        if reset:
            _toem(data)
        _krev_ledig(innstillinger.host, innstillinger.port)
        stopp = threading.Event()
        for signalnummer in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signalnummer, lambda *_: stopp.set())
        oppsett = _oppsett(data)
        miljoe = _miljoe(innstillinger, data, oppsett)
        barna = _barn(innstillinger, data, miljoe)
        i_gang: list[Barn] = []
        try:
            migrer(aapne(innstillinger.database_url or f"sqlite:///{data / 'gateway.db'}"))
            for barn in barna:
                barn.start()
                i_gang.append(barn)
                if barn.navn == "valkey":
                    _vent_paa_valkey(data / "valkey", stopp)
            if _vent_paa_web(innstillinger, stopp):
                _si_klar(innstillinger, oppsett)
            stopp.wait()
        finally:
            click.echo("stopping …")
            for barn in reversed(i_gang):
                barn.stopp()
    return 0


def _barn(innstillinger: Innstillinger, data: Path, miljoe: Mapping[str, str]) -> list[Barn]:
    """In the order in which they start; they stop in the other."""
    laas = threading.Lock()
    bredde = max(map(len, FARGER))

    def skriv(navn: str, linje: str) -> None:
        with laas:
            click.echo(f"{click.style(navn.ljust(bredde), fg=FARGER[navn])} {linje}")

    def gateway(navn: str, kommando: str) -> Barn:
        return Barn(navn, [sys.executable, "-m", "gateway", kommando], miljoe, skriv)

    barna = [gateway("web", "web"), gateway("worker", "worker"), gateway("scheduler", "scheduler")]
    if not innstillinger.smtp_url:
        barna.insert(0, gateway("epost", "epostfanger"))
    if not innstillinger.redis_url:
        barna.insert(0, Barn("valkey", valkey.kommando(data / "valkey"), {}, skriv))
    return barna


def _miljoe(innstillinger: Innstillinger, data: Path, oppsett: Mapping[str, str]) -> dict[str, str]:
    return {
        "GATEWAY_DATA": str(data),
        "REDIS_URL": innstillinger.redis_url or valkey.url(data / "valkey"),
        "SMTP_URL": innstillinger.smtp_url or f"smtp://127.0.0.1:{oppsett['EPOSTFANGER_SMTP_PORT']}",
        "PYTHONUNBUFFERED": "1",
        **oppsett,
    }


def _oppsett(data: Path) -> dict[str, str]:
    """The ports and the key of the mail catcher: those of last time, as far as they are free."""
    fil = data / "dev.json"
    sist = json.loads(fil.read_text()) if fil.exists() else {}
    oppsett = {
        "EPOSTFANGER_SMTP_PORT": str(_ledig_port(int(sist.get("EPOSTFANGER_SMTP_PORT", EPOST_SMTP)))),
        "EPOSTFANGER_SIDE_PORT": str(_ledig_port(int(sist.get("EPOSTFANGER_SIDE_PORT", EPOST_SIDE)))),
        "EPOSTFANGER_NOEKKEL": sist.get("EPOSTFANGER_NOEKKEL") or secrets.token_urlsafe(16),
    }
    fil.touch(mode=0o600)
    fil.write_text(json.dumps(oppsett))
    return oppsett


def redis_url(innstillinger: Innstillinger) -> str:
    """The Redis that a running `gateway dev` of this data folder started, for commands in another terminal."""
    sokkel = valkey.sokkel(innstillinger.data / "valkey")
    return f"unix://{sokkel}" if sokkel.exists() else ""


@contextmanager
def _alene(data: Path) -> Iterator[None]:
    with (data / "dev.lock").open("a+") as laas:
        try:
            fcntl.flock(laas, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            laas.seek(0)
            raise Innstillingsfeil(
                f"{data} is in use by the `gateway dev` with process id {laas.read().strip() or '?'}; stop that one, "
                "or set GATEWAY_DATA to another folder."
            ) from None
        laas.truncate(0)
        laas.write(str(os.getpid()))
        laas.flush()
        yield


def _toem(data: Path) -> None:
    fremmede = sorted(ett.name for ett in data.iterdir() if ett.name not in EGNE)
    if fremmede:
        raise Innstillingsfeil(
            f"{data} holds what the gateway did not make ({', '.join(fremmede)}), so --reset leaves it alone; move "
            "them, or set GATEWAY_DATA to another folder."
        )
    for ett in data.iterdir():
        if ett.is_dir():
            shutil.rmtree(ett)
        elif ett.name != "dev.lock":
            ett.unlink()


def _krev_ledig(host: str, port: int) -> None:
    if not _kan_lytte(host, port):
        raise Innstillingsfeil(f"PORT: {port} is in use on {host}; stop what listens there, or set PORT to another.")


def _ledig_port(oensket: int) -> int:
    if _kan_lytte("127.0.0.1", oensket):
        return oensket
    with socket.create_server(("127.0.0.1", 0)) as sokkel:
        return int(sokkel.getsockname()[1])


def _kan_lytte(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def _vent_paa_valkey(mappe: Path, stopp: threading.Event) -> None:
    klient = Redis.from_url(valkey.url(mappe))
    for _ in range(KLAR_INNEN_SEKUNDER * 10):
        try:
            klient.ping()
        except RedisError:
            if stopp.wait(0.1):
                return
        else:
            return
    raise Innstillingsfeil("Valkey does not start; see its lines above.")


def _vent_paa_web(innstillinger: Innstillinger, stopp: threading.Event) -> bool:
    for _ in range(KLAR_INNEN_SEKUNDER * 5):
        tilkobling = http.client.HTTPConnection(innstillinger.host, innstillinger.port, timeout=2)
        try:
            tilkobling.request("GET", "/internal/isready")
            if tilkobling.getresponse().status == http.HTTPStatus.OK:
                return True
        except OSError:
            pass  # not listening yet
        finally:
            tilkobling.close()
        if stopp.wait(0.2):
            return False
    click.echo("The web server is not ready after a minute; see the lines above.", err=True)
    return False


def _si_klar(innstillinger: Innstillinger, oppsett: Mapping[str, str]) -> None:
    vert = f"http://{innstillinger.host}:{innstillinger.port}"
    fil = "tests/eksempler/permittering/masseoppsigelse.json"
    epost = (
        "your SMTP_URL"
        if innstillinger.smtp_url
        else f"http://127.0.0.1:{oppsett['EPOSTFANGER_SIDE_PORT']}/?noekkel={oppsett['EPOSTFANGER_NOEKKEL']}"
    )
    click.echo(f"""
klar:
  Swagger UI          {vert}/swagger-ui
  employer's page     {vert}/min-side
  caught mail         {epost}
  operations          {vert}/drift
  a token             .venv/bin/gateway token produsent dev-gcp:permittering:permittering-api
  move the clock      .venv/bin/gateway klokke +3d
  the first webhook:
    curl -i {vert}/webhooks/permittering -H 'Content-Type: application/json' -H "X-Hub-Signature-256: sha256=$(openssl dgst -sha256 -hmac permittering-dev-hemmelighet -r < {fil} | cut -d' ' -f1)" --data-binary @{fil}
""")  # noqa: E501 - one line, to be pasted
