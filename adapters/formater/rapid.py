"""`rapid`: messages of rapids and rivers: JSON objects whose own fields have names that begin with `@`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.formater.valg import Valg
from gateway.plugin.formater import (
    Formatsvar,
    Innhold,
    Lest,
    Melding,
    Svarinnhold,
    UgyldigJson,
    Uttrykk,
    les_json,
)


class RapidFormat:
    """One message, one event. What others ask for on the same stream (`@behov`) is no event, unless the source says so.

    `@opprettet` has no offset, and is Oslo.
    """

    navn = "rapid"
    standarder: Mapping[str, str] = {
        "type": '"@event_name"',
        "id": '"@id"',
        "tid": '"@opprettet"',
        "ignorer": '"@behov"',
    }
    sier_hva_de_er = False
    har_svar = False

    def med(self, valg: Mapping[str, Any]) -> RapidFormat:
        Valg(self.navn, valg, ()).krev()
        return self

    def uttrykk(self, tekst: str) -> Uttrykk:
        return Uttrykk(tekst)

    def les(self, melding: Melding) -> Lest:
        data = les_json(melding.kropp)
        if not isinstance(data, dict):
            raise UgyldigJson("The body is not a message of a rapid, which is a JSON object.")
        return Lest(deler=[Innhold(data=data, raa=melding.kropp, soekes=data)])

    def svar(self, svar: Svarinnhold) -> Formatsvar | None:
        del svar
        return None
