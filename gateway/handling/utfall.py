"""What came of a kommando."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from gateway.domain.sak import Status


@dataclass(frozen=True, kw_only=True)
class Utfall:
    """`ny`: this call made the change; else the answer of an earlier, equal one is given again. Of a sak that is made
    unless it is there, `ny` is whether it was made.

    The lists of ids are None where they do not apply: `paaminnelse_varsler` for an oppgave without paaminnelse.
    `grupperingsid` is that of an open sak, which the gateway makes; `antall` how many notifikasjoner of a sak
    were changed.
    `merknader` say what was accepted and may not be what was meant.
    """

    id: UUID
    ny: bool
    eksterne_varsler: tuple[UUID, ...] | None = None
    paaminnelse_varsler: tuple[UUID, ...] | None = None
    statuser: tuple[Status, ...] | None = None
    status_id: UUID | None = None
    grupperingsid: str | None = None
    antall: int | None = None
    merknader: tuple[str, ...] = ()


# Worked out now, while there is one thread: see gateway.domain.innhold.
msgspec.json.Decoder(Utfall)
