"""`gateway dev`: everything in one terminal, stopped by Ctrl-C, going on with what it had when it is started again."""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.dev import datamappe, porter, valkey
from gateway.dev.prosess import Barn
from gateway.dev.terminal import Terminal
from gateway.oppsett.innstillinger import Innstillinger, Innstillingsfeil
from gateway.store.database import Utilgjengelig, aapne, innebygd_url
from gateway.store.migrering import migrer

EPOST_SMTP, EPOST_SIDE = 2525, 8025
UTAALMODIG_ETTER_SEKUNDER = 60
WEBHOOK = "plugins/permittering/eksempler/masseoppsigelse.json"
ALLE_ADRESSER = "0.0.0.0"  # noqa: S104 - only compared with


def start_alt(innstillinger: Innstillinger, *, reset: bool) -> int:
    """Start everything and keep it running until SIGINT, SIGTERM or the terminal's end; return the exit status.

    Raises Innstillingsfeil when it cannot start: the data folder or the port is in use, the database is away.
    """
    data = innstillinger.data.resolve()
    with datamappe.holdt(data):
        if reset:
            datamappe.toem(data)
        porter.krev_ledig(innstillinger.host, innstillinger.port)
        stopp = threading.Event()
        _stopp_ved_signal(stopp)
        terminal = Terminal(borte=stopp.set)
        if reset and innstillinger.database_url:
            terminal.si("--reset has emptied the data folder, and leaves the database of DATABASE_URL as it is.")
        _migrer(innstillinger, data)
        oppsett = _oppsett(data)
        i_gang: list[Barn] = []
        try:
            for barn in _barn(innstillinger, data, oppsett, terminal):
                i_gang.append(barn)
                barn.start()
                if barn.navn == "valkey":
                    valkey.vent_til_klar(data / "valkey", stopp)
            if _vent_paa_web(innstillinger, terminal, stopp):
                terminal.si(_klar(innstillinger, oppsett))
            stopp.wait()
        finally:
            terminal.si("stopping …")
            for barn in _i_stopperekkefoelge(i_gang):
                barn.stopp()
    return 0


def redis_url(innstillinger: Innstillinger) -> str:
    """The Redis that a running `gateway dev` of this data folder started, for commands in another terminal."""
    mappe = innstillinger.data / "valkey"
    return valkey.url(mappe) if mappe.exists() and valkey.sokkel(mappe).exists() else ""


def _stopp_ved_signal(stopp: threading.Event) -> None:
    """Ctrl-C also where a shell without job control started it in the background; no hang-up under `nohup`."""
    signaler = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signaler.append(signal.SIGHUP)
    for signalnummer in signaler:
        signal.signal(signalnummer, lambda *_: stopp.set())


def _migrer(innstillinger: Innstillinger, data: Path) -> None:
    database = aapne(innstillinger.database_url or innebygd_url(data))
    try:
        migrer(database)
    except Utilgjengelig as feil:
        raise Innstillingsfeil(f"DATABASE_URL: {feil}; start the database, or correct the address.") from None
    finally:
        database.lukk()


def _barn(innstillinger: Innstillinger, data: Path, oppsett: Mapping[str, str], terminal: Terminal) -> list[Barn]:
    """In the order in which they start."""
    miljoe = {
        "GATEWAY_DATA": str(data),
        "REDIS_URL": innstillinger.redis_url or valkey.url(data / "valkey"),
        "SMTP_URL": innstillinger.smtp_url or f"smtp://127.0.0.1:{oppsett['EPOSTFANGER_SMTP_PORT']}",
        # A variable that is said is said once: a file that we were told of has been read.
        "REDIS_URL_FILE": "",
        "SMTP_URL_FILE": "",
        "GATEWAY_UTEN_VENV": "1",  # this Python has what is needed, or we should not be here
        "PYTHONUNBUFFERED": "1",
        **oppsett,
    }

    def gateway(navn: str, kommando: str) -> Barn:
        return Barn(navn, [sys.executable, "-m", "gateway", kommando], miljoe, terminal.linje)

    barna = [gateway("web", "web"), gateway("worker", "worker"), gateway("scheduler", "scheduler")]
    if not innstillinger.smtp_url:
        barna.insert(0, gateway("epost", "epostfanger"))
    if not innstillinger.redis_url:
        barna.insert(0, Barn("valkey", valkey.kommando(data / "valkey"), {}, terminal.linje))
    return barna


