"""The shapes in which events come: what identifies them, read from raw bytes that were verified before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelsesdata import Format, cloudevent_data

LENGSTE_FELT = 500
DYPESTE = 64
STRUKTURERT = "application/cloudevents+json"
SATSVIS = "application/cloudevents-batch+json"
CE_HODE = "ce-"


class UgyldigJson(Exception):
    """The body is not JSON. The text says where, and nothing of what stands there."""


class UkjentInnholdstype(Exception):
    """The content type is not one that the gateway reads. The text names those that it reads."""


@dataclass(frozen=True, kw_only=True)
class LestHendelse:
    """An event as it came in: what identifies it, its data, and the bytes to keep."""

    kilde: str
    id: str
    type: str
    noekkel: str | None
    format: Format
    raa: bytes
    data: Any


def les_json(kropp: bytes) -> Any:
    """Raises UgyldigJson."""
    try:
        verdi = msgspec.json.decode(kropp)
        _krev_grunn(verdi)
    except msgspec.DecodeError as feil:
        raise UgyldigJson(f"The body is not JSON: {feil}.") from None
    except (RecursionError, UnicodeDecodeError):
        raise UgyldigJson(f"The body is not JSON in UTF-8, or is nested deeper than {DYPESTE} levels.") from None
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


def les_cloudevents(innholdstype: str, hoder: Mapping[str, str], kropp: bytes) -> list[LestHendelse | Valideringsfeil]:
    """The events of a CloudEvents 1.0 request: structured, binary or batch, as its content type and headers say.

    `hoder` has lower-case names. In a batch, an element that is no valid event is answered by what is wrong with it,
    in its place. Raises Valideringsfeil for a single event that is not valid, UgyldigJson, UkjentInnholdstype.
    """
    medietype = innholdstype.partition(";")[0].strip().lower()
    if medietype == SATSVIS:
        elementer = les_json(kropp)
        if not isinstance(elementer, list):
            raise Valideringsfeil("A batch of CloudEvents is a JSON array of events.")
        return [_eller_feil(element) for element in elementer]
    if medietype == STRUKTURERT:
        return [_strukturert(les_json(kropp), kropp)]
    if any(navn.startswith(CE_HODE) for navn in hoder):
        return [_binaer(hoder, medietype, kropp)]
    raise UkjentInnholdstype(
        f"Send a CloudEvent as {STRUKTURERT}, a batch as {SATSVIS}, or the data as application/json with ce- headers."
    )


def _eller_feil(element: Any) -> LestHendelse | Valideringsfeil:
    try:
        return _strukturert(element, msgspec.json.encode(element))
    except Valideringsfeil as feil:
        return feil


def _strukturert(element: Any, raa: bytes) -> LestHendelse:
    if not isinstance(element, dict):
        raise Valideringsfeil("A CloudEvent is a JSON object.")
    attributter = {navn: verdi for navn, verdi in element.items() if navn not in ("data", "data_base64")}
    _kontroller(raa=msgspec.json.encode({**attributter, "data": None}), attributter=attributter)
    return _lest(attributter, Format.CLOUDEVENT, raa, cloudevent_data(element))


def _binaer(hoder: Mapping[str, str], medietype: str, kropp: bytes) -> LestHendelse:
    if medietype != "application/json" and not medietype.endswith("+json"):
        raise UkjentInnholdstype("The data of an event must be application/json.")
    attributter = {navn.removeprefix(CE_HODE): verdi for navn, verdi in hoder.items() if navn.startswith(CE_HODE)}
    _kontroller(raa=msgspec.json.encode({**attributter, "data": None}), attributter=attributter)
    return _lest(attributter, Format.JSON, kropp, les_json(kropp))


def _kontroller(raa: bytes, attributter: Mapping[str, Any]) -> None:
    """Let the CloudEvents library judge the attributes."""
    if attributter.get("specversion") != "1.0":
        raise Valideringsfeil("Not a CloudEvent.", felter={"json": {"specversion": ['must be "1.0".']}})
    try:
        JSONFormat().read(CloudEvent, raa)
    except CloudEventValidationError as feil:
        felter = {navn: ["is missing, or not as CloudEvents 1.0 wants it."] for navn in feil.errors}
        raise Valideringsfeil("Not a CloudEvent.", felter={"json": felter}) from None
    except (BaseCloudEventException, ValueError, TypeError, AttributeError):
        raise Valideringsfeil("Not a CloudEvent: an attribute is not as CloudEvents 1.0 wants it.") from None


def _lest(attributter: Mapping[str, Any], format_: Format, raa: bytes, data: Any) -> LestHendelse:
    subject = attributter.get("subject")
    return identifisert(
        kilde=attributter["source"],
        id_=attributter["id"],
        type_=attributter["type"],
        noekkel=subject if isinstance(subject, str) else None,
        format_=format_,
        raa=raa,
        data=data,
    )


def identifisert(
    *, kilde: Any, id_: Any, type_: Any, noekkel: Any, format_: Format, raa: bytes, data: Any
) -> LestHendelse:
    """An event, once what identifies it has been found to be usable text. Raises Valideringsfeil."""
    funnet = {"source": kilde, "id": id_, "type": type_, **({} if noekkel is None else {"key": noekkel})}
    tekster = {navn: str(verdi) if isinstance(verdi, int) else verdi for navn, verdi in funnet.items()}
    feil = {
        navn: [f"must be text of 1 to {LENGSTE_FELT} characters, without control characters."]
        for navn, verdi in tekster.items()
        if not isinstance(verdi, str) or not 1 <= len(verdi) <= LENGSTE_FELT or not verdi.isprintable()
    }
    if feil:
        raise Valideringsfeil("The event cannot be identified.", felter={"json": feil})
    return LestHendelse(
        kilde=tekster["source"],
        id=tekster["id"],
        type=tekster["type"],
        noekkel=tekster.get("key"),
        format=format_,
        raa=raa,
        data=data,
    )
