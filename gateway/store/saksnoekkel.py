"""The open sak of a saksnoekkel: at most one, whoever asks at once, and whichever secret the key is hashed with."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway.domain.noekkelring import Noekkelring
from gateway.store.dialekt import laas
from gateway.store.tabeller import Sak, Saksnoekkel


def siste_sak(merkelapp: str, saksnoekkel: str, noekkelring: Noekkelring, *, laast: bool) -> Sak | None:
    """The last sak that was made for the key, open or not; `laast` until the open transaction ends.

    The sak is held before what points to it, as whoever deletes it does.
    """
    hasher = noekkelring.hasher(_tekst(merkelapp, saksnoekkel))
    while (sak_id := _peker(hasher)) is not None:
        den = Sak.select().where(Sak.id == sak_id)
        sak: Sak | None = (laas(den) if laast else den).first()
        # Once more if another sak took its place while this one was waited for, or it was deleted.
        if sak is not None and (not laast or _peker(hasher) == sak_id):
            return sak
    return None


def pek_paa(sak_id: UUID, merkelapp: str, saksnoekkel: str, noekkelring: Noekkelring, *, siste: Sak | None) -> bool:
    """Let the key stand for a sak that is made in this transaction; False when another came first.

    `siste`: the one it stands for, which is held. Processes that run beside one another share a secret, and each
    takes the key under all that it knows to be in use, so that one of two finds it taken.
    """
    if siste is not None:
        Saksnoekkel.delete().where(Saksnoekkel.sak == siste.id).execute()
    hasher = noekkelring.etter_alder(_tekst(merkelapp, saksnoekkel))
    rader = [{"noekkel_hash": hash_, "sak": sak_id} for hash_ in hasher]
    tatt = Saksnoekkel.insert_many(rader).on_conflict_ignore().returning(Saksnoekkel.noekkel_hash).execute()
    if len(list(tatt)) == len(rader):
        return True
    Saksnoekkel.delete().where(Saksnoekkel.sak == sak_id).execute()
    return False


def _peker(hasher: Sequence[str]) -> UUID | None:
    rad = Saksnoekkel.select(Saksnoekkel.sak).where(Saksnoekkel.noekkel_hash.in_(hasher)).tuples().first()
    return rad[0] if rad else None


def _tekst(merkelapp: str, saksnoekkel: str) -> str:
    return f"saksnoekkel\0{merkelapp}\0{saksnoekkel}"
