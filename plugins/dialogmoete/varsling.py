"""Whom a dialogmøte is for, and the e-mail to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.plugin import EksterntVarsel, Epost, Mottaker, NaermesteLeder, Sendetidspunkt, Sendevindu
from plugins.dialogmoete.tekster import Varseltekst


def mottakere(melding: Mapping[str, Any]) -> tuple[Mottaker, ...]:
    """The leader of the employee, for as long as they are that."""
    leder = NaermesteLeder(naermeste_leder_fnr=melding["narmesteLederFnr"], ansatt_fnr=melding["arbeidstakerFnr"])
    return (Mottaker(naermeste_leder=leder),)


def varsel(oppslag: Mapping[str, Any], tekst: Varseltekst | None) -> tuple[EksterntVarsel, ...]:
    """An e-mail at once, where an address was found; one that is no address is dropped by the gateway."""
    leder = oppslag.get("leder")
    adresse = leder.get("epost") if isinstance(leder, Mapping) else None
    if not isinstance(adresse, str) or tekst is None:
        return ()
    return (
        EksterntVarsel(
            epost=Epost(
                epostadresse=adresse,
                epost_tittel=tekst.tittel,
                epost_html_body=tekst.html,
                sendetidspunkt=Sendetidspunkt(sendevindu=Sendevindu.LOEPENDE),
            )
        ),
    )
