"""The mail catcher of `dev` and the tests: a real SMTP server that delivers to nobody, and a page that shows its catch.

It honours the idempotency id: a message is stored once for each Message-ID, and every delivery is counted.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from adapters.epostside import lag_side
from adapters.postkasse import Postkasse

VERT = "127.0.0.1"

# What the server answers at RCPT TO for a recipient, such as "550 5.1.1 no such user"; None takes the mail.
Feilbryter = Callable[[str], str | None]


class Epostfanger:
    """The SMTP server and the page, both on 127.0.0.1. Port 0 means that the system chooses; see `smtp_url`."""

    def __init__(
        self,
        mappe: Path,
        noekkel: str,
        *,
        smtp_port: int = 0,
        side_port: int = 0,
        feilbryter: Feilbryter | None = None,
        **smtp_valg: Any,
    ) -> None:
        """`smtp_valg` are aiosmtpd's own settings of its server, such as TLS and log-in."""
        if not noekkel:
            raise ValueError("the mail catcher needs a noekkel, so that its page is not open to all on this machine")
        self.postkasse = Postkasse(mappe)
        self._side = lag_side(self.postkasse, noekkel)
        self._noekkel = noekkel
        self._smtp_port = smtp_port
        self._side_port = side_port
        self._mottak = _Mottak(self.postkasse, feilbryter)
        self._smtp_valg = smtp_valg
        self._smtp: _Smtptjener | None = None
        self._http: BaseWSGIServer | None = None
        self._http_traad: threading.Thread | None = None

    @property
    def smtp_url(self) -> str:
        return f"smtp://{VERT}:{self._smtp_port}"

    @property
    def side_url(self) -> str:
        """The address of the page, without the key."""
        return f"http://{VERT}:{self._side_port}/"

    def start(self) -> None:
        # At INFO aiosmtpd logs addresses.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.postkasse.aapne()
        smtp_sokkel, side_sokkel = _lytt(self._smtp_port), _lytt(self._side_port)
        self._smtp_port, self._side_port = smtp_sokkel.getsockname()[1], side_sokkel.getsockname()[1]
        self._smtp = _Smtptjener(self._mottak, smtp_sokkel, hostname=VERT, **self._smtp_valg)
        self._smtp.start()
        with side_sokkel:  # werkzeug makes a socket of its own of the descriptor
            self._http = make_server(
                VERT,
                self._side_port,
                self._side,
                threaded=True,
                request_handler=_StilleBehandler,
                fd=side_sokkel.fileno(),
            )
        self._http_traad = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._http_traad.start()

    def stop(self) -> None:
        if self._http is not None and self._http_traad is not None:
            self._http.shutdown()
            self._http_traad.join()
            self._http.server_close()
            self._http = self._http_traad = None
        if self._smtp is not None:
            self._smtp.stop()
            self._smtp = None

    def __enter__(self) -> Epostfanger:
        self.start()
        return self

    def __exit__(
        self, feiltype: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        self.stop()


def kjoer(mappe: Path, smtp_port: int, side_port: int, noekkel: str) -> None:
    """Run in the foreground until SIGTERM or SIGINT."""
    ferdig = threading.Event()

    def avslutt(_signum: int, _ramme: FrameType | None) -> None:
        ferdig.set()

    tidligere = {signum: signal.signal(signum, avslutt) for signum in (signal.SIGTERM, signal.SIGINT)}
    logg = structlog.get_logger(__name__)
    try:
        with Epostfanger(mappe, noekkel, smtp_port=smtp_port, side_port=side_port) as fanger:
            logg.info("epostfanger_klar", smtp=fanger.smtp_url, side=fanger.side_url)
            ferdig.wait()
        logg.info("epostfanger_stoppet")
    finally:
        for signum, behandler in tidligere.items():
            signal.signal(signum, behandler)


class _Mottak:
    """What aiosmtpd calls for each command of a client."""

    def __init__(self, postkasse: Postkasse, feilbryter: Feilbryter | None) -> None:
        self._postkasse = postkasse
        self._feilbryter = feilbryter

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        avslag = self._feilbryter(address) if self._feilbryter else None
        if avslag is not None:
            return avslag
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if not isinstance(envelope.content, bytes):
            raise TypeError("the server must hand over bytes")
        await asyncio.to_thread(self._postkasse.legg_inn, envelope.content)
        return "250 2.0.0 OK"


class _Smtptjener(Controller):
    """aiosmtpd's controller, listening on a socket that is already bound: so the port may be chosen by the system."""

    def __init__(self, mottak: _Mottak, sokkel: socket.socket, **valg: Any) -> None:
        super().__init__(mottak, hostname=VERT, port=sokkel.getsockname()[1])
        self.SMTP_kwargs.update(valg)
        self._sokkel = sokkel

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._sokkel, ssl=self.ssl_context)


class _StilleBehandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the address may hold the key."""


def _lytt(port: int) -> socket.socket:
    try:
        return socket.create_server((VERT, port))
    except OSError as feil:
        raise OSError(feil.errno, f"port {port} on {VERT} cannot be used ({feil.strerror}); choose another") from None
