"""Dates and times as Norwegians write them, in Oslo."""

from __future__ import annotations

import datetime as dt

from gateway.domain.tid import OSLO, dato_i_oslo

MAANEDER = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)


def dag_i_oslo(dag: dt.date | dt.datetime) -> str:
    """`12. november 2026`; of an instant, the day that it is in Oslo then."""
    if isinstance(dag, dt.datetime):
        dag = dato_i_oslo(dag)
    return f"{dag.day}. {MAANEDER[dag.month - 1]} {dag.year}"


def tid_i_oslo(tidspunkt: dt.datetime) -> str:
    """`12. november 2026 kl. 10.05`."""
    return f"{dag_i_oslo(tidspunkt)} kl. {tidspunkt.astimezone(OSLO):%H.%M}"


def i_dag(naa: dt.datetime) -> dt.date:
    return dato_i_oslo(naa)
