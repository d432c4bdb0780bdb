"""The round of varsler: those that are due to be sent."""

from __future__ import annotations

import datetime as dt

from gateway.handling.utsending import Varselrunde
from gateway.handling.varsel import RUNDE
from gateway.store.logg import Hvem
from jobs.arbeidsplass import Arbeidsplass, gaa_runde


def runde() -> int:
    """Hand the varsler that are due to their channels; return how many."""
    return gaa_runde(RUNDE, _arbeid)


def _arbeid(plass: Arbeidsplass, hvem: Hvem, til: dt.datetime) -> int:
    return Varselrunde(plass.kjerne, plass.kanaler, plass.sann_tid, hvem).kjoer(til=til)
