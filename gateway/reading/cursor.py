"""The cursor of a list: the id of the last row that a page showed."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.feil import Valideringsfeil


def les_cursor(etter: str) -> UUID:
    """Raises Valideringsfeil."""
    try:
        return UUID(hex=etter)
    except ValueError:
        raise Valideringsfeil(
            "etter is no cursor.", felter={"query": {"etter": ["must be a cursor that an earlier page gave as neste."]}}
        ) from None
