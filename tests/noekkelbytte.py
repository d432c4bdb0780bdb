"""The steps in which HEMMELIG_NOEKKEL is changed, as the processes of each step have it."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from gateway.domain.noekkelring import Noekkelring
from gateway.kjerne import Kjerne

GAMMEL, NY = b"den gamle noekkelen", b"den nye noekkelen"


class Trinn(IntEnum):
    FOER = 0
    VARSLET = 1
    BYTTET = 2
    ETTER = 3


RINGER = {
    Trinn.FOER: Noekkelring(gjeldende=GAMMEL),
    Trinn.VARSLET: Noekkelring(gjeldende=GAMMEL, neste=NY),
    Trinn.BYTTET: Noekkelring(gjeldende=NY, forrige=GAMMEL),
    Trinn.ETTER: Noekkelring(gjeldende=NY, eldre=(GAMMEL,)),
}


def i_trinn(kjerne: Kjerne, trinn: Trinn) -> Kjerne:
    """A process of that step, on the same database."""
    return replace(kjerne, noekkelring=RINGER[trinn])
