"""The order of events: which key an event has, in the form in which it is kept."""

from __future__ import annotations

from gateway.kjerne import Kjerne


def noekkelens_hash(kjerne: Kjerne, produsent: str, noekkel: str | None, *, kilde: str, id_: str) -> str:
    """What stands for the key, which nobody can read back; without a key the event stands alone."""
    ledd = ("noekkel", noekkel) if noekkel else ("alene", kilde, id_)
    # No key, source or id holds control characters, so no two lists of them are the same text.
    return kjerne.noekkel_hash("\0".join(("hendelsesnoekkel", produsent, *ledd)))
