"""How the bytes that are kept of an event hold its data."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from gateway.domain.feil import Valideringsfeil

BOM = b"\xef\xbb\xbf"
DYPESTE = 64


class Format(StrEnum):
    """How the raw bytes hold the data: all of them, or as the `data` of a structured CloudEvent.

    ORIGINAL: they are what was sent, and only the format of its source can read them. Nothing that is identified is
    kept so.
    """

    JSON = "json"
    CLOUDEVENT = "cloudevent"
    ORIGINAL = "original"


class Uleselig(Exception):
    """A message is not in the format of its source. The text says where, and nothing of what stands there.

    `felter` tells of it by place, as a problem does.
    """

    def __init__(self, detalj: str, *, felter: Mapping[str, Any] | None = None) -> None:
        super().__init__(detalj)
        self.felter = felter


class UgyldigJson(Uleselig):
    """The body is not JSON."""


def les_json(kropp: bytes) -> Any:
    """The value of a JSON text in UTF-8, no deeper than `DYPESTE`. Raises UgyldigJson."""
    try:
        verdi = msgspec.json.decode(kropp.removeprefix(BOM))
        if kropp.count(b"[") + kropp.count(b"{") > DYPESTE:  # else it cannot be deeper, and most are not
            _krev_grunn(verdi)
    except msgspec.DecodeError as feil:
        raise UgyldigJson(f"The body is not JSON: {feil}.") from None
    except (RecursionError, ValueError):  # ValueError: bytes that are not UTF-8, and numbers of thousands of digits
        raise UgyldigJson(
            f"The body is not JSON in UTF-8, is nested deeper than {DYPESTE} levels, or has a number without end."
        ) from None
    return verdi


def _krev_grunn(verdi: Any) -> None:
    lag = [verdi]
    for _ in range(DYPESTE):
        lag = [
            barn
            for ett in lag
            if isinstance(ett, dict | list)
            for barn in (ett.values() if isinstance(ett, dict) else ett)
        ]
        if not lag:
            return
    raise RecursionError


def skriv_json(data: Any) -> bytes:
    """The data as it is kept of an event that was sent in another form than JSON."""
    return msgspec.json.encode(data)


def data_av(format_: Format, raa: bytes) -> Any:
    """The data of an event that was kept as `raa`. Raises ValueError for what only its source can read."""
    if format_ is Format.ORIGINAL:
        raise ValueError("what was sent has not been read by its source")
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
