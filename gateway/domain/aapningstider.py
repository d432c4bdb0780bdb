"""When a varsel may go out: the sendevindu rules of the contract.

A closed window means the next opening. Norwegian public holidays are closed days. The Oslo wall clock rules, also
across both changes of daylight-saving time (which fall at night, outside every window).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import holidays

from gateway.domain.tid import ETT_DOEGN, instant, oslo


class Sendevindu(StrEnum):
    """The named windows in which a varsel may be sent."""

    NKS_AAPNINGSTID = "NKS_AAPNINGSTID"
    DAGTID_IKKE_SOENDAG = "DAGTID_IKKE_SOENDAG"
    LOEPENDE = "LOEPENDE"


@dataclass(frozen=True)
class Aapningstid:
    """Open on the weekdays 0 (Monday) to `siste_ukedag`, from `aapner` until `stenger`, which is closed."""

    siste_ukedag: int
    aapner: dt.time
    stenger: dt.time


AAPNINGSTIDER = {
    Sendevindu.NKS_AAPNINGSTID: Aapningstid(4, dt.time(8, 30), dt.time(14, 30)),
    Sendevindu.DAGTID_IKKE_SOENDAG: Aapningstid(5, dt.time(9), dt.time(16)),
}


@lru_cache(maxsize=16)
def _helligdager(aar: int) -> frozenset[dt.date]:
    # Sundays are left out: they are closed by their weekday.
    return frozenset(holidays.country_holidays("NO", years=aar))


def neste_aapning(vindu: Sendevindu, tidligst: dt.datetime) -> dt.datetime:
    """The first instant, not before `tidligst` (an instant), at which the window is open."""
    aapningstid = AAPNINGSTIDER.get(vindu)
    if aapningstid is None:
        return tidligst
    veggur = oslo(tidligst)
    dag = veggur.date()
    if _aapen_dag(aapningstid, dag) and veggur.time() < aapningstid.stenger:
        return (
            tidligst if veggur.time() >= aapningstid.aapner else instant(dt.datetime.combine(dag, aapningstid.aapner))
        )
    dag += ETT_DOEGN
    while not _aapen_dag(aapningstid, dag):
        dag += ETT_DOEGN
    return instant(dt.datetime.combine(dag, aapningstid.aapner))


def _aapen_dag(aapningstid: Aapningstid, dag: dt.date) -> bool:
    return dag.weekday() <= aapningstid.siste_ukedag and dag not in _helligdager(dag.year)


def aapen_tid(vindu: Sendevindu, fra: dt.datetime, til: dt.datetime, *, hoeyst: dt.timedelta) -> dt.timedelta:
    """How long the window was open between two instants; counted no further than `hoeyst`."""
    aapningstid = AAPNINGSTIDER.get(vindu)
    if aapningstid is None:
        return max(til - fra, dt.timedelta())
    aapent = dt.timedelta()
    aapnet = neste_aapning(vindu, fra)
    while aapnet < til and aapent < hoeyst:
        stenger = instant(dt.datetime.combine(oslo(aapnet).date(), aapningstid.stenger))
        aapent += min(stenger, til) - aapnet
        aapnet = neste_aapning(vindu, stenger)
    return aapent
