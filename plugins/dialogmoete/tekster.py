"""What leaders read about a dialogmøte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LENGSTE_TITTEL = 140
AVTALE = "Dialogmøte"
REFERAT = "Referatet fra dialogmøtet er klart"


@dataclass(frozen=True)
class Varseltekst:
    tittel: str
    html: str


def _varsel(tittel: str, tekst: str) -> Varseltekst:
    return Varseltekst(
        tittel=tittel,
        html=f"<p>{tekst}</p><p>Logg inn på Min side – arbeidsgiver hos Nav.</p><p>Vennlig hilsen Nav</p>",
    )


VARSLER: Mapping[str, Varseltekst] = {
    "NL_DIALOGMOTE_INNKALT": _varsel("Innkalling til dialogmøte", "Du er innkalt til et dialogmøte."),
    "NL_DIALOGMOTE_NYTT_TID_STED": _varsel("Dialogmøtet er flyttet", "Et dialogmøte har fått ny tid eller nytt sted."),
    "NL_DIALOGMOTE_AVLYST": _varsel("Dialogmøtet er avlyst", "Et dialogmøte som du var innkalt til, er avlyst."),
    "NL_DIALOGMOTE_REFERAT": _varsel("Referat fra dialogmøte", "Referatet fra et dialogmøte er klart."),
}
# What is told when the meeting is not known here.
UKJENT_MOETE: Mapping[str, str] = {
    "NL_DIALOGMOTE_SVAR": "Svaret på innkallingen til dialogmøte er registrert",
    "NL_DIALOGMOTE_NYTT_TID_STED": "Et dialogmøte har fått ny tid eller nytt sted",
    "NL_DIALOGMOTE_AVLYST": "Et dialogmøte er avlyst",
    "NL_DIALOGMOTE_REFERAT": REFERAT,
}


def sakstittel(person: Mapping[str, Any] | None) -> str:
    """With the employee's name where it was found."""
    navn = person.get("navn") if isinstance(person, Mapping) else None
    if not isinstance(navn, str) or not navn.strip():
        return "Innkalling til dialogmøte"
    return f"Dialogmøte med {navn.strip()}"[:LENGSTE_TITTEL]
