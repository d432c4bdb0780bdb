"""Times as tests write them: an Oslo wall clock, or an instant."""

from __future__ import annotations

import datetime as dt

from gateway.domain.tid import UTC, instant


def veggur(tekst: str) -> dt.datetime:
    """An Oslo wall clock, naive."""
    return dt.datetime.fromisoformat(tekst)


def norsk(tekst: str) -> dt.datetime:
    """The instant of an Oslo wall clock."""
    return instant(veggur(tekst))


def utc(tekst: str) -> dt.datetime:
    return dt.datetime.fromisoformat(tekst).replace(tzinfo=UTC)
