"""Permittering: an employer reports layoffs, and each report becomes one sak.

One flat JSON message a submission. The contact's name, telephone and e-mail are not used, and not kept in any sak.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from gateway.plugin import (
    AltinnRessurs,
    Hendelse,
    Hendelsestype,
    Kommando,
    Kontekst,
    Mottaker,
    NySak,
    Saksstatus,
    Slettetidspunkt,
    hookimpl,
)

VERSJON = "2"
API = 1

RESSURS = "nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger"
SLETTES_OM = "PT17520H"
SAKER = {
    "MASSEOPPSIGELSE": ("Nedbemanning", "Melding om oppsigelse"),
    "PERMITTERING_UTEN_LØNN": ("Permittering", "Melding om permittering"),
    "INNSKRENKNING_I_ARBEIDSTID": ("Innskrenking av arbeidstid", "Melding om innskrenking av arbeidstid"),
}

SKJEMA = {
    "type": "object",
    "required": ["id", "type", "bedriftsnummer", "sendtInnTidspunkt"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "type": {"enum": list(SAKER)},
        "bedriftsnummer": {"type": ["string", "integer"]},
        "sendtInnTidspunkt": {"type": "string", "minLength": 1},
    },
}


@hookimpl
def hendelsestyper() -> Sequence[Hendelsestype]:
    return [
        Hendelsestype(
            navn=type_,
            beskrivelse=f"{tittel}: becomes a sak with the merkelapp {merkelapp}",
            skjema=SKJEMA,
            eksempel={
                "id": "5f6027bf-0604-4acf-8168-0c1611f33c0d",
                "type": type_,
                "bedriftsnummer": "910825526",
                "sendtInnTidspunkt": "2026-11-02T10:19:30.000Z",
            },
            id="id",
            noekkel="id",
        )
        for type_, (merkelapp, tittel) in SAKER.items()
    ]


@hookimpl
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Kommando]:
    melding = hendelse.data
    merkelapp, tittel = SAKER[hendelse.type]
    return [
        NySak(
            grupperingsid=melding["id"],
            merkelapp=merkelapp,
            virksomhetsnummer=str(melding["bedriftsnummer"]),
            mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS)),),
            tittel=tittel,
            lenke=kontekst.innstillinger["lenke"] + melding["id"],
            initiell_status=Saksstatus.MOTTATT,
            tidspunkt=dt.datetime.fromisoformat(melding["sendtInnTidspunkt"]),
            hard_delete=Slettetidspunkt(om=SLETTES_OM),
        )
    ]
