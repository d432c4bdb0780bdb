"""What an event is known by once its own id has been forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.noekkelring import Noekkelring


def glemt_id(noekkelring: Noekkelring, produsent: str, kilde: str, ekstern_id: str) -> str:
    """A keyed hash that stands for the id, which nobody can read back."""
    return noekkelring.hash(_tekst(produsent, kilde, ekstern_id))


def glemte_ider(noekkelring: Noekkelring, produsent: str, kilde: str, ekstern_id: str) -> Sequence[str]:
    """All that the id may be remembered as, by each secret that counts."""
    return noekkelring.hasher(_tekst(produsent, kilde, ekstern_id))


def _tekst(*ledd: str) -> str:
    return "\0".join(("hendelsesid", *ledd))
