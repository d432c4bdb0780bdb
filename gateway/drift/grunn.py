"""Why operators change something, in words that may stand in the log."""

from __future__ import annotations

import re

from gateway.domain.feil import Valideringsfeil

LENGSTE_GRUNN = 500
# The reason is kept in the log, where no fødselsnummer, phone number or address for e-mail has a place.
PERSONLIG = re.compile(r"\d(?:[ .-]?\d){7,}|@")


def godkjent_grunn(grunn: object) -> str:
    """The reason, if it may be kept. Raises Valideringsfeil."""
    if not isinstance(grunn, str) or not grunn.strip() or len(grunn) > LENGSTE_GRUNN:
        feil = f"must say why, in at most {LENGSTE_GRUNN} characters."
    elif PERSONLIG.search(grunn):
        feil = "must name nobody: no fødselsnummer, phone number or address for e-mail, since it is kept in the log."
    else:
        return grunn.strip()
    raise Valideringsfeil(f"grunn {feil}", felter={"json": {"grunn": [feil]}})
