"""All rounds, by name: what the doorbell rings for, and the timetable goes through."""

from __future__ import annotations

from collections.abc import Callable

from gateway.handling.frister import RUNDE as FRISTER
from gateway.handling.idempotens import RUNDE as IDEMPOTENS
from gateway.handling.kalenderavtale import RUNDE as KALENDERAVTALER
from gateway.handling.paaminnelse import RUNDE as PAAMINNELSER
from gateway.handling.sletting import RUNDE as SLETTING
from gateway.handling.varsel import RUNDE as VARSLER
from gateway.inbox.inntak import RUNDE as INNBOKS
from jobs import frister, idempotens, innboks, kalenderavtaler, paaminnelser, sletting, varsler

RUNDER: dict[str, Callable[[], int]] = {
    INNBOKS: innboks.runde,
    VARSLER: varsler.runde,
    FRISTER: frister.runde,
    PAAMINNELSER: paaminnelser.runde,
    KALENDERAVTALER: kalenderavtaler.runde,
    SLETTING: sletting.runde,
    IDEMPOTENS: idempotens.runde,
}
