"""Handling events: a round in which every producer has a thread of its own, and each key's events are taken in order.

A producer whose mapping hangs holds its own thread only; while it does, the round goes on looking for others' events.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from typing import Any

from gateway.inbox.avslutning import Avslutning
from gateway.inbox.fordeling import Fordeling, Overlates, Venter
from gateway.inbox.koe import OM_GANGEN, Koe
from gateway.inbox.noekler import Noekler
from gateway.inbox.oversetting import Oversetting
from gateway.inbox.stykke import Stykke
from gateway.inbox.utfoering import ENDER_RUNDEN, Utfoering, i_loggen
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.store.innboks import KOE
from gateway.store.leie import Leie, MistetLeie
from gateway.store.tabeller import Hendelse
from gateway.vertskap.feil import Stoppet
from gateway.vertskap.oversetter import Oversetter

logger = logging.getLogger(__name__)

# So many producers may hang at once before others wait for one of them.
TRAADER = 32
SE_ETTER_SEKUNDER = 0.1
# So many events are carried out together: whoever waits for one of their keys waits for all of them.
SAMMEN = 32
# The queue is emptied so far before keys are handled, so that an event in it does not wait for all those before it.
KOE_FOERST = 10

Fortsett = Callable[[], bool]


class Innboksrunde:
    """`sann_tid` is the clock of the leases, which no development clock moves.

    `fordeling` is what the rounds of a process know together of what they leave to other workers.
    """

    def __init__(
        self, kjerne: Kjerne, oversetter: Oversetter, sann_tid: Klokke, fordeling: Fordeling | None = None
    ) -> None:
        self._kjerne = kjerne
        self._sann_tid = sann_tid
        self._fordeling = fordeling or Fordeling()
        self._noekler = Noekler(kjerne, sann_tid)
        self._utfoering = Utfoering(kjerne, self._noekler, Avslutning(kjerne, self._fordeling.konfigurasjon))
        self._oversetting = Oversetting(kjerne, oversetter)
        self._koe = Koe(kjerne, oversetter, self._noekler, self._utfoering)
        self._stoppet = False

    def kjoer(self, *, fortsett: Fortsett) -> int:
        """Handle what is ready until nothing is, or `fortsett` says that the time is up; return how many events."""
        self._fordeling.konfigurasjon.vekk_ved_endring(self._kjerne)
        antall = 0
        i_arbeid: dict[Future[tuple[int, bool]], str] = {}
        # Those of whom nothing could be had just now: all of it is with other workers, or with one that died.
        hviler: dict[str, float] = {}
        with ThreadPoolExecutor(TRAADER, thread_name_prefix="innboks") as traader:
            while fortsett() and not self._stoppet:
                hviler = {navn: til for navn, til in hviler.items() if til > time.monotonic()}
                for produsent in self._klare(hviler.keys() | set(i_arbeid.values()), TRAADER - len(i_arbeid)):
                    # The thread logs as the round does.
                    kjoring = copy_context().run
                    i_arbeid[traader.submit(kjoring, self._ta_hos, produsent, fortsett)] = produsent
                if not i_arbeid:
                    break
                ferdige, _ = wait(i_arbeid, SE_ETTER_SEKUNDER, FIRST_COMPLETED)
                for ferdig in ferdige:
                    produsent = i_arbeid.pop(ferdig)
                    gjort, fant_noe = ferdig.result()
                    antall += gjort
                    if not fant_noe:
                        hviler[produsent] = time.monotonic() + SE_ETTER_SEKUNDER
            return antall + sum(ett.result()[0] for ett in i_arbeid)

    def _klare(self, opptatte: Collection[str], hoeyst: int) -> Iterator[str]:
        """Producers with keys that are ready, and that nobody is at here."""
        naa = self._sann_tid.naa()
        klare = (
            produsent
            for produsent in self._noekler.produsenter()
            if produsent not in opptatte and self._fordeling.tar(self._kjerne, produsent, naa)
        )
        yield from islice(klare, hoeyst)

    def _ta_hos(self, produsent: str, fortsett: Fortsett) -> tuple[int, bool]:
        """Take the producer's events until none is ready, or the time is up; how many, and whether there was any."""
        antall = 0
        mer, fant_noe = True, False
        try:
            while mer and fortsett() and not self._stoppet:
                plassert, fra_koeen = self._ta_koeen(produsent, fortsett)
                tatt, fra_noeklene = self._ta_noekler(produsent, fortsett)
                antall += plassert + tatt
                mer = fra_koeen or fra_noeklene
                fant_noe = fant_noe or mer
        except Stoppet:
            self._stoppet = True
        return antall, fant_noe

    # --- the queue ---------------------------------------------------------------------------------------------

    def _ta_koeen(self, produsent: str, fortsett: Fortsett) -> tuple[int, bool]:
        """Move events from the producer's queue to their keys; how many ended or wait, and whether any was there."""
        utenom = self._overlatte(produsent)
        leie = None if utenom is None or KOE in utenom else self._noekler.ta_koeen(produsent)
        if leie is None:
            return 0, False
        antall = 0
        try:
            for _ in range(KOE_FOERST):
                if not fortsett() or self._stoppet or not self._noekler.frisk([leie]):
                    break
                hendelser = self._noekler.neste(produsent, [leie], OM_GANGEN)[KOE]
                if not hendelser:
                    self._noekler.under(leie, lambda: self._noekler.lukk_ferdige(produsent, [KOE]))
                    return antall, False
                tatt, videre = self._koe.plasser([self._stykke(rad, leie) for rad in hendelser], leie)
                antall += tatt
                if not videre:
                    return antall, True
        except Overlates:
            self._overlat(leie)
            return antall, False
        except MistetLeie:
            logger.info("the lease of a key was lost to another worker")
            return antall, True
        except ENDER_RUNDEN:
            self._gi_tilbake([leie])
            raise
        except Exception:
            # The lease runs out by itself, and the key is taken again then; nobody else's waits for it.
            logger.exception("a key could not be handled")
            return antall, False
        self._noekler.slipp([leie])
        return antall, True

    # --- keys --------------------------------------------------------------------------------------------------

    def _ta_noekler(self, produsent: str, fortsett: Fortsett) -> tuple[int, bool]:
        """Take some keys of the producer, and the next events of each; how many came to something, and whether any
        key was there. What there is no time for is given back."""
        utenom = self._overlatte(produsent)
        leier = [] if utenom is None else self._noekler.ta(produsent, utenom)
        if not leier:
            return 0, False
        apne = {leie.rad.noekkel: leie for leie in leier}
        try:
            return self._ta_disse(produsent, apne, fortsett), True
        except ENDER_RUNDEN:
            raise
        except Exception:
            # The leases run out by themselves, and the keys are taken again then; nobody else's wait for them.
            apne.clear()
            logger.exception("keys could not be handled")
            return 0, False
        finally:
            self._gi_tilbake(list(apne.values()))

    def _ta_disse(self, produsent: str, apne: dict[str, Leie], fortsett: Fortsett) -> int:
        """Take the next events of each key in `apne`, out of which those go that are let go of."""
        hendelser = self._noekler.neste(produsent, list(apne.values()))
        self._lukk_uten(produsent, apne, hendelser)
        antall = 0
        for stykker in _i_bunker(self._i_rekkefoelge(apne, hendelser)):
            antall += self._ta_bunken(stykker, apne, fortsett)
        return antall

    def _lukk_uten(self, produsent: str, apne: dict[str, Leie], hendelser: Mapping[str, Sequence[Hendelse]]) -> None:
        """Let go of the keys that have nothing to handle, or wait for a person."""
        stoppede = self._noekler.stoppede(produsent, list(apne.values()))
        tomme = {noekkel for noekkel, deres in hendelser.items() if not deres} | stoppede
        if not tomme:
            return

        def arbeid() -> None:
            holdt = self._noekler.hold([apne[noekkel] for noekkel in tomme])
            venter = holdt & stoppede
            self._noekler.la_vente(produsent, venter)
            self._noekler.lukk(produsent, dict.fromkeys(venter))
            self._noekler.lukk_ferdige(produsent, holdt - venter)

        self._kjerne.database.i_transaksjon(arbeid)
        for noekkel in tomme:
            del apne[noekkel]

    def _i_rekkefoelge(self, apne: dict[str, Leie], hendelser: Mapping[str, Sequence[Hendelse]]) -> list[Stykke]:
        """The events in the order in which they came, as far as each key's own order lets them; the suspected last."""
        rader: list[deque[Stykke]] = []
        for noekkel, leie in list(apne.items()):
            rad: deque[Stykke] = deque()
            for hendelse in hendelser[noekkel]:
                stykke = self._stykke(hendelse, leie)
                if isinstance(stykke.feil, Overlates):
                    if not rad:
                        self._overlat(apne.pop(noekkel))
                    break
                rad.append(stykke)
                if stykke.feil is not None:
                    break  # what waits for its plugin, and those behind it with it
            if rad:
                rad[-1].siste = True
                rader.append(rad)
        mistenkte = [rad for rad in rader if rad[0].er_mistenkt]
        return [*_flettet([rad for rad in rader if not rad[0].er_mistenkt]), *_flettet(mistenkte)]

    def _ta_bunken(self, stykker: list[Stykke], apne: dict[str, Leie], fortsett: Fortsett) -> int:
        """Map and carry out these events; how many came to something."""
        antall = 0
        lager: Any = None
        igjen = stykker
        while igjen and fortsett() and not self._stoppet:
            friske = {leie.rad.noekkel for leie in self._noekler.frisk(list(apne.values()))}
            for noekkel in apne.keys() - friske:
                del apne[noekkel]
            igjen = [stykke for stykke in igjen if stykke.noekkel in apne]
            klare = self._oversetting.oversett(igjen, lager)
            slutninger = self._utfoering.gjoer(klare) if klare else []
            antall += sum(bool(slutning.merke) for slutning in slutninger)
            gjort = {id(stykke) for stykke in klare}
            ferdige = {stykke.noekkel for stykke in klare if stykke.siste}
            ferdige |= {slutning.stykke.noekkel for slutning in slutninger if slutning.stopper}
            for noekkel in ferdige & apne.keys():
                del apne[noekkel]
            igjen = [stykke for stykke in igjen if id(stykke) not in gjort and stykke.noekkel in apne]
        return antall

    # --- one event ---------------------------------------------------------------------------------------------

    def _stykke(self, hendelse: Hendelse, leie: Leie) -> Stykke:
        """The event with its plugin, or with why there is none."""
        try:
            with i_loggen(hendelse):
                plugin = self._fordeling.plugin_for(self._kjerne, hendelse, self._sann_tid.naa())
        except (Overlates, Venter) as feil:
            return Stykke(hendelse=hendelse, leie=leie, feil=feil)
        return Stykke(hendelse=hendelse, leie=leie, plugin=plugin)

    def _overlatte(self, produsent: str) -> list[str] | None:
        return self._fordeling.overlatte(produsent, self._sann_tid.naa())

    def _overlat(self, leie: Leie) -> None:
        """Leave the key to a worker that can."""
        self._fordeling.overlat(leie.rad.produsent, leie.rad.noekkel, self._sann_tid.naa())
        self._noekler.slipp([leie])
        self._kjerne.maaler.hendelse(leie.rad.produsent, "", "OVERLATT")

    def _gi_tilbake(self, leier: list[Leie]) -> None:
        self._noekler.slipp(leier)


def _flettet(rader: list[deque[Stykke]]) -> Iterator[Stykke]:
    """All of them: of those that are first in their row, the one that came first."""
    rader = [rad for rad in rader if rad]
    while rader:
        foerst = min(rader, key=lambda rad: rad[0].hendelse.id)
        yield foerst.popleft()
        if not foerst:
            rader.remove(foerst)


def _i_bunker(stykker: list[Stykke]) -> Iterator[list[Stykke]]:
    """As many at a time as are done together; one that is suspected, and what comes after it, alone."""
    bunke: list[Stykke] = []
    for stykke in stykker:
        if bunke and (len(bunke) >= SAMMEN or stykke.er_mistenkt):
            yield bunke
            bunke = []
        bunke.append(stykke)
    if bunke:
        yield bunke
