"""Mapping events: what each asks for, by its plugin, or by what a try before this one got."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gateway.inbox.stykke import Stykke, oppdrag
from gateway.kjerne import Kjerne
from gateway.vertskap.feil import IkkeRukket
from gateway.vertskap.oversettelse import Lagerleser
from gateway.vertskap.oversetter import Oversetter

# Events are mapped together for so long, and then those that are mapped are carried out: neither they nor their keys
# wait for a slow one, and no lease runs out.
SAMMEN_SEKUNDER = 0.5


class Oversetting:
    def __init__(self, kjerne: Kjerne, oversetter: Oversetter) -> None:
        self._kjerne = kjerne
        self._oversetter = oversetter

    def oversett(self, stykker: Sequence[Stykke], lager: Lagerleser) -> list[Stykke]:
        """Map events of one producer in their order; those that can be carried out now, in their order.

        What is not among them is for another call: there was no time for it, or for one before it in its key.
        Raises Stoppet, Utilgjengelig.
        """
        for stykke in stykker:
            if not stykke.er_oversatt:
                stykke.ta_lagret_oversettelse()
        if uoversatte := [stykke for stykke in stykker if not stykke.er_oversatt]:
            self._spoer(uoversatte, lager)
        klare: list[Stykke] = []
        venter: set[str] = set()
        for stykke in stykker:
            if not stykke.er_oversatt:
                venter.add(stykke.noekkel)
            elif stykke.noekkel not in venter:
                klare.append(stykke)
        return klare

    def _spoer(self, stykker: Sequence[Stykke], lager: Lagerleser) -> None:
        produsent = stykker[0].hendelse.produsent
        alle = [oppdrag(stykke.hendelse) for stykke in stykker]
        senest = time.monotonic() + SAMMEN_SEKUNDER
        for stykke, svar in zip(
            stykker, self._oversetter.oversett_alle(produsent, alle, lager, senest=senest), strict=True
        ):
            if isinstance(svar, IkkeRukket):
                continue
            if isinstance(svar, Exception):
                stykke.feil = svar
            else:
                stykke.oversettelse = svar
