"""Events that wait for whoever configures: woken when the configuration is read anew, and else looked at slowly."""

from __future__ import annotations

import datetime as dt
import random
import threading
from typing import Any
from uuid import UUID

from gateway.inbox.inntak import RUNDE
from gateway.kjerne import Kjerne
from gateway.store.dialekt import par_blant
from gateway.store.tabeller import VENTER_PAA_KONFIGURASJON, Hendelse, Hendelsesnoekkel
from gateway.store.telling import antall_og_foerste

# What a process cannot see changing (another worker's plugin, a table) is found by a look this seldom.
KORTEST = dt.timedelta(minutes=1)
# However many events of a producer wait, no more of them are looked at than one in so long.
MELLOM_TO = dt.timedelta(seconds=0.1)
TELL_TIL = 10_000
TELLES_HVERT = dt.timedelta(seconds=30)
VEKKES_OM_GANGEN = 1_000


class Konfigurasjonsvakt:
    """What a process has seen of the configuration, and how many wait for another. Threads share it."""

    def __init__(self) -> None:
        self._laas = threading.Lock()
        self._sett: dict[str, Any] = {}
        self._ventende: dict[str, tuple[dt.datetime, int]] = {}

    def vekk_ved_endring(self, kjerne: Kjerne) -> None:
        """Wake all that waits of producers whose configuration is another than this process saw last, if it saw any.

        What was configured while no worker ran is seen by the first look.
        """
        for produsent in kjerne.produsenter.oppfoeringer:
            naa = _konfigurasjonen(kjerne, produsent)
            with self._laas:
                endret = self._sett.get(produsent) != naa
                self._sett[produsent] = naa
            if endret:
                vekk_ventende(kjerne, produsent)

    def neste_blikk(self, produsent: str, naa: dt.datetime) -> dt.datetime:
        """When an event of the producer that waits from `naa` on is looked at by itself. On a held connection."""
        antall = self._antall(produsent, naa)
        return naa + max(KORTEST, antall * MELLOM_TO) * random.uniform(0.75, 1)  # noqa: S311 - spread over the time

    def _antall(self, produsent: str, naa: dt.datetime) -> int:
        """How many wait, as it was a moment ago."""
        with self._laas:
            talt, antall = self._ventende.get(produsent, (naa - TELLES_HVERT, 0))
            if dt.timedelta() <= naa - talt < TELLES_HVERT:
                return antall
        rader = Hendelse.select(Hendelse.mottatt_tidspunkt).where(
            VENTER_PAA_KONFIGURASJON, Hendelse.produsent == produsent
        )
        antall, _ = antall_og_foerste(rader.limit(TELL_TIL), Hendelse.mottatt_tidspunkt)
        with self._laas:
            self._ventende[produsent] = (naa, antall)
        return antall


def _konfigurasjonen(kjerne: Kjerne, produsent: str) -> tuple[Any, ...]:
    """All that this process knows that an event may have waited for."""
    plugin, oedelagt = kjerne.plugins.lastet.get(produsent), kjerne.plugins.oedelagte.get(produsent)
    return kjerne.produsenter.oppfoeringer.get(produsent), plugin and plugin.id, oedelagt and oedelagt.feil


def vekk_ventende(kjerne: Kjerne, produsent: str) -> None:
    """Have the producer's events that wait for a configuration tried now, each key in its order."""
    etter: UUID | None = None
    while True:
        siste = kjerne.database.i_transaksjon(lambda: _vekk_noen(kjerne, produsent, etter))  # noqa: B023 - called at once
        if siste is None:
            return
        etter = siste


def _vekk_noen(kjerne: Kjerne, produsent: str, etter: UUID | None) -> UUID | None:
    rader = Hendelse.select(Hendelse.id, Hendelse.noekkel).where(
        VENTER_PAA_KONFIGURASJON, Hendelse.produsent == produsent
    )
    if etter is not None:
        rader = rader.where(Hendelse.id > etter)
    ventende = list(rader.order_by(Hendelse.id).limit(VEKKES_OM_GANGEN).tuples())
    if not ventende:
        return None
    vekk_noekler(kjerne, produsent, {noekkel for _, noekkel in ventende})
    siste: UUID = ventende[-1][0]
    return siste


def vekk_noekler(kjerne: Kjerne, produsent: str, noekler: set[str]) -> None:
    """Have a round look at the keys now, whatever they waited for, once the open transaction is committed."""
    naa = kjerne.klokke.naa()
    par = [(produsent, noekkel) for noekkel in sorted(noekler)]
    Hendelsesnoekkel.update(klar_tidspunkt=naa).where(
        par_blant((Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel), par), Hendelsesnoekkel.klar_tidspunkt > naa
    ).execute()
    kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
