"""The shapes in which events come: what identifies them, read from raw bytes that were verified before."""

from __future__ import annotations

import datetime as dt
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.domain.feil import Avslag, Valideringsfeil
from gateway.domain.hendelsesdata import BOM, DYPESTE, Format, UgyldigJson, cloudevent_data, les_json
from gateway.domain.noekkel import noekkelfeil, normalisert
from gateway.domain.tid import les_tidspunkt
from gateway.inbox.attributter import er_opplagt_gyldige
from gateway.plugin.formater import UkjentInnholdstype

STRUKTURERT = "application/cloudevents+json"
SATSVIS = "application/cloudevents-batch+json"
CE_HODE = "ce-"
MILLISEKUNDER_FRA = 1e11  # as seconds that is the year 5138, as milliseconds 1973
_SITERT = re.compile(r'"(.*)"')
_UNNSLUPPET = re.compile(r"\\(.)")


@dataclass(frozen=True, kw_only=True)
class LestHendelse:
    """An event as it came in: what identifies it, its data, and the bytes to keep.

    `tid`: when it happened, as it says. `stopper_noekkelen`: whether those behind it wait while it is in KARANTENE.
    """

    kilde: str
    id: str
    type: str
    noekkel: str | None
    format: Format
    raa: bytes
    data: Any
    tid: dt.datetime | None = None
    stopper_noekkelen: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Uidentifisert:
    """A message that does not say what it is. `id`: the one that was signed, if any; `grunn` repeats nothing of it.

    One that says what `type` it is of, and lacks its id only, may be identified by the plugin of that type; it then has
    the `noekkel` and `tid` that its source found.
    """

    kilde: str
    id: str | None
    format: Format
    raa: bytes
    grunn: str
    type: str | None = None
    noekkel: str | None = None
    tid: dt.datetime | None = None
    stopper_noekkelen: bool | None = None


def medietype(innholdstype: str) -> str:
    """The media type of a Content-Type, which has no case."""
    return innholdstype.partition(";")[0].strip().lower()


def les_cloudevents(innholdstype: str, hoder: Mapping[str, str], kropp: bytes) -> list[LestHendelse | Avslag]:
    """The events of a CloudEvents 1.0 request: structured, binary or batch, as its content type and headers say.

    `hoder` has lower-case names. In a batch, an element that is no valid event is answered by what is wrong with it,
    in its place. Raises Valideringsfeil for a single event that is not valid, UgyldigJson, UkjentInnholdstype.
    """
    type_ = medietype(innholdstype)
    if type_ == SATSVIS:
        return [_eller_feil(element) for element in _elementer(kropp)]
    if type_ == STRUKTURERT:
        return [les_strukturert(kropp)]
    if any(navn.startswith(CE_HODE) for navn in hoder):
        return [les_binaer(hoder, type_, kropp)]
    raise UkjentInnholdstype(
        f"Send a CloudEvent as {STRUKTURERT}, a batch as {SATSVIS}, or the data as application/json with ce- headers."
    )


def les_strukturert(kropp: bytes) -> LestHendelse:
    """The event of a structured CloudEvent. Raises Valideringsfeil, UgyldigJson."""
    return strukturert(les_json(kropp), kropp)


