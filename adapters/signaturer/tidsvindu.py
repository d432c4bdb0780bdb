"""The replay window: what was signed long ago, or is dated far ahead, is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.plugin import UgyldigSignatur

VINDU = dt.timedelta(minutes=5)
EPOKE = dt.datetime.fromtimestamp(0, dt.UTC)


@dataclass(frozen=True)
class Tidsform:
    """One way to write an instant. `les` reads what the pattern matches; it raises ValueError, OverflowError.

    `tegn`: what could make it longer, so that none of it can stand beside it where it is signed; none for a form that
    says itself where it begins and ends.
    """

    hva: str
    moenster: re.Pattern[str]
    tegn: str
    les: Callable[[str], dt.timedelta]
    skriv: Callable[[dt.datetime], str]


def _fra_iso(tekst: str) -> dt.timedelta:
    return dt.datetime.fromisoformat(tekst) - EPOKE


SEKUNDER = Tidsform(
    "whole seconds since 1970, in digits",
    re.compile(r"[0-9]{1,12}"),
    "0123456789",
    lambda tekst: dt.timedelta(seconds=int(tekst)),
    lambda naa: str(int(naa.timestamp())),
)
MILLISEKUNDER = Tidsform(
    "whole milliseconds since 1970, in digits",
    re.compile(r"[0-9]{1,15}"),
    "0123456789",
    lambda tekst: dt.timedelta(milliseconds=int(tekst)),
    lambda naa: str(int(naa.timestamp() * 1000)),
)
ISO = Tidsform(
    "a date and time with its offset, as 2026-11-27T09:30:00Z",
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"),
    "",
    _fra_iso,
    lambda naa: naa.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
)
FORMER: Mapping[str, Tidsform] = {"sekunder": SEKUNDER, "millisekunder": MILLISEKUNDER, "iso": ISO}


def krev_form(hvor: str, tidspunkt: str, form: Tidsform = SEKUNDER) -> dt.timedelta:
    """Since 1970. Raises UgyldigSignatur; `hvor` says where the text stood, which is not repeated."""
    if form.moenster.fullmatch(tidspunkt):
        try:
            return form.les(tidspunkt)
        except (ValueError, OverflowError):
            pass  # has the form, and is none: 2026-13-45
    raise UgyldigSignatur(f"{hvor} must be {form.hva}")


def krev_innenfor(hvor: str, siden_1970: dt.timedelta, naa: dt.datetime, vindu: dt.timedelta = VINDU) -> None:
    """Raises UgyldigSignatur for what is further from `naa` than the window, either way."""
    avvik = naa - EPOKE - siden_1970
    if abs(avvik) > vindu:
        for_ = "old" if avvik > vindu else "far in the future"
        raise UgyldigSignatur(f"{hvor} is too {for_}; it must be within {_sagt(vindu)} of now, at every try")


def _sagt(vindu: dt.timedelta) -> str:
    return "five minutes" if vindu == VINDU else f"{int(vindu.total_seconds())} seconds"
