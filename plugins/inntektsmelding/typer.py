"""The messages of an inntektsmelding's life: their schemas and an example of each."""

from __future__ import annotations

from typing import Any

from gateway.plugin import Hendelsestype

ID = {"type": "string", "minLength": 1}
DATO = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
FNR = {"type": "string", "pattern": "^[0-9]{11}$"}
# The forespørsel's id, at top level or in `data`; none where others' talk has something else there.
NOEKKEL = "[forespoersel_id, data.forespoersel_id][?type(@) == 'string'] | [0]"
FORESPOERSEL = "b0a3c6f2-7d0e-4a0b-9b69-2b1f0c9d2f01"

# Others' talk on the same stream has `@behov` or `fail`; nothing else is asked of it.
ANDRES = {"anyOf": [{"required": ["@behov"]}, {"required": ["fail"]}]}
FELLES = {"type": "object", "required": ["@id"], "properties": {"@id": ID}}
MED_FORESPOERSEL = {
    "anyOf": [
        {"required": ["forespoersel_id"], "properties": {"forespoersel_id": ID}},
        {
            "required": ["data"],
            "properties": {
                "data": {"type": "object", "required": ["forespoersel_id"], "properties": {"forespoersel_id": ID}}
            },
        },
    ]
}
OPPRETT = {
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "required": ["forespoersel_id", "forespoersel", "sykmeldt", "virksomhet", "skal_ha_paaminnelse"],
            "properties": {
                "forespoersel_id": ID,
                "forespoersel": {
                    "type": "object",
                    "required": ["orgnr", "sykmeldingsperioder"],
                    "properties": {
                        "orgnr": {"type": "string"},
                        "sykmeldingsperioder": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "type": "object",
                                "required": ["fom", "tom"],
                                "properties": {"fom": DATO, "tom": DATO},
                            },
                        },
                    },
                },
                "sykmeldt": {
                    "type": "object",
                    "required": ["fnr", "navn"],
                    "properties": {"fnr": FNR, "navn": {"type": "string", "minLength": 1}},
                },
                "virksomhet": {"type": "string", "minLength": 1},
                "skal_ha_paaminnelse": {"type": "boolean"},
            },
        }
    },
}


def _type(navn: str, beskrivelse: str, skjema: dict[str, Any], eksempel: dict[str, Any]) -> Hendelsestype:
    return Hendelsestype(
        navn=navn,
        beskrivelse=beskrivelse,
        skjema={**FELLES, "anyOf": [ANDRES, skjema]},
        eksempel={"@event_name": navn, "@opprettet": "2026-11-02T09:00:00.123456", **eksempel},
        id='"@id"',
        noekkel=NOEKKEL,
    )


HENDELSESTYPER = (
    _type(
        "SAK_OG_OPPGAVE_OPPRETT_REQUESTED",
        "Nav needs an inntektsmelding: becomes a sak and an oppgave",
        OPPRETT,
        {
            "@id": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1001",
            "data": {
                "forespoersel_id": FORESPOERSEL,
                "forespoersel": {
                    "orgnr": "312914174",
                    "fnr": "21459310093",
                    "sykmeldingsperioder": [{"fom": "2026-10-01", "tom": "2026-10-31"}],
                    "egenmeldingsperioder": [],
                },
                "sykmeldt": {"fnr": "21459310093", "navn": "Ola Nordmann"},
                "virksomhet": "GLAD TORSK AS",
                "skal_ha_paaminnelse": True,
            },
        },
    ),
    _type(
        "FORESPOERSEL_KASTET_TIL_INFOTRYGD",
        "The forespørsel is handled elsewhere: the oppgave's paaminnelse is removed",
        MED_FORESPOERSEL,
        {"@id": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1002", "forespoersel_id": FORESPOERSEL},
    ),
    _type(
        "FORESPOERSEL_BESVART",
        "The employer has answered: the oppgave is done, the sak FERDIG",
        MED_FORESPOERSEL,
        {"@id": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1003", "data": {"forespoersel_id": FORESPOERSEL}},
    ),
    _type(
        "FORESPOERSEL_FORKASTET",
        "The answer is no longer needed: the oppgave is utgått, the sak FERDIG",
        MED_FORESPOERSEL,
        {"@id": "6f0f6d1c-5a36-4c50-8d7c-2f3c0d3a1004", "forespoersel_id": FORESPOERSEL},
    ),
)