def _elementer(kropp: bytes) -> list[bytes]:
    """The elements of a batch, each as it stands: what is wrong within one is its own fault."""
    try:
        elementer = msgspec.json.decode(kropp.removeprefix(BOM), type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise Valideringsfeil("A batch of CloudEvents is a JSON array of events.") from None
    except msgspec.DecodeError as feil:
        raise UgyldigJson(f"The body is not JSON: {feil}.") from None
    except RecursionError:
        raise UgyldigJson(f"The body is nested deeper than {DYPESTE} levels.") from None
    if not elementer:
        raise Valideringsfeil("The batch is empty: an array of at least one event is what a batch is for.")
    return [bytes(element) for element in elementer]


def _eller_feil(element: bytes) -> LestHendelse | Avslag:
    try:
        return les_strukturert(element)
    except Valideringsfeil as feil:
        return feil
    except UgyldigJson as feil:
        return Valideringsfeil(f"Not a CloudEvent: {str(feil).removeprefix('The body ')}")


def strukturert(element: Any, raa: bytes) -> LestHendelse:
    """The event of a structured CloudEvent that has been read as JSON. Raises Valideringsfeil."""
    if not isinstance(element, dict):
        raise Valideringsfeil("A CloudEvent is a JSON object.")
    attributter = {navn: verdi for navn, verdi in element.items() if navn not in ("data", "data_base64")}
    _kontroller(attributter)
    return _lest(attributter, Format.CLOUDEVENT, raa, cloudevent_data(element))


def les_binaer(hoder: Mapping[str, str], type_: str, kropp: bytes) -> LestHendelse:
    """The event whose attributes stand in `ce-` headers. Raises Valideringsfeil, UgyldigJson, UkjentInnholdstype."""
    if type_ != "application/json" and not type_.endswith("+json"):
        raise UkjentInnholdstype("The data of an event must be application/json.")
    attributter = {
        navn.removeprefix(CE_HODE): _hodeverdi(navn, verdi) for navn, verdi in hoder.items() if navn.startswith(CE_HODE)
    }
    _kontroller(attributter)
    return _lest(attributter, Format.JSON, kropp, les_json(kropp))


def _hodeverdi(navn: str, verdi: str) -> str:
    """The value of an attribute that came in a header: out of its quotes, and percent-decoded once."""
    if sitert := _SITERT.fullmatch(verdi):
        verdi = _UNNSLUPPET.sub(r"\1", sitert.group(1))
    try:
        return urllib.parse.unquote_to_bytes(verdi.encode("latin-1")).decode()
    except UnicodeError:
        raise Valideringsfeil(
            "Not a CloudEvent.", felter={"headers": {navn: ["must be UTF-8, percent-encoded."]}}
        ) from None


def _kontroller(attributter: Mapping[str, Any]) -> None:
    """Let the CloudEvents library judge the attributes that are not plainly valid."""
    if er_opplagt_gyldige(attributter):
        return
    if attributter.get("specversion") != "1.0":
        raise Valideringsfeil("Not a CloudEvent.", felter={"json": {"specversion": ['must be "1.0".']}})
    try:
        JSONFormat().read(CloudEvent, msgspec.json.encode({**attributter, "data": None}))
    except CloudEventValidationError as feil:
        felter = {navn: ["is missing, or not as CloudEvents 1.0 wants it."] for navn in feil.errors}
        raise Valideringsfeil("Not a CloudEvent.", felter={"json": felter}) from None
    except (BaseCloudEventException, ValueError, TypeError, AttributeError):
        raise Valideringsfeil("Not a CloudEvent: an attribute is not as CloudEvents 1.0 wants it.") from None


def _lest(attributter: Mapping[str, Any], format_: Format, raa: bytes, data: Any) -> LestHendelse:
    subject, tid = attributter.get("subject"), attributter.get("time")
    return identifisert(
        kilde=attributter.get("source"),
        id_=attributter.get("id"),
        type_=attributter.get("type"),
        noekkel=subject if isinstance(subject, str) else None,
        format_=format_,
        raa=raa,
        data=data,
        tid=tid.upper() if isinstance(tid, str) else tid,  # RFC 3339 allows `t` and `z`
    )


def identifisert(
    *,
    kilde: Any,
    id_: Any,
    type_: Any,
    noekkel: Any,
    format_: Format,
    raa: bytes,
    data: Any,
    tid: Any = None,
    stopper_noekkelen: bool | None = None,
) -> LestHendelse:
    """An event, once what identifies it has been found to be usable text, in its one form. Raises Valideringsfeil."""
    funnet = {"source": kilde, "id": id_, "type": type_, **({} if noekkel is None else {"key": noekkel})}
    tekster = {navn: _som_noekkel(verdi) for navn, verdi in funnet.items()}
    feil = {
        navn: ["is missing." if funnet[navn] is None else brudd or "must be text or a whole number."]
        for navn, tekst in tekster.items()
        if (brudd := noekkelfeil(tekst) if tekst is not None else None) or tekst is None
    }
    naar = None
    if tid is not None:
        try:
            naar = _som_tid(tid)
        except ValueError as avvik:
            feil["time"] = [f"{avvik}."]
    if feil:
        raise Valideringsfeil("The event cannot be identified.", felter={"json": feil})
    return LestHendelse(
        kilde=tekster["source"] or "",
        id=tekster["id"] or "",
        type=tekster["type"] or "",
        noekkel=tekster.get("key"),
        format=format_,
        raa=raa,
        data=data,
        tid=naar,
        stopper_noekkelen=stopper_noekkelen,
    )


def i_en_setning(feil: Valideringsfeil) -> str:
    """What is wrong with an event, in a sentence that repeats nothing of it."""
    felter = [par for sted in (feil.felter or {}).values() for par in sted.items()]
    return " ".join([feil.detalj, *(f"{navn} {' '.join(funn)}" for navn, funn in felter)])


def _som_noekkel(verdi: Any) -> str | None:
    """A whole number stands for its digits; true and false stand for nothing."""
    if isinstance(verdi, bool) or not isinstance(verdi, int | str):
        return None
    return normalisert(str(verdi))


def _som_tid(verdi: Any) -> dt.datetime:
    """An instant in UTC: of ISO 8601, in Oslo where it has no offset, or of seconds or milliseconds since 1970.

    Raises ValueError.
    """
    if isinstance(verdi, dt.datetime):
        return verdi
    if isinstance(verdi, str) and not verdi.isdigit():
        return les_tidspunkt(verdi)
    if isinstance(verdi, bool) or not isinstance(verdi, int | float | str):
        raise ValueError("must be a date and time, or a number of seconds since 1970")  # noqa: TRY004 - a finding
    try:
        sekunder = float(verdi)
        return dt.datetime.fromtimestamp(sekunder / 1000 if abs(sekunder) >= MILLISEKUNDER_FRA else sekunder, dt.UTC)
    except (OverflowError, ValueError, OSError):
        raise ValueError("is outside the calendar; it must be seconds or milliseconds since 1970") from None
