"""Scheduled deletion: when an object and all that it held goes away for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.feil import Valideringsfeil
from gateway.domain.tid import etter, instant


@dataclass(frozen=True, kw_only=True)
class Slettetidspunkt:
    """Exactly one of the two: `den`, Oslo wall clock (naive), or `om`, an ISO 8601 duration."""

    den: dt.datetime | None = None
    om: str | None = None

    def beregn(self, fra: dt.datetime) -> dt.datetime:
        """The instant of deletion; `om` counts from `fra`: the object's own time, else the receipt."""
        if self.den is not None:
            return instant(self.den)
        try:
            return etter(fra, self.om or "")
        except ValueError as feil:
            raise Valideringsfeil(
                "The deletion time cannot be used.", felter={"hardDelete": {"om": [f"{feil}."]}}
            ) from None


def foerste_slettetid(oenske: Slettetidspunkt | None, *, fra: dt.datetime, naa: dt.datetime) -> dt.datetime | None:
    """When a new object is deleted; `fra` is its own time. Raises Valideringsfeil unless that is still to come."""
    if oenske is None:
        return None
    tidspunkt = oenske.beregn(fra)
    if tidspunkt <= naa:
        felt = "om" if oenske.den is None else "den"
        raise Valideringsfeil(
            "hardDelete lies in the past, so that what is created would be gone at once.",
            felter={"hardDelete": {felt: ["must lead to a time that is still to come."]}},
        )
    return tidspunkt


class Slettestrategi(StrEnum):
    FORLENG = "FORLENG"
    OVERSKRIV = "OVERSKRIV"


@dataclass(frozen=True, kw_only=True)
class NySlettetid:
    """A change of an object's deletion time."""

    ny_tid: Slettetidspunkt
    strategi: Slettestrategi

    def beregn(self, *, naavaerende: dt.datetime | None, fra: dt.datetime) -> dt.datetime:
        """The instant of deletion after the change: FORLENG takes the later of the two."""
        ny = self.ny_tid.beregn(fra)
        if self.strategi is Slettestrategi.FORLENG and naavaerende is not None:
            return max(ny, naavaerende)
        return ny
