"""`skjema`: forms (`application/x-www-form-urlencoded`), with JSON in one field, or with the data in the fields."""

from __future__ import annotations

import urllib.parse
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
    UkjentInnholdstype,
    Uleselig,
    Uttrykk,
    les_json,
    skriv_json,
)

SKJEMAKODET = "application/x-www-form-urlencoded"
FELT, FLEST_FELTER = "payload", 1_000
JSON, FELTER = "json", "felter"


class SkjemaFormat:
    """`innhold: json` reads the JSON in the field `felt` (GitHub and Slack: `payload`); `felter` takes the fields
    themselves as the data: a text each, and a list for one that is there more than once.
    """

    navn = "skjema"
    standarder: Mapping[str, str] = {}
    sier_hva_de_er = False
    har_svar = False

    def __init__(self, innhold: str = JSON, felt: str = FELT) -> None:
        self._innhold = innhold
        self._felt = felt

    def med(self, valg: Mapping[str, Any]) -> SkjemaFormat:
        lest = Valg(self.navn, valg, ("innhold", "felt"))
        innhold = lest.en_av("innhold", (JSON, FELTER), JSON)
        felt = lest.tekst("felt", FELT)
        if innhold == FELTER and "felt" in valg:
            lest.galt("felt", f"must be left out with innhold: {FELTER}")
        if not felt:
            lest.galt("felt", "must not be empty")
        lest.krev()
        return SkjemaFormat(innhold, felt or FELT)

    def uttrykk(self, tekst: str) -> Uttrykk:
        return Uttrykk(tekst)

    def les(self, melding: Melding) -> Lest:
        if melding.innholdstype.partition(";")[0].strip().lower() not in ("", SKJEMAKODET):
            raise UkjentInnholdstype(f"This source is read as a form; send it as {SKJEMAKODET}.")
        felter = _felter(melding.kropp)
        if self._innhold == FELTER:
            data = {navn: verdier[0] if len(verdier) == 1 else verdier for navn, verdier in felter.items()}
            return Lest(deler=[Innhold(data=data, raa=skriv_json(data), soekes=data)])
        verdier = felter.get(self._felt, [])
        if len(verdier) != 1:
            raise Uleselig(
                f"The form has {len(verdier)} fields with the name {self._felt}; it must have one, with JSON."
            )
        raa = verdier[0].encode()
        try:
            data = les_json(raa)
        except UgyldigJson as feil:
            raise UgyldigJson(str(feil).replace("The body", f"The field {self._felt}")) from None
        return Lest(deler=[Innhold(data=data, raa=raa, soekes=data)])

    def svar(self, svar: Svarinnhold) -> Formatsvar | None:
        del svar
        return None


def _felter(kropp: bytes) -> dict[str, list[str]]:
    """Raises Uleselig."""
    try:
        return urllib.parse.parse_qs(
            kropp.decode("ascii").strip("\r\n"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=FLEST_FELTER,
        )
    except UnicodeError:
        raise Uleselig("The body is no form: it must be percent-encoded UTF-8.") from None
    except ValueError:
        raise Uleselig(f"The body is no form, or has more than {FLEST_FELTER} fields.") from None
