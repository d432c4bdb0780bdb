"""The life of an appointment: its producer sets any tilstand at any time, and it is AVHOLDT once it has begun."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.domain.feil import Konflikt, UgyldigKalenderavtale
from gateway.domain.tilstand import Kalenderavtaletilstand

# What the passing of the start leaves alone, and what has no new time.
ENDELIGE = (Kalenderavtaletilstand.AVLYST, Kalenderavtaletilstand.AVHOLDT)


@dataclass(frozen=True, kw_only=True)
class Lokasjon:
    """Where it takes place."""

    adresse: str
    postnummer: str
    poststed: str


@dataclass(frozen=True, kw_only=True)
class Bortfall:
    """What an update of an appointment takes away of what was ordered before it and is not sent."""

    varsler: bool
    paaminnelse: bool


def bortfall(ny_tilstand: Kalenderavtaletilstand | None, *, nye_varsler: bool) -> Bortfall:
    """New varsler replace the old ones; AVLYST cancels them, and the paaminnelse."""
    avlyst = ny_tilstand is Kalenderavtaletilstand.AVLYST
    return Bortfall(varsler=avlyst or nye_varsler, paaminnelse=avlyst)


def krev_gyldig_tid(start: dt.datetime, slutt: dt.datetime | None) -> None:
    """Raises UgyldigKalenderavtale when it ends before it starts. Both are instants."""
    if slutt is not None and slutt < start:
        raise UgyldigKalenderavtale(
            "sluttTidspunkt lies before startTidspunkt; give a later sluttTidspunkt, or leave it out. An update that "
            "moves the start must give a new end too when the old one would lie before it."
        )


def krev_kan_flyttes(tilstand: Kalenderavtaletilstand) -> None:
    """Raises Konflikt for an appointment that is AVLYST or AVHOLDT, as it stands after the update that moves it."""
    if tilstand in ENDELIGE:
        raise Konflikt(
            f"The kalenderavtale is {tilstand}, and has no new time; give a nyTilstand with it if it takes place "
            "after all, or create another one."
        )
