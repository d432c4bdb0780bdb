"""One question to a service outside, over HTTP: with a deadline for all of it, however slowly the answer drips."""

from __future__ import annotations

import http.client
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)


class NaboSvarerIkke(Exception):
    """No answer came: nobody is there, or it took too long. The text repeats nothing of what was asked."""


class ForStortSvar(Exception):
    """The answer is larger than was allowed."""


@dataclass(frozen=True, kw_only=True)
class Nabosvar:
    """`hoder` has lower-case names."""

    status: int
    hoder: Mapping[str, str] = field(repr=False)
    kropp: bytes = field(repr=False)


def spoer(url: str, hoder: Mapping[str, str], *, sekunder: float, stoerst: int) -> Nabosvar:
    """What the URL answers to GET within `sekunder`; at most `stoerst` bytes; nobody else is asked in its place.

    Raises NaboSvarerIkke, ForStortSvar.
    """
    frist = time.monotonic() + sekunder
    deler = urlsplit(url)
    klasse = http.client.HTTPSConnection if deler.scheme == "https" else http.client.HTTPConnection
    tilkobling = klasse(deler.hostname or "", deler.port, timeout=sekunder)
    vakt: threading.Timer | None = None
    try:
        tilkobling.connect()
        # A time-out of a socket is for one read; an answer that drips is cut off all the same.
        vakt = threading.Timer(max(0.0, frist - time.monotonic()), _kutt, (tilkobling.sock,))
        vakt.daemon = True
        vakt.start()
        tilkobling.request("GET", f"{deler.path or '/'}?{deler.query}".removesuffix("?"), headers=dict(hoder))
        svar = tilkobling.getresponse()
        kropp = svar.read(stoerst + 1)
        # What was cut off reads as its end.
        if time.monotonic() >= frist or (svar.length and len(kropp) <= stoerst):
            raise NaboSvarerIkke("the answer did not come in time")
        if len(kropp) > stoerst:
            raise ForStortSvar(f"it is larger than {stoerst} bytes")
        hodene = {navn.lower(): verdi for navn, verdi in svar.getheaders()}
        return Nabosvar(status=svar.status, hoder=hodene, kropp=kropp)
    except (OSError, http.client.HTTPException) as feil:
        raise NaboSvarerIkke(f"no answer came ({type(feil).__name__})") from None
    finally:
        if vakt is not None:
            vakt.cancel()
        tilkobling.close()


def utrygg(url: str, *, dev: bool) -> str:
    """What is wrong with an address whose answers are trusted, or that is told a secret; else empty."""
    try:
        deler = urlsplit(url)
        skjema, vert = deler.scheme, deler.hostname or ""
        deler.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        skjema, vert = "", ""
    if skjema not in ("https", "http") or not vert:
        return "must start with https://"
    if skjema == "http" and not dev and not _loopback(vert):
        return "must start with https://; http:// is for dev, and for this machine itself"
    return ""


def adressefeil(url: str, *, dev: bool) -> str:
    """What is wrong with an address that questions are added to; else empty."""
    if galt := utrygg(url, dev=dev):
        return galt
    deler = urlsplit(url)
    if deler.query or deler.fragment or deler.username is not None:
        return "must be without ?, # and user name"
    return ""


def _loopback(vert: str) -> bool:
    try:
        return ipaddress.ip_address(vert).is_loopback
    except ValueError:
        return vert == "localhost"


def _kutt(sock: socket.socket) -> None:
    """End the connection under whoever reads from it; the plain socket's, since that of TLS is not for two threads."""
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        logger.info("a connection was closed before it was cut off")
