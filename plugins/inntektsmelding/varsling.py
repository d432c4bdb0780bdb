"""The varsler of an inntektsmelding: to whoever has access to the resource, and a copy by e-mail where one is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.plugin import Altinnvarsel, EksterntVarsel, Epost, Sendetidspunkt, Sendevindu
from plugins.inntektsmelding.tekster import Varseltekst

RESSURS = "nav_sykepenger_inntektsmelding"


def varsler(tekst: Varseltekst, vindu: Sendevindu, innstillinger: Mapping[str, Any]) -> tuple[EksterntVarsel, ...]:
    """The setting `kopi_til_epost` names an address, the team's own, that gets a copy of each varsel."""
    naar = Sendetidspunkt(sendevindu=vindu)
    til_ressursen = EksterntVarsel(
        altinnressurs=Altinnvarsel(
            ressurs_id=RESSURS,
            epost_tittel=tekst.epost_tittel,
            epost_html_body=tekst.epost_html,
            sms_tekst=tekst.sms,
            sendetidspunkt=naar,
        )
    )
    kopi = innstillinger.get("kopi_til_epost")
    if not kopi:
        return (til_ressursen,)
    return (
        til_ressursen,
        EksterntVarsel(
            epost=Epost(
                epostadresse=kopi,
                epost_tittel=tekst.epost_tittel,
                epost_html_body=tekst.epost_html,
                sendetidspunkt=naar,
            )
        ),
    )
