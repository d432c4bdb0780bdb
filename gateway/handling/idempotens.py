"""Updates under an Idempotency-Key: the same key on the same object gives the first answer again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import msgspec

from gateway.domain.feil import Konflikt
from gateway.domain.innhold import innhold_hash
from gateway.domain.kommandoer import Oppdatering
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.store.tabeller import Idempotens


def en_gang(objekt_id: UUID, kommando: Oppdatering, sammenheng: Sammenheng, arbeid: Callable[[], Utfall]) -> Utfall:
    """Do `arbeid`, or give its earlier answer when the kommando's key has been used on the object, whose row is locked.

    Raises Konflikt when the key was used with other content.
    """
    noekkel = kommando.idempotensnoekkel
    if noekkel is None:
        return arbeid()
    innhold = innhold_hash(kommando)
    tidligere = Idempotens.get_or_none(Idempotens.objekt_id == objekt_id, Idempotens.noekkel == noekkel)
    if tidligere is not None:
        if tidligere.innhold_hash != innhold:
            raise Konflikt("The Idempotency-Key was used on this object with other content; use a new key.")
        return replace(msgspec.convert(tidligere.svar, Utfall), ny=False)
    utfall = arbeid()
    Idempotens.insert(
        objekt_id=objekt_id,
        noekkel=noekkel,
        innhold_hash=innhold,
        svar=msgspec.to_builtins(utfall),
        tidspunkt=sammenheng.naa,
    ).execute()
    return utfall
