"""The round of the inbox: events that are ready."""

from __future__ import annotations

import datetime as dt

from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import RUNDE
from gateway.store.logg import Hvem
from jobs.arbeidsplass import Arbeidsplass, gaa_runde


def runde() -> int:
    """Handle the events that are ready; return how many."""
    return gaa_runde(RUNDE, _arbeid)


def _arbeid(plass: Arbeidsplass, hvem: Hvem, til: dt.datetime) -> int:
    del hvem  # each event has a correlation id of its own
    return Innboksrunde(plass.kjerne, plass.oversetter, plass.sann_tid).kjoer(
        fortsett=lambda: plass.sann_tid.naa() < til
    )
