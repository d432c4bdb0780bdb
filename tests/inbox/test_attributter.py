"""What is plainly a CloudEvent is one by the judgement of the CloudEvents library too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.inbox.attributter import er_opplagt_gyldige

VANLIG = {"specversion": "1.0", "id": "1", "source": "/a", "type": "b"}
TIDER = st.one_of(
    st.datetimes(timezones=st.timezones() | st.none()).map(lambda tid: tid.isoformat()),
    st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", fullmatch=True),
    st.sampled_from(["2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z", "0000-01-01T00:00:00Z"]),
    st.sampled_from(["2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00-23:59", "2026-01-01T00:00:00.1234567Z"]),
)
VERDIER = st.one_of(st.text(max_size=5), st.booleans(), st.integers(), st.none(), st.floats(allow_nan=False), TIDER)
NAVN = st.one_of(
    st.sampled_from(["id", "source", "type", "specversion", "subject", "time", "datacontenttype", "dataschema"]),
    st.sampled_from(["data", "data_base64", "traceparent", "tenant1", "Å", "STOR", "med-strek", "", "x\n", "1"]),
    st.text(max_size=5),
)


def biblioteket_tar(attributter: dict[str, Any]) -> bool:
    try:
        JSONFormat().read(CloudEvent, json.dumps({**attributter, "data": None}))
    except (BaseCloudEventException, ValueError, TypeError, AttributeError):
        return False
    return True


@settings(max_examples=1_000)
@given(attributter=st.dictionaries(NAVN, VERDIER, max_size=6), vanlig=st.booleans(), tid=st.none() | TIDER)
def test_det_opplagte_er_ogsaa_gyldig(attributter: dict[str, Any], vanlig: bool, tid: str | None) -> None:
    alle = {**(VANLIG if vanlig else {}), **attributter, **({} if tid is None else {"time": tid})}
    assert biblioteket_tar(alle) or not er_opplagt_gyldige(alle)


@pytest.mark.parametrize(
    "annet",
    [
        {},
        {"time": "2026-11-02T10:19:30.000Z"},
        {"time": "2026-11-02T10:19:30+01:00", "subject": "s", "datacontenttype": "application/json"},
        {"dataschema": "https://a/b", "traceparent": "00-1", "flagg": True},
    ],
)
def test_de_fleste_er_opplagte(annet: dict[str, Any]) -> None:
    assert er_opplagt_gyldige({**VANLIG, **annet})


@pytest.mark.parametrize(
    "annet",
    [{"id": ""}, {"source": 1}, {"specversion": "0.3"}, {"time": "i dag"}, {"subject": ""}, {"Stor": "x"}, {"time": 1}],
)
def test_det_som_ikke_er_opplagt_gaar_til_biblioteket(annet: dict[str, Any]) -> None:
    assert not er_opplagt_gyldige({**VANLIG, **annet})
