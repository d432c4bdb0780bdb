"""A sweep: a batch of rows that are due, changed in one transaction, again until nothing is due."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import peewee
from peewee import SQL, fn

from gateway.domain.helse import henger
from gateway.kjerne import Kjerne
from gateway.runder.runde import (
    TELL_TIL,
    Arbeidsplass,
    Etterslep,
    Fortsett,
    Mengde,
    Runde,
    mengde,
    sekunder_siden,
)
from gateway.store.dialekt import blant, claim
from gateway.store.logg import Hvem
from gateway.store.tabeller import Logg
from gateway.store.til_side import IKKE_RADENS_FEIL, TilSide

logger = logging.getLogger(__name__)

# No more rows than this are set aside in one batch: what fails them all need not be tried on each.
FLEST_TIL_SIDE = 20
# Of so many that have been due for long it is looked up since when they could have been done.
SER_ETTER_ENDRING = 100
# A row that is due: its id and when it became so.
Rad = tuple[UUID, Any]


def _som_det_er(forfalt: dt.datetime) -> dt.datetime:
    return forfalt


@dataclass(frozen=True, kw_only=True)
class Sveip:
    """`forfalte` finds what is due; `gjoer` changes rows that the open transaction holds, and returns how many.

    `i_loggen` is the column of the log that names the object of a row, where it has one.

    Rows that others hold are passed over: their change decides, and the next batch looks again. A batch that raises is
    done again in halves, until the row that raises stands alone and is set aside.
    """

    runde: str
    hva: str
    mening: str
    om_gangen: int
    id: peewee.Field
    forfalt: peewee.Field
    forfalte: Callable[[dt.datetime], peewee.Select]
    gjoer: Callable[[Kjerne, Sequence[Rad], dt.datetime, Hvem], int]
    i_loggen: peewee.Field | None = None
    flere_rader: bool = False
    oeyeblikk: Callable[[Any], dt.datetime] = field(default=_som_det_er)

    @property
    def _til_side(self) -> TilSide:
        return TilSide(runde=self.runde, id=self.id, forfalt=self.forfalt, flere_rader=self.flere_rader)

    def _ledige(self, naa: dt.datetime) -> peewee.Select:
        """What is due and not set aside, on a connection that is held."""
        forfalte = self.forfalte(naa).select(self.id, self.forfalt)
        # Asked first, since there is hardly ever any, and each row that is due would be looked up.
        return forfalte.where(~self._til_side.er_satt) if self._til_side.har_noen() else forfalte

    def ta(self, kjerne: Kjerne, hvem: Hvem) -> int:
        """Take one batch; return how many rows were done or set aside, 0 when nothing is due."""
        naa = kjerne.klokke.naa()
        holdt: list[Rad] = []

        def arbeid() -> int:
            bolk = self._ledige(naa).order_by(self.forfalt).limit(self.om_gangen)
            holdt[:] = claim(bolk).tuples()
            return self.gjoer(kjerne, holdt, naa, hvem) if holdt else 0

        try:
            return kjerne.database.i_transaksjon(arbeid)
        except IKKE_RADENS_FEIL:
            raise
        except Exception as feil:
            if not holdt:
                raise
            logger.warning("a batch failed; its rows are taken apart", extra={"feil": type(feil).__name__})
            return self._skill_ut(kjerne, [id_ for id_, _ in holdt], naa, hvem)

    def _skill_ut(self, kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime, hvem: Hvem) -> int:
        gjenstaar = [ider]
        gjort = til_side = 0
        while gjenstaar and til_side < FLEST_TIL_SIDE:
            noen = gjenstaar.pop()
            try:
                gjort += self._ta_disse(kjerne, noen, naa, hvem)
            except IKKE_RADENS_FEIL:
                raise
            except Exception as feil:  # noqa: BLE001 - it is told by what is set aside
                if len(noen) > 1:
                    gjenstaar += [noen[len(noen) // 2 :], noen[: len(noen) // 2]]
                else:
                    self._sett_til_side(kjerne, noen[0], feil, naa)
                    til_side += 1
        return gjort + til_side

    def _ta_disse(self, kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime, hvem: Hvem) -> int:
        def arbeid() -> int:
            ennaa = self._ledige(naa).where(blant(self.id, ider))
            holdt = list(claim(ennaa).tuples())
            return self.gjoer(kjerne, holdt, naa, hvem) if holdt else 0

        return kjerne.database.i_transaksjon(arbeid)

    def _sett_til_side(self, kjerne: Kjerne, objekt_id: UUID, feil: Exception, naa: dt.datetime) -> None:
        # The trace, and not the message, which may repeat what somebody sent.
        logger.error("a row is set aside", extra={"objekt": str(objekt_id), "feil": type(feil).__name__})
        kjerne.database.i_transaksjon(lambda: self._til_side.sett(self.forfalte(naa), objekt_id, feil, naa))

    def etterslep(self, naa: dt.datetime) -> Etterslep:
        """What is due, on a connection that is held."""
        ledige = self._ledige(naa)
        eldste = ledige.select(self.forfalt).order_by(self.forfalt).limit(1).scalar()
        siden = sekunder_siden(self.oeyeblikk(eldste), naa) if eldste else None
        forfalt = Mengde(antall=ledige.limit(TELL_TIL).count(), eldste_sekunder=siden)
        return Etterslep(
            hva=self.hva,
            mening=self.mening,
            venter=forfalt,
            forfalt=forfalt,
            til_side=mengde(*self._til_side.antall(self.forfalte(naa), TELL_TIL), naa),
            # Only what has been due for long can have been possible for long.
            mulig_sekunder=self._mulig_sekunder(ledige, naa) if henger(siden) else siden,
        )

    def _mulig_sekunder(self, ledige: peewee.Select, naa: dt.datetime) -> float | None:
        """How long the oldest could have been done: not before the last change of its object, which may be what made
        it due in the past. Of those that have been due for longest.
        """
        endret: Any = SQL("NULL")
        if self.i_loggen is not None:
            endret = Logg.select(fn.MAX(Logg.tidspunkt)).where(self.i_loggen == self.id)
        eldste = ledige.select(self.forfalt, endret.alias("endret")).order_by(self.forfalt).limit(SER_ETTER_ENDRING)
        mulig = [
            max(self.oeyeblikk(forfalt), Logg.tidspunkt.python_value(endret_) or self.oeyeblikk(forfalt))
            for forfalt, endret_ in eldste.tuples()
        ]
        return sekunder_siden(min(mulig, default=None), naa)


def runde_av(navn: str, mening: str, *sveip: Sveip) -> Runde:
    """The round that does these sweeps, one after the other, until nothing is due."""

    def gjoer(plass: Arbeidsplass, hvem: Hvem, fortsett: Fortsett) -> int:
        antall = 0
        while fortsett() and (gjort := ta_en_bolk(plass.kjerne, hvem, *sveip)):
            antall += gjort
        return antall

    return Runde(navn=navn, mening=mening, forfalt=lambda naa: [ett.etterslep(naa) for ett in sveip], gjoer=gjoer)


def ta_en_bolk(kjerne: Kjerne, hvem: Hvem, *sveip: Sveip) -> int:
    """A batch of each sweep."""
    return sum(ett.ta(kjerne, hvem) for ett in sveip)
