"""What those who run the gateway decide about unfinished events of any producer: one, several, or all of a kind.

A selection is taken in bounded batches, the oldest first and each key's in the order of its events, so that what is
tried again takes effect in that order. Who asks is told where to go on, and how many are left.
"""

from __future__ import annotations

import logging
import operator
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial, reduce
from uuid import UUID

from gateway.domain.feil import Avslag, Konflikt
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.logg import Loggord
from gateway.inbox.kilder import Leser
from gateway.inbox.oppfoelging import forkast, paa_nytt
from gateway.inbox.utvalg import Antall, Utvalg, finn, tell, vilkaar
from gateway.kjerne import Kjerne
from gateway.store import logg
from gateway.store.tabeller import Hendelse

logger = logging.getLogger(__name__)

# So many are taken by one call, each in a transaction of its own.
HOEYST = 200
# Events of one key that came at the same moment may have ids in another order than their places in the key; never by
# more places than this.
NABOLAG = 1_000


class Inngrep(StrEnum):
    PAA_NYTT = "paa-nytt"
    FORKAST = "forkast"


LOGGORD = {Inngrep.PAA_NYTT: Loggord.DRIFT_PROEVDE_PAA_NYTT, Inngrep.FORKAST: Loggord.DRIFT_FORKASTET}
GJELDER = {
    Inngrep.PAA_NYTT: frozenset({Hendelsestilstand.KARANTENE}),
    Inngrep.FORKAST: frozenset(
        {Hendelsestilstand.KARANTENE, Hendelsestilstand.PAA_VENT, Hendelsestilstand.MOTTATT},
    ),
}
HVORFOR_IKKE = {
    Inngrep.PAA_NYTT: "Only events in KARANTENE can be tried again. One that is BEHANDLET has had its effects, and "
    "again would be twice: see what another version would make of it by proev, or by `gateway hendelser sandkasse`.",
    Inngrep.FORKAST: "Only events that are not finished can be dropped: KARANTENE, PAA_VENT and MOTTATT.",
}


@dataclass(frozen=True, kw_only=True)
class Hvorfor:
    """Who does it, by an id that may be logged, and why, in words of their own that name nobody."""

    hvem: str
    grunn: str
    korrelasjonsid: str


@dataclass(frozen=True, kw_only=True)
class Utfall:
    """How many were taken, and of those that could not be how many for each kode.

    `neste`: go on after this event, None when all have been looked at; `igjen`: how many of the selection come after.
    """

    antall: int
    avvist: Mapping[str, int]
    neste: UUID | None = None
    igjen: Antall = field(default_factory=Antall)


@dataclass(frozen=True, kw_only=True)
class Bunke:
    """Some events of a selection, in the order in which they are to be taken; `neste` as in Utfall."""

    ider: Sequence[UUID]
    neste: UUID | None


def krev_gjelder(utvalg: Utvalg, inngrep: Inngrep) -> None:
    """Raises Konflikt for a selection of events with which that is never done."""
    if not set(utvalg.tilstander) <= GJELDER[inngrep]:
        raise Konflikt(HVORFOR_IKKE[inngrep])


def ta_utvalg(
    kjerne: Kjerne, utvalg: Utvalg, inngrep: Inngrep, hvorfor: Hvorfor, les: Leser, *, etter: UUID | None = None
) -> Utfall:
    """Try again or drop the first HOEYST of the selection after the cursor. Raises Konflikt, Utilgjengelig."""
    krev_gjelder(utvalg, inngrep)
    with kjerne.database.tilkobling():
        bunke = neste_bunke(kjerne, utvalg, etter)
    antall, avvist = _ta(kjerne, bunke.ider, inngrep, hvorfor, les)
    igjen = Antall()
    if bunke.neste is not None:
        with kjerne.database.tilkobling():
            igjen = tell(kjerne, utvalg, etter=bunke.neste)
    return Utfall(antall=antall, avvist=avvist, neste=bunke.neste, igjen=igjen)


