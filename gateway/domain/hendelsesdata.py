"""How the bytes that are kept of an event hold its data."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from gateway.domain.feil import Valideringsfeil

BOM = b"\xef\xbb\xbf"


class Format(StrEnum):
    """How the raw bytes hold the data: all of them, or as the `data` of a structured CloudEvent."""

    JSON = "json"
    CLOUDEVENT = "cloudevent"


def data_av(format_: Format, raa: bytes) -> Any:
    """The data of an event that was kept as `raa`."""
    verdi = msgspec.json.decode(raa.removeprefix(BOM))
    return cloudevent_data(verdi) if format_ is Format.CLOUDEVENT else verdi


def cloudevent_data(element: Mapping[str, Any]) -> Any:
    """Raises Valideringsfeil."""
    if "data_base64" in element:
        try:
            return msgspec.json.decode(base64.b64decode(element["data_base64"], validate=True))
        except (ValueError, TypeError, RecursionError):
            raise Valideringsfeil(
                "Not a CloudEvent.", felter={"json": {"data_base64": ["must be JSON in base64."]}}
            ) from None
    return element.get("data")
