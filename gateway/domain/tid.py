"""Norwegian calendar time: instants in UTC, wall clocks in Oslo, ISO 8601 durations.

An instant is an aware datetime in UTC. A wall-clock time is a naive datetime that means Europe/Oslo. The domain
resolves a wall clock to an instant once, with `instant`; nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import isodate

OSLO = ZoneInfo("Europe/Oslo")
UTC = dt.UTC
ETT_DOEGN = dt.timedelta(days=1)


def instant(tidspunkt: dt.datetime) -> dt.datetime:
    """The instant, in UTC, that `tidspunkt` names; without an offset it is Oslo wall clock.

    A wall clock that occurs twice (October) means the first; one that does not occur (March) is read with the
    offset before the change, so 02:30 becomes 03:30 summer time.
    """
    if tidspunkt.tzinfo is None:
        tidspunkt = tidspunkt.replace(tzinfo=OSLO)
    return tidspunkt.astimezone(UTC)


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
        return instant(dt.datetime.fromisoformat(tekst))
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 date and time, such as 2026-12-01T08:00:00+01:00") from None


def les_lokal_tid(tekst: str) -> dt.datetime:
    """Read an ISO 8601 date and time as Oslo wall clock, naive; an offset, if given, is converted. Raises ValueError."""
    return oslo(les_tidspunkt(tekst))


def les_dato(tekst: str) -> dt.date:
    """Read an ISO 8601 date. Raises ValueError."""
    try:
        return dt.date.fromisoformat(tekst)
    except ValueError:
        raise ValueError("must be an ISO 8601 date, such as 2026-12-01") from None


def les_varighet(tekst: str) -> isodate.Duration | dt.timedelta:
    """Read an ISO 8601 duration (`P5D`, `P1M`, `PT3H`, `P2DT3H4M`). Raises ValueError, also for negative ones."""
    if not tekst.startswith("P") or "-" in tekst:
        raise ValueError(UGYLDIG_VARIGHET)
    try:
        varighet = isodate.parse_duration(tekst)
    except (ValueError, OverflowError, ArithmeticError):
        raise ValueError(UGYLDIG_VARIGHET) from None
    if isinstance(varighet, isodate.Duration) and any(ledd % 1 for ledd in (varighet.years, varighet.months)):
        raise ValueError(UGYLDIG_VARIGHET)
    return varighet


UGYLDIG_VARIGHET = "must be an ISO 8601 duration of whole years and months, not negative, such as P5D or PT3H"


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
    if isinstance(varighet, isodate.Duration):
        kalender = isodate.Duration(years=varighet.years, months=varighet.months)
        rest = varighet.tdelta
    else:
        kalender, rest = isodate.Duration(), varighet
    doegn = dt.timedelta(days=rest.days)
    klokketid = rest - doegn
    try:
        veggur = oslo(tidspunkt)
        flyttet = veggur + kalender + doegn if retning > 0 else veggur - kalender - doegn
        return instant(flyttet) + retning * klokketid
    except (OverflowError, ValueError):
        raise ValueError("leads outside the calendar; give a shorter duration") from None
