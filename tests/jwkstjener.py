"""A real JWKS server, which can be told to answer anything, to hang, or to drip."""

from __future__ import annotations

import socket
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
    spurt: int = 0
    stopp: threading.Event = field(default_factory=threading.Event)

    def betjen(self, forbindelse: socket.socket) -> None:
        with forbindelse, suppress(OSError):
            forbindelse.recv(65536)
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


@contextmanager
def jwkstjener() -> Iterator[Jwkstjener]:
    lytter = socket.create_server(("127.0.0.1", 0))
    tjener = Jwkstjener(f"http://127.0.0.1:{lytter.getsockname()[1]}/jwks")

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
