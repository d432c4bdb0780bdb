"""What employers read about an inntektsmelding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

OPPGAVE = "Innsending av inntektsmelding for sykepenger"
STATUS_TRENGER = "Nav trenger inntektsmelding"
STATUS_MOTTATT = "Mottatt – Se kvittering eller korriger inntektsmelding"
STATUS_AVBRUTT = "Avbrutt av Nav"

LENGSTE_TITTEL = 140
D_NUMMER = 4


@dataclass(frozen=True)
class Varseltekst:
    epost_tittel: str
    epost_html: str
    sms: str


def sakstittel(navn: str, fnr: str) -> str:
    """`Inntektsmelding for NAVN: f. DDMMYY`; a name that is too long for a title is cut."""
    slutt = f": f. {foedselsdato(fnr)}"
    start = f"Inntektsmelding for {navn}"
    return start[: LENGSTE_TITTEL - len(slutt)] + slutt


def foedselsdato(fnr: str) -> str:
    """DDMMYY; a D-number has 4 added to its first digit."""
    foerste = int(fnr[0])
    return f"{foerste - D_NUMMER if foerste >= D_NUMMER else foerste}{fnr[1:6]}"


def sykmeldingsperiode(perioder: Sequence[Mapping[str, Any]]) -> str:
    fom, tom = _dato(perioder[0]["fom"]), _dato(perioder[-1]["tom"])
    return f"Sykmeldingsperiode {fom} - {'[...] - ' if len(perioder) > 1 else ''}{tom}"


def oppgavevarsel(virksomhet: str) -> Varseltekst:
    return Varseltekst(
        epost_tittel="Nav trenger inntektsmelding",
        epost_html=(
            f"<p>{escape(virksomhet)} har fått en oppgave om innsending av inntektsmelding for sykepenger.</p>"
            "<p>Logg inn på Min side – arbeidsgiver hos Nav.</p><p>Vennlig hilsen Nav</p>"
        ),
        sms=(
            f"{virksomhet}: Nav trenger inntektsmelding. Logg inn på Min side – arbeidsgiver hos Nav. "
            "Vennlig hilsen Nav"
        ),
    )


def paaminnelsesvarsel(virksomhet: str) -> Varseltekst:
    return Varseltekst(
        epost_tittel="Påminnelse: Nav trenger inntektsmelding",
        epost_html=(
            f"<p>Nav venter fortsatt på inntektsmelding fra {escape(virksomhet)}.</p>"
            "<p>Logg inn på Min side – arbeidsgiver hos Nav.</p><p>Vennlig hilsen Nav</p>"
        ),
        sms=(
            f"{virksomhet}: Nav venter fortsatt på inntektsmelding. Logg inn på Min side – arbeidsgiver hos Nav. "
            "Vennlig hilsen Nav"
        ),
    )


def _dato(iso: str) -> str:
    return dt.date.fromisoformat(iso).strftime("%d.%m.%Y")
