"""Asking the producers' plugins about events: a process each, so that one that hangs costs its own producer only."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Bruddkode, Grensebrudd, IkkeRukket, Oversettelsesfeil, Pluginfeil, Stoppet
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.oppdrag import Hendelsessvar, Noekkelsvar, Oppdrag, Sporsmaal
from gateway.vertskap.oversettelse import Oversettelse
from gateway.vertskap.prosess import Pluginprosess


class Oversetter:
    """Maps events. Those of one producer take turns; those of different producers never wait for one another."""

    def __init__(self, steder: Iterable[Pluginsted], *, sekunder: float, grenser: Grenser | None = None) -> None:
        self._sekunder = sekunder
        self._plasser = {sted.produsent: _Plass(sted, grenser or Grenser()) for sted in steder}

    def oversett(self, oppdrag: Oppdrag) -> list[dict[str, Any]]:
        """The steps of the event as JSON. Raises Oversettelsesfeil, Grensebrudd, Stoppet."""
        return self._spoer(Sporsmaal.OVERSETT, oppdrag).steg

    def noekkel(self, oppdrag: Oppdrag) -> str | None:
        """The event's ordering key as its plugin says it. Raises Oversettelsesfeil, Grensebrudd, Stoppet."""
        return self._spoer(Sporsmaal.NOEKKEL, oppdrag).noekkel

    def oversett_alle(self, produsent: str, oppdrag: Any, lager: Any, *, senest: float | None = None) -> list[Any]:
        """Until branch vertskap is here."""
        return [self._ett(self.oversett, ett, senest) for ett in oppdrag]

    def noekler(self, produsent: str, oppdrag: Any, *, senest: float | None = None) -> list[Any]:
        """Until branch vertskap is here."""
        return [self._ett(lambda en: Noekkelsvar(noekkel=self.noekkel(en)), ett, senest) for ett in oppdrag]

    def _ett(self, spoer: Any, oppdrag: Any, senest: float | None) -> Any:
        if senest is not None and time.monotonic() > senest:
            return IkkeRukket()
        try:
            svar = spoer(oppdrag)
        except (Oversettelsesfeil, Grensebrudd) as feil:
            return feil
        return svar if isinstance(svar, Noekkelsvar) else Oversettelse(steg=svar)

    def lukk(self) -> None:
        """Stop all processes at once, for good; calls under way, and those that come, raise Stoppet."""
        for plass in self._plasser.values():
            plass.stopp()
        for plass in self._plasser.values():
            plass.rydd()

    def _spoer(self, hva: Sporsmaal, oppdrag: Oppdrag) -> Hendelsessvar:
        return self._plasser[oppdrag.produsent].spoer(hva, oppdrag, self._sekunder)


class _Plass:
    """One producer's plugin, and its process while there is one: started when first needed, replaced when lost."""

    def __init__(self, sted: Pluginsted, grenser: Grenser) -> None:
        self._sted, self._grenser = sted, grenser
        self._tur = threading.Lock()
        self._laas = threading.Lock()  # for the two below; never held while the plugin works
        self._prosess: Pluginprosess | None = None
        self._stoppet = False

    def spoer(self, hva: Sporsmaal, oppdrag: Oppdrag, sekunder: float) -> Hendelsessvar:
        with self._tur:
            try:
                return self._klar().spoer(hva, oppdrag, sekunder)
            except Grensebrudd as brudd:
                if self._stoppet:
                    raise Stoppet from brudd
                raise

    def stopp(self) -> None:
        with self._laas:
            self._stoppet = True
            if self._prosess is not None:
                self._prosess.drep()

    def rydd(self) -> None:
        with self._tur:
            self._slipp()

    def _klar(self) -> Pluginprosess:
        """A process with the plugin loaded. Raises Grensebrudd, Stoppet."""
        if self._prosess is not None and self._prosess.lever and not self._stoppet:
            return self._prosess
        self._slipp()
        with self._laas:
            if self._stoppet:
                raise Stoppet
            self._prosess = Pluginprosess(self._sted, self._grenser)
        try:
            self._prosess.last()
        except Pluginfeil as feil:
            # It loaded as the gateway started, and does not now: no fault of the event.
            self._slipp()
            raise Grensebrudd(
                Bruddkode.PROSESSEN_DOEDE, f"{self._sted.navn}: its process could not load it again: {feil}"
            ) from feil
        except Grensebrudd:
            self._slipp()
            raise
        return self._prosess

    def _slipp(self) -> None:
        with self._laas:
            prosess, self._prosess = self._prosess, None
        if prosess is not None:
            prosess.lukk()
