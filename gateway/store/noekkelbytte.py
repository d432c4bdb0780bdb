"""Keeping events in order while the secret that their keys are hashed with is changed.

Then a key has a hash by each secret, and events under both. Whoever stores an event knows them all, and gathers what
waits in one place before it writes there, so that the order stands; who handles events need not know of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.hendelse import TIL_BEHANDLING
from gateway.store.dialekt import laas
from gateway.store.innboks import KOE, trekk_loepenumre
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel


def ett_sted(produsent: str, hasher: Sequence[str], eget: str) -> str:
    """The hash under which the key's events go: the newest that is in use, and no older than `eget`.

    `hasher` goes from the oldest secret's to the newest's, the same in every process. In an open transaction, which
    holds all places of the key from here on.
    """
    holdt: dict[str, Hendelsesnoekkel] = {}
    while (rader := _holdt(produsent, hasher)).keys() != holdt.keys():
        holdt = rader  # once more: another may have come while these were waited for
    i_bruk = [ett for ett in hasher if ett in rader or ett == eget]
    sted = i_bruk[-1]
    for annet in i_bruk[:-1]:
        if annet in rader and rader[annet].klar_tidspunkt is not None:
            _flytt(rader[annet], sted)
    return sted


def _holdt(produsent: str, hasher: Sequence[str]) -> dict[str, Hendelsesnoekkel]:
    steder = Hendelsesnoekkel.select().where(
        Hendelsesnoekkel.produsent == produsent, Hendelsesnoekkel.noekkel.in_(hasher)
    )
    return {rad.noekkel: rad for rad in laas(steder.order_by(Hendelsesnoekkel.noekkel))}


def _flytt(fra: Hendelsesnoekkel, til: str) -> None:
    """Move what waits. Whoever has the old place leased loses it, and writes nothing more of its events."""
    numre = trekk_loepenumre(fra.produsent, til, fra.siste_loepenummer, fra.klar_tidspunkt)
    her = (Hendelse.produsent == fra.produsent) & (Hendelse.noekkel == fra.noekkel)
    Hendelse.update(noekkel=til, loepenummer=Hendelse.loepenummer + (numre.start - 1)).where(
        her, Hendelse.tilstand.in_(TIL_BEHANDLING)
    ).execute()
    Hendelsesnoekkel.update(klar_tidspunkt=None, leie_til=None).where(
        Hendelsesnoekkel.produsent == fra.produsent, Hendelsesnoekkel.noekkel == fra.noekkel
    ).execute()


def hold_koeen(produsent: str) -> bool:
    """Hold the producer's queue if anything waits there, until the transaction ends; whether anything does."""
    koe = Hendelsesnoekkel.select().where(
        Hendelsesnoekkel.produsent == produsent,
        Hendelsesnoekkel.noekkel == KOE,
        Hendelsesnoekkel.klar_tidspunkt.is_null(False),
    )
    return laas(koe).first() is not None
