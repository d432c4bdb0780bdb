"""The HTTP server that every web process is, with the same settings for what is served and what is measured."""

from __future__ import annotations

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from gateway.oppsett.innstillinger import Innstillinger


def tjen(fabrikk: str, innstillinger: Innstillinger) -> None:
    """Serve the WSGI application that `fabrikk` (`module:function`) makes, until the process is told to stop."""
    Granian(
        fabrikk,
        factory=True,
        interface=Interfaces.WSGI,
        address=innstillinger.host,
        port=innstillinger.port,
        http=HTTPModes.http1,
        workers=innstillinger.web_prosesser,
        blocking_threads=innstillinger.web_traader,
        log_enabled=False,
    ).serve()
