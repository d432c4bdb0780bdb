"""The deletion time that an update gives an object."""

from __future__ import annotations

import datetime as dt

from gateway.domain.merknad import Merknader, om_sletting
from gateway.domain.sletting import NySlettetid


def ny_slettetid(
    oenske: NySlettetid | None, naavaerende: dt.datetime | None, *, fra: dt.datetime, naa: dt.datetime
) -> tuple[dt.datetime | None, Merknader]:
    """When the object is deleted after the update, and what to tell of it; unlike a creation's it may have passed."""
    if oenske is None:
        return naavaerende, ()
    slettes = oenske.beregn(naavaerende=naavaerende, fra=fra)
    return slettes, om_sletting(slettes, naa)
