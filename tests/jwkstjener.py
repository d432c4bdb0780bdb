"""A real JWKS server, which can be told to answer anything, to hang, or to drip."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HTTP_200 = b"HTTP/1.1 200 OK"
DRYPP_SEKUNDER = 0.02


def http_svar(kropp: bytes, linje: bytes = HTTP_200, *hoder: bytes) -> bytes:
    return b"\r\n".join((linje, b"Content-Length: %d" % len(kropp), b"Connection: close", *hoder, b"", kropp))


@dataclass
class Jwkstjener:
    url: str
    svar: bytes | None = b""  # None: hang
    drypp: bool = False
    tls: ssl.SSLContext | None = None
    spurt: int = 0
    sist: bytes = b""  # the last request
    stopp: threading.Event = field(default_factory=threading.Event)

    def betjen(self, forbindelse: socket.socket) -> None:
        with suppress(OSError), self._tls(forbindelse) as forbindelse:
            self.sist = forbindelse.recv(65536)
            self.spurt += 1
            if self.svar is None:
                self.stopp.wait()
            elif self.drypp:
                for byte in self.svar:
                    forbindelse.sendall(bytes([byte]))
                    if self.stopp.wait(DRYPP_SEKUNDER):
                        return
            else:
                forbindelse.sendall(self.svar)

    def _tls(self, forbindelse: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(forbindelse, server_side=True) if self.tls else forbindelse


@contextmanager
def jwkstjener(skjema: str = "http", tls: ssl.SSLContext | None = None) -> Iterator[Jwkstjener]:
    lytter = socket.create_server(("127.0.0.1", 0))
    tjener = Jwkstjener(f"{skjema}://127.0.0.1:{lytter.getsockname()[1]}/jwks", tls=tls)

    def lytt() -> None:
        with suppress(OSError):
            while True:
                forbindelse, _ = lytter.accept()
                traad(lambda f=forbindelse: tjener.betjen(f))

    traad(lytt)
    yield tjener
    tjener.stopp.set()
    with suppress(OSError):
        lytter.shutdown(socket.SHUT_RDWR)
    lytter.close()


def traad(gjoer: Callable[[], object]) -> threading.Thread:
    startet = threading.Thread(target=gjoer, daemon=True)
    startet.start()
    return startet
