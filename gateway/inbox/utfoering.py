"""Carrying out events that are mapped: many in one transaction where they go well, one by one where they do not."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

import peewee
import structlog

from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.kommandoer import Sletting
from gateway.domain.produsent import Aktoer
from gateway.domain.tekst import alt_escapet
from gateway.handling.utfoer import utfoer_alle
from gateway.inbox.avslutning import Avslutning, utfall_av
from gateway.inbox.funn import Funn, funn_av
from gateway.inbox.lager import Lager, LagerEndret
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
from gateway.vertskap.oversettelse import Oversettelse

logger = logging.getLogger(__name__)

# Where events of late had to be done over, so many of the next batches are done with care at once.
VARSOM_SAA_LENGE = 10
# No fault of the event at hand, nor of its key.
ENDER_RUNDEN = (Utilgjengelig, MistetLeie, Stoppet, peewee.OperationalError, peewee.InterfaceError)


class ErAvgjort(Exception):
    """A person has dropped the event meanwhile, or it is done; nothing more is to be written of it."""


@dataclass(frozen=True, kw_only=True)
class _Gjort:
    """What came of some kommandoer, and whether they delete something."""

    utfall: Sequence[Mapping[str, Any]]
    objekter: Collection[UUID]
    sletter: bool


class Utfoering:
    def __init__(self, kjerne: Kjerne, noekler: Noekler, avslutning: Avslutning) -> None:
        self._kjerne = kjerne
        self._noekler = noekler
        self._avslutning = avslutning
        # How many more times to take care from the start, since it was needed a moment ago.
        self._varsom = 0

    def gjoer(self, stykker: Sequence[Stykke], lager: Lager) -> list[Slutning]:
        """Do what each event of one producer asks for, in their order, and write what came of each.

        An event that goes wrong undoes nothing but itself. Those whose key was lost, or that a person has decided
        about meanwhile, are left as they are, and so are those behind one that waits. `lager` is what they were mapped
        by. Raises one of ENDER_RUNDEN.
        """
        slutninger: list[Slutning] = []
        for i_deler, sammen in groupby(stykker, lambda stykke: stykke.i_deler):
            if i_deler:
                slutninger += [ett for stykke in sammen for ett in self._i_deler(stykke, lager)]
            else:
                slutninger += self._sammen(list(sammen), lager)
        return slutninger

    def _sammen(self, stykker: Sequence[Stykke], lager: Lager) -> list[Slutning]:
        if self._varsom:
            self._varsom -= 1
        else:
            try:
                return self._fortalt(self._i_transaksjon(stykker, lager, forsiktig=False))
            except ENDER_RUNDEN:
                raise
            except Exception:  # noqa: BLE001 - which of them it was, and what to do about it, the next finds out
                self._varsom = VARSOM_SAA_LENGE
        try:
            return self._fortalt(self._i_transaksjon(stykker, lager, forsiktig=True))
        except ENDER_RUNDEN:
            raise
        except Exception:
            if len(stykker) > 1:
                return [ett for stykke in stykker for ett in self._sammen([stykke], lager)]
            logger.exception("what came of an event cannot be written")
        return self._fortalt(self._skriv_uten_grunn(stykker[0]))

    def _i_transaksjon(self, stykker: Sequence[Stykke], lager: Lager, *, forsiktig: bool) -> list[Slutning]:
        return self._kjerne.database.i_transaksjon(lambda: self._gjoer(stykker, lager, forsiktig=forsiktig))

    def _gjoer(self, stykker: Sequence[Stykke], lager: Lager, *, forsiktig: bool) -> list[Slutning]:
        noekler, vaare = self._hold(stykker)
        lager.hold([stykke.oversettelse for stykke in vaare if stykke.oversettelse is not None])
        slutninger: list[Slutning] = []
        stoppede: set[str] = set()
        for stykke in vaare:
            if stykke.noekkel not in stoppede:
                with i_loggen(stykke.hendelse):
                    slutning = self._ett(stykke, lager, forsiktig=forsiktig)
                slutninger.append(slutning)
                if slutning.stopper:
                    stoppede.add(stykke.noekkel)
        self._skriv(slutninger)
        self._lukk(noekler, stykker, slutninger)
        return slutninger

    def _hold(self, stykker: Sequence[Stykke]) -> tuple[set[str], list[Stykke]]:
        """The keys that are ours still, and those events that are to be handled still, until the transaction ends."""
        leier = {stykke.noekkel: stykke.leie for stykke in stykker}
        noekler = self._noekler.hold(list(leier.values()))
        uavgjorte = self._noekler.uavgjorte([stykke.hendelse for stykke in stykker])
        return noekler, [stykke for stykke in stykker if stykke.noekkel in noekler and stykke.hendelse.id in uavgjorte]

    def _ett(self, stykke: Stykke, lager: Lager, *, forsiktig: bool) -> Slutning:
        naa = self._kjerne.klokke.naa()
        if stykke.feil is not None:
            return self._avslutning.av_feil(stykke, stykke.feil, naa)
        oversettelse = stykke.oversettelse or Oversettelse()
        try:
            lager.krev_uendret(oversettelse)
        except LagerEndret:
            return self._avslutning.oversettes_igjen(stykke)
        if oversettelse.venter_paa is not None:
            return self._avslutning.parkert(stykke, oversettelse.venter_paa, naa)
        try:
            with self._kjerne.database.motor.savepoint() if forsiktig else nullcontext():
                return self._utfoer(stykke, oversettelse, lager, naa, forsiktig=forsiktig)
        except ENDER_RUNDEN:
            raise
        except Exception as feil:
            if not forsiktig:
                raise
            return self._avslutning.av_feil(stykke, feil, naa)

    def _utfoer(
        self, stykke: Stykke, oversettelse: Oversettelse, lager: Lager, naa: dt.datetime, *, forsiktig: bool
    ) -> Slutning:
        """Raises whatever is wrong with it."""
        gjort = self._utfoer_steg(stykke, oversettelse.steg, naa, forsiktig=forsiktig)
        return self._avslutning.behandlet(
            stykke,
            gjort.utfall,
            naa,
            objekter=gjort.objekter,
            toemmes=gjort.sletter,
            notert=lager.skriv(oversettelse),
        )

    def _utfoer_steg(
        self, stykke: Stykke, data: Sequence[Mapping[str, Any]], naa: dt.datetime, *, forsiktig: bool
    ) -> _Gjort:
        """Raises whatever is wrong with them."""
        if alt_escapet(data) != data:
            raise Valideringsfeil("A kommando holds a text with NUL characters or lone surrogates.")
        hendelse, steg = stykke.hendelse, les_steg(data)
        aktoer = Aktoer(
            produsent=self._kjerne.produsenter.hent(hendelse.produsent),
            applikasjon=hendelse.applikasjon,
            korrelasjonsid=hendelse.korrelasjonsid,
            plugin=stykke.plugin.id if stykke.plugin else hendelse.plugin,
        )
        utfall = utfoer_alle(self._kjerne, steg, aktoer, naa, uten_savepoint=not forsiktig)
        return _Gjort(
            utfall=[utfall_av(ett) for ett in utfall],
            objekter={ett.utfall.id for ett in utfall if ett.utfall},
            # What it said goes with what it was about, which may be now.
            sletter=any(isinstance(ett.kommando, Sletting) for ett in steg),
        )

    # --- in parts ----------------------------------------------------------------------------------------------

    def _i_deler(self, stykke: Stykke, lager: Lager) -> list[Slutning]:
        """Each part in a transaction of its own; those that fail leave the others done."""
        deler: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for ett in stykke.oversettelse.steg if stykke.oversettelse else ():
            deler[ett["del"]].append(ett)
        ferdige = list(stykke.hendelse.ferdige_deler or ())
        feilet: dict[str, Funn] = {}
        for navn, steg in deler.items():
            if navn in ferdige:
                continue
            try:
                self._noekler.under(stykke.leie, partial(self._en_del, stykke, steg, [*ferdige, navn]))
                ferdige.append(navn)
            except (MistetLeie, ErAvgjort):
                break  # others', or a person's, from here on
            except ENDER_RUNDEN:
                raise
            except Exception as feil:  # noqa: BLE001 - whatever is wrong with a part is told of it
                feilet[navn] = funn_av(feil)
        return self._fortalt(
            self._kjerne.database.i_transaksjon(lambda: self._avslutt_deler(stykke, lager, ferdige, feilet))
        )

    def _en_del(self, stykke: Stykke, steg: Sequence[Mapping[str, Any]], ferdige: Sequence[str]) -> None:
        """Raises whatever is wrong with it, and ErAvgjort."""
        hendelse = stykke.hendelse
        if not self._noekler.uavgjorte([hendelse]):
            raise ErAvgjort
        with i_loggen(hendelse):
            gjort = self._utfoer_steg(stykke, steg, self._kjerne.klokke.naa(), forsiktig=True)
        # What an earlier version of the plugin noted stays; the outcomes follow the parts.
        utfall = [*(Hendelse.select(Hendelse.utfall).where(Hendelse.id == hendelse.id).scalar() or ()), *gjort.utfall]
        tomt = {"raa": b"", "oppslag": None} if gjort.sletter else {}
        Hendelse.update(ferdige_deler=ferdige, utfall=utfall, **tomt).where(Hendelse.id == hendelse.id).execute()
        knytt({hendelse.id: gjort.objekter})

    def _avslutt_deler(
        self, stykke: Stykke, lager: Lager, ferdige: Sequence[str], feilet: Mapping[str, Funn]
    ) -> list[Slutning]:
        noekler, vaare = self._hold([stykke])
        if not vaare:
            self._lukk(noekler, [stykke], [])
            return []
        naa = self._kjerne.klokke.naa()
        oversettelse = stykke.oversettelse or Oversettelse()
        utfall = Hendelse.select(Hendelse.utfall).where(Hendelse.id == stykke.hendelse.id).scalar() or []
        if feilet:
            slutning = self._avslutning.av_deler(stykke, feilet, naa, ferdige_deler=ferdige, utfall=utfall)
        else:
            lager.hold([oversettelse])
            try:
                lager.krev_uendret(oversettelse)
                slutning = self._avslutning.behandlet(
                    stykke, utfall, naa, objekter=(), notert=lager.skriv(oversettelse), ferdige_deler=ferdige
                )
            except LagerEndret:
                slutning = self._avslutning.oversettes_igjen(stykke, ferdige_deler=ferdige, utfall=utfall)
        self._skriv([slutning])
        self._lukk(noekler, [stykke], [slutning])
        return [slutning]

    # --- writing -----------------------------------------------------------------------------------------------

    def _skriv(self, slutninger: Sequence[Slutning]) -> None:
        oppdater_hver(Hendelse, SKRIVES, [slutning.hel_rad for slutning in slutninger])
        knytt({slutning.stykke.hendelse.id: slutning.objekter for slutning in slutninger if slutning.objekter})
        if toemmes := [slutning.stykke.hendelse.id for slutning in slutninger if slutning.toemmes]:
            tomt = {"raa": b"", "kommandoer": None, "oppslag": None}
            Hendelse.update(tomt).where(blant(Hendelse.id, toemmes)).execute()

    def _lukk(self, noekler: Collection[str], stykker: Sequence[Stykke], slutninger: Sequence[Slutning]) -> None:
        """Let go of those of the held keys that wait, and of those whose last event at hand is done."""
        produsent = stykker[0].hendelse.produsent
        stoppet = {slutning.stykke.noekkel: slutning for slutning in slutninger if slutning.stopper}
        igjen = {noekkel for noekkel, slutning in stoppet.items() if slutning.igjen}
        venter = {noekkel: slutning.klar for noekkel, slutning in stoppet.items() if noekkel not in igjen}
        self._noekler.la_vente(produsent, venter)
        self._noekler.lukk(produsent, venter)
        ferdige = {stykke.noekkel for stykke in stykker if stykke.siste and stykke.noekkel in noekler} | igjen
        self._noekler.lukk_ferdige(produsent, ferdige - venter.keys())

    def forkast_gjentatt(self, stykke: Stykke) -> list[Slutning]:
        """Drop an event that its plugin says was taken in before. Raises Utilgjengelig."""

        def arbeid() -> list[Slutning]:
            _, vaare = self._hold([stykke])
            slutninger = [self._avslutning.gjentatt(ett, self._kjerne.klokke.naa()) for ett in vaare]
            self._skriv(slutninger)
            return slutninger

        return self._fortalt(self._kjerne.database.i_transaksjon(arbeid))

    def _skriv_uten_grunn(self, stykke: Stykke) -> list[Slutning]:
        def arbeid() -> list[Slutning]:
            noekler, vaare = self._hold([stykke])
            slutninger = [self._avslutning.uten_grunn(ett) for ett in vaare]
            self._skriv(slutninger)
            self._lukk(noekler, [stykke], slutninger)
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
                plugin = slutning.rad.get("plugin") or hendelse.plugin or ""
                self._kjerne.maaler.hendelse(hendelse.produsent, plugin, slutning.merke)
        return slutninger


@contextmanager
def i_loggen(hendelse: Hendelse) -> Iterator[None]:
    """What is logged is of this event."""
    with structlog.contextvars.bound_contextvars(korrelasjonsid=hendelse.korrelasjonsid, hendelse=str(hendelse.id)):
        yield
