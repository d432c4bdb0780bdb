"""A producer's queue of events whose key is not known yet: asked of the plugin in order, then moved to their keys."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import peewee

from gateway.domain.noekkel import noekkelfeil, normalisert
from gateway.inbox.fordeling import Overlates, Venter
from gateway.inbox.funn import UIDENTIFISERT, MedFunn
from gateway.inbox.inntak import RUNDE
from gateway.inbox.lager import Lager
from gateway.inbox.noekler import Noekler
from gateway.inbox.oversetting import Oversetting
from gateway.inbox.rekkefoelge import noekkelens_hash, noekkelens_hasher
from gateway.inbox.stykke import Stykke, er_uidentifisert
from gateway.inbox.utfoering import Utfoering
from gateway.kjerne import Kjerne
from gateway.store.dialekt import oppdater_hver
from gateway.store.innboks import trekk_til_flere
from gateway.store.leie import Leie
from gateway.store.noekkelbytte import ett_sted
from gateway.store.tabeller import SKAL_BEHANDLES, Hendelse
from gateway.vertskap.feil import IkkeRukket, Oversettelsesfeil
from gateway.vertskap.oppdrag import Noekkelsvar

logger = logging.getLogger(__name__)

OM_GANGEN = 200
SAMMEN_SEKUNDER = 1.0
FLYTTES = (
    *(Hendelse.noekkel, Hendelse.loepenummer, Hendelse.kilde_noekkel, Hendelse.ekstern_id, Hendelse.tid),
    *(Hendelse.feilkode, Hendelse.feilmelding),
)


@dataclass(frozen=True, kw_only=True)
class Plassert:
    """An event whose key has become known, by its hash; `hasher`: by all of them, the oldest secret's first."""

    hendelse: Hendelse
    noekkel: str
    hasher: Sequence[str] = ()


