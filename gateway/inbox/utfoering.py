"""Carrying out events that are mapped: many in one transaction where they go well, one by one where they do not."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import peewee
import structlog

from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.kommandoer import Sletting
from gateway.domain.produsent import Aktoer
from gateway.domain.tekst import alt_escapet
from gateway.handling.utfoer import utfoer_alle
from gateway.inbox.avslutning import Avslutning, utfall_av
from gateway.inbox.noekler import Noekler
from gateway.inbox.objekter import knytt
from gateway.inbox.steg import les_steg
from gateway.inbox.stykke import SKRIVES, Slutning, Stykke
from gateway.kjerne import Kjerne
from gateway.store.database import Utilgjengelig
from gateway.store.dialekt import blant, oppdater_hver
from gateway.store.leie import MistetLeie
from gateway.store.tabeller import Hendelse
from gateway.vertskap.feil import Stoppet

logger = logging.getLogger(__name__)

# No fault of the event at hand, nor of its key.
ENDER_RUNDEN = (Utilgjengelig, MistetLeie, Stoppet, peewee.OperationalError, peewee.InterfaceError)


class Utfoering:
    def __init__(self, kjerne: Kjerne, noekler: Noekler, avslutning: Avslutning) -> None:
        self._kjerne = kjerne
        self._noekler = noekler
        self._avslutning = avslutning

    def gjoer(self, stykker: Sequence[Stykke]) -> list[Slutning]:
        """Do what each event of one producer asks for, in their order, and write what came of each.

        An event that goes wrong undoes nothing but itself. Those whose key was lost, or that a person has decided
        about meanwhile, are left as they are, and so are those behind one that waits. Raises one of ENDER_RUNDEN.
        """
        try:
            return self._fortalt(self._i_transaksjon(stykker, forsiktig=False))
        except ENDER_RUNDEN:
            raise
        except Exception:  # noqa: BLE001 - which of them it was is found out by the next
            logger.debug("events that did not go well together are done with more care")
        try:
            return self._fortalt(self._i_transaksjon(stykker, forsiktig=True))
        except ENDER_RUNDEN:
            raise
        except Exception:
            if len(stykker) > 1:
                return [ett for stykke in stykker for ett in self.gjoer([stykke])]
            logger.exception("what came of an event cannot be written")
        return self._fortalt(self._skriv_uten_grunn(stykker[0]))

    def _i_transaksjon(self, stykker: Sequence[Stykke], *, forsiktig: bool) -> list[Slutning]:
        return self._kjerne.database.i_transaksjon(lambda: self._gjoer(stykker, forsiktig=forsiktig))

    def _gjoer(self, stykker: Sequence[Stykke], *, forsiktig: bool) -> list[Slutning]:
        vaare = self._hold(stykker)
        slutninger: list[Slutning] = []
        stoppede: set[str] = set()
        for stykke in vaare:
            if stykke.noekkel not in stoppede:
                with i_loggen(stykke.hendelse):
                    slutning = self._ett(stykke, forsiktig=forsiktig)
                slutninger.append(slutning)
                if slutning.stopper:
                    stoppede.add(stykke.noekkel)
        self._skriv(slutninger)
        self._lukk(vaare, slutninger)
        return slutninger

    def _hold(self, stykker: Sequence[Stykke]) -> list[Stykke]:
        """Those that are ours to handle still, and stay so until the transaction ends."""
        leier = {stykke.noekkel: stykke.leie for stykke in stykker}
        noekler = self._noekler.hold(list(leier.values()))
        uavgjorte = self._noekler.uavgjorte([stykke.hendelse for stykke in stykker])
        return [stykke for stykke in stykker if stykke.noekkel in noekler and stykke.hendelse.id in uavgjorte]

    def _ett(self, stykke: Stykke, *, forsiktig: bool) -> Slutning:
        naa = self._kjerne.klokke.naa()
        if stykke.feil is not None:
            return self._avslutning.av_feil(stykke, stykke.feil, naa)
        if stykke.oversettelse is not None and stykke.oversettelse.venter_paa is not None:
            return self._avslutning.parkert(stykke, stykke.oversettelse.venter_paa, naa)
        try:
            with self._kjerne.database.motor.savepoint() if forsiktig else nullcontext():
                return self._utfoer(stykke, naa)
        except ENDER_RUNDEN:
            raise
        except Exception as feil:
            if not forsiktig:
                raise
            return self._avslutning.av_feil(stykke, feil, naa)

    def _utfoer(self, stykke: Stykke, naa: Any) -> Slutning:
        """Raises whatever is wrong with it."""
        hendelse, oversettelse = stykke.hendelse, stykke.oversettelse
        data = list(oversettelse.steg) if oversettelse else []
        if alt_escapet(data) != data:
            raise Valideringsfeil("A kommando holds a text with NUL characters or lone surrogates.")
        steg = les_steg(data)
        aktoer = Aktoer(
            produsent=self._kjerne.produsenter.hent(hendelse.produsent),
            applikasjon=hendelse.applikasjon,
            korrelasjonsid=hendelse.korrelasjonsid,
            plugin=stykke.plugin.id if stykke.plugin else hendelse.plugin,
        )
        utfall = utfoer_alle(self._kjerne, steg, aktoer, naa)
        return self._avslutning.behandlet(
            stykke,
            [utfall_av(ett) for ett in utfall],
            naa,
            objekter={ett.utfall.id for ett in utfall if ett.utfall},
            # What it said goes with what it was about, which may be now.
            toemmes=any(isinstance(ett.kommando, Sletting) for ett in steg),
        )

    # --- writing -----------------------------------------------------------------------------------------------

    def _skriv(self, slutninger: Sequence[Slutning]) -> None:
        oppdater_hver(Hendelse, SKRIVES, [slutning.hel_rad for slutning in slutninger])
        knytt({slutning.stykke.hendelse.id: slutning.objekter for slutning in slutninger if slutning.objekter})
        if toemmes := [slutning.stykke.hendelse.id for slutning in slutninger if slutning.toemmes]:
            tomt = {"raa": b"", "kommandoer": None, "oppslag": None}
            Hendelse.update(tomt).where(blant(Hendelse.id, toemmes)).execute()

    def _lukk(self, vaare: Sequence[Stykke], slutninger: Sequence[Slutning]) -> None:
        """Let go of the keys that wait, and of those whose last event at hand is done."""
        if not vaare:
            return
        produsent = vaare[0].hendelse.produsent
        stoppet = {slutning.stykke.noekkel: slutning for slutning in slutninger if slutning.stopper}
        igjen = {noekkel for noekkel, slutning in stoppet.items() if slutning.igjen}
        venter = {noekkel: slutning.klar for noekkel, slutning in stoppet.items() if noekkel not in igjen}
        self._noekler.la_vente(produsent, venter)
        self._noekler.lukk(produsent, venter)
        ferdige = {stykke.noekkel for stykke in vaare if stykke.siste} | igjen
        self._noekler.lukk_ferdige(produsent, ferdige - venter.keys())

    def _skriv_uten_grunn(self, stykke: Stykke) -> list[Slutning]:
        def arbeid() -> list[Slutning]:
            vaare = self._hold([stykke])
            slutninger = [self._avslutning.uten_grunn(ett) for ett in vaare]
            self._skriv(slutninger)
            self._lukk(vaare, slutninger)
            return slutninger

        return self._kjerne.database.i_transaksjon(arbeid)

    def _fortalt(self, slutninger: list[Slutning]) -> list[Slutning]:
        """Log and count what came of them, once it is committed."""
        for slutning in slutninger:
            if not slutning.merke:
                continue
            hendelse = slutning.stykke.hendelse
            with i_loggen(hendelse):
                if slutning.logg and slutning.merke == Hendelsestilstand.KARANTENE:
                    logger.warning("event goes to quarantine", extra=dict(slutning.logg))
                elif slutning.logg:
                    logger.info("event is tried again later", extra=dict(slutning.logg))
                self._kjerne.maaler.hendelse(hendelse.produsent, slutning.rad.get("plugin") or "", slutning.merke)
        return slutninger


@contextmanager
def i_loggen(hendelse: Hendelse) -> Iterator[None]:
    """What is logged is of this event."""
    with structlog.contextvars.bound_contextvars(korrelasjonsid=hendelse.korrelasjonsid, hendelse=str(hendelse.id)):
        yield
