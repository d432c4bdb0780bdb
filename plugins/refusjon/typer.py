"""The messages of two streams, one of avtaler and one of refusjoner: their schemas and an example of each."""

from __future__ import annotations

from typing import Any

from gateway.plugin import Hendelsestype

TEKST = {"type": "string", "minLength": 1, "maxLength": 200}


def _type(navn: str, beskrivelse: str, noekkel: str, felter: dict[str, Any], eksempel: dict[str, Any]) -> Hendelsestype:
    return Hendelsestype(
        navn=navn,
        beskrivelse=beskrivelse,
        skjema={
            "type": "object",
            "required": ["id", "type", *felter],
            "properties": {"id": TEKST, "type": {"const": navn}, **felter},
        },
        eksempel={"type": navn, **eksempel},
        id="id",
        noekkel=noekkel,
        tid="tidspunkt",
    )


HENDELSESTYPER = (
    _type(
        "AVTALE_KONTAKT",
        "Who the contact of an avtale is now: kept until a refusjon of it is ready",
        "join('', ['avtale-', avtaleId])",
        {
            "avtaleId": TEKST,
            "versjon": {"type": "integer", "minimum": 1},
            "kontakt": {
                "type": "object",
                "properties": {"telefon": {"type": "string"}, "epost": {"type": "string"}},
            },
        },
        {
            "id": "k-1",
            "tidspunkt": "2026-11-20T08:00:00Z",
            "avtaleId": "a-1",
            "versjon": 1,
            "kontakt": {"telefon": "99999999", "epost": "kontakt@example.com"},
        },
    ),
    _type(
        "REFUSJON_KLAR",
        "A refusjon is ready to be sent in: becomes an oppgave on the avtale's sak",
        "join('', ['refusjon-', refusjonId])",
        {
            "avtaleId": TEKST,
            "refusjonId": TEKST,
            "orgnr": {"type": "string"},
            "frist": {"type": "string", "format": "date"},
        },
        {
            "id": "r-1",
            "tidspunkt": "2026-11-21T08:00:00Z",
            "avtaleId": "a-1",
            "refusjonId": "ref-1",
            "orgnr": "312914174",
            "frist": "2027-01-31",
        },
    ),
    _type(
        "REFUSJON_SENDT",
        "A refusjon has been sent in: the oppgave is done, also if it comes first",
        "join('', ['refusjon-', refusjonId])",
        {"refusjonId": TEKST},
        {"id": "s-1", "tidspunkt": "2026-11-22T08:00:00Z", "refusjonId": "ref-1"},
    ),
)
