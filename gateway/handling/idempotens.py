"""Updates under an Idempotency-Key: the same key on the same object gives the first answer again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import msgspec

from gateway.domain.feil import Konflikt
from gateway.domain.idempotens import LEVETID
from gateway.domain.innhold import innhold_hash
from gateway.domain.kommandoer import Oppdatering, Sletting
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.store.tabeller import Idempotens


def en_gang(objekt_id: UUID, kommando: Oppdatering, sammenheng: Sammenheng, arbeid: Callable[[], Utfall]) -> Utfall:
    """Do `arbeid`, or give its earlier answer when the kommando's key has been used on the object, whose row is locked.

    Raises Konflikt when the key was used with other content.
    """
    if tidligere := foerste_svar(objekt_id, kommando, sammenheng):
        return tidligere
    utfall = arbeid()
    husk(objekt_id, kommando, sammenheng, utfall)
    return utfall


def foerste_svar(objekt_id: UUID, kommando: Oppdatering | Sletting, sammenheng: Sammenheng) -> Utfall | None:
    """The answer that was given under the kommando's key, if it was used on the object within its lifetime.

    Raises Konflikt when the key was used with other content.
    """
    if kommando.idempotensnoekkel is None:
        return None
    tidligere = Idempotens.get_or_none(
        Idempotens.objekt_id == objekt_id,
        Idempotens.noekkel == kommando.idempotensnoekkel,
        Idempotens.tidspunkt > sammenheng.naa - LEVETID,
    )
    if tidligere is None:
        return None
    if tidligere.innhold_hash != _avtrykk(kommando, sammenheng):
        raise Konflikt("The Idempotency-Key was used on this object with other content; use a new key.")
    return replace(msgspec.convert(tidligere.svar, Utfall), ny=False)


def krev_ny_noekkel(objekt_id: UUID, sletting: Sletting, sammenheng: Sammenheng) -> None:
    """Raises Konflikt for a deletion under a key that an update of the object was made with.

    What is kept under the object's own id are updates only, and none of them is a deletion.
    """
    foerste_svar(objekt_id, sletting, sammenheng)


def husk(objekt_id: UUID, kommando: Oppdatering | Sletting, sammenheng: Sammenheng, utfall: Utfall) -> None:
    """Keep the answer under the kommando's key, if it has one, in the transaction of the change."""
    if kommando.idempotensnoekkel is None:
        return
    avtrykk = {
        "innhold_hash": _avtrykk(kommando, sammenheng),
        "svar": msgspec.to_builtins(utfall),
        "tidspunkt": sammenheng.naa,
    }
    Idempotens.insert(objekt_id=objekt_id, noekkel=kommando.idempotensnoekkel, **avtrykk).on_conflict(
        conflict_target=[Idempotens.objekt_id, Idempotens.noekkel], update=avtrykk
    ).execute()


def _avtrykk(kommando: Oppdatering | Sletting, sammenheng: Sammenheng) -> str:
    # Keyed, since it may outlive what the producer said; and each producer's own.
    return sammenheng.kjerne.noekkel_hash(
        f"{sammenheng.aktoer.produsent.id} {innhold_hash(kommando, uten_referanse=True)}"
    )
