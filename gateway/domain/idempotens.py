"""Idempotency-Keys: how long each is remembered, and which updates are of one kind."""

from __future__ import annotations

import datetime as dt

from gateway.domain.bevaring import HUSKES
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndreTilleggsinformasjon,
    MedIdempotensnoekkel,
    SikreAapenSak,
    Sletting,
    navn,
)
from gateway.domain.produsent import Aktoer
from gateway.domain.tid import etter

# Longer than any retry, a long holiday's queue included. After it, the same key is a new one.
LEVETID = dt.timedelta(days=30)
TILLEGGSINFORMASJON = "Tilleggsinformasjon"


def slag(kommando: MedIdempotensnoekkel) -> str:
    """The kind of update: the same key for another kind is another update."""
    return TILLEGGSINFORMASJON if isinstance(kommando, EndreNesteSteg | EndreTilleggsinformasjon) else navn(kommando)


def glemmes(kommando: MedIdempotensnoekkel, aktoer: Aktoer, naa: dt.datetime) -> dt.datetime | None:
    """When a key that is used now is forgotten; None: not before its object.

    An event may be repeated at any time, by a person or a replay, and never takes effect again. A REST client stops.
    By an event, a deletion, whose object is gone, and a wish for an open sak, which may be another one by then, are
    remembered for as long as the event is.
    """
    if not aktoer.plugin:
        return naa + LEVETID
    return etter(naa, HUSKES) if isinstance(kommando, Sletting | SikreAapenSak) else None
