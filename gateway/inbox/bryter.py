"""A plugin that fails again and again is paused: its events wait, in order, and one of them tries it now and then.

What is known stands in the database, so that all workers pause together; a new version of the plugin begins afresh.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from enum import StrEnum

from gateway.domain.bryter import LUKKET, Bryter, Bryterregel
from gateway.domain.pause import Pauser
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.store.dialekt import laas
from gateway.store.tabeller import Pluginbryterrad
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.feil import Grensebrudd, Oversettelsesfeil

logger = logging.getLogger(__name__)

REGEL = Bryterregel(taaler=10, pauser=Pauser(foerste=dt.timedelta(seconds=10), lengste=dt.timedelta(minutes=10)))
PROEVETID = dt.timedelta(seconds=30)
SES_HVERT = dt.timedelta(seconds=1)


class Slipp(StrEnum):
    """How many of a producer's events may be mapped now."""

    ALLE = "ALLE"
    EN = "EN"
    INGEN = "INGEN"


def er_pluginens_feil(feil: Exception) -> bool:
    """Whether the fault is the plugin's own, and not the event's: it raised, hung, died, or answered nonsense."""
    if isinstance(feil, Grensebrudd):
        return not feil.varig
    return isinstance(feil, Oversettelsesfeil) and not feil.er_hendelsens


class Pluginbryter:
    """What this process knows of the plugins that fail. Threads share it. Goes by real time."""

    def __init__(self, kjerne: Kjerne, sann_tid: Klokke) -> None:
        self._kjerne = kjerne
        self._sann_tid = sann_tid
        self._laas = threading.Lock()
        self._sett: dt.datetime | None = None
        self._feilende: dict[str, tuple[str, Bryter]] = {}

    def slipper(self, plugin: Erklaering) -> Slipp:
        """How many of the producer's events may be mapped now. EN is answered to one asker, who tells how it went."""
        naa = self._sann_tid.naa()
        bryter = self._kjent(naa).get(plugin.produsent)
        if bryter is None or bryter[0] != plugin.id or not bryter[1].er_pauset:
            return Slipp.ALLE
        if not bryter[1].kan_proeve(naa):
            return Slipp.INGEN
        paa_proeve = Pluginbryterrad.update(pauset_til=bryter[1].paa_proeve(naa, PROEVETID).pauset_til).where(
            Pluginbryterrad.produsent == plugin.produsent,
            Pluginbryterrad.plugin == plugin.id,
            Pluginbryterrad.pauset_til <= naa,
        )
        faar = bool(self._kjerne.database.i_transaksjon(paa_proeve.execute))
        self._glem_det_kjente()
        return Slipp.EN if faar else Slipp.INGEN

    def feilet(self, plugin: Erklaering, kode: str) -> bool:
        """The plugin failed on an event; whether it is paused now."""
        naa = self._sann_tid.naa()

        def arbeid() -> Bryter:
            rad = laas(Pluginbryterrad.select().where(Pluginbryterrad.produsent == plugin.produsent)).first()
            foer = LUKKET if rad is None or rad.plugin != plugin.id else _bryter(rad)
            etter = foer.etter_feil(REGEL, naa)
            siden = None if not etter.er_pauset else naa if not foer.er_pauset else rad.pauset_siden
            ny = {
                Pluginbryterrad.plugin: plugin.id,
                Pluginbryterrad.feil: etter.feil,
                Pluginbryterrad.pauset_til: etter.pauset_til,
                Pluginbryterrad.pauset_siden: siden,
                Pluginbryterrad.kode: kode,
            }
            Pluginbryterrad.insert({Pluginbryterrad.produsent: plugin.produsent, **ny}).on_conflict(
                conflict_target=[Pluginbryterrad.produsent], update=ny
            ).execute()
            if etter.er_pauset and not foer.er_pauset:
                logger.error(
                    "a plugin fails again and again, and is paused; its events wait",
                    extra={"produsent": plugin.produsent, "plugin": plugin.id, "kode": kode, "feil": etter.feil},
                )
            return etter

        bryter = self._kjerne.database.i_transaksjon(arbeid)
        self._glem_det_kjente()
        return bryter.er_pauset

    def lyktes(self, plugin: Erklaering) -> None:
        """The plugin mapped an event. Costs nothing while it has not failed before."""
        if plugin.produsent not in self._kjent(self._sann_tid.naa()):
            return
        bort = Pluginbryterrad.delete().where(Pluginbryterrad.produsent == plugin.produsent)
        if self._kjerne.database.i_transaksjon(bort.execute):
            logger.info(
                "a plugin that failed goes well again", extra={"produsent": plugin.produsent, "plugin": plugin.id}
            )
        self._glem_det_kjente()

    def _kjent(self, naa: dt.datetime) -> dict[str, tuple[str, Bryter]]:
        with self._laas:
            if self._sett is not None and dt.timedelta() <= naa - self._sett < SES_HVERT:
                return self._feilende
        with self._kjerne.database.tilkobling():
            feilende = {rad.produsent: (rad.plugin, _bryter(rad)) for rad in Pluginbryterrad.select()}
        with self._laas:
            self._feilende, self._sett = feilende, naa
        return feilende

    def _glem_det_kjente(self) -> None:
        with self._laas:
            self._sett = None


def _bryter(rad: Pluginbryterrad) -> Bryter:
    return Bryter(feil=rad.feil, pauset_til=rad.pauset_til)
