"""What came of a kommando."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from gateway.domain.sak import Status


@dataclass(frozen=True, kw_only=True)
class Utfall:
    """`ny`: this call made the change; else the answer of an earlier, equal one is given again.

    The lists of ids are None where they do not apply: `paaminnelse_varsler` for an oppgave without paaminnelse.
    `merknader` say what was accepted and may not be what was meant.
    """

    id: UUID
    ny: bool
    eksterne_varsler: tuple[UUID, ...] | None = None
    paaminnelse_varsler: tuple[UUID, ...] | None = None
    statuser: tuple[Status, ...] | None = None
    status_id: UUID | None = None
    merknader: tuple[str, ...] = ()


# Worked out now, while there is one thread: see gateway.domain.innhold.
msgspec.json.Decoder(Utfall)
