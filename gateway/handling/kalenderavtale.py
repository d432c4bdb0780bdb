"""What can happen to an appointment: its producer changes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from gateway.domain import merknad
from gateway.domain.kalenderavtale import bortfall, krev_gyldig_tid, krev_kan_flyttes
from gateway.domain.kommandoer import OppdaterKalenderavtale, navn
from gateway.domain.tid import instant_eller_ingen
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype
from gateway.handling import varsel
from gateway.handling.idempotens import en_gang
from gateway.handling.notifikasjon import eier_av, holdepunkter_av
from gateway.handling.paaminnelse import Satt, bytt_paaminnelse, fjern_paaminnelse, flytt_paaminnelse
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.slettetid import ny_slettetid
from gateway.handling.utfall import Utfall
from gateway.store import logg
from gateway.store.oppslag import finn_notifikasjon
from gateway.store.tabeller import Notifikasjon


def oppdater(kommando: OppdaterKalenderavtale, sammenheng: Sammenheng) -> Utfall:
    rad = finn_notifikasjon(
        kommando.kalenderavtale,
        sammenheng.aktoer.produsent,
        Notifikasjonstype.KALENDERAVTALE,
        laast=True,
    )
    return en_gang(rad.id, kommando, sammenheng, lambda: _oppdater(rad, kommando, sammenheng))


def _oppdater(rad: Notifikasjon, kommando: OppdaterKalenderavtale, sammenheng: Sammenheng) -> Utfall:
    naa = sammenheng.naa
    endringer = {**_endringer(kommando), **_flytting(rad, kommando)}
    slettes, merknader = ny_slettetid(kommando.hard_delete, rad.slettes_tidspunkt, fra=naa, naa=naa)
    if kommando.hard_delete:
        endringer["slettes_tidspunkt"] = slettes
    if not (endringer or kommando.eksterne_varsler or kommando.paaminnelse):
        return Utfall(id=rad.id, ny=True)
    if endringer:
        Notifikasjon.update(**endringer).where(Notifikasjon.id == rad.id).execute()
    bort = bortfall(kommando.ny_tilstand, nye_varsler=bool(kommando.eksterne_varsler))
    if bort.paaminnelse:
        fjern_paaminnelse([rad.id], naa)
    if bort.varsler:
        varsel.kanseller([rad.id], naa, til_paaminnelse=False)
    # Those of this change come after: they tell of it, also that the appointment is off.
    varsler = varsel.bestill(kommando.eksterne_varsler, eier_av(rad), sammenheng)
    satt = Satt()
    start = endringer.get("start_tidspunkt")
    holdepunkter = replace(holdepunkter_av(rad), start=start or rad.start_tidspunkt)
    if kommando.paaminnelse:
        satt = bytt_paaminnelse(kommando.paaminnelse, eier_av(rad), holdepunkter, sammenheng)
    elif start:
        satt = flytt_paaminnelse(rad.id, holdepunkter, naa)
    if start:
        merknader = merknad.om_start(start, naa) + merknader
    sammenheng.loggfoer(
        logg.Innslag(hva=navn(kommando), merkelapp=rad.merkelapp, notifikasjon_id=rad.id, innhold=_i_loggen(endringer))
    )
    return Utfall(
        id=rad.id,
        ny=True,
        eksterne_varsler=varsler,
        paaminnelse_varsler=satt.varsler,
        merknader=satt.merknader + merknader,
    )


def _flytting(rad: Notifikasjon, kommando: OppdaterKalenderavtale) -> dict[str, Any]:
    """The columns of a new time. Raises Konflikt, UgyldigKalenderavtale."""
    start = instant_eller_ingen(kommando.nytt_start_tidspunkt)
    slutt = instant_eller_ingen(kommando.nytt_slutt_tidspunkt)
    if start is None and slutt is None:
        return {}
    krev_kan_flyttes(kommando.ny_tilstand or Kalenderavtaletilstand(rad.tilstand))
    krev_gyldig_tid(start or rad.start_tidspunkt, slutt or rad.slutt_tidspunkt)
    ny_tid = {"start_tidspunkt": start, "slutt_tidspunkt": slutt}
    return {felt: verdi for felt, verdi in ny_tid.items() if verdi is not None}


def _i_loggen(endringer: dict[str, Any]) -> dict[str, str]:
    tider = ("start_tidspunkt", "slutt_tidspunkt")
    innhold = {felt: str(verdi) for felt, verdi in endringer.items() if felt == "tilstand"}
    return {**innhold, **{felt: endringer[felt].isoformat() for felt in tider if felt in endringer}}


def _endringer(kommando: OppdaterKalenderavtale) -> dict[str, Any]:
    """The columns that the update names."""
    endringer = {
        "tilstand": kommando.ny_tilstand,
        "tekst": kommando.ny_tekst,
        "lenke": kommando.ny_lenke,
        "lokasjon": msgspec.to_builtins(kommando.ny_lokasjon),
        "er_digitalt": kommando.ny_er_digitalt,
    }
    return {felt: verdi for felt, verdi in endringer.items() if verdi is not None}
