"""What those who run the gateway decide about unfinished events of any producer: one, several, or all of a kind."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

import peewee

from gateway.domain.feil import Avslag
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.logg import Loggord
from gateway.inbox.kilder import Leser
from gateway.inbox.oppfoelging import forkast, paa_nytt
from gateway.kjerne import Kjerne
from gateway.store import logg
from gateway.store.tabeller import I_KARANTENE, PAA_VENT, Hendelse

logger = logging.getLogger(__name__)

# So many are taken by one call, each in a transaction of its own; and so many are looked through for them.
HOEYST = 200
VINDU = 10_000


class Inngrep(StrEnum):
    PAA_NYTT = "paa-nytt"
    FORKAST = "forkast"


LOGGORD = {Inngrep.PAA_NYTT: Loggord.DRIFT_PROEVDE_PAA_NYTT, Inngrep.FORKAST: Loggord.DRIFT_FORKASTET}
# As literals, so that each walk has its partial index.
UFERDIG = {Hendelsestilstand.KARANTENE: I_KARANTENE, Hendelsestilstand.PAA_VENT: PAA_VENT}


@dataclass(frozen=True, kw_only=True)
class Utvalg:
    """Events in quarantine or waiting, of any producer; None is any."""

    tilstand: Hendelsestilstand = Hendelsestilstand.KARANTENE
    produsent: str | None = None
    kilde: str | None = None
    type: str | None = None
    kode: str | None = None

    def vindu(self, etter: UUID | None) -> peewee.Select:
        """VINDU events in the state, the oldest first: what one question looks through."""
        rader = Hendelse.select(Hendelse.id).where(UFERDIG[self.tilstand])
        if self.produsent is not None:
            rader = Hendelse.select(Hendelse.id).where(
                Hendelse.produsent == self.produsent, Hendelse.tilstand == self.tilstand
            )
        if etter is not None:
            rader = rader.where(Hendelse.id > etter)
        return rader.order_by(Hendelse.id).limit(VINDU)

    def treff(self, felter: Sequence[peewee.Field], antall: int, etter: UUID | None = None) -> peewee.Select:
        """The fields of the first of the window that it holds for."""
        vindu = self.vindu(etter).alias("vindu")
        treff = Hendelse.select(*felter).join(vindu, on=(Hendelse.id == vindu.c.id))
        for felt, verdi in ((Hendelse.kilde, self.kilde), (Hendelse.type, self.type), (Hendelse.feilkode, self.kode)):
            if verdi is not None:
                treff = treff.where(felt == verdi)
        return treff.order_by(Hendelse.id).limit(antall)


@dataclass(frozen=True, kw_only=True)
class Hvorfor:
    """Who does it, by an id that may be logged, and why, in words of their own that name nobody."""

    hvem: str
    grunn: str
    korrelasjonsid: str


@dataclass(frozen=True, kw_only=True)
class Utfall:
    """How many were taken, and of those that could not be how many for each kode."""

    antall: int
    avvist: Mapping[str, int]


def ta_utvalg(kjerne: Kjerne, utvalg: Utvalg, inngrep: Inngrep, hvorfor: Hvorfor, les: Leser) -> Utfall:
    """Try again or drop the oldest HOEYST of the selection. Raises Utilgjengelig."""
    with kjerne.database.tilkobling():
        ider = [id_ for (id_,) in utvalg.treff([Hendelse.id], HOEYST).tuples()]
    return ta(kjerne, ider, inngrep, hvorfor, les)


def ta(kjerne: Kjerne, ider: Sequence[UUID], inngrep: Inngrep, hvorfor: Hvorfor, les: Leser) -> Utfall:
    """Try again or drop these events, each in a transaction with its entry in the log. Raises Utilgjengelig."""
    antall, avvist = 0, Counter[str]()
    for id_ in ider[:HOEYST]:
        try:
            kjerne.database.i_transaksjon(partial(_ta_en, kjerne, id_, inngrep, hvorfor, les))
            antall += 1
        except Avslag as avslag:
            avvist[avslag.kode] += 1
    logger.info(
        "operations decided about events",
        extra={"inngrep": inngrep, "hvem": hvorfor.hvem, "grunn": hvorfor.grunn, "antall": antall, "avvist": avvist},
    )
    return Utfall(antall=antall, avvist=avvist)


def _ta_en(kjerne: Kjerne, id_: UUID, inngrep: Inngrep, hvorfor: Hvorfor, les: Leser) -> None:
    """Raises Avslag, as for the event's own producer."""
    produsent = Hendelse.select(Hendelse.produsent).where(Hendelse.id == id_).scalar() or ""
    if inngrep is Inngrep.PAA_NYTT:
        paa_nytt(kjerne, produsent, id_, les)
    else:
        forkast(kjerne, produsent, id_, hvorfor.grunn)
    hvem = logg.Hvem(korrelasjonsid=hvorfor.korrelasjonsid, produsent=produsent, applikasjon=hvorfor.hvem)
    innslag = logg.Innslag(hva=LOGGORD[inngrep], innhold={"hendelse": str(id_), "grunn": hvorfor.grunn})
    logg.skriv(hvem, kjerne.klokke.naa(), [innslag])
