"""Mapping events: what each asks for, by its plugin, or by what a try before this one got."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from gateway.inbox.bryter import Pluginbryter, Slipp, er_pluginens_feil
from gateway.inbox.funn import funn_av
from gateway.inbox.oppslag import OppslagFeilet, Oppslagstjeneste
from gateway.inbox.stykke import Stykke, oppdrag
from gateway.kjerne import Kjerne
from gateway.plugin.hendelser import Oppslag
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.feil import IkkeRukket
from gateway.vertskap.oppdrag import Noekkelsvar
from gateway.vertskap.oversettelse import Lagerleser
from gateway.vertskap.oversetter import Oversetter

# Events are mapped together for so long, and then those that are mapped are carried out: neither they nor their keys
# wait for a slow one, and no lease runs out.
SAMMEN_SEKUNDER = 0.5
OPPSLAG_OM_GANGEN = 4
SE_ETTER_SEKUNDER = 2.0


class Oversetting:
    """Asks the plugins, and tells their breaker how it went."""

    def __init__(self, kjerne: Kjerne, oversetter: Oversetter, oppslag: Oppslagstjeneste, bryter: Pluginbryter) -> None:
        self._kjerne = kjerne
        self._oversetter = oversetter
        self._oppslag = oppslag
        self._bryter = bryter
        self._pauset: set[str] = set()

    # --- the breaker -------------------------------------------------------------------------------------------

    def slipper(self, produsent: str) -> Slipp:
        """How many of the producer's events may be mapped now."""
        plugin = self._kjerne.plugins.lastet.get(produsent)
        slipp = Slipp.ALLE if plugin is None else self._bryter.slipper(plugin)
        if slipp is not Slipp.INGEN:
            self._pauset.discard(produsent)
        return slipp

    def er_pauset(self, produsent: str) -> bool:
        """Whether the producer's plugin has failed so often since `slipper` was asked that nothing more is asked."""
        return produsent in self._pauset

    def _tell(self, plugin: Erklaering | None, svar: Sequence[Any]) -> None:
        """Tell the breaker how the plugin did, in order."""
        if plugin is None:
            return
        gikk_sist: bool | None = None
        for ett in svar:
            if isinstance(ett, Exception) and er_pluginens_feil(ett):
                gikk_sist = False
                if self._bryter.feilet(plugin, funn_av(ett).kode):
                    self._pauset.add(plugin.produsent)
            elif not isinstance(ett, IkkeRukket) and gikk_sist is not True:
                gikk_sist = True
                self._bryter.lyktes(plugin)

    # --- the questions -----------------------------------------------------------------------------------------

    def noekler(self, stykker: Sequence[Stykke], sekunder: float) -> list[Noekkelsvar | Exception]:
        """What the plugin says of the keys of these events of one producer, and of who they are. Raises Stoppet."""
        if not stykker:
            return []
        produsent, naa = stykker[0].hendelse.produsent, self._kjerne.klokke.naa()
        alle = [oppdrag(stykke.hendelse, naa) for stykke in stykker]
        svar = self._oversetter.noekler(produsent, alle, senest=time.monotonic() + sekunder)
        self._tell(stykker[0].plugin, svar)
        return svar

    def slaa_opp(self, stykker: Sequence[Stykke], imens: Callable[[], None]) -> None:
        """Have looked up what the plugin wants to know of these events of one producer before it maps them.

        Waits for the network, with `imens` called now and then. Raises Stoppet.
        """
        produsent, naa = stykker[0].hendelse.produsent, self._kjerne.klokke.naa()
        alle = [oppdrag(stykke.hendelse, naa) for stykke in stykker]
        svar = self._oversetter.oppslag(produsent, alle, senest=time.monotonic() + SAMMEN_SEKUNDER)
        self._tell(stykker[0].plugin, svar)
        with ThreadPoolExecutor(OPPSLAG_OM_GANGEN, thread_name_prefix="oppslag") as traader:
            under_veis = []
            for stykke, ett in zip(stykker, svar, strict=True):
                if isinstance(ett, IkkeRukket):
                    continue
                if isinstance(ett, Exception):
                    stykke.feil = ett
                else:
                    under_veis.append(traader.submit(self._spoer_tjenestene, produsent, stykke, ett))
            while under_veis:
                _, igjen = wait(under_veis, SE_ETTER_SEKUNDER)
                under_veis = list(igjen)
                imens()

    def _spoer_tjenestene(self, produsent: str, stykke: Stykke, spoersmaal: Sequence[Oppslag]) -> None:
        try:
            stykke.oppslag = dict(self._oppslag.svar(produsent, spoersmaal)) if spoersmaal else {}
        except OppslagFeilet as feil:
            stykke.feil = feil

    def oversett(self, stykker: Sequence[Stykke], lager: Lagerleser) -> list[Stykke]:
        """Map events of one producer in their order; those that can be carried out now, in their order.

        What is not among them is for another call: there was no time for it, or for one before it in its key.
        Raises Stoppet, Utilgjengelig.
        """
        for stykke in stykker:
            if not stykke.er_oversatt:
                stykke.ta_lagret_oversettelse()
        if uoversatte := [stykke for stykke in stykker if not stykke.er_oversatt and not stykke.maa_slaas_opp]:
            self._oversett(uoversatte, lager)
        klare: list[Stykke] = []
        venter: set[str] = set()
        for stykke in stykker:
            if not stykke.er_oversatt:
                venter.add(stykke.noekkel)
            elif stykke.noekkel not in venter:
                klare.append(stykke)
        return klare

    def _oversett(self, stykker: Sequence[Stykke], lager: Lagerleser) -> None:
        produsent, naa = stykker[0].hendelse.produsent, self._kjerne.klokke.naa()
        alle = [oppdrag(stykke.hendelse, naa, stykke.oppslag) for stykke in stykker]
        svar = self._oversetter.oversett_alle(produsent, alle, lager, senest=time.monotonic() + SAMMEN_SEKUNDER)
        self._tell(stykker[0].plugin, svar)
        for stykke, ett in zip(stykker, svar, strict=True):
            if isinstance(ett, IkkeRukket):
                continue
            if isinstance(ett, Exception):
                stykke.feil = ett
            else:
                stykke.oversettelse = ett
