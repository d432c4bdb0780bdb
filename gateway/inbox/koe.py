"""A producer's queue of events whose key is not known yet: asked of the plugin in order, then moved to their keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.hendelse import TIL_BEHANDLING
from gateway.domain.noekkel import noekkelfeil, normalisert
from gateway.inbox.inntak import RUNDE
from gateway.inbox.noekler import Noekler
from gateway.inbox.rekkefoelge import noekkelens_hash, noekkelens_hasher
from gateway.inbox.utfoering import oppdrag
from gateway.kjerne import Kjerne
from gateway.store.innboks import trekk_loepenumre
from gateway.store.leie import Leie
from gateway.store.noekkelbytte import ett_sted
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.feil import Oversettelsesfeil
from gateway.vertskap.oversetter import Oversetter

OM_GANGEN = 20


@dataclass(frozen=True, kw_only=True)
class Plassert:
    """An event whose key has become known, by its hash; `hasher`: by all of them, the oldest secret's first."""

    hendelse: Hendelse
    noekkel: str
    hasher: Sequence[str] = ()


class Koe:
    def __init__(self, kjerne: Kjerne, oversetter: Oversetter, noekler: Noekler) -> None:
        self._kjerne = kjerne
        self._oversetter = oversetter
        self._noekler = noekler

    def plasser(self, hendelse: Hendelse, plugin: Erklaering) -> Plassert:
        """Ask for the event's key: the plugin's, else the source's, else none. Raises whatever is wrong with it."""
        egen = self._oversetter.noekkel(oppdrag(hendelse)) if plugin.har_noekkel else None
        noekkel = normalisert(egen) if egen else hendelse.kilde_noekkel
        if noekkel and (brudd := noekkelfeil(noekkel)):
            raise Oversettelsesfeil(f"the key that the plugin's noekkel answered {brudd}")
        return Plassert(
            hendelse=hendelse,
            noekkel=noekkelens_hash(
                self._kjerne, hendelse.produsent, noekkel, kilde=hendelse.kilde, id_=hendelse.ekstern_id
            ),
            hasher=noekkelens_hasher(self._kjerne, hendelse.produsent, noekkel),
        )

    def flytt(self, plasserte: list[Plassert], leie: Leie) -> None:
        """Move the events to their keys, in order, and wake those. Raises MistetLeie."""
        naa = self._kjerne.klokke.naa()
        per_noekkel: dict[str, list[Hendelse]] = defaultdict(list)
        for ett in plasserte:
            per_noekkel[ett.noekkel].append(ett.hendelse)
        hasher = {ett.noekkel: ett.hasher for ett in plasserte}

        def arbeid() -> None:
            # Keys in one order, so that no two who hold several wait for one another.
            for noekkel, hendelser in sorted(per_noekkel.items()):
                sted = noekkel
                if len(hasher[noekkel]) > 1:
                    sted = ett_sted(leie.rad.produsent, hasher[noekkel], noekkel)
                numre = trekk_loepenumre(leie.rad.produsent, sted, len(hendelser), naa)
                for hendelse, loepenummer in zip(hendelser, numre, strict=True):
                    Hendelse.update(noekkel=sted, loepenummer=loepenummer, kilde_noekkel=None).where(
                        Hendelse.id == hendelse.id, Hendelse.tilstand.in_(TIL_BEHANDLING)
                    ).execute()
            self._kjerne.database.etter_commit(lambda: self._kjerne.doerklokke.ring(RUNDE))

        if plasserte:
            self._noekler.under(leie, arbeid)
