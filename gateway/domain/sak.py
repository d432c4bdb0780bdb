"""The life of a sak: its statuses, and which one is the current."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.domain.tilstand import Saksstatus


@dataclass(frozen=True, kw_only=True)
class Status:
    status: Saksstatus
    tekst: str
    tidspunkt: dt.datetime


def ny_status(status: Saksstatus, tekst: str | None, tidspunkt: dt.datetime | None, *, naa: dt.datetime) -> Status:
    """The status that a producer gave at `naa`: with its own text, else the standard one; its own time, else now."""
    return Status(status=status, tekst=tekst or status.standardtekst, tidspunkt=tidspunkt or naa)


def gjeldende(naavaerende: Status, ny: Status) -> Status:
    """The current status is the one with the latest tidspunkt; of two at the same moment, the one given last."""
    return ny if ny.tidspunkt >= naavaerende.tidspunkt else naavaerende
