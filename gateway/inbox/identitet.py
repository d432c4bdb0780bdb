"""What an event is known by once its own id has been forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from gateway.domain.noekkelring import Noekkelring
from gateway.store.tabeller import GLEMT, Hendelse


def glemt_id(noekkelring: Noekkelring, produsent: str, kilde: str, ekstern_id: str) -> str:
    """A keyed hash that stands for the id, which nobody can read back."""
    return noekkelring.hash(_tekst(produsent, kilde, ekstern_id))


def glemte_ider(noekkelring: Noekkelring, produsent: str, kilde: str, ekstern_id: str) -> Sequence[str]:
    """All that the id may be remembered as, by each secret that counts."""
    return noekkelring.hasher(_tekst(produsent, kilde, ekstern_id))


def kjent_som(noekkelring: Noekkelring, produsent: str, kilde: str, ekstern_ider: Sequence[str]) -> peewee.Expression:
    """Which event is known by one of these ids, whether or not they have been forgotten since."""
    glemte = [ett for id_ in ekstern_ider for ett in glemte_ider(noekkelring, produsent, kilde, id_)]
    husket = Hendelse.ekstern_id.in_(ekstern_ider) | (GLEMT & Hendelse.glemt_id.in_(glemte))
    vilkaar: peewee.Expression = (Hendelse.produsent == produsent) & (Hendelse.kilde == kilde) & husket
    return vilkaar


def _tekst(*ledd: str) -> str:
    return "\0".join(("hendelsesid", *ledd))
