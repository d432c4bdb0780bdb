"""What is new under an employer's bell."""

from __future__ import annotations

import datetime as dt

from gateway.domain.tilstand import Oppgavetilstand, Tilstand


def er_ny(sortering_tidspunkt: dt.datetime, tilstand: Tilstand | None, sist_lest: dt.datetime | None) -> bool:
    """Whether it came after the bell was last opened. An oppgave that is not NY asks for nothing, and is never new."""
    if isinstance(tilstand, Oppgavetilstand) and tilstand is not Oppgavetilstand.NY:
        return False
    return sist_lest is None or sortering_tidspunkt > sist_lest
