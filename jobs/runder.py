"""All rounds, by name: what the doorbell rings for, and the timetable goes through."""

from __future__ import annotations

from collections.abc import Callable

from gateway.handling.frister import RUNDE as FRISTER
from gateway.handling.varsel import RUNDE as VARSLER
from gateway.inbox.inntak import RUNDE as INNBOKS
from jobs import frister, innboks, varsler

RUNDER: dict[str, Callable[[], int]] = {
    INNBOKS: innboks.runde,
    VARSLER: varsler.runde,
    FRISTER: frister.runde,
}