class Koe:
    def __init__(self, kjerne: Kjerne, oversetting: Oversetting, noekler: Noekler, utfoering: Utfoering) -> None:
        self._kjerne = kjerne
        self._oversetting = oversetting
        self._noekler = noekler
        self._utfoering = utfoering

    def plasser(self, stykker: Sequence[Stykke], leie: Leie) -> tuple[int, bool]:
        """Find the keys of events, in their order, and move them there; how many ended or wait, and whether all went.

        `stykker` have their plugin, or why there is none. Those that have a key are moved before anything is written of
        one that has not, so that the order stands; what comes after one that waits is left. Raises MistetLeie,
        Overlates where a worker beside this one must take it from there.
        """
        plasserte: list[Plassert] = []
        tatt = 0
        for stykke, svar in zip(stykker, self._spoer(stykker), strict=True):
            if isinstance(svar, IkkeRukket):
                self.flytt(plasserte, leie)
                return tatt, True
            if not isinstance(svar, Exception):
                try:
                    if er_uidentifisert(stykke.hendelse):
                        self.flytt(plasserte, leie)
                        plasserte = []
                        tatt += self._identifiser(stykke, svar, leie)
                    else:
                        plasserte.append(self._plassert(stykke.hendelse, svar))
                    continue
                except (Oversettelsesfeil, MedFunn) as feil:
                    svar = feil
            self.flytt(plasserte, leie)
            plasserte = []
            if isinstance(svar, Overlates):
                raise svar
            stykke.feil = svar
            slutninger = self._utfoering.gjoer([stykke], Lager(self._kjerne, stykke.hendelse.produsent))
            tatt += len(slutninger)
            if any(slutning.stopper for slutning in slutninger):
                return tatt, False
        self.flytt(plasserte, leie)
        return tatt, True

    def _spoer(self, stykker: Sequence[Stykke]) -> list[Noekkelsvar | Exception]:
        """What the plugin says of each. Nothing is asked of those behind one that must be left, or waits."""
        spoerres: list[Stykke] = []
        svar: list[Noekkelsvar | Exception | None] = []
        for stykke in stykker:
            if stykke.feil is not None:
                svar.append(stykke.feil)
            elif _maa_spoerres(stykke):
                spoerres.append(stykke)
                svar.append(None)
            else:
                svar.append(Noekkelsvar())
            if isinstance(stykke.feil, Venter | Overlates):
                svar += [IkkeRukket()] * (len(stykker) - len(svar))
                break
        neste = iter(self._oversetting.noekler(spoerres, SAMMEN_SEKUNDER))
        return [next(neste) if ett is None else ett for ett in svar]

    def _plassert(self, hendelse: Hendelse, svar: Noekkelsvar) -> Plassert:
        """The plugin's key, else the source's, else none. Raises Oversettelsesfeil."""
        noekkel = normalisert(svar.noekkel) if svar.noekkel else hendelse.kilde_noekkel
        if noekkel and (brudd := noekkelfeil(noekkel)):
            raise Oversettelsesfeil(f"the key that the plugin's noekkel answered {brudd}")
        return Plassert(
            hendelse=hendelse,
            noekkel=noekkelens_hash(
                self._kjerne, hendelse.produsent, noekkel, kilde=hendelse.kilde, id_=hendelse.ekstern_id
            ),
            hasher=noekkelens_hasher(self._kjerne, hendelse.produsent, noekkel),
        )

    # --- identity ----------------------------------------------------------------------------------------------

    def _identifiser(self, stykke: Stykke, svar: Noekkelsvar, leie: Leie) -> int:
        """Let the event have the id that its plugin gives it, and move it; one that was taken in before is dropped.

        How many were. Raises Oversettelsesfeil, MedFunn, MistetLeie.
        """
        hendelse, hvem = stykke.hendelse, svar.identitet
        if hvem is None:
            raise MedFunn(UIDENTIFISERT)
        ekstern_id = normalisert(hvem.id)
        if brudd := noekkelfeil(ekstern_id):
            raise Oversettelsesfeil(f"the id that the plugin's identitet answered {brudd}")
        rad = copy(hendelse)
        rad.ekstern_id, rad.tid, rad.feilkode, rad.feilmelding = ekstern_id, hvem.tid or hendelse.tid, None, None
        plassert = self._plassert(rad, Noekkelsvar(noekkel=svar.noekkel or hvem.noekkel))
        try:
            if not self._er_tatt_inn(rad):
                self.flytt([plassert], leie)
                return 0
        except peewee.IntegrityError:
            logger.info("an event was taken in under the id that a plugin gave another at the same moment")
        return len(self._utfoering.forkast_gjentatt(stykke))

    def _er_tatt_inn(self, hendelse: Hendelse) -> bool:
        with self._kjerne.database.tilkobling():
            samme = Hendelse.select(Hendelse.id).where(
                Hendelse.produsent == hendelse.produsent,
                Hendelse.kilde == hendelse.kilde,
                Hendelse.ekstern_id == hendelse.ekstern_id,
            )
            return samme.first() is not None

    def flytt(self, plasserte: Sequence[Plassert], leie: Leie) -> None:
        """Move the events to their keys, in order, and wake those. Raises MistetLeie."""
        if not plasserte:
            return
        produsent, naa = leie.rad.produsent, self._kjerne.klokke.naa()
        under_bytte = {ett.noekkel: ett.hasher for ett in plasserte if len(ett.hasher) > 1}

        def arbeid() -> None:
            # Keys in one order, so that no two who hold several wait for one another.
            steder = {noekkel: ett_sted(produsent, under_bytte[noekkel], noekkel) for noekkel in sorted(under_bytte)}
            per_sted: dict[str, list[Hendelse]] = defaultdict(list)
            for ett in plasserte:
                per_sted[steder.get(ett.noekkel, ett.noekkel)].append(ett.hendelse)
            antall = {sted: (len(deres), deres[0].kilde) for sted, deres in per_sted.items()}
            numre = trekk_til_flere(produsent, antall, naa)
            rader = [
                {
                    "id": hendelse.id,
                    "noekkel": sted,
                    "loepenummer": nummer,
                    "kilde_noekkel": None,
                    "ekstern_id": hendelse.ekstern_id,
                    "tid": hendelse.tid,
                    "feilkode": hendelse.feilkode,
                    "feilmelding": hendelse.feilmelding,
                }
                for sted, deres in per_sted.items()
                for hendelse, nummer in zip(deres, numre[sted], strict=True)
            ]
            oppdater_hver(Hendelse, FLYTTES, rader, SKAL_BEHANDLES)
            self._kjerne.database.etter_commit(lambda: self._kjerne.doerklokke.ring(RUNDE))

        self._noekler.under(leie, arbeid)


def _maa_spoerres(stykke: Stykke) -> bool:
    return stykke.plugin is not None and (stykke.plugin.har_noekkel or er_uidentifisert(stykke.hendelse))
