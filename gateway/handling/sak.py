"""What can happen to a sak."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import msgspec

from gateway.domain.feil import DuplikatGrupperingsid, Valideringsfeil
from gateway.domain.innhold import er_samme, innhold_hash
from gateway.domain.kommandoer import EndreNesteSteg, EndreTilleggsinformasjon, NySak, NyStatus, Saksinnhold, navn
from gateway.domain.sak import Status
from gateway.domain.sak import ny_status as lag_status
from gateway.domain.sletting import foerste_slettetid
from gateway.domain.tid import instant_eller_ingen
from gateway.handling.gravstein import krev_ikke_slettet
from gateway.handling.idempotens import en_gang
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.slettetid import ny_slettetid
from gateway.handling.utfall import Utfall
from gateway.kjerne import ny_id
from gateway.store import opprettelse
from gateway.store.dialekt import laas
from gateway.store.ferdig import oppdater, sett_inn
from gateway.store.logg import Hvem, Innslag
from gateway.store.oppslag import finn_sak, statuser_av
from gateway.store.tabeller import Sak, SakStatus


def opprett(kommando: NySak, sammenheng: Sammenheng) -> Utfall:
    krev_rett_til(kommando, sammenheng)
    while True:
        try:
            utfall = opprett_ny(ny_id(), kommando, sammenheng)
        except Valideringsfeil:
            # A deletion time that was still to come when it was created is still the same said again.
            if finnes := _finnes_allerede(kommando):
                return finnes
            raise
        if utfall := utfall or _finnes_allerede(kommando):
            return utfall


def krev_rett_til(sak: Saksinnhold, sammenheng: Sammenheng) -> None:
    """Raises UgyldigMerkelapp, UgyldigMottaker."""
    sammenheng.aktoer.produsent.krev_merkelapp(sak.merkelapp)
    sammenheng.aktoer.produsent.krev_mottakere(sak.mottakere)


def opprett_ny(sak_id: UUID, kommando: NySak, sammenheng: Sammenheng) -> Utfall | None:
    """Create the sak; None when another has its key, and then nothing is done.

    Raises Valideringsfeil, DuplikatGrupperingsidEtterDelete.
    """
    naa, egen_tid = sammenheng.naa, instant_eller_ingen(kommando.tidspunkt)
    status = lag_status(ny_id(), kommando.initiell_status, kommando.overstyr_statustekst_med, egen_tid, naa=naa)
    opprettet = egen_tid or naa
    rad = {
        "id": sak_id,
        "merkelapp": kommando.merkelapp,
        "grupperingsid": kommando.grupperingsid,
        "virksomhetsnummer": kommando.virksomhetsnummer,
        "mottakere": msgspec.to_builtins(kommando.mottakere),
        "tittel": kommando.tittel,
        "tilleggsinformasjon": kommando.tilleggsinformasjon,
        "lenke": kommando.lenke,
        "neste_steg": kommando.neste_steg,
        "opprettet_tidspunkt": opprettet,
        **_som_siste(status),
        "overstyr_statustekst_med": status.overstyr_statustekst_med,
        "slettes_tidspunkt": foerste_slettetid(kommando.hard_delete, fra=opprettet, naa=naa),
        "innhold_hash": innhold_hash(kommando),
    }
    innslag = {"tidspunkt": naa, "hva": NySak.__name__, **asdict(Hvem.fra(sammenheng.aktoer))}
    innslag["innhold"] = msgspec.to_builtins(status)
    tilganger = sorted({mottaker.tilgang for mottaker in kommando.mottakere})
    if not opprettelse.lagre_sak(sammenheng.database, tilganger, **rad, **innslag):
        return None
    # After the insert, which waits for a deletion under way: then what it left behind is to be seen.
    krev_ikke_slettet(sammenheng.kjerne, kommando.merkelapp, kommando.grupperingsid)
    return Utfall(id=sak_id, ny=True, status_id=status.id)


def _finnes_allerede(kommando: NySak) -> Utfall | None:
    """The answer of the one that has the key, held until the transaction ends; None when it was deleted meanwhile."""
    finnes = den_som_har_noekkelen(kommando)
    if finnes is None:
        return None
    if not er_samme(kommando, finnes.innhold_hash):
        raise DuplikatGrupperingsid(
            "A sak with this merkelapp and grupperingsid exists, with other content; use another grupperingsid, or "
            "change the sak that is there.",
            id_til_eksisterende=finnes.id,
        )
    foerste = SakStatus.select(SakStatus.id).where(SakStatus.sak == finnes.id).order_by(SakStatus.id).get()
    return Utfall(id=finnes.id, ny=False, status_id=foerste.id)


def den_som_har_noekkelen(kommando: NySak) -> Sak | None:
    """The sak with this merkelapp and grupperingsid, held until the transaction ends."""
    hvor = (Sak.merkelapp == kommando.merkelapp) & (Sak.grupperingsid == kommando.grupperingsid)
    sak: Sak | None = laas(Sak.select().where(hvor)).first()
    return sak


def ny_status(kommando: NyStatus, sammenheng: Sammenheng) -> Utfall:
    sak = finn_sak(kommando.sak, sammenheng.aktoer.produsent, sammenheng.kjerne.noekkelring, laast=True)
    return en_gang(sak.id, kommando, sammenheng, lambda: gi_status(sak, kommando, sammenheng))


def gi_status(sak: Sak, kommando: NyStatus, sammenheng: Sammenheng) -> Utfall:
    """Give a sak that is held a new status."""
    naa, egen_tid = sammenheng.naa, instant_eller_ingen(kommando.tidspunkt)
    status = lag_status(ny_id(), kommando.status, kommando.overstyr_statustekst_med, egen_tid, naa=naa)
    slettes, merknader = ny_slettetid(kommando.hard_delete, sak.slettes_tidspunkt, fra=status.tidspunkt, naa=naa)
    _legg_til_status(sak.id, status)
    lenke = kommando.ny_lenke_til_sak or sak.lenke
    oppdater(Sak, sak.id, {**_som_siste(status), "slettes_tidspunkt": slettes, "lenke": lenke})
    sammenheng.loggfoer(
        Innslag(hva=navn(kommando), merkelapp=sak.merkelapp, sak_id=sak.id, innhold=msgspec.to_builtins(status))
    )
    return Utfall(id=sak.id, ny=True, statuser=statuser_av(sak.id), status_id=status.id, merknader=merknader)


def endre_neste_steg(kommando: EndreNesteSteg, sammenheng: Sammenheng) -> Utfall:
    return _endre(kommando, {"neste_steg": kommando.neste_steg}, sammenheng)


def endre_tilleggsinformasjon(kommando: EndreTilleggsinformasjon, sammenheng: Sammenheng) -> Utfall:
    return _endre(kommando, {"tilleggsinformasjon": kommando.tilleggsinformasjon}, sammenheng)


def _endre(
    kommando: EndreNesteSteg | EndreTilleggsinformasjon, endring: dict[str, str | None], sammenheng: Sammenheng
) -> Utfall:
    sak = finn_sak(kommando.sak, sammenheng.aktoer.produsent, sammenheng.kjerne.noekkelring, laast=True)

    def arbeid() -> Utfall:
        endre_tekst(sak, navn(kommando), endring, sammenheng)
        return Utfall(id=sak.id, ny=True)

    return en_gang(sak.id, kommando, sammenheng, arbeid)


def endre_tekst(sak: Sak, hva: str, endring: dict[str, str | None], sammenheng: Sammenheng) -> None:
    """Change texts of a sak that is held; `hva` is how the log calls it."""
    Sak.update(**endring).where(Sak.id == sak.id).execute()
    sammenheng.loggfoer(Innslag(hva=hva, merkelapp=sak.merkelapp, sak_id=sak.id, innhold=endring))


def _legg_til_status(sak_id: UUID, status: Status) -> None:
    rad = {
        "id": status.id,
        "sak": sak_id,
        "status": status.status,
        "tekst": status.tekst,
        "overstyr_statustekst_med": status.overstyr_statustekst_med,
        "tidspunkt": status.tidspunkt,
    }
    sett_inn(SakStatus, [rad])


def _som_siste(status: Status) -> dict[str, Any]:
    """The columns of a sak whose current status it is: the one that came in last."""
    return {
        "siste_status_id": status.id,
        "siste_status": status.status,
        "siste_statustekst": status.tekst,
        "siste_status_tidspunkt": status.tidspunkt,
    }
