"""What a person may see: the one way to ask, for every object whose content is shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import peewee

from gateway.domain.mottaker import tilgang_som_leder, tilgang_til_ressurs
from gateway.plugin import Tilganger
from gateway.store.dialekt import blant, par_blant
from gateway.store.tabeller import NotifikasjonTilgang, SakTilgang

# Where the access to each kind of object is kept, by the column that names the object.
SAKER: peewee.ForeignKeyField = SakTilgang.sak
NOTIFIKASJONER: peewee.ForeignKeyField = NotifikasjonTilgang.notifikasjon


@dataclass(frozen=True)
class Innsyn:
    """(virksomhet, tilgang) of all that the person may see now, from one pair to many thousands."""

    par: frozenset[tuple[str, str]]

    def nyeste(self, objekt: peewee.ForeignKeyField, antall: int) -> peewee.Select:
        """A query of the newest objects of this kind that the person may see, each once, and their sorting time."""
        rad = objekt.model
        return (
            rad.select(objekt, rad.sortering_tidspunkt)
            .where(par_blant((rad.virksomhetsnummer, rad.tilgang), list(self.par)))
            .distinct()
            .order_by(rad.sortering_tidspunkt.desc(), objekt.desc())
            .limit(antall)
        )

    def synlige_blant(self, objekt: peewee.ForeignKeyField, ider: Collection[UUID]) -> frozenset[UUID]:
        """Those of the objects that the person may see."""
        if not ider:
            return frozenset()
        rad = objekt.model
        # The pairs are compared here: a few objects have few rows, and no plan may begin with thousands of pairs.
        rader = rad.select(objekt, rad.virksomhetsnummer, rad.tilgang).where(blant(objekt, list(ider)))
        return frozenset(id_ for id_, virksomhet, tilgang in rader.tuples() if (virksomhet, tilgang) in self.par)


def innsyn_til(fnr: str, tilganger: Tilganger) -> Innsyn:
    """What the access lets the person see. What a source that is down guards is not in it."""
    ressurser = {
        (virksomhet.virksomhetsnummer, tilgang_til_ressurs(ressurs))
        for virksomhet in tilganger.virksomheter
        for ressurs in virksomhet.ressurser
    }
    leder = {(forhold.virksomhetsnummer, tilgang_som_leder(fnr, forhold.ansatt_fnr)) for forhold in tilganger.leder_for}
    return Innsyn(frozenset(ressurser | leder))
