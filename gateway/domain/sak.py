"""The life of a sak: its statuses. The current one is the one that came in last, whatever its tidspunkt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from gateway.domain.tilstand import Saksstatus


def er_aapen(siste_status: Saksstatus) -> bool:
    """Whether a sak with this current status is open: it is until it is FERDIG."""
    return siste_status is not Saksstatus.FERDIG


@dataclass(frozen=True, kw_only=True)
class Status:
    """`tekst` is what is shown; `overstyr_statustekst_med` what the producer said, None for the standard text."""

    id: UUID
    status: Saksstatus
    tekst: str
    overstyr_statustekst_med: str | None
    tidspunkt: dt.datetime


def ny_status(
    id_: UUID, status: Saksstatus, egen_tekst: str | None, tidspunkt: dt.datetime | None, *, naa: dt.datetime
) -> Status:
    """The status that a producer gave at `naa`: with its own text, also an empty one, else the standard one."""
    return Status(
        id=id_,
        status=status,
        tekst=status.standardtekst if egen_tekst is None else egen_tekst,
        overstyr_statustekst_med=egen_tekst,
        tidspunkt=tidspunkt or naa,
    )