def _i_stopperekkefoelge(barna: Sequence[Barn]) -> list[Barn]:
    """Those that take in and do work first, then what they work with, Valkey last."""
    stoetter = ("epost", "valkey")
    return sorted(barna, key=lambda barn: stoetter.index(barn.navn) + 1 if barn.navn in stoetter else 0)


def _oppsett(data: Path) -> dict[str, str]:
    """The ports and the key of the mail catcher: those of last time, as far as they are free."""
    fil = data / "dev.json"
    try:
        sist = json.loads(fil.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):  # the first time, or killed while it was written
        sist = {}
    smtp_port = porter.ledig(int(sist.get("EPOSTFANGER_SMTP_PORT", EPOST_SMTP)))
    oppsett = {
        "EPOSTFANGER_SMTP_PORT": str(smtp_port),
        "EPOSTFANGER_SIDE_PORT": str(porter.ledig(int(sist.get("EPOSTFANGER_SIDE_PORT", EPOST_SIDE)))),
        "EPOSTFANGER_NOEKKEL": sist.get("EPOSTFANGER_NOEKKEL") or secrets.token_urlsafe(16),
    }
    fil.touch(mode=0o600)
    fil.write_text(json.dumps(oppsett), encoding="utf-8")
    return oppsett


def _vent_paa_web(innstillinger: Innstillinger, terminal: Terminal, stopp: threading.Event) -> bool:
    """Wait until the web server is ready, however long it takes to mend it; whether it came to that."""
    runde = 0
    while not _er_klar(innstillinger):
        runde += 1
        if runde == UTAALMODIG_ETTER_SEKUNDER * 5:
            terminal.si("The web server is still not ready; see the lines above. It is tried again until it is.")
        if stopp.wait(0.2):
            return False
    return True


def _er_klar(innstillinger: Innstillinger) -> bool:
    tilkobling = http.client.HTTPConnection(_vert(innstillinger), innstillinger.port, timeout=2)
    try:
        tilkobling.request("GET", "/internal/isready")
        return tilkobling.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):  # it does not listen yet, or was just killed
        return False
    finally:
        tilkobling.close()


def _vert(innstillinger: Innstillinger) -> str:
    return "127.0.0.1" if innstillinger.host == ALLE_ADRESSER else innstillinger.host


def _klar(innstillinger: Innstillinger, oppsett: Mapping[str, str]) -> str:
    """Where everything is. `klar:` stands on a line of its own, for those that wait for it."""
    vert = f"http://{_vert(innstillinger)}:{innstillinger.port}"
    epost = (
        "your SMTP_URL"
        if innstillinger.smtp_url
        else f"http://127.0.0.1:{oppsett['EPOSTFANGER_SIDE_PORT']}/?noekkel={oppsett['EPOSTFANGER_NOEKKEL']}"
    )
    curl = (
        f"curl -i {vert}/webhooks/permittering -H 'Content-Type: application/json' "
        '-H "X-Hub-Signature-256: sha256=$(openssl dgst -sha256 -hmac permittering-dev-hemmelighet -r '
        f"< {WEBHOOK} | cut -d' ' -f1)\" --data-binary @{WEBHOOK}"
    )
    return f"""
klar:
  Swagger UI          {vert}/swagger-ui
  employer's page     {vert}/min-side (sign in at {vert}/logg-inn)
  caught mail         {epost}
  operations          {vert}/drift
  a token             .venv/bin/gateway token produsent dev-gcp:permittering:permittering-api
  move the clock      .venv/bin/gateway klokke +3d
  the first webhook:
    {curl}
"""
