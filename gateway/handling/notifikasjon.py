"""Creating a notifikasjon of any type, with all that follows from it, and finding one to change."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from gateway.domain import merknad
from gateway.domain.feil import DuplikatEksternIdOgMerkelapp, SakFinnesIkke, UgyldigMottaker, Valideringsfeil
from gateway.domain.innhold import er_samme, innhold_hash
from gateway.domain.kalenderavtale import krev_gyldig_tid
from gateway.domain.kommandoer import (
    Kommando,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    Saksreferanse,
    navn,
)
from gateway.domain.mottaker import Mottaker
from gateway.domain.paaminnelse import Holdepunkter, Paaminnelse
from gateway.domain.produsent import Krets, krev_innenfor
from gateway.domain.sletting import foerste_slettetid
from gateway.domain.tid import instant, instant_eller_ingen
from gateway.domain.tilstand import Notifikasjonstype, Oppgavetilstand
from gateway.handling import varsel
from gateway.handling.paaminnelse import sett_paaminnelse
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.utfall import Utfall
from gateway.kjerne import ny_id
from gateway.store import opprettelse
from gateway.store.dialekt import laas
from gateway.store.logg import Hvem
from gateway.store.oppslag import finn_sak
from gateway.store.tabeller import Notifikasjon, Sak


@dataclass(frozen=True, kw_only=True)
class _Egenart:
    """What sets a type apart: its columns, and what its paaminnelse is counted from."""

    type: Notifikasjonstype
    kolonner: dict[str, Any]
    holdepunkter: Holdepunkter
    paaminnelse: Paaminnelse | None = None
    merknader: merknad.Merknader = ()


def _egenart(kommando: NyBeskjed | NyKalenderavtale, naa: dt.datetime) -> _Egenart:
    if isinstance(kommando, NyKalenderavtale):
        start, slutt = instant(kommando.start_tidspunkt), instant_eller_ingen(kommando.slutt_tidspunkt)
        krev_gyldig_tid(start, slutt)
        return _Egenart(
            type=Notifikasjonstype.KALENDERAVTALE,
            kolonner={
                "tilstand": kommando.tilstand,
                "start_tidspunkt": start,
                "slutt_tidspunkt": slutt,
                "lokasjon": msgspec.to_builtins(kommando.lokasjon),
                "er_digitalt": kommando.er_digitalt,
            },
            holdepunkter=Holdepunkter(opprettet=naa, start=start),
            paaminnelse=kommando.paaminnelse,
            merknader=merknad.om_start(start, naa),
        )
    opprettet = instant_eller_ingen(kommando.opprettet_tidspunkt) or naa
    if isinstance(kommando, NyOppgave):
        return _Egenart(
            type=Notifikasjonstype.OPPGAVE,
            kolonner={"tilstand": Oppgavetilstand.NY, "frist": kommando.frist},
            holdepunkter=Holdepunkter(opprettet=opprettet, frist=kommando.frist),
            paaminnelse=kommando.paaminnelse,
            merknader=merknad.om_frist("frist", kommando.frist, naa),
        )
    return _Egenart(type=Notifikasjonstype.BESKJED, kolonner={}, holdepunkter=Holdepunkter(opprettet=opprettet))


def opprett(kommando: NyBeskjed | NyKalenderavtale, sammenheng: Sammenheng) -> Utfall:
    sammenheng.aktoer.produsent.krev_merkelapp(kommando.merkelapp)
    sammenheng.aktoer.produsent.krev_mottakere(kommando.mottakere)
    egenart = _egenart(kommando, sammenheng.naa)
    if kommando.saksnoekkel is not None:
        if finnes := _finnes_allerede(kommando, egenart):
            return finnes  # whichever sak of the key is open by now
        grupperingsid: str | None = _aapen_saks_grupperingsid(kommando, sammenheng)
    else:
        grupperingsid = kommando.grupperingsid
    opprettet = egenart.holdepunkter.opprettet
    notifikasjon_id = ny_id()
    trenger_saken = isinstance(kommando, NyKalenderavtale)
    try:
        if trenger_saken:
            _krev_innenfor_saken(kommando, grupperingsid, sammenheng)
        slettes = foerste_slettetid(kommando.hard_delete, fra=opprettet, naa=sammenheng.naa)
    except (UgyldigMottaker, Valideringsfeil):
        # What was right when it was created, before its sak or its deletion time came, is still the same said again.
        if finnes := _finnes_allerede(kommando, egenart):
            return finnes
        _krev_innenfor_saken(kommando, grupperingsid, sammenheng)  # the fault that is told first
        raise
    rad = {
        "id": notifikasjon_id,
        "type": egenart.type,
        "merkelapp": kommando.merkelapp,
        "ekstern_id": kommando.ekstern_id,
        "grupperingsid": grupperingsid,
        "virksomhetsnummer": kommando.virksomhetsnummer,
        "mottakere": msgspec.to_builtins(kommando.mottakere),
        "tekst": kommando.tekst,
        "lenke": kommando.lenke,
        "opprettet_tidspunkt": opprettet,
        "sortering_tidspunkt": opprettet,
        "slettes_tidspunkt": slettes,
        "innhold_hash": innhold_hash(kommando),
        **egenart.kolonner,
    }
    innslag = {"tidspunkt": sammenheng.naa, "hva": navn(kommando), **asdict(Hvem.fra(sammenheng.aktoer))}
    tilganger = sorted({mottaker.tilgang for mottaker in kommando.mottakere})
    # Beside no sak, or one for exactly the same, nothing need be asked: whoever it is for is within itself.
    lagret = not trenger_saken and opprettelse.lagre(sammenheng.database, tilganger, ved_saken=True, **rad, **innslag)
    while not lagret:
        if finnes := _finnes_allerede(kommando, egenart):
            return finnes
        if not trenger_saken:
            _krev_innenfor_saken(kommando, grupperingsid, sammenheng)
        lagret = opprettelse.lagre(sammenheng.database, tilganger, **rad, **innslag)
    eier = varsel.Eier(
        notifikasjon_id=notifikasjon_id,
        merkelapp=kommando.merkelapp,
        virksomhetsnummer=kommando.virksomhetsnummer,
        er_ny=True,
    )
    varsler = varsel.bestill(kommando.eksterne_varsler, eier, sammenheng)
    satt = sett_paaminnelse(egenart.paaminnelse, eier, egenart.holdepunkter, sammenheng.naa)
    return Utfall(
        id=notifikasjon_id,
        ny=True,
        eksterne_varsler=varsler,
        paaminnelse_varsler=satt.varsler,
        merknader=egenart.merknader + satt.merknader,
    )


def er_en_setning(kommando: Kommando) -> bool:
    """Whether carrying it out writes by one statement, which may then be the whole transaction."""
    if not isinstance(kommando, NyBeskjed) or kommando.eksterne_varsler or kommando.saksnoekkel is not None:
        return False
    return not (isinstance(kommando, NyOppgave) and kommando.paaminnelse)


def _aapen_saks_grupperingsid(kommando: NyBeskjed | NyKalenderavtale, sammenheng: Sammenheng) -> str:
    """That of the open sak of the saksnoekkel, held until the transaction ends. Raises SakFinnesIkke."""
    den = Saksreferanse(merkelapp=kommando.merkelapp, saksnoekkel=kommando.saksnoekkel)
    sak = finn_sak(den, sammenheng.aktoer.produsent, sammenheng.kjerne.noekkelring, laast=True)
    return str(sak.grupperingsid)


def _krev_innenfor_saken(
    kommando: NyBeskjed | NyKalenderavtale, grupperingsid: str | None, sammenheng: Sammenheng
) -> None:
    if grupperingsid is None:
        return
    # An appointment's sak is held against deletion, since the one may not be without the other. Beside a beskjed or an
    # oppgave a sak may come and go, and whom it is for never changes: the one read is as good as the one held.
    finn = opprettelse.HOLD_SAKEN if isinstance(kommando, NyKalenderavtale) else opprettelse.LES_SAKEN
    funnet = finn.kjoer(sammenheng.database, merkelapp=kommando.merkelapp, grupperingsid=grupperingsid)
    if funnet:
        ((virksomhetsnummer, lagret),) = funnet
        mottakere = msgspec.convert(Sak.mottakere.python_value(lagret), tuple[Mottaker, ...])
        krev_innenfor(
            Krets(virksomhetsnummer=kommando.virksomhetsnummer, mottakere=kommando.mottakere),
            Krets(virksomhetsnummer=virksomhetsnummer, mottakere=mottakere),
        )
    elif isinstance(kommando, NyKalenderavtale):
        raise SakFinnesIkke("A kalenderavtale needs a sak with its merkelapp and grupperingsid; create the sak first.")


def _finnes_allerede(kommando: NyBeskjed | NyKalenderavtale, egenart: _Egenart) -> Utfall | None:
    """The answer of the one that has the key, held until the transaction ends; None when it was deleted meanwhile."""
    den_som_har_noekkelen = Notifikasjon.select().where(
        Notifikasjon.merkelapp == kommando.merkelapp, Notifikasjon.ekstern_id == kommando.ekstern_id
    )
    finnes: Notifikasjon | None = laas(den_som_har_noekkelen).first()
    if finnes is None:
        return None
    if not er_samme(kommando, finnes.innhold_hash):
        raise DuplikatEksternIdOgMerkelapp(
            "A notifikasjon with this merkelapp and eksternId exists, with other content; use another eksternId.",
            id_til_eksisterende=finnes.id,
        )
    foerste, paaminnelsens = varsel.bestilt_ved_opprettelse(finnes.id)
    return Utfall(
        id=finnes.id,
        ny=False,
        eksterne_varsler=foerste,
        paaminnelse_varsler=paaminnelsens if egenart.paaminnelse else None,
        merknader=egenart.merknader,
    )


def eier_av(rad: Notifikasjon) -> varsel.Eier:
    """What the varsler of a notifikasjon need to know of it."""
    return varsel.Eier(notifikasjon_id=rad.id, merkelapp=rad.merkelapp, virksomhetsnummer=rad.virksomhetsnummer)


def holdepunkter_av(rad: Notifikasjon) -> Holdepunkter:
    """What the paaminnelse of a notifikasjon is counted from."""
    return Holdepunkter(opprettet=rad.opprettet_tidspunkt, frist=rad.frist, start=rad.start_tidspunkt)
