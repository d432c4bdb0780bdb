"""Norwegian calendar time: instants in UTC, wall clocks in Oslo, ISO 8601 durations.

An instant is an aware datetime in UTC. A wall-clock time is a naive datetime that means Europe/Oslo. The domain
resolves a wall clock to an instant once, with `instant`; nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

OSLO = ZoneInfo("Europe/Oslo")
UTC = dt.UTC
ETT_DOEGN = dt.timedelta(days=1)
LENGSTE_VARIGHET = 50
UTENFOR_KALENDEREN = "leads outside the calendar; give a shorter duration"


def instant(tidspunkt: dt.datetime) -> dt.datetime:
    """The instant, in UTC, that `tidspunkt` names; without an offset it is Oslo wall clock.

    A wall clock that occurs twice (October) means the first; one that does not occur (March) is read with the
    offset before the change, so 02:30 becomes 03:30 summer time.
    """
    if tidspunkt.tzinfo is None:
        tidspunkt = tidspunkt.replace(tzinfo=OSLO)
    return tidspunkt.astimezone(UTC)


def instant_eller_ingen(tidspunkt: dt.datetime | None) -> dt.datetime | None:
    """As `instant`, for a time that need not be given."""
    return None if tidspunkt is None else instant(tidspunkt)


def oslo(tidspunkt: dt.datetime) -> dt.datetime:
    """The instant as Oslo wall clock, naive."""
    return tidspunkt.astimezone(OSLO).replace(tzinfo=None)


def dagens_slutt(dag: dt.date) -> dt.datetime:
    """The instant at which `dag` has ended in Oslo: the following midnight."""
    return instant(dt.datetime.combine(dag + ETT_DOEGN, dt.time()))


def dato_i_oslo(tidspunkt: dt.datetime) -> dt.date:
    """The date in Oslo at an instant. Every date before it has ended."""
    return tidspunkt.astimezone(OSLO).date()


def les_tidspunkt(tekst: str) -> dt.datetime:
    """Read an ISO 8601 date and time as an instant in UTC; without an offset it is Oslo.

    Raises ValueError, with a remedy and without the text itself.
    """
    try:
        tidspunkt = instant(dt.datetime.fromisoformat(tekst))
        _ = oslo(tidspunkt)  # the last hours of the calendar are outside it in Norway
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 date and time, such as 2026-12-01T08:00:00+01:00") from None
    return tidspunkt


def les_lokal_tid(tekst: str) -> dt.datetime:
    """Read an ISO 8601 date and time as Oslo wall clock, naive; an offset is converted. Raises ValueError."""
    return oslo(les_tidspunkt(tekst))


def les_dato(tekst: str) -> dt.date:
    """Read an ISO 8601 date. Raises ValueError."""
    try:
        return dt.date.fromisoformat(tekst)
    except ValueError:
        raise ValueError("must be an ISO 8601 date, such as 2026-12-01") from None


VARIGHET = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Varighet:
    """An ISO 8601 duration: what counts on the calendar, and what is elapsed time. `P1D` is not always `PT24H`."""

    kalender: relativedelta
    klokketid: dt.timedelta


def les_varighet(tekst: str) -> Varighet:
    """Read an ISO 8601 duration (`P5D`, `P1M`, `PT3H`, `P2DT3H4M`). Raises ValueError, also for negative ones."""
    funnet = VARIGHET.fullmatch(tekst)
    if funnet is None or len(tekst) > LENGSTE_VARIGHET:
        raise ValueError("must be an ISO 8601 duration in whole numbers, not negative, such as P5D, P1M or PT3H")
    tall = {navn: int(verdi or 0) for navn, verdi in funnet.groupdict().items()}
    kalender = relativedelta(years=tall["years"], months=tall["months"], weeks=tall["weeks"], days=tall["days"])
    try:
        return Varighet(kalender, dt.timedelta(hours=tall["hours"], minutes=tall["minutes"], seconds=tall["seconds"]))
    except OverflowError:
        raise ValueError(UTENFOR_KALENDEREN) from None


def etter(start: dt.datetime, varighet: str) -> dt.datetime:
    """The instant that lies `varighet` after `start`.

    Years, months, weeks and days count on the Oslo wall clock (31 January plus P1M is the last of February);
    hours, minutes and seconds are elapsed time. Raises ValueError when it lies outside the calendar.
    """
    return _flytt(start, varighet, 1)


def foer(slutt: dt.datetime, varighet: str) -> dt.datetime:
    """The instant that lies `varighet` before `slutt`; counted as `etter` counts. Raises ValueError."""
    return _flytt(slutt, varighet, -1)


def _flytt(tidspunkt: dt.datetime, tekst: str, retning: int) -> dt.datetime:
    varighet = les_varighet(tekst)
    try:
        if varighet.kalender:  # else the wall clock, which cannot tell October's two 02:30 apart, is left out of it
            tidspunkt = instant(oslo(tidspunkt) + retning * varighet.kalender)
        return tidspunkt + retning * varighet.klokketid
    except (OverflowError, ValueError):
        raise ValueError(UTENFOR_KALENDEREN) from None
