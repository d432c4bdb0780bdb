"""Which worker takes which event, while workers differ in their plugins, as they do in a rolling deploy.

What this worker cannot do is left to one that can, and not touched. Where no worker can, the event waits for its
plugin. An event that was accepted has done nothing wrong: neither is a try, and neither ends in quarantine.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import defaultdict

from gateway.domain.feil import UkjentHendelsestype
from gateway.domain.prosess import LIVSTEGN_HVERT, Rolle
from gateway.inbox.funn import PLUGIN_ER_OEDELAGT, PLUGIN_MANGLER, MedFunn
from gateway.inbox.konfigurasjon import Konfigurasjonsvakt
from gateway.kjerne import Kjerne
from gateway.store.prosess import prosesser
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering

logger = logging.getLogger(__name__)

# What is left is not looked at again before this.
OVERLATES_I = dt.timedelta(seconds=10)
# With more keys than this left, all of the producer's are.
FLEST_NOEKLER = 500
FORTELL_HVERT = dt.timedelta(minutes=1)


class Overlates(Exception):
    """Another worker can take the event, and this one cannot."""


class Venter(MedFunn):
    """No worker that is seen can take the event."""


class Fordeling:
    """What this process knows of the others, and what it has left to them. Threads share it.

    `naa` is real time throughout.
    """

    def __init__(self) -> None:
        self._laas = threading.Lock()
        self._sett: dt.datetime | None = None
        self._andres: dict[str, frozenset[str]] = {}
        self._overlatt: dict[str, dict[str, dt.datetime]] = defaultdict(dict)
        self._fortalt: dict[str, dt.datetime] = {}
        self.konfigurasjon = Konfigurasjonsvakt()

    def plugin_for(self, kjerne: Kjerne, hendelse: Hendelse, naa: dt.datetime) -> Erklaering:
        """The plugin that maps the event here. Raises Overlates, Venter."""
        funn = PLUGIN_ER_OEDELAGT
        plugin = None
        try:
            plugin = kjerne.plugins.for_hendelse(hendelse.produsent, hendelse.type)
        except UkjentHendelsestype:
            funn = PLUGIN_MANGLER
        if hendelse.produsent not in kjerne.produsenter.oppfoeringer:
            plugin, funn = None, PLUGIN_MANGLER
        if plugin is not None and (not hendelse.plugin or hendelse.plugin == plugin.id):
            return plugin
        andres = self._andres_utgaver(kjerne, hendelse.produsent, naa)
        # Accepted with another version: that one has it, for as long as it is there.
        if hendelse.plugin in andres or (plugin is None and andres):
            self._fortell(hendelse.produsent, naa)
            raise Overlates
        if plugin is None:
            raise Venter(funn)
        return plugin

    def overlat(self, produsent: str, noekkel: str, naa: dt.datetime) -> None:
        """Leave the key to others for a while."""
        with self._laas:
            self._overlatt[produsent][noekkel] = naa + OVERLATES_I

    def overlatte(self, produsent: str, naa: dt.datetime) -> list[str] | None:
        """The producer's keys that are left to others now; None for all of them."""
        with self._laas:
            noekler = self._overlatt[produsent]
            for noekkel in [noekkel for noekkel, til in noekler.items() if til <= naa]:
                del noekler[noekkel]
            return list(noekler) if len(noekler) <= FLEST_NOEKLER else None

    def tar(self, kjerne: Kjerne, produsent: str, naa: dt.datetime) -> bool:
        """Whether this worker takes events of the producer at all: it has its plugin, or nobody has."""
        if produsent in kjerne.plugins.lastet and produsent in kjerne.produsenter.oppfoeringer:
            return True
        if not self._andres_utgaver(kjerne, produsent, naa):
            return True
        self._fortell(produsent, naa)
        return False

    def _andres_utgaver(self, kjerne: Kjerne, produsent: str, naa: dt.datetime) -> frozenset[str]:
        """The ids of plugins that other workers have for the producer, and this one has not."""
        with self._laas:
            if self._sett is None or not dt.timedelta() <= naa - self._sett < LIVSTEGN_HVERT / 2:
                self._andres = self._les_andre(kjerne, naa)
                self._sett = naa
            utgaver = self._andres.get(produsent, frozenset())
        egen = kjerne.plugins.lastet.get(produsent)
        return utgaver - {egen.id} if egen else utgaver

    def _les_andre(self, kjerne: Kjerne, naa: dt.datetime) -> dict[str, frozenset[str]]:
        with kjerne.database.tilkobling():
            alle = prosesser(naa)
        utgaver: defaultdict[str, set[str]] = defaultdict(set)
        for prosess in alle:
            if prosess.rolle is Rolle.WORKER:
                for plugin in prosess.plugins:
                    if plugin.versjon:
                        utgaver[plugin.produsent].add(plugin.id)
        return {produsent: frozenset(deres) for produsent, deres in utgaver.items()}

    def _fortell(self, produsent: str, naa: dt.datetime) -> None:
        with self._laas:
            fortalt = self._fortalt.get(produsent)
            if fortalt is not None and naa - fortalt < FORTELL_HVERT:
                return
            self._fortalt[produsent] = naa
        logger.warning(
            "events are left to workers that have their plugin; this one has another set",
            extra={"produsent": produsent},
        )