def ta(kjerne: Kjerne, ider: Sequence[UUID], inngrep: Inngrep, hvorfor: Hvorfor, les: Leser) -> Utfall:
    """Try again or drop these events, each in a transaction with its entry in the log. Raises Utilgjengelig.

    At most HOEYST of them; `igjen` tells how many were left out.
    """
    with kjerne.database.tilkobling():
        ordnet = _i_rekkefoelge(ider[:HOEYST])
    antall, avvist = _ta(kjerne, ordnet, inngrep, hvorfor, les)
    return Utfall(antall=antall, avvist=avvist, igjen=Antall(antall=max(0, len(ider) - HOEYST)))


def neste_bunke(kjerne: Kjerne, utvalg: Utvalg, etter: UUID | None, hoeyst: int = HOEYST) -> Bunke:
    """The next events of the selection, on a connection that is held. Raises Valideringsfeil."""
    felter = (Hendelse.id, Hendelse.produsent, Hendelse.noekkel, Hendelse.loepenummer)
    side = finn(kjerne, utvalg, felter, antall=hoeyst, etter=etter)
    rader = [*side.rader, *_forbigaatte(side.rader, utvalg, side.neste)]
    rader.sort(key=_plass)
    return Bunke(ider=[rad.id for rad in rader], neste=side.neste)


def _forbigaatte(rader: Sequence[Hendelse], utvalg: Utvalg, neste: UUID | None) -> list[Hendelse]:
    """Events that stand before one of these in its key, and whose ids come after all of them."""
    if neste is None:
        return []
    siste: dict[tuple[str, str], int] = defaultdict(int)
    for rad in rader:
        sted = (rad.produsent, rad.noekkel)
        siste[sted] = max(siste[sted], rad.loepenummer)
    if not siste:
        return []
    foran = [
        (Hendelse.produsent == produsent)
        & (Hendelse.noekkel == noekkel)
        & Hendelse.loepenummer.between(nummer - NABOLAG, nummer - 1)
        for (produsent, noekkel), nummer in siste.items()
    ]
    felter = (Hendelse.id, Hendelse.produsent, Hendelse.noekkel, Hendelse.loepenummer)
    return list(
        Hendelse.select(*felter).where(
            reduce(operator.or_, foran),
            Hendelse.id > neste,
            Hendelse.tilstand.in_(utvalg.tilstander),
            *vilkaar(utvalg),
        )
    )


def _i_rekkefoelge(ider: Sequence[UUID]) -> list[UUID]:
    """Each key's in the order of its events; those that are not there last, to be told of."""
    rader = Hendelse.select(Hendelse.id, Hendelse.produsent, Hendelse.noekkel, Hendelse.loepenummer).where(
        Hendelse.id.in_(list(ider))
    )
    funnet = [rad.id for rad in sorted(rader, key=_plass)]
    return [*funnet, *(ett for ett in dict.fromkeys(ider) if ett not in set(funnet))]


def _plass(rad: Hendelse) -> tuple[str, str, int]:
    return rad.produsent, rad.noekkel, rad.loepenummer


def _ta(
    kjerne: Kjerne, ider: Sequence[UUID], inngrep: Inngrep, hvorfor: Hvorfor, les: Leser
) -> tuple[int, Mapping[str, int]]:
    antall, avvist = 0, Counter[str]()
    for id_ in ider:
        try:
            kjerne.database.i_transaksjon(partial(_ta_en, kjerne, id_, inngrep, hvorfor, les))
            antall += 1
        except Avslag as avslag:
            avvist[avslag.kode] += 1
    logger.info(
        "operations decided about events",
        extra={"inngrep": inngrep, "hvem": hvorfor.hvem, "grunn": hvorfor.grunn, "antall": antall, "avvist": avvist},
    )
    return antall, avvist


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
