"""What can happen to an appointment: its producer changes it."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.domain.kalenderavtale import bortfall
from gateway.domain.kommandoer import OppdaterKalenderavtale, navn
from gateway.domain.tilstand import Notifikasjonstype
from gateway.handling import varsel
from gateway.handling.idempotens import en_gang
from gateway.handling.notifikasjon import eier_av, holdepunkter_av
from gateway.handling.paaminnelse import Satt, bytt_paaminnelse, fjern_paaminnelse
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
    endringer = _endringer(kommando)
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
    if kommando.paaminnelse:
        satt = bytt_paaminnelse(kommando.paaminnelse, eier_av(rad), holdepunkter_av(rad), sammenheng)
    innhold = {felt: verdi for felt, verdi in endringer.items() if felt == "tilstand"}
    sammenheng.loggfoer(
        logg.Innslag(hva=navn(kommando), merkelapp=rad.merkelapp, notifikasjon_id=rad.id, innhold=innhold)
    )
    return Utfall(
        id=rad.id,
        ny=True,
        eksterne_varsler=varsler,
        paaminnelse_varsler=satt.varsler,
        merknader=satt.merknader + merknader,
    )


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
