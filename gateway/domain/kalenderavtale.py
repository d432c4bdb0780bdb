"""The life of an appointment: its producer sets any tilstand at any time, and it is AVHOLDT once it has begun."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.domain.feil import UgyldigKalenderavtale
from gateway.domain.tilstand import Kalenderavtaletilstand

# What the passing of the start leaves alone.
ENDELIGE = (Kalenderavtaletilstand.AVLYST, Kalenderavtaletilstand.AVHOLDT)


@dataclass(frozen=True, kw_only=True)
class Lokasjon:
    """Where it takes place."""

    adresse: str
    postnummer: str
    poststed: str


def krev_gyldig_tid(start: dt.datetime, slutt: dt.datetime | None) -> None:
    """Raises UgyldigKalenderavtale when it ends before it starts. Both are instants."""
    if slutt is not None and slutt < start:
        raise UgyldigKalenderavtale(
            "sluttTidspunkt lies before startTidspunkt; give a later sluttTidspunkt, or leave it out."
        )
