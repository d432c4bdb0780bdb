"""The HTTP server that every web process is, with the same settings for what is served and what is measured."""

from __future__ import annotations

import multiprocessing
import resource
from contextlib import ExitStack

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels

from gateway.http.prosesser import NAADETID_SEKUNDER, alene_paa_porten, felles_maalinger
from gateway.oppsett.innstillinger import Innstillinger

# Files that a process has open beside its connections.
ANDRE_FILER = 512
# Its own words for what befalls its processes go where all logging goes.
LOGG = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "WARNING", "handlers": [], "propagate": True}},
}


def tjen(fabrikk: str, innstillinger: Innstillinger) -> None:
    """Serve the RSGI application that `fabrikk` (`module:function`) makes, until the process is told to stop.

    Raises Innstillingsfeil when the port is taken.
    """
    # Each process imports everything anew: it shares nothing with its parent that could be torn by a fork.
    multiprocessing.set_start_method("spawn", force=True)
    _faa_nok_filer(innstillinger.forbindelser + ANDRE_FILER)
    with ExitStack() as stabel:
        if not innstillinger.delt_port:
            stabel.enter_context(alene_paa_porten(innstillinger.host, innstillinger.port))
        stabel.enter_context(felles_maalinger())
        Granian(
            fabrikk,
            factory=True,
            interface=Interfaces.RSGI,
            address=innstillinger.host,
            port=innstillinger.port,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=round(1000 * innstillinger.hode_sekunder)),
            websockets=False,
            loop=Loops.uvloop,
            runtime_mode=RuntimeModes.mt,
            workers=innstillinger.web_prosesser,
            backlog=innstillinger.forbindelser,
            backpressure=innstillinger.forbindelser,
            respawn_failed_workers=True,
            workers_kill_timeout=NAADETID_SEKUNDER,
            log_dictconfig=LOGG,
            log_level=LogLevels.warning,
        ).serve()


def _faa_nok_filer(antall: int) -> None:
    """Let this process and its children have so many files open, as far as the system allows."""
    myk, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    oensket = antall if hard == resource.RLIM_INFINITY else min(antall, hard)
    if myk != resource.RLIM_INFINITY and myk < oensket:
        resource.setrlimit(resource.RLIMIT_NOFILE, (oensket, hard))
