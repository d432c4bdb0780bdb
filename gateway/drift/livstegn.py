"""The sign of life of a process: it tells of itself in the database every few seconds, from a thread of its own."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterable
from dataclasses import replace

from gateway.domain.prosess import LIVSTEGN_HVERT, Pluginstand, Prosess, Rolle
from gateway.kjerne import ny_id
from gateway.klokke import Klokke
from gateway.store.database import Database
from gateway.store.prosess import meld, meld_av
from gateway.vertskap.erklaering import Plugins

logger = logging.getLogger(__name__)

SLUTT_SEKUNDER = 1.0


def pluginstand(plugins: Plugins) -> tuple[Pluginstand, ...]:
    """The plugins as this process has them."""
    lastet = (
        Pluginstand(navn=ett.navn, produsent=ett.produsent, versjon=ett.versjon) for ett in plugins.lastet.values()
    )
    oedelagte = (
        Pluginstand(navn=ett.sted.navn, produsent=ett.sted.produsent, feil=ett.feil)
        for ett in plugins.oedelagte.values()
    )
    return tuple(sorted((*lastet, *oedelagte)))


class Livstegn:
    """`sann_tid` is the clock of the rows. What goes wrong with it, the process does not feel."""

    def __init__(
        self, database: Database, rolle: Rolle, versjon: str, sann_tid: Klokke, plugins: Iterable[Pluginstand] = ()
    ) -> None:
        self._database = database
        self._sann_tid = sann_tid
        naa = sann_tid.naa()
        self._prosess = Prosess(
            id=ny_id(),
            rolle=rolle,
            vert=socket.gethostname(),
            versjon=versjon,
            plugins=tuple(plugins),
            startet=naa,
            sist_sett=naa,
        )
        self._stopp = threading.Event()
        self._traad = threading.Thread(target=self._hold, name="livstegn", daemon=True)

    def start(self) -> None:
        self._traad.start()

    def bytt_plugins(self, plugins: Iterable[Pluginstand]) -> None:
        """The process has these from now on: tell so at once. A database that does not answer hears of it later."""
        self._prosess = replace(self._prosess, plugins=tuple(plugins))
        try:
            self._meld()
        except Exception as feil:  # noqa: BLE001 - the next sign may get through
            logger.warning("no sign of life can be given", extra={"feil": type(feil).__name__})

    def slutt(self) -> None:
        """Say that the process ends; a database that does not answer is not waited for."""
        self._stopp.set()
        self._traad.join(SLUTT_SEKUNDER)

    def _hold(self) -> None:
        virker = True
        while not self._stopp.is_set():
            try:
                self._meld()
                virker = True
            except Exception as feil:  # noqa: BLE001 - whatever it is, the next sign may get through
                if virker:
                    logger.warning("no sign of life can be given", extra={"feil": type(feil).__name__})
                virker = False
            self._stopp.wait(LIVSTEGN_HVERT.total_seconds())
        try:
            meld_av(self._database, self._prosess.id)
        except Exception as feil:  # noqa: BLE001 - it is seen to be gone within a minute
            logger.info("the end of the process could not be told", extra={"feil": type(feil).__name__})

    def _meld(self) -> None:
        meld(self._database, replace(self._prosess, sist_sett=self._sann_tid.naa()))
