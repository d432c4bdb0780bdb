"""The order of events: which key an event has, in the form in which it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.kjerne import Kjerne


def noekkelens_hash(kjerne: Kjerne, produsent: str, noekkel: str | None, *, kilde: str, id_: str) -> str:
    """What stands for the key, which nobody can read back; without a key the event stands alone."""
    # No key, source or id holds control characters, so no two lists of them are the same text.
    return kjerne.noekkel_hash(_tekst(produsent, *(("noekkel", noekkel) if noekkel else ("alene", kilde, id_))))


def noekkelens_hasher(kjerne: Kjerne, produsent: str, noekkel: str | None) -> Sequence[str]:
    """All that stands for the key in processes that run now, the oldest secret's first; none without a key."""
    return kjerne.noekkelring.etter_alder(_tekst(produsent, "noekkel", noekkel)) if noekkel else ()


def _tekst(produsent: str, *ledd: str) -> str:
    return "\0".join(("hendelsesnoekkel", produsent, *ledd))
