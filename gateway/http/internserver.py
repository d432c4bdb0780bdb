"""A small HTTP server for `/internal`, beside what worker and scheduler do: few threads, short time, no bodies."""

from __future__ import annotations

import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateway.http.vakt import Vaktlag

logger = logging.getLogger(__name__)

# More connections than this at once are closed unanswered: a probe and two scrapers are three.
SAMTIDIGE = 16
SEKUNDER = 5.0


def start_internserver(vakt: Vaktlag, host: str, port: int) -> ThreadingHTTPServer:
    """Serve until the process ends; `server_port` tells the port when `port` is 0. Raises OSError: it is taken."""
    server = _Server((host, port), _Svarer)
    server.vakt = vakt
    threading.Thread(target=server.serve_forever, name="internserver", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    vakt: Vaktlag

    def __init__(self, *args: Any) -> None:
        self.address_family = socket.AF_INET6 if ":" in args[0][0] else socket.AF_INET
        self._ledige = threading.BoundedSemaphore(SAMTIDIGE)
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._ledige.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._ledige.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request, client_address
        logger.info("a connection to the internal server ended early")


class _Svarer(BaseHTTPRequestHandler):
    timeout = SEKUNDER  # for each read and write
    server: _Server

    def do_GET(self) -> None:
        svar = self.server.vakt.svar(self.path.partition("?")[0])
        if svar is None:
            self.send_error(404)
            return
        self.send_response_only(svar.status)
        self.send_header("Content-Type", svar.innholdstype)
        self.send_header("Content-Length", str(len(svar.kropp)))
        self.send_header("Connection", "close")
        for navn, verdi in svar.hoder:
            self.send_header(navn, verdi)
        self.end_headers()
        self.wfile.write(svar.kropp)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a probe a second is no news."""
