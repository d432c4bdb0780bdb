"""All rounds: the one list that the worker, the timetable, the doorbell, /drift and the metrics read."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.runder.bevaring import BEVARING
from gateway.runder.frister import FRISTER
from gateway.runder.idempotens import IDEMPOTENS
from gateway.runder.innboks import INNBOKS
from gateway.runder.kalenderavtaler import KALENDERAVTALER
from gateway.runder.observatoerer import OBSERVATOERER
from gateway.runder.paaminnelser import PAAMINNELSER
from gateway.runder.runde import Runde
from gateway.runder.sletting import SLETTING
from gateway.runder.varsler import VARSLER

RUNDER: Mapping[str, Runde] = {
    runde.navn: runde
    for runde in (
        INNBOKS,
        *VARSLER,
        FRISTER,
        PAAMINNELSER,
        KALENDERAVTALER,
        OBSERVATOERER,
        SLETTING,
        IDEMPOTENS,
        BEVARING,
    )
}
