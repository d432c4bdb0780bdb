"""The paaminnelse: when an oppgave or an appointment is brought up again.

The wish (`foerFrist: P5D`) is kept beside the instant that came of it, so that a new frist can be understood.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.domain.feil import UgyldigPaaminnelseTidspunkt
from gateway.domain.tid import dagens_slutt, etter, foer, instant
from gateway.domain.tilstand import Kalenderavtaletilstand, Oppgavetilstand, Tilstand
from gateway.domain.varsel import EksterntVarsel


@dataclass(frozen=True, kw_only=True)
class Paaminnelsestidspunkt:
    """Exactly one of the four. `konkret` is Oslo wall clock (naive); the others are ISO 8601 durations."""

    konkret: dt.datetime | None = None
    etter_opprettelse: str | None = None
    foer_frist: str | None = None
    foer_start_tidspunkt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Paaminnelse:
    tidspunkt: Paaminnelsestidspunkt
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Holdepunkter:
    """What the time of a paaminnelse is counted from and held against. The times are instants, `frist` a date."""

    opprettet: dt.datetime
    frist: dt.date | None = None
    start: dt.datetime | None = None


def paaminnelse_tidspunkt(oenske: Paaminnelsestidspunkt, holdepunkter: Holdepunkter) -> dt.datetime:
    """The instant at which an oppgave or an appointment is brought up again.

    Raises UgyldigPaaminnelseTidspunkt when it lies before creation, at or after the midnight that ends the frist's day
    or after the appointment's start, or is relative to something that is not there.
    """
    slutt = dagens_slutt(holdepunkter.frist) if holdepunkter.frist is not None else None
    try:
        tidspunkt = _beregn(oenske, holdepunkter, slutt)
    except ValueError as feil:
        raise UgyldigPaaminnelseTidspunkt(f"paaminnelse.tidspunkt {feil}.") from None
    if tidspunkt < holdepunkter.opprettet:
        raise UgyldigPaaminnelseTidspunkt(
            "paaminnelse.tidspunkt lies before the creation; give a later time or a shorter duration."
        )
    if slutt is not None and tidspunkt >= slutt:
        raise UgyldigPaaminnelseTidspunkt(
            "paaminnelse.tidspunkt lies after the frist's day has ended; give an earlier time, or a later frist."
        )
    if holdepunkter.start is not None and tidspunkt > holdepunkter.start:
        raise UgyldigPaaminnelseTidspunkt("paaminnelse.tidspunkt lies after the start; give an earlier time.")
    return tidspunkt


def gjelder_ennaa(tilstand: Tilstand | None) -> bool:
    """Whether there is anything left to remind of: an oppgave that is NY, an appointment that is not AVLYST."""
    return tilstand not in (Oppgavetilstand.UTFOERT, Oppgavetilstand.UTGAATT, Kalenderavtaletilstand.AVLYST)


def _beregn(oenske: Paaminnelsestidspunkt, holdepunkter: Holdepunkter, slutt: dt.datetime | None) -> dt.datetime:
    if oenske.konkret is not None:
        return instant(oenske.konkret)
    if oenske.etter_opprettelse is not None:
        return etter(holdepunkter.opprettet, oenske.etter_opprettelse)
    if oenske.foer_frist is not None:
        if slutt is None:
            raise ValueError("is relative to a frist, and there is none; give a frist, or another kind of time")
        return foer(slutt, oenske.foer_frist)
    if holdepunkter.start is None:
        raise ValueError("is relative to a start, which only a kalenderavtale has; give another kind of time")
    return foer(holdepunkter.start, oenske.foer_start_tidspunkt or "")
