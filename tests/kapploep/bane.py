"""Where a heat is run: every heat ends with `krev_orden`, which holds all tables against each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from gateway.domain.kommandoer import Kommando, Saksreferanse
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.kjerne import Kjerne
from tests.handling.gjoer import EPOST, gjoer
from tests.kapploep.loepere import Arbeid, Loeper, Prosesser, Svar, i_traader, krev_ingen_feil
from tests.kapploep.orden import krev_orden
from tests.verden import FastKlokke

PROSESSER = 3
MANGE = 10
PAR = 4
FRIST = dt.date(2026, 11, 24)
I_MORGEN = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P1D"), eksterne_varsler=(EPOST, EPOST))
OM_FEM_DAGER = replace(I_MORGEN, tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"))


class Bane:
    """Where a heat is run: in threads of this process, or dealt out to processes."""

    def __init__(self, kjerne: Kjerne, klokke: FastKlokke, loeper: Loeper, prosesser: Prosesser | None) -> None:
        self.kjerne, self.klokke = kjerne, klokke
        self._loeper, self._prosesser = loeper, prosesser

    def loep(self, *arbeid: Arbeid) -> list[Svar]:
        """Start all of it at the same moment. No fault of the database may come out, and all must be in order after."""
        if self._prosesser is None:
            svar = i_traader(self._loeper, arbeid)
        else:
            svar = self._prosesser.loep(self.klokke.naa(), arbeid)
        krev_ingen_feil(svar)
        krev_orden(self.kjerne)
        return svar

    def gjoer(self, *kommandoer: Kommando) -> None:
        for en in kommandoer:
            gjoer(self.kjerne, en)


def saken_nummer(nr: int) -> Saksreferanse:
    return Saksreferanse(merkelapp="Fager", grupperingsid=str(nr))
