"""Who may open `/drift`, and what they may see there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.feil import IngenTilgang
from gateway.http.anrop import bearer, kjerne, tokenkontroll
from gateway.http.tokens import UgyldigToken
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.tokenoppsett import Rolle

I_DEV = "dev"
# What may stand in the log as the one who did it: an id, in a form that no name and no fødselsnummer has.
IDER = {
    "NAVident": re.compile(r"[A-Za-z][0-9]{6}"),
    "oid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}
NAVNGIR_ET_MENNESKE = ("NAVident", "preferred_username", "pid")
APPLIKASJON, GRUPPER = "azp_name", "groups"


@dataclass(frozen=True, kw_only=True)
class Driftsperson:
    """Who opened `/drift`. `hvem` may be logged: a NAV-ident, another id, or an application; never a name."""

    hvem: str
    kan_se_innhold: bool


def krev_drift() -> Driftsperson:
    """Who makes the request at hand. In `dev` it is open to all.

    In `prod` an employee who is in one of DRIFT_GRUPPER, or one of DRIFT_APPLIKASJONER on its own behalf. Raises
    IngenTilgang, UgyldigToken, UtstederUtilgjengelig.
    """
    innstillinger = kjerne().innstillinger
    if innstillinger.dev:
        return Driftsperson(hvem=I_DEV, kan_se_innhold=True)
    verifisert = tokenkontroll().verifisert(bearer())
    return driftsperson(verifisert.rolle, verifisert.claims, innstillinger)


def driftsperson(rolle: Rolle, claims: Mapping[str, Any], innstillinger: Innstillinger) -> Driftsperson:
    """What a verified token makes its bearer here. Raises IngenTilgang, UgyldigToken."""
    if rolle is Rolle.PERSON:
        raise UgyldigToken("The token is an employer's, and this door is for those who run the gateway.")
    if rolle is Rolle.ANSATT and any(navn in claims for navn in NAVNGIR_ET_MENNESKE):
        return _ansatt(claims, innstillinger)
    applikasjon = claims.get(APPLIKASJON)
    # The token of a person names the application too that they came by, which gives them nothing.
    if any(navn in claims for navn in NAVNGIR_ET_MENNESKE) or applikasjon not in innstillinger.drift_applikasjoner:
        raise IngenTilgang("The application is not among DRIFT_APPLIKASJONER.")
    return Driftsperson(hvem=str(applikasjon), kan_se_innhold=False)


def _ansatt(claims: Mapping[str, Any], innstillinger: Innstillinger) -> Driftsperson:
    oppgitt = claims.get(GRUPPER)
    grupper = {ett for ett in oppgitt if isinstance(ett, str)} if isinstance(oppgitt, list) else set()
    if grupper.isdisjoint(innstillinger.drift_grupper):
        raise IngenTilgang("The employee is in none of DRIFT_GRUPPER.")
    hvem = next((ett for navn, form in IDER.items() if form.fullmatch(ett := str(claims.get(navn, "")))), None)
    if hvem is None:
        raise UgyldigToken(f"The token names no employee by an id ({' or '.join(IDER)}).")
    return Driftsperson(hvem=hvem, kan_se_innhold=not grupper.isdisjoint(innstillinger.drift_innhold_grupper))
