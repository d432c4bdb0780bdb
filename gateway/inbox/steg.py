"""The steps that are kept with an event, and how they are read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.innhold import fra_json
from gateway.handling.utfoer import Steg


def les_steg(data: Sequence[Mapping[str, Any]]) -> list[Steg]:
    """The steps that were kept with an event. Raises msgspec.ValidationError."""
    return [
        Steg(kommando=fra_json(ett), tillatte_avslag=frozenset(ett["tillatteAvslag"]), avslutter=ett["avslutter"])
        for ett in data
    ]
