"""Get or create: a sak by its grupperingsid, and the open sak of a key."""

from __future__ import annotations

from typing import Any

from gateway.api.deler import IdsvarSkjema, NySlettetidSkjema
from gateway.api.ramme import aktoer, lag_ressurs, produsent, svarer
from gateway.api.saker import (
    EGEN_STATUSTEKST,
    NESTE_STEG,
    TILLEGGSINFORMASJON,
    NySakSkjema,
    SaksinnholdSkjema,
    SakSkjema,
)
from gateway.api.skjema import (
    Skjema,
    idfelt,
    krev_noekkel,
    lenkefelt,
    nestet,
    noekkelfelt,
    tekstfelt,
    tidspunktfelt,
    valgfelt,
)
from gateway.api.veier import IDEMPOTENS
from gateway.domain import feil
from gateway.domain.kommandoer import (
    Saksendring,
    Saksreferanse,
    SikreAapenSak,
    SikreSak,
)
from gateway.domain.tilstand import Saksstatus
from gateway.domain.validering import LENGSTE_TITTEL
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.http.anrop import kjerne
from gateway.reading import produsent as lesing

ressurs = lag_ressurs("sikrede_saker", "/sikrede-saker", "Sikrede saker: created, unless they are there")
aapne = lag_ressurs("aapne_saker", "/aapne-saker", "Åpne saker: one at a time for a key of yours")
SAKSNOEKKEL = "Your own key of what has one open sak at a time, such as a person; kept as a keyed hash."
EN_SAKSNOEKKEL = "person-1"
ELLERS = "What becomes of the sak when it is there already; it is left as it is, when left out."


class SaksendringSkjema(Skjema):
    """What it names is changed; null leaves things as they are."""

    bygger = Saksendring
    status = valgfelt(Saksstatus, "A new status.", eksempel=Saksstatus.UNDER_BEHANDLING)
    tidspunkt = tidspunktfelt("The time of the new status; may lie in the past; else the receipt.")
    overstyr_statustekst_med = tekstfelt(EGEN_STATUSTEKST, "Søknaden behandles")
    lenke = lenkefelt("A new link.", "https://arbeidsgiver.nav.no/sak/1/v")
    neste_steg = tekstfelt(f"{NESTE_STEG} An empty one shows nothing.", "Vedtak i uke 12")
    tilleggsinformasjon = tekstfelt(
        f"{TILLEGGSINFORMASJON} An empty one shows nothing.", "Gjelder 2027", lengst=LENGSTE_TITTEL
    )
    hard_delete = nestet(
        NySlettetidSkjema(), "A change of the deletion time; `om` counts from the new status' time, else the receipt."
    )


class SikreSakSkjema(Skjema):
    gjelder = SikreSak
    sak = nestet(NySakSkjema(), "The sak, as it is created unless its grupperingsid has one.", required=True)
    ellers = nestet(SaksendringSkjema(), ELLERS)


class SikreAapenSakSkjema(Skjema):
    gjelder = SikreAapenSak
    saksnoekkel = noekkelfelt(SAKSNOEKKEL, EN_SAKSNOEKKEL, required=True)
    sak = nestet(SaksinnholdSkjema(), "The sak, as it is created unless the key has an open one.", required=True)
    ellers = nestet(SaksendringSkjema(), ELLERS)


class AapenSakSkjema(Skjema):
    """Which open sak."""

    merkelapp = noekkelfelt("The sak's merkelapp; one of yours.", "Fager", required=True, validate=krev_noekkel)
    saksnoekkel = noekkelfelt(SAKSNOEKKEL, EN_SAKSNOEKKEL, required=True, validate=krev_noekkel)


class SikretSakSkjema(IdsvarSkjema):
    status_id = idfelt("The id of the status that came in last.", required=True)


class SikretAapenSakSkjema(SikretSakSkjema):
    grupperingsid = noekkelfelt(
        "The grupperingsid that the gateway made.", "0198f3c2-a4b4-7c55-a3a1-c0ffee000001", required=True
    )


@ressurs.post("")
@ressurs.arguments(SikreSakSkjema())
@ressurs.arguments(IDEMPOTENS, location="headers")
@svarer(
    ressurs,
    feil.UgyldigMerkelapp,
    feil.UgyldigMottaker,
    feil.VilkaarIkkeGodkjent,
    feil.DuplikatGrupperingsidEtterDelete,
    feil.Konflikt,
)
@ressurs.alt_response(200, schema=SikretSakSkjema(), description="The sak was there already")
@ressurs.response(201, SikretSakSkjema())
def sikre_sak(innhold: dict[str, Any], hoder: dict[str, Any]) -> tuple[Utfall, int]:
    """Create a sak, or change the one that is there

    Never refused because the sak is there with other content: it is left as it is, but for what `ellers` names, and
    `merknader` say so. The grupperingsid of a sak that was deleted is refused.
    """
    return _sikret(SikreSak(**innhold, idempotensnoekkel=hoder["noekkel"]))


@aapne.post("")
@aapne.arguments(SikreAapenSakSkjema())
@aapne.arguments(IDEMPOTENS, location="headers")
@svarer(aapne, feil.UgyldigMerkelapp, feil.UgyldigMottaker, feil.VilkaarIkkeGodkjent, feil.Konflikt)
@aapne.alt_response(200, schema=SikretAapenSakSkjema(), description="The key had an open sak")
@aapne.response(201, SikretAapenSakSkjema())
def sikre_aapen_sak(innhold: dict[str, Any], hoder: dict[str, Any]) -> tuple[Utfall, int]:
    """Open a sak for a key, unless it has an open one

    A key has at most one open sak within a merkelapp: the last one that was made for it, until that is FERDIG or
    deleted. The gateway makes its grupperingsid. New beskjeder, oppgaver and kalenderavtaler may name the key in place
    of the grupperingsid.
    """
    return _sikret(SikreAapenSak(**innhold, idempotensnoekkel=hoder["noekkel"]))


def _sikret(kommando: SikreSak | SikreAapenSak) -> tuple[Utfall, int]:
    utfall = utfoer(kjerne(), kommando, aktoer())
    return utfall, 201 if utfall.ny else 200


@aapne.post("/finn")
@aapne.arguments(AapenSakSkjema())
@svarer(aapne, feil.UgyldigMerkelapp, feil.SakFinnesIkke)
@aapne.response(200, SakSkjema())
def finn_aapen_sak(hvilken: dict[str, Any]) -> lesing.LestSak:
    """Read the open sak of a key

    Asked by POST, since keys may be personal and addresses are kept in logs.
    """
    return lesing.sak(kjerne(), produsent(), Saksreferanse(**hvilken))
