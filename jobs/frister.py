"""The round of frister: open oppgaver whose frist's day has ended in Norway."""

from __future__ import annotations

import datetime as dt

from gateway.handling.frister import RUNDE, utloep_frister
from gateway.store.logg import Hvem
from jobs.arbeidsplass import Arbeidsplass, gaa_runde


def runde() -> int:
    """Expire what is due; return how many oppgaver."""
    return gaa_runde(RUNDE, _arbeid)


def _arbeid(plass: Arbeidsplass, hvem: Hvem, til: dt.datetime) -> int:
    antall = 0
    while plass.sann_tid.naa() < til and (utloept := utloep_frister(plass.kjerne, hvem)):
        antall += utloept
    return antall
