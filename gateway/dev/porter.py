"""Which ports can be listened on."""

from __future__ import annotations

import socket

from gateway.oppsett.innstillinger import Innstillingsfeil


def krev_ledig(host: str, port: int) -> None:
    """Raises Innstillingsfeil when nobody can listen there now."""
    if grunn := _hindring(host, port):
        raise Innstillingsfeil(
            f"PORT: {port} on {host} cannot be listened on ({grunn}); stop what listens there, or set PORT to another, "
            f"such as PORT={ledig(port + 1)}."
        )


def ledig(oensket: int) -> int:
    """The port that is wished for, else any that is free, on loopback."""
    if oensket <= 0xFFFF and not _hindring("127.0.0.1", oensket):
        return oensket
    with socket.create_server(("127.0.0.1", 0)) as sokkel:
        return int(sokkel.getsockname()[1])


def _hindring(host: str, port: int) -> str:
    """What keeps one from listening there; nothing when nothing does."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return ""
    except OSError as feil:
        return feil.strerror or str(feil)
