"""The terms of use: their versions, and whether what a producer accepted still holds. Their text: `/kom-i-gang`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Vilkaarsversjon:
    """`frist` is the last day, Norwegian time, on which acceptance of the version before is enough."""

    versjon: str
    frist: dt.date


# The newest last. A new version is a line here, with its text on the page.
VERSJONER = (Vilkaarsversjon(versjon="2026-01", frist=dt.date(2026, 1, 31)),)


def gjeldende(versjoner: Sequence[Vilkaarsversjon] = VERSJONER) -> str:
    """The version that a producer accepts now."""
    return versjoner[-1].versjon


def holder(godkjent: str, i_dag: dt.date, versjoner: Sequence[Vilkaarsversjon] = VERSJONER) -> bool:
    """Whether acceptance of this version is enough on the day: of the newest, or one that is not yet replaced."""
    kjente = [ett.versjon for ett in versjoner]
    if godkjent not in kjente:
        return False
    nyere = versjoner[kjente.index(godkjent) + 1 :]
    return all(i_dag <= ett.frist for ett in nyere)
