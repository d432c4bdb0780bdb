"""The narrow rows by which an employer's access finds an object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain.kommandoer import Oppretting


def tilgangsrader(
    objekt: Mapping[str, UUID], kommando: Oppretting, sortering_tidspunkt: dt.datetime
) -> list[dict[str, Any]]:
    """One row for each access that shows the object: mottakere that ask for the same access are one."""
    return [
        {
            **objekt,
            "virksomhetsnummer": kommando.virksomhetsnummer,
            "tilgang": tilgang,
            "sortering_tidspunkt": sortering_tidspunkt,
        }
        for tilgang in {mottaker.tilgang for mottaker in kommando.mottakere}
    ]
