"""Updates under an Idempotency-Key: the same key for the same kind of update gives the first answer again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from uuid import UUID

import msgspec
import peewee

from gateway.domain.feil import Konflikt
from gateway.domain.idempotens import glemmes, slag
from gateway.domain.innhold import gammel_hash, innhold_hash
from gateway.domain.kommandoer import MedIdempotensnoekkel
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.store.dialekt import som_json
from gateway.store.ferdig import Ferdig, plass
from gateway.store.tabeller import Idempotens

# The kind of the keys that were kept before kinds were told apart: such a key may stand for any.
UKJENT_SLAG = ""


_ID = "objekt_{}"


@cache
def _tidligere(antall: int) -> Ferdig:
    """What is kept under a key of one of so many objects, and counts still."""
    return Ferdig(
        lambda: [
            Idempotens.select().where(
                Idempotens.objekt_id.in_([plass(Idempotens.objekt_id, _ID.format(nr)) for nr in range(antall)]),
                Idempotens.slag.in_([plass(Idempotens.slag), UKJENT_SLAG]),
                Idempotens.noekkel == plass(Idempotens.noekkel),
                Idempotens.glemmes_tidspunkt.is_null()
                | (Idempotens.glemmes_tidspunkt > plass(Idempotens.glemmes_tidspunkt)),
            )
        ]
    )


def _husk_svaret() -> peewee.Insert:
    avtrykk = (Idempotens.innhold_hash, Idempotens.svar, Idempotens.glemmes_tidspunkt)
    noekkel = (Idempotens.objekt_id, Idempotens.slag, Idempotens.noekkel)
    verdier = {felt: som_json(plass(felt)) if felt is Idempotens.svar else plass(felt) for felt in (*noekkel, *avtrykk)}
    ny = {felt: getattr(peewee.EXCLUDED, felt.name) for felt in avtrykk}
    return Idempotens.insert(verdier).on_conflict(conflict_target=list(noekkel), update=ny)


_HUSK = Ferdig(lambda: [_husk_svaret()])


def en_gang(
    objekt_id: UUID, kommando: MedIdempotensnoekkel, sammenheng: Sammenheng, arbeid: Callable[[], Utfall]
) -> Utfall:
    """Do `arbeid`, or give its earlier answer when the kommando's key has been used on the object, whose row is locked.

    Raises Konflikt when the key was used with other content.
    """
    if tidligere := foerste_svar([objekt_id], kommando, sammenheng):
        return tidligere
    utfall = arbeid()
    husk(objekt_id, kommando, sammenheng, utfall)
    return utfall


def foerste_svar(objekt_ider: Sequence[UUID], kommando: MedIdempotensnoekkel, sammenheng: Sammenheng) -> Utfall | None:
    """The answer that was given under the kommando's key, if it was used for this kind of update and still counts.

    `objekt_ider`: all that the object may be known as there. Raises Konflikt when the key was used with other content.
    """
    if kommando.idempotensnoekkel is None:
        return None
    tidligere = _tidligere(len(objekt_ider)).foerste(
        Idempotens,
        **{_ID.format(nummer): objekt_id for nummer, objekt_id in enumerate(objekt_ider)},
        slag=slag(kommando),
        noekkel=kommando.idempotensnoekkel,
        glemmes_tidspunkt=sammenheng.naa,
    )
    if tidligere is None:
        return None
    avtrykk = (innhold_hash(kommando, uten_referanse=True), gammel_hash(kommando, uten_referanse=True))
    noekkelring = sammenheng.kjerne.noekkelring
    if not any(tidligere.innhold_hash in noekkelring.hasher(_eget(ett, sammenheng)) for ett in avtrykk):
        raise Konflikt("The Idempotency-Key was used for this with other content; use a new key.")
    return replace(msgspec.convert(tidligere.svar, Utfall), ny=False)


def husk(objekt_id: UUID, kommando: MedIdempotensnoekkel, sammenheng: Sammenheng, utfall: Utfall) -> None:
    """Keep the answer under the kommando's key, if it has one, in the transaction of the change."""
    if kommando.idempotensnoekkel is None:
        return
    avtrykk = {
        "innhold_hash": sammenheng.kjerne.noekkel_hash(_eget(innhold_hash(kommando, uten_referanse=True), sammenheng)),
        "svar": msgspec.to_builtins(utfall),
        "glemmes_tidspunkt": glemmes(kommando, sammenheng.aktoer, sammenheng.naa),
    }
    noekkel = {"objekt_id": objekt_id, "slag": slag(kommando), "noekkel": kommando.idempotensnoekkel}
    _HUSK.kjoer(sammenheng.database, **noekkel, **avtrykk)


def _eget(avtrykk: str, sammenheng: Sammenheng) -> str:
    """Each producer's own. It is kept as a keyed hash, since it may outlive what the producer said."""
    return f"{sammenheng.aktoer.produsent.id} {avtrykk}"


def husket_som(sammenheng: Sammenheng, *navn: object) -> Sequence[UUID]:
    """What a producer's answer is kept under where no object keeps it: hashes of the name it used.

    The first is what it is kept under from now on.
    """
    ledd = "\0".join(map(str, (sammenheng.aktoer.produsent.id, *navn)))
    return [UUID(hash_[:32]) for hash_ in sammenheng.kjerne.noekkelring.hasher(ledd)]
