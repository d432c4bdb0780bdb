"""Handling events: a round in which every producer has a thread of its own, and each key's events are taken in order.

A producer whose mapping hangs holds its own thread only; while it does, the round goes on looking for others' events.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from itertools import islice
from typing import Any, TypeVar

from gateway.inbox.avslutning import Avslutning
from gateway.inbox.bryter import Pluginbryter, Slipp
from gateway.inbox.fordeling import Fordeling, Overlates, Venter
from gateway.inbox.koe import OM_GANGEN, Koe
from gateway.inbox.lager import Lager
from gateway.inbox.noekler import HENDELSER_OM_GANGEN, NOEKLER_OM_GANGEN, Noekler
from gateway.inbox.oppslag import Oppslagstjeneste
from gateway.inbox.oversetting import Oversetting
from gateway.inbox.stykke import Slutning, Stykke
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
# So many keys' look-ups of a producer are waited for beside its other events.
OPPSLAG_VED_SIDEN = 2

Fortsett = Callable[[], bool]
T = TypeVar("T")


class Innboksrunde:
    """`sann_tid` is the clock of the leases, which no development clock moves.

    The rest is what the rounds of a process know together: what they leave to other workers, which services answer,
    which plugins are paused.
    """

    def __init__(
        self,
        kjerne: Kjerne,
        oversetter: Oversetter,
        sann_tid: Klokke,
        fordeling: Fordeling | None = None,
        *,
        oppslag: Oppslagstjeneste | None = None,
        bryter: Pluginbryter | None = None,
    ) -> None:
        self._kjerne = kjerne
        self._sann_tid = sann_tid
        self._fordeling = fordeling or Fordeling()
        self._noekler = Noekler(kjerne, sann_tid)
        self._utfoering = Utfoering(kjerne, self._noekler, Avslutning(kjerne, self._fordeling.konfigurasjon))
        self._oversetting = Oversetting(
            kjerne,
            oversetter,
            oppslag or Oppslagstjeneste(kjerne, sann_tid.naa),
            bryter or Pluginbryter(kjerne, sann_tid),
        )
        self._koe = Koe(kjerne, self._oversetting, self._noekler, self._utfoering)
        self._stoppet = False
        self._traader: ThreadPoolExecutor | None = None
        # Those that wait for look-ups, and whose they are.
        self._oppslag: dict[Future[int], str] = {}

    def kjoer(self, *, fortsett: Fortsett) -> int:
        """Handle what is ready until nothing is, or `fortsett` says that the time is up; return how many events."""
        self._fordeling.konfigurasjon.vekk_ved_endring(self._kjerne)
        antall = 0
        i_arbeid: dict[Future[tuple[int, bool]], str] = {}
        # Those of whom nothing could be had just now: all of it is with other workers, or with one that died.
        hviler: dict[str, float] = {}
        with ThreadPoolExecutor(TRAADER, thread_name_prefix="innboks") as self._traader:
            while fortsett() and not self._stoppet:
                hviler = {navn: til for navn, til in hviler.items() if til > time.monotonic()}
                opptatte = hviler.keys() | set(i_arbeid.values())
                for produsent in self._klare(opptatte, TRAADER - len(i_arbeid) - len(self._oppslag)):
                    i_arbeid[self._i_traad(self._ta_hos, produsent, fortsett)] = produsent
                if not i_arbeid and not self._oppslag:
                    break
                under_veis: list[Future[Any]] = [*i_arbeid, *self._oppslag]
                wait(under_veis, SE_ETTER_SEKUNDER, FIRST_COMPLETED)
                antall += self._hent_oppslag()
                for ferdig in [ett for ett in i_arbeid if ett.done()]:
                    produsent = i_arbeid.pop(ferdig)
                    gjort, fant_noe = ferdig.result()
                    antall += gjort
                    if not fant_noe:
                        hviler[produsent] = time.monotonic() + SE_ETTER_SEKUNDER
            antall += sum(ett.result()[0] for ett in i_arbeid)
            wait(list(self._oppslag))
            return antall + self._hent_oppslag()

    def _i_traad(self, arbeid: Callable[..., T], *args: Any) -> Future[T]:
        """Have it done in a thread, which logs as the round does. Only while the round runs."""
        if self._traader is None:
            raise AssertionError("the round does not run")
        return self._traader.submit(copy_context().run, arbeid, *args)

    def _hent_oppslag(self) -> int:
        """How many events those came to that have waited for their look-ups."""
        ferdige = [ett for ett in list(self._oppslag) if ett.done()]
        for ett in ferdige:
            del self._oppslag[ett]
        return sum(ett.result() for ett in ferdige)

    def _klare(self, opptatte: Collection[str], hoeyst: int) -> Iterator[str]:
        """Producers with keys that are ready, and that nobody is at here."""
        naa = self._sann_tid.naa()
        klare = (
            produsent
            for produsent in self._noekler.produsenter()
            if produsent not in opptatte and self._fordeling.tar(self._kjerne, produsent, naa)
        )
        yield from islice(klare, max(0, hoeyst))

    def _ta_hos(self, produsent: str, fortsett: Fortsett) -> tuple[int, bool]:
        """Take the producer's events until none is ready, or the time is up; how many, and whether there was any."""
        antall = 0
        mer, fant_noe = True, False
        try:
            while mer and fortsett() and not self._stoppet:
                slipp = self._oversetting.slipper(produsent)
                if slipp is Slipp.INGEN:
                    break
                plassert, fra_koeen = self._ta_koeen(produsent, fortsett, slipp)
                tatt, fra_noeklene = self._ta_noekler(produsent, fortsett, slipp)
                antall += plassert + tatt
                mer = fra_koeen or fra_noeklene
                fant_noe = fant_noe or mer
        except Stoppet:
            self._stoppet = True
        return antall, fant_noe

    # --- the queue ---------------------------------------------------------------------------------------------

    def _ta_koeen(self, produsent: str, fortsett: Fortsett, slipp: Slipp) -> tuple[int, bool]:
        """Move events from the producer's queue to their keys; how many ended or wait, and whether any was there."""
        utenom = self._overlatte(produsent)
        leie = None if utenom is None or KOE in utenom else self._noekler.ta_koeen(produsent)
        if leie is None:
            return 0, False
        aapen = {KOE: leie}
        antall = 0
        with self._gir_tilbake(aapen):
            for _ in range(KOE_FOERST if slipp is Slipp.ALLE else 1):
                self._hold_friske(aapen)
                if not aapen or not fortsett() or self._stoppet or self._oversetting.er_pauset(produsent):
                    return antall, True
                hendelser = self._noekler.neste(produsent, [leie], OM_GANGEN if slipp is Slipp.ALLE else 1)[KOE]
                if not hendelser:
                    self._noekler.under(leie, lambda: self._noekler.lukk_ferdige(produsent, [KOE]))
                    aapen.clear()
                    return antall, False
                try:
                    tatt, videre = self._koe.plasser([self._stykke(rad, leie) for rad in hendelser], leie)
                except Overlates:
                    self._overlat(aapen.pop(KOE))
                    return antall, False
                except MistetLeie:
                    logger.info("the lease of a key was lost to another worker")
                    aapen.clear()
                    return antall, True
                antall += tatt
                if not videre:
                    aapen.clear()  # let go of as its first event was set to wait
                    return antall, True
            return antall, True
        return antall, False

    # --- keys --------------------------------------------------------------------------------------------------

    def _ta_noekler(self, produsent: str, fortsett: Fortsett, slipp: Slipp) -> tuple[int, bool]:
        """Take some keys of the producer, and the next events of each; how many came to something, and whether any
        key was there. What there is no time for is given back."""
        utenom = self._overlatte(produsent)
        if utenom is None:
            return 0, False
        leier = self._noekler.ta(produsent, utenom, NOEKLER_OM_GANGEN if slipp is Slipp.ALLE else 1)
        if not leier:
            return 0, False
        aapne = {leie.rad.noekkel: leie for leie in leier}
        with self._gir_tilbake(aapne):
            i_alt = HENDELSER_OM_GANGEN if slipp is Slipp.ALLE else 1
            hendelser = self._noekler.neste(produsent, list(aapne.values()), i_alt)
            self._lukk_uten(produsent, aapne, hendelser)
            stykker = self._i_rekkefoelge(aapne, hendelser)
            antall, uten_oppslag = self._la_slaa_opp(produsent, stykker, aapne, fortsett, slipp)
            return antall + self._ta_i_bunker(produsent, uten_oppslag, aapne, fortsett), True
        return 0, False

    @contextmanager
    def _gir_tilbake(self, aapne: dict[str, Leie]) -> Iterator[None]:
        """Give back the keys that are still in `aapne` at the end; what is wrong with them is theirs alone."""
        try:
            yield
        except (Stoppet, *ENDER_RUNDEN):
            raise
        except Exception:
            # The leases run out by themselves, and the keys are taken again then; nobody else's wait for them.
            aapne.clear()
            logger.exception("keys could not be handled")
        finally:
            self._noekler.slipp(list(aapne.values()))

    def _lukk_uten(self, produsent: str, aapne: dict[str, Leie], hendelser: Mapping[str, Sequence[Hendelse]]) -> None:
        """Let go of the keys that have nothing to handle, or wait for a person."""
        stoppede = self._noekler.stoppede(produsent, list(aapne.values()))
        tomme = {noekkel for noekkel, deres in hendelser.items() if not deres} | stoppede
        if not tomme:
            return

        def arbeid() -> None:
            holdt = self._noekler.hold([aapne[noekkel] for noekkel in tomme])
            venter = holdt & stoppede
            self._noekler.la_vente(produsent, venter)
            self._noekler.lukk(produsent, dict.fromkeys(venter))
            self._noekler.lukk_ferdige(produsent, holdt - venter)

        self._kjerne.database.i_transaksjon(arbeid)
        for noekkel in tomme:
            del aapne[noekkel]

    def _i_rekkefoelge(self, aapne: dict[str, Leie], hendelser: Mapping[str, Sequence[Hendelse]]) -> list[Stykke]:
        """The events in the order in which they came, as far as each key's own order lets them; the suspected last."""
        rader: list[deque[Stykke]] = []
        for noekkel, leie in list(aapne.items()):
            rad: deque[Stykke] = deque()
            for hendelse in hendelser[noekkel]:
                stykke = self._stykke(hendelse, leie)
                if isinstance(stykke.feil, Overlates):
                    if not rad:
                        self._overlat(aapne.pop(noekkel))
                    break
                rad.append(stykke)
                if stykke.feil is not None:
                    break  # what waits for its plugin, and those behind it with it
            if rad:
                rad[-1].siste = True
                rader.append(rad)
        mistenkte = [rad for rad in rader if rad[0].er_mistenkt]
        return [*_flettet([rad for rad in rader if not rad[0].er_mistenkt]), *_flettet(mistenkte)]

    def _ta_i_bunker(
        self, produsent: str, stykker: Sequence[Stykke], aapne: dict[str, Leie], fortsett: Fortsett
    ) -> int:
        """Map and carry out events of the keys in `aapne`, out of which those go that are let go of; how many."""
        lager = Lager(self._kjerne, produsent)
        return sum(self._ta_bunken(produsent, bunke, lager, aapne, fortsett) for bunke in _i_bunker(stykker))

    def _ta_bunken(
        self, produsent: str, igjen: Sequence[Stykke], lager: Lager, aapne: dict[str, Leie], fortsett: Fortsett
    ) -> int:
        antall = 0
        while igjen and fortsett() and not self._stoppet and not self._oversetting.er_pauset(produsent):
            self._hold_friske(aapne)
            igjen = [stykke for stykke in igjen if stykke.noekkel in aapne]
            klare = self._oversetting.oversett(igjen, lager)
            slutninger = self._utfoering.gjoer(klare, lager) if klare else []
            antall += len([slutning for slutning in slutninger if slutning.merke])
            gjort = {id(stykke) for stykke in klare}
            for noekkel in _sluppet(klare, slutninger) & aapne.keys():
                del aapne[noekkel]
            igjen = [stykke for stykke in igjen if id(stykke) not in gjort and stykke.noekkel in aapne]
        return antall

    def _hold_friske(self, aapne: dict[str, Leie]) -> None:
        """Renew what is about to run out; what was lost goes."""
        friske = {leie.rad.noekkel for leie in self._noekler.frisk(list(aapne.values()))}
        for noekkel in aapne.keys() - friske:
            del aapne[noekkel]

    # --- look-ups ----------------------------------------------------------------------------------------------

    def _la_slaa_opp(
        self, produsent: str, stykker: Sequence[Stykke], aapne: dict[str, Leie], fortsett: Fortsett, slipp: Slipp
    ) -> tuple[int, Sequence[Stykke]]:
        """Let keys whose events want something looked up wait for it in a thread beside; the events of the others.

        With enough of such threads at it, and where one event tries a plugin that was paused, they are waited for
        here: how many came to something then.
        """
        trege = {stykke.noekkel for stykke in stykker if stykke.maa_slaas_opp}
        if not trege:
            return 0, stykker
        deres = {noekkel: aapne.pop(noekkel) for noekkel in trege}
        med_oppslag = [stykke for stykke in stykker if stykke.noekkel in trege]
        uten_oppslag = [stykke for stykke in stykker if stykke.noekkel not in trege]
        if slipp is Slipp.EN or list(self._oppslag.values()).count(produsent) >= OPPSLAG_VED_SIDEN:
            return self._slaa_opp_og_ta(produsent, med_oppslag, deres, fortsett), uten_oppslag
        self._oppslag[self._i_traad(self._slaa_opp_og_ta, produsent, med_oppslag, deres, fortsett)] = produsent
        return 0, uten_oppslag

    def _slaa_opp_og_ta(
        self, produsent: str, stykker: Sequence[Stykke], aapne: dict[str, Leie], fortsett: Fortsett
    ) -> int:
        antall = 0
        try:
            with self._gir_tilbake(aapne):
                maa = [stykke for stykke in stykker if stykke.maa_slaas_opp]
                self._oversetting.slaa_opp(maa, lambda: self._hold_friske(aapne))
                antall = self._ta_i_bunker(produsent, stykker, aapne, fortsett)
        except Stoppet:
            self._stoppet = True
        return antall

    # --- one event ---------------------------------------------------------------------------------------------

    def _stykke(self, hendelse: Hendelse, leie: Leie) -> Stykke:
        """The event with its plugin, or with why there is none."""
        try:
            with i_loggen(hendelse):
                plugin = self._fordeling.plugin_for(self._kjerne, hendelse, self._sann_tid.naa())
        except (Overlates, Venter) as feil:
            return Stykke(hendelse=hendelse, leie=leie, feil=feil, oppslag=hendelse.oppslag)
        return Stykke(hendelse=hendelse, leie=leie, plugin=plugin, oppslag=hendelse.oppslag)

    def _overlatte(self, produsent: str) -> list[str] | None:
        return self._fordeling.overlatte(produsent, self._sann_tid.naa())

    def _overlat(self, leie: Leie) -> None:
        """Leave the key to a worker that can."""
        self._fordeling.overlat(leie.rad.produsent, leie.rad.noekkel, self._sann_tid.naa())
        self._noekler.slipp([leie])
        self._kjerne.maaler.hendelse(leie.rad.produsent, "", "OVERLATT")


def _sluppet(klare: Sequence[Stykke], slutninger: Sequence[Slutning]) -> set[str]:
    """The keys that were let go of as these events were done."""
    ferdige = {stykke.noekkel for stykke in klare if stykke.siste}
    return ferdige | {slutning.stykke.noekkel for slutning in slutninger if slutning.stopper}


def _flettet(rader: list[deque[Stykke]]) -> Iterator[Stykke]:
    """All of them: of those that are first in their row, the one that came first."""
    rader = [rad for rad in rader if rad]
    while rader:
        foerst = min(rader, key=lambda rad: rad[0].hendelse.id)
        yield foerst.popleft()
        if not foerst:
            rader.remove(foerst)


def _i_bunker(stykker: Sequence[Stykke]) -> Iterator[list[Stykke]]:
    """As many at a time as are done together; one that is suspected, and what comes after it, alone."""
    bunke: list[Stykke] = []
    for stykke in stykker:
        if bunke and (len(bunke) >= SAMMEN or stykke.er_mistenkt):
            yield bunke
            bunke = []
        bunke.append(stykke)
    if bunke:
        yield bunke
