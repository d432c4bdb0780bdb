"""The messages about a dialogmøte: their schemas and an example of each."""

from __future__ import annotations

from typing import Any

from gateway.plugin import Hendelsestype

NOEKKEL = ("orgnummer", "arbeidstakerFnr", "narmesteLederFnr")
FNR = {"type": "string", "pattern": "^[0-9]{11}$"}
HVEM = {"orgnummer": "312914174", "arbeidstakerFnr": "21459310093", "narmesteLederFnr": "15488510042"}
MED_TID: dict[str, Any] = {
    "required": ["motetidspunkt"],
    "properties": {
        "motetidspunkt": {
            "type": "object",
            "required": ["tidspunkt"],
            "properties": {
                "tidspunkt": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}
            },
        }
    },
}
MED_SVAR: dict[str, Any] = {
    "required": ["dialogmoteSvar"],
    "properties": {
        "dialogmoteSvar": {
            "type": "object",
            "required": ["svar"],
            "properties": {"svar": {"enum": ["KOMMER", "NYTT_TID_STED", "KOMMER_IKKE"]}},
        }
    },
}


def _type(navn: str, beskrivelse: str, data_skjema: dict[str, Any], data: dict[str, Any]) -> Hendelsestype:
    return Hendelsestype(
        navn=navn,
        beskrivelse=beskrivelse,
        skjema={
            "type": "object",
            "required": [*NOEKKEL, "data"],
            "properties": {
                "orgnummer": {"type": "string"},
                "arbeidstakerFnr": FNR,
                "narmesteLederFnr": FNR,
                "data": {"type": "object", **data_skjema},
            },
        },
        eksempel={"@type": "NarmesteLederHendelse", "type": navn, "ferdigstill": False, "data": data, **HVEM},
        noekkel=f"join('-', [{', '.join(NOEKKEL)}])",
    )


TIDEN = {"motetidspunkt": {"tidspunkt": "2026-12-15T13:00:00"}}
HENDELSESTYPER = (
    _type("NL_DIALOGMOTE_INNKALT", "A leader is invited: becomes a sak and an appointment", MED_TID, TIDEN),
    _type(
        "NL_DIALOGMOTE_SVAR",
        "The leader has answered: the appointment's tilstand",
        MED_SVAR,
        {"dialogmoteSvar": {"svar": "KOMMER"}},
    ),
    _type(
        "NL_DIALOGMOTE_NYTT_TID_STED",
        "The meeting is moved: the appointment is called off, and a new one made",
        MED_TID,
        {"motetidspunkt": {"tidspunkt": "2026-12-18T10:00:00"}},
    ),
    _type("NL_DIALOGMOTE_AVLYST", "The meeting is called off: the sak is FERDIG", MED_TID, TIDEN),
    _type("NL_DIALOGMOTE_REFERAT", "The minutes are there: becomes a beskjed, and the sak is FERDIG", MED_TID, TIDEN),
)
