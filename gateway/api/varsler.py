"""Varsler: one by one, with what has become of each."""

from __future__ import annotations

from typing import Any

from gateway.api.deler import VarselSkjema
from gateway.api.ramme import aktoer, lag_ressurs, les_id, produsent, svarer
from gateway.api.skjema import Skjema, liste, tekstfelt, tidspunktfelt
from gateway.api.veier import IDEMPOTENS
from gateway.domain import feil
from gateway.domain.kommandoer import KansellerVarsel
from gateway.domain.validering import LENGSTE_NOEKKEL
from gateway.handling.utfoer import utfoer
from gateway.http.anrop import kjerne
from gateway.reading import produsent as lesing

ressurs = lag_ressurs("varsler", "/varsler", "Varsler: what is sent beside notifikasjoner")


class HistorikklinjeSkjema(Skjema):
    """One thing that happened to a varsel."""

    tidspunkt = tidspunktfelt("When.", required=True)
    hendelse = tekstfelt(
        "BESTILT, FORSOEK_FEILET (it is tried again), OVERLATT (the receiver has it, and tells the outcome later), "
        "SENDT, FEILET or KANSELLERT.",
        "SENDT",
        required=True,
        lengst=LENGSTE_NOEKKEL,
    )
    kanal = tekstfelt("The channel that tried to send it.", "smtp", lengst=LENGSTE_NOEKKEL)
    kode = tekstfelt("The receiver's code.", "250", lengst=LENGSTE_NOEKKEL)


class VarselMedHistorikkSkjema(VarselSkjema):
    historikk = liste(HistorikklinjeSkjema(), "What has happened to it, oldest first.", required=True)


@ressurs.get("/<id>")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.VarselFinnesIkke, kropp=False)
@ressurs.response(200, VarselMedHistorikkSkjema())
def hent_varsel(id: str) -> lesing.VarselMedHistorikk:
    """Read a varsel, with its history"""
    return lesing.varsel(kjerne(), produsent(), les_id(id, feil.VarselFinnesIkke))


@ressurs.delete("/<id>")
@ressurs.arguments(IDEMPOTENS, location="headers")
@svarer(ressurs, feil.UgyldigMerkelapp, feil.VarselFinnesIkke, feil.Konflikt, feil.VilkaarIkkeGodkjent, kropp=False)
@ressurs.response(204)
def kanseller_varsel(hoder: dict[str, Any], id: str) -> None:
    """Cancel a varsel that is not sent

    One that is SENDT, FEILET or KANSELLERT answers Konflikt, and so does one that its receiver has taken over.
    """
    varsel_id = les_id(id, feil.VarselFinnesIkke)
    utfoer(kjerne(), KansellerVarsel(varsel_id=varsel_id, idempotensnoekkel=hoder["noekkel"]), aktoer())
