"""A message as a plugin sees it."""

from __future__ import annotations

from typing import Any

from gateway.plugin import Hendelse
from gateway.vertskap.versjoner import frosset
from tests.verden import START, lest


def hendelse(melding: dict[str, Any]) -> Hendelse:
    """The message as a plugin sees it."""
    inn = lest(melding)
    return Hendelse(kilde=inn.kilde, id=inn.id, type=inn.type, data=frosset(inn.data), mottatt=START)
