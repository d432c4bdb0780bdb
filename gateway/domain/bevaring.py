"""How long what came in is kept once it is over and done with, and what is remembered after that.

What is not finished is never emptied by age: an event in MOTTATT, PAA_VENT or KARANTENE keeps all it has.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.hendelse import Hendelsestilstand, er_avsluttet
from gateway.domain.tid import UTC, etter, foer, les_varighet

# That an event has been here, who did what, and how a varsel went. After it, the same event again is a new one.
HUSKES = "P2Y"
# A mark that a row was set aside: then its round tries it anew, and marks it again if it must.
TIL_SIDE = "P90D"
KORTEST = dt.timedelta(hours=1)
# Times are rounded up to this, so that much goes at a time, with one receipt.
TAKT = dt.timedelta(minutes=15)


class Kvittering(StrEnum):
    """The words of the log for what was emptied and removed."""

    TOEMT = "BevaringToemt"
    FJERNET = "BevaringFjernet"


@dataclass(frozen=True, kw_only=True)
class Bevaring:
    """A producer's times, as ISO 8601 durations from when an event ended: how long all that it said is kept.

    `ignorerte` is for those dropped without any plugin having had to do with them: ignored, or never understood.
    """

    hendelser: str = "P90D"
    ignorerte: str = "P7D"


@dataclass(frozen=True, kw_only=True)
class Slutt:
    """When an event ended, and until when what is left of it is kept: first all, then that it has been here."""

    avsluttet_tidspunkt: dt.datetime | None = None
    bevares_til: dt.datetime | None = None


def slutt(bevaring: Bevaring, tilstand: Hendelsestilstand, *, plugin: str | None, naa: dt.datetime) -> Slutt:
    """What is written of an event that comes into `tilstand` at `naa`; nothing while it is not finished."""
    if not er_avsluttet(tilstand):
        return Slutt()
    ignorert = tilstand is Hendelsestilstand.FORKASTET and plugin is None
    til = _rundet_opp(etter(naa, bevaring.ignorerte if ignorert else bevaring.hendelser))
    return Slutt(avsluttet_tidspunkt=naa, bevares_til=min(til, glemmes(naa)))


def glemmes(avsluttet: dt.datetime) -> dt.datetime:
    """When what is left of an event that ended then is removed."""
    return _rundet_opp(etter(avsluttet, HUSKES))


def glem_ider_fra(toemt: dt.datetime) -> dt.datetime:
    """When the id of an event that was emptied then is forgotten: long after any statement that was under way."""
    return _rundet_opp(toemt + TAKT)


def huskes_fra(naa: dt.datetime) -> dt.datetime:
    """What was written no later than this is removed."""
    return foer(naa, HUSKES)


def les_bevaringstid(tekst: str) -> str:
    """A duration that a producer may choose. Raises ValueError, with what to give."""
    les_varighet(tekst)
    fra = dt.datetime(2000, 1, 1, tzinfo=UTC)
    if not fra + KORTEST <= etter(fra, tekst) <= etter(fra, HUSKES):
        raise ValueError(f"must be from PT1H to {HUSKES}, when what is left of an event goes too")
    return tekst


def _rundet_opp(tidspunkt: dt.datetime) -> dt.datetime:
    over = (tidspunkt - dt.datetime.min.replace(tzinfo=UTC)) % TAKT
    return tidspunkt + (TAKT - over) if over else tidspunkt
