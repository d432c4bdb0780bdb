"""Get or create: a sak by its grupperingsid, and the open sak of a saksnoekkel. What is there may be changed."""

from __future__ import annotations

from dataclasses import fields, replace
from uuid import UUID

from gateway.domain import merknad
from gateway.domain.innhold import er_samme
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndreTilleggsinformasjon,
    NySak,
    NyStatus,
    Saksendring,
    Saksinnhold,
    Saksreferanse,
    SikreAapenSak,
    SikreSak,
    Sikring,
    navn,
)
from gateway.domain.sak import er_aapen
from gateway.domain.tilstand import Saksstatus
from gateway.handling.idempotens import en_gang, foerste_svar, husk, husket_som
from gateway.handling.sak import den_som_har_noekkelen, endre_tekst, gi_status, krev_rett_til, opprett_ny
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.slettetid import ny_slettetid
from gateway.handling.utfall import Utfall
from gateway.kjerne import ny_id
from gateway.store.logg import Innslag
from gateway.store.saksnoekkel import pek_paa, siste_sak
from gateway.store.tabeller import Sak


def sikre_sak(kommando: SikreSak, sammenheng: Sammenheng) -> Utfall:
    """Raises UgyldigMerkelapp, UgyldigMottaker, DuplikatGrupperingsidEtterDelete, Konflikt; Valideringsfeil for a
    deletion time that has passed, where the sak is made.
    """
    krev_rett_til(kommando.sak, sammenheng)
    while True:
        if sak := den_som_har_noekkelen(kommando.sak):
            return en_gang(sak.id, kommando, sammenheng, lambda: _la_staa(sak, kommando.sak, kommando, sammenheng))
        if utfall := opprett_ny(ny_id(), kommando.sak, sammenheng):
            husk(utfall.id, kommando, sammenheng, utfall)
            return utfall


def sikre_aapen_sak(kommando: SikreAapenSak, sammenheng: Sammenheng) -> Utfall:
    """Raises UgyldigMerkelapp, UgyldigMottaker, Konflikt; Valideringsfeil for a deletion time that has passed, where
    the sak is made.
    """
    krev_rett_til(kommando.sak, sammenheng)
    noekkel = (kommando.sak.merkelapp, kommando.saksnoekkel, sammenheng.kjerne.noekkelring)
    husket = husket_som(sammenheng, navn(kommando), *noekkel[:2])
    while True:
        siste = siste_sak(*noekkel, laast=True)
        # By then it may be FERDIG, and the same said again opens no other.
        if tidligere := foerste_svar(husket, kommando, sammenheng):
            return tidligere
        if siste is not None and er_aapen(Saksstatus(siste.siste_status)):
            utfall = _la_staa(siste, _med_grupperingsid(kommando.sak, siste.grupperingsid), kommando, sammenheng)
            break
        if pek_paa(sak_id := ny_id(), *noekkel, siste=siste):
            utfall = _aapne(sak_id, kommando.sak, sammenheng)
            break
    husk(husket[0], kommando, sammenheng, utfall)
    return utfall


def _aapne(sak_id: UUID, innhold: Saksinnhold, sammenheng: Sammenheng) -> Utfall:
    ny = _med_grupperingsid(innhold, str(sak_id))
    utfall = opprett_ny(sak_id, ny, sammenheng)
    if utfall is None:
        raise AssertionError("a grupperingsid that was made now is taken")
    return replace(utfall, grupperingsid=ny.grupperingsid)


def _med_grupperingsid(innhold: Saksinnhold, grupperingsid: str) -> NySak:
    return NySak(
        grupperingsid=grupperingsid, **{felt.name: getattr(innhold, felt.name) for felt in fields(Saksinnhold)}
    )


def _la_staa(sak: Sak, sagt: NySak, kommando: Sikring, sammenheng: Sammenheng) -> Utfall:
    """Change a sak that is held as the kommando says, and tell that it is another than was `sagt`."""
    merknader = () if er_samme(sagt, sak.innhold_hash) else merknad.om_annet_innhold()
    status_id = sak.siste_status_id
    if kommando.ellers is not None:
        endret = _endre(sak, kommando.ellers, navn(kommando), sammenheng)
        merknader += endret.merknader
        status_id = endret.status_id or status_id
    aapen = isinstance(kommando, SikreAapenSak)
    return Utfall(
        id=sak.id,
        ny=False,
        status_id=status_id,
        grupperingsid=sak.grupperingsid if aapen else None,
        merknader=merknader,
    )


def _endre(sak: Sak, ellers: Saksendring, hva: str, sammenheng: Sammenheng) -> Utfall:
    """Each change as the kommando for it alone would make it, and log it."""
    utfall = _ny_status(sak, ellers, sammenheng) if ellers.status else _rest(sak, ellers, hva, sammenheng)
    if ellers.neste_steg is not None:
        endre_tekst(sak, EndreNesteSteg.__name__, {"neste_steg": ellers.neste_steg}, sammenheng)
    if ellers.tilleggsinformasjon is not None:
        ny = ellers.tilleggsinformasjon
        endre_tekst(sak, EndreTilleggsinformasjon.__name__, {"tilleggsinformasjon": ny}, sammenheng)
    return utfall


def _ny_status(sak: Sak, ellers: Saksendring, sammenheng: Sammenheng) -> Utfall:
    ny = NyStatus(
        sak=Saksreferanse(id=sak.id),
        status=Saksstatus(ellers.status or ""),
        tidspunkt=ellers.tidspunkt,
        overstyr_statustekst_med=ellers.overstyr_statustekst_med,
        ny_lenke_til_sak=ellers.lenke,
        hard_delete=ellers.hard_delete,
    )
    return gi_status(sak, ny, sammenheng)


def _rest(sak: Sak, ellers: Saksendring, hva: str, sammenheng: Sammenheng) -> Utfall:
    """A link and a deletion time without a status, which no other kommando gives."""
    slettes, merknader = ny_slettetid(ellers.hard_delete, sak.slettes_tidspunkt, fra=sammenheng.naa, naa=sammenheng.naa)
    if ellers.lenke is not None or ellers.hard_delete is not None:
        Sak.update(lenke=ellers.lenke or sak.lenke, slettes_tidspunkt=slettes).where(Sak.id == sak.id).execute()
        innhold = {"lenke": ellers.lenke} if ellers.lenke is not None else None
        sammenheng.loggfoer(Innslag(hva=hva, merkelapp=sak.merkelapp, sak_id=sak.id, innhold=innhold))
    return Utfall(id=sak.id, ny=False, merknader=merknader)
