"""A request as WSGI says it, with its body in memory, and what the application answers."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.types import WSGIApplication

from gateway.http.maalinger import ANKOM, BEGYNTE

UTEN_PREFIKS = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
# WSGI writes `-` and `_` alike, so a header could pass for another: only this one is known by its underscore.
MED_STREK = "call_id"
FELLES = {
    "SCRIPT_NAME": "",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def hoder(scope: Any) -> list[tuple[str, str]]:
    """The request's headers, by their names in lower case. A value that is not ASCII is empty, not left out."""
    alle = scope.headers
    svar: list[tuple[str, str]] = alle.items()
    navn, kjente = alle.keys(), dict(svar)
    if len(navn) != len(kjente):
        svar += [(ett, "") for ett in navn if ett not in kjente]
    return svar


def environ(
    scope: Any, hodene: Iterable[tuple[str, str]], kropp: bytes | None, *, ankom: float, begynte: float
) -> dict[str, Any]:
    """The environ of one request; `kropp` is all of it, or None where none was sent."""
    vert, _, port = scope.server.rpartition(":")
    svar: dict[str, Any] = {
        **FELLES,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "REMOTE_ADDR": adresse(scope),
        "SERVER_NAME": vert,
        "SERVER_PORT": port,
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(kropp or b""),
        ANKOM: ankom,
        BEGYNTE: begynte,
    }
    call_id = None
    for navn, verdi in hodene:
        if "_" in navn:
            if navn == MED_STREK:
                call_id = verdi
            continue
        noekkel = UTEN_PREFIKS.get(navn) or "HTTP_" + navn.upper().replace("-", "_")
        if noekkel in svar:
            svar[noekkel] += ("; " if navn == "cookie" else ",") + verdi
        else:
            svar[noekkel] = verdi
    if call_id is not None:
        svar.setdefault("HTTP_CALL_ID", call_id)
    if kropp is not None:  # however it was sent: it is all here now
        svar["CONTENT_LENGTH"] = str(len(kropp))
        svar.pop("HTTP_TRANSFER_ENCODING", None)
    return svar


def kroppslengde(scope: Any) -> int | None:
    """How many bytes the body has, as the request tells: 0 where none comes, None for one in chunks."""
    lengde = scope.headers.get("content-length")
    if lengde is not None:
        return int(lengde)  # the server has refused what is no number
    return None if "transfer-encoding" in scope.headers else 0


def venter_paa_lov(scope: Any) -> bool:
    """Whether the client sends its body only when it is told that it may."""
    return "expect" in scope.headers


def adresse(scope: Any) -> str:
    """The address that the request comes from: that of the proxy, where one stands before the gateway."""
    klient: str = scope.client
    return klient.rpartition(":")[0].strip("[]")


class Svarhode:
    """What the application said of its answer when it began it."""

    __slots__ = ("hoder", "status")

    def __init__(self) -> None:
        self.status = 500
        self.hoder: list[tuple[str, str]] = []

    def start(self, status: str, hoder: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        del exc_info  # the application itself answers for its faults
        self.status = int(status[:3])
        self.hoder = hoder
        return _skriv

    @property
    def har_lengde(self) -> bool:
        return any(navn.lower() == "content-length" for navn, _ in self.hoder)


def _skriv(del_: bytes) -> object:
    raise NotImplementedError("The write() of old WSGI is not served.")


def kjoer(app: WSGIApplication, miljoe: dict[str, Any]) -> tuple[Svarhode, Iterable[bytes]]:
    """Have the application answer. Whoever reads the parts closes them."""
    hode = Svarhode()
    deler = app(miljoe, hode.start)
    return hode, deler


def samlet(deler: Iterable[bytes]) -> bytes:
    """All parts of an answer, closed."""
    try:
        if isinstance(deler, Sequence) and len(deler) == 1:
            return bytes(deler[0])
        return b"".join(deler)
    finally:
        lukk(deler)


def lukk(deler: Iterable[bytes]) -> None:
    lukker = getattr(deler, "close", None)
    if lukker is not None:
        lukker()
