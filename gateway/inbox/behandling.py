"""Handling events: a round in which every producer has a thread of its own, and each key's events are taken in order.

A producer whose mapping hangs holds its own thread only; while it does, the round goes on looking for others' events.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context

import peewee
import structlog

from gateway.domain.hendelse import Hendelsestilstand
from gateway.inbox.fordeling import Fordeling, Overlates, Venter
from gateway.inbox.funn import UKJENT_FEIL, funn_av
from gateway.inbox.koe import OM_GANGEN, Koe, Plassert
from gateway.inbox.noekler import ErAvgjort, Noekler
from gateway.inbox.utfoering import Utfoering
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.store.database import Utilgjengelig
from gateway.store.innboks import KOE
from gateway.store.leie import Leie, MistetLeie
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.feil import Stoppet
from gateway.vertskap.oversetter import Oversetter

logger = logging.getLogger(__name__)

# So many producers may hang at once before others wait for one of them.
TRAADER = 32
SE_ETTER_SEKUNDER = 0.1

# No fault of the event at hand, nor of its key.
ENDER_RUNDEN = (Utilgjengelig, MistetLeie, Stoppet, peewee.OperationalError, peewee.InterfaceError)

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
        self._utfoering = Utfoering(kjerne, oversetter, self._noekler)
        self._koe = Koe(kjerne, oversetter, self._noekler)
        self._stoppet = False

    def kjoer(self, *, fortsett: Fortsett) -> int:
        """Handle what is ready until nothing is, or `fortsett` says that the time is up; return how many events."""
        antall = 0
        i_arbeid: dict[Future[int], str] = {}
        with ThreadPoolExecutor(TRAADER, thread_name_prefix="innboks") as traader:
            while fortsett() and not self._stoppet:
                for produsent, leier in self._klare(set(i_arbeid.values())):
                    # The thread logs as the round does.
                    kjoring = copy_context().run
                    i_arbeid[traader.submit(kjoring, self._ta_noekler, leier, fortsett)] = produsent
                if not i_arbeid:
                    break
                ferdige, _ = wait(i_arbeid, SE_ETTER_SEKUNDER, FIRST_COMPLETED)
                for ferdig in ferdige:
                    del i_arbeid[ferdig]
                    antall += ferdig.result()
            return antall + sum(ett.result() for ett in i_arbeid)

    def _klare(self, opptatte: set[str]) -> Iterator[tuple[str, list[Leie]]]:
        """Keys that are ready, of producers that nobody is at here, for as many as there are threads."""
        ledige = TRAADER - len(opptatte)
        naa = self._sann_tid.naa()
        for produsent in self._noekler.produsenter():
            if not ledige or produsent in opptatte or not self._fordeling.tar(self._kjerne, produsent, naa):
                continue
            utenom = self._fordeling.overlatte(produsent, naa)
            if utenom is not None and (leier := self._noekler.ta(produsent, utenom)):
                ledige -= 1
                yield produsent, leier

    def _ta_noekler(self, leier: list[Leie], fortsett: Fortsett) -> int:
        """Take each key's events; return how many. What there is no time for is given back."""
        antall = 0
        igjen = list(leier)
        try:
            while igjen and fortsett() and not self._stoppet:
                antall += self._ta_noekkel(igjen[0], fortsett)
                igjen.pop(0)
        except Stoppet:
            self._stoppet = True
        finally:
            self._noekler.slipp(igjen)
        return antall

    def _ta_noekkel(self, leie: Leie, fortsett: Fortsett) -> int:
        """Take the key's events in order, until one must wait, none is left, or the time is up; return how many."""
        ta_neste = self._ta_fra_koeen if leie.rad.noekkel == KOE else self._ta_en
        antall = 0
        try:
            while fortsett() and not self._stoppet:
                tatt, videre = ta_neste(leie)
                antall += tatt
                if not videre:
                    return antall
            self._noekler.slipp([leie])
        except Overlates:
            self._fordeling.overlat(leie.rad.produsent, leie.rad.noekkel, self._sann_tid.naa())
            self._noekler.slipp([leie])
            self._tell(leie.rad.produsent, "", "OVERLATT")
        except MistetLeie:
            logger.info("the lease of a key was lost to another worker")
        except ENDER_RUNDEN:
            raise
        except Exception:
            # The lease runs out by itself, and the key is taken again then; nobody else's waits for it.
            logger.exception("a key could not be handled")
        return antall

    def _ta_en(self, leie: Leie) -> tuple[int, bool]:
        """Handle the key's next event: how many that was, and whether another may follow now."""
        neste = self._noekler.neste(leie)
        if not neste:
            return 0, not self._noekler.lukk_tom(leie)
        (hendelse,) = neste
        with _i_loggen(hendelse):
            return 1, self._behandle(hendelse, leie)

    def _behandle(self, hendelse: Hendelse, leie: Leie) -> bool:
        try:
            plugin = self._plugin(hendelse)
            self._utfoering.gjoer(hendelse, leie, plugin.id)
            self._tell(hendelse.produsent, plugin.id, Hendelsestilstand.BEHANDLET)
        except ErAvgjort:
            return True
        except Venter as venter:
            return self._vent(hendelse, leie, venter)
        except (*ENDER_RUNDEN, Overlates):
            raise
        except Exception as feil:  # noqa: BLE001 - whatever is wrong with one event is told of it, and ends no round
            return self._avslutt(hendelse, leie, feil)
        return True

    def _ta_fra_koeen(self, leie: Leie) -> tuple[int, bool]:
        """Find the keys of the next events in the queue, and move the events there.

        Those that have one are moved before anything is written of one that has not, so that the order stands.
        """
        hendelser = self._noekler.neste(leie, OM_GANGEN)
        if not hendelser:
            return 0, not self._noekler.lukk_tom(leie)
        plasserte: list[Plassert] = []
        for hendelse in hendelser:
            with _i_loggen(hendelse):
                try:
                    plasserte.append(self._koe.plasser(hendelse, self._plugin(hendelse)))
                except ErAvgjort:
                    return 0, True
                except Venter as venter:
                    self._koe.flytt(plasserte, leie)
                    return 1, self._vent(hendelse, leie, venter)
                except Overlates:
                    self._koe.flytt(plasserte, leie)
                    raise
                except ENDER_RUNDEN:
                    raise
                except Exception as feil:  # noqa: BLE001 - as for any event
                    self._koe.flytt(plasserte, leie)
                    return 1, self._avslutt(hendelse, leie, feil)
            if not self._noekler.rekker_mer(leie):
                break
        self._koe.flytt(plasserte, leie)
        return 0, True

    def _avslutt(self, hendelse: Hendelse, leie: Leie, feil: Exception) -> bool:
        """Write what was wrong with the event; whether the key's next one may follow now."""
        funn = funn_av(feil)
        if funn.kode == UKJENT_FEIL:
            logger.error("event could not be handled", exc_info=feil)
        try:
            videre = self._noekler.avslutt(hendelse, leie, funn)
        except ErAvgjort:
            return True
        utfall = Hendelsestilstand.KARANTENE if videre else Hendelsestilstand.PAA_VENT
        self._tell(hendelse.produsent, hendelse.plugin or "", utfall)
        return videre

    def _plugin(self, hendelse: Hendelse) -> Erklaering:
        """Raises Overlates, Venter."""
        return self._fordeling.plugin_for(self._kjerne, hendelse, self._sann_tid.naa())

    def _vent(self, hendelse: Hendelse, leie: Leie, venter: Venter) -> bool:
        try:
            self._noekler.vent_paa_plugin(hendelse, leie, venter.funn)
        except ErAvgjort:
            return True
        self._tell(hendelse.produsent, hendelse.plugin or "", venter.funn.kode)
        return False

    def _tell(self, produsent: str, plugin: str, utfall: str) -> None:
        self._kjerne.maaler.hendelse(produsent, plugin, utfall)


@contextmanager
def _i_loggen(hendelse: Hendelse) -> Iterator[None]:
    with structlog.contextvars.bound_contextvars(korrelasjonsid=hendelse.korrelasjonsid, hendelse=str(hendelse.id)):
        yield
