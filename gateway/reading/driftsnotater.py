"""What plugins noted with events of late, and what events wait for somebody to configure, for operators.

A plugin's notes are fixed texts that name nobody, and so is what is told of a configuration that is lacking.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.kjerne import Kjerne
from gateway.runder.runde import TELL_TIL
from gateway.store.tabeller import MERKET, VENTER_PAA_KONFIGURASJON, Hendelse
from gateway.store.telling import gruppert

SISTE = dt.timedelta(hours=24)
# So many different notes of a producer are shown, the most frequent first.
FLEST_NOTATER = 50
# So many of those that wait are looked at for what they wait for.
FLEST_VENTENDE = 500


class Notatslag(StrEnum):
    HOPPET_OVER = "HOPPET_OVER"
    MERKNAD = "MERKNAD"


@dataclass(frozen=True, kw_only=True)
class Notat:
    """How many events of a producer were passed over for this reason, or got this note, in the last 24 hours."""

    produsent: str
    slag: Notatslag
    tekst: str
    antall: int


@dataclass(frozen=True, kw_only=True)
class Savnet:
    """What events wait for somebody to configure, in words, and how many do."""

    produsent: str
    kode: str
    hva: str
    antall: int


def notater(kjerne: Kjerne) -> Sequence[Notat]:
    """Counted to TELL_TIL for each producer, along an index of those that have notes."""
    siden = kjerne.klokke.naa() - SISTE
    with kjerne.database.tilkobling():
        return [ett for produsent in kjerne.produsenter.oppfoeringer for ett in _notater_hos(produsent, siden)]


def _notater_hos(produsent: str, siden: dt.datetime) -> Iterator[Notat]:
    tid = Hendelse.avsluttet_tidspunkt
    rader = (
        Hendelse.select(Hendelse.merknader.cast("text").alias("notert"), tid)
        .where(MERKET, Hendelse.produsent == produsent, tid > siden)
        .order_by(tid.desc())
        .limit(TELL_TIL)
    )
    antall = Counter[tuple[Notatslag, str]]()
    for gruppe in gruppert(rader, ["notert"], tid):
        (tekst,) = gruppe.verdier
        notert = json.loads(tekst)
        if (grunn := notert.get("hoppetOver")) is not None:
            antall[Notatslag.HOPPET_OVER, grunn] += gruppe.antall
        for merknad in notert.get("merknader") or ():
            antall[Notatslag.MERKNAD, merknad] += gruppe.antall
    for (slag, tekst), hvor_mange in antall.most_common(FLEST_NOTATER):
        yield Notat(produsent=produsent, slag=slag, tekst=tekst, antall=hvor_mange)


def savnet(kjerne: Kjerne) -> Sequence[Savnet]:
    """What the first FLEST_VENTENDE events of each producer that wait for a configuration wait for."""
    antall = Counter[tuple[str, str, str]]()
    felter = (Hendelse.feilkode, Hendelse.feilmelding)
    with kjerne.database.tilkobling():
        for produsent in kjerne.produsenter.oppfoeringer:
            rader = Hendelse.select(*felter).where(VENTER_PAA_KONFIGURASJON, Hendelse.produsent == produsent)
            for rad in rader.order_by(Hendelse.id).limit(FLEST_VENTENDE):
                # The first line is what may be logged; what comes after it may repeat what the event said.
                hva = (rad.feilmelding or "").partition("\n")[0]
                antall[produsent, rad.feilkode or "", hva] += 1
    return [Savnet(produsent=a, kode=b, hva=c, antall=n) for (a, b, c), n in antall.most_common()]
