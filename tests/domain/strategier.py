"""Kommandoer of every kind and shape, for properties that hold for all of them."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings
from hypothesis import strategies as st

from gateway.domain.kommandoer import KOMMANDOER
from gateway.domain.tid import UTC
from tests.domain.klokkeslett import veggur

# How long an example takes says nothing about the rule, and much about the machine.
jevnt = settings(deadline=None)

INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
FRA, TIL = veggur("1950-01-01"), veggur("2150-01-01")

oeyeblikk = st.datetimes(FRA, TIL, timezones=st.just(UTC))
tidspunkter = st.datetimes(FRA, TIL, timezones=st.sampled_from([None, UTC, INDIA]))
st.register_type_strategy(dt.datetime, tidspunkter)

kommandoer = st.one_of([st.from_type(klasse) for klasse in KOMMANDOER.values()])
