"""Creating a beskjed or an oppgave, with all that follows from it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import msgspec

from gateway.domain.feil import DuplikatEksternIdOgMerkelapp, NotifikasjonFinnesIkke
from gateway.domain.innhold import innhold_hash
from gateway.domain.kommandoer import Notifikasjonsreferanse, NyBeskjed, NyOppgave, navn
from gateway.domain.mottaker import Mottaker
from gateway.domain.paaminnelse import Paaminnelse as Paaminnelsesoenske
from gateway.domain.paaminnelse import paaminnelse_tidspunkt
from gateway.domain.produsent import krev_sakens_mottakere
from gateway.domain.tid import instant_eller_ingen
from gateway.domain.tilstand import Notifikasjonstype, Oppgavetilstand
from gateway.handling import varsel
from gateway.handling.sammenheng import Sammenheng
from gateway.handling.tilgang import tilgangsrader
from gateway.handling.utfall import Utfall
from gateway.kjerne import ny_id
from gateway.store.dialekt import laas
from gateway.store.logg import Innslag
from gateway.store.tabeller import Notifikasjon, NotifikasjonTilgang, Paaminnelse, Sak


def opprett(kommando: NyBeskjed | NyOppgave, sammenheng: Sammenheng) -> Utfall:
    sammenheng.aktoer.produsent.krev_merkelapp(kommando.merkelapp)
    sammenheng.aktoer.produsent.krev_mottakere(kommando.mottakere)
    _krev_sakens_mottakere(kommando)
    oppgave = kommando if isinstance(kommando, NyOppgave) else None
    opprettet = instant_eller_ingen(kommando.opprettet_tidspunkt) or sammenheng.naa
    notifikasjon_id, innhold = ny_id(), innhold_hash(kommando)
    satt_inn = (
        Notifikasjon.insert(
            id=notifikasjon_id,
            type=Notifikasjonstype.OPPGAVE if oppgave else Notifikasjonstype.BESKJED,
            merkelapp=kommando.merkelapp,
            ekstern_id=kommando.ekstern_id,
            grupperingsid=kommando.grupperingsid,
            virksomhetsnummer=kommando.virksomhetsnummer,
            mottakere=msgspec.to_builtins(kommando.mottakere),
            tekst=kommando.tekst,
            lenke=kommando.lenke,
            opprettet_tidspunkt=opprettet,
            sortering_tidspunkt=opprettet,
            tilstand=Oppgavetilstand.NY if oppgave else None,
            frist=oppgave.frist if oppgave else None,
            slettes_tidspunkt=kommando.hard_delete.beregn(opprettet) if kommando.hard_delete else None,
            innhold_hash=innhold,
        )
        .on_conflict_ignore()
        .returning(Notifikasjon.id)
        .execute()
    )
    if not list(satt_inn):
        return _finnes_allerede(kommando, innhold)
    NotifikasjonTilgang.insert_many(tilgangsrader({"notifikasjon": notifikasjon_id}, kommando, opprettet)).execute()
    eier = varsel.Eier(
        notifikasjon_id=notifikasjon_id, merkelapp=kommando.merkelapp, virksomhetsnummer=kommando.virksomhetsnummer
    )
    varsler = varsel.bestill(kommando.eksterne_varsler, eier, sammenheng)
    paaminnelse_varsler = None
    if oppgave and oppgave.paaminnelse:
        paaminnelse_varsler = sett_paaminnelse(oppgave.paaminnelse, eier, opprettet=opprettet, frist=oppgave.frist)
    sammenheng.loggfoer(Innslag(hva=navn(kommando), merkelapp=kommando.merkelapp, notifikasjon_id=notifikasjon_id))
    return Utfall(id=notifikasjon_id, ny=True, eksterne_varsler=varsler, paaminnelse_varsler=paaminnelse_varsler)


def sett_paaminnelse(
    paaminnelse: Paaminnelsesoenske, eier: varsel.Eier, *, opprettet: dt.datetime, frist: dt.date | None
) -> tuple[UUID, ...]:
    """Give an oppgave without a paaminnelse one, with its varsler; return their ids."""
    Paaminnelse.insert(
        notifikasjon=eier.notifikasjon_id,
        oenske=msgspec.to_builtins(paaminnelse.tidspunkt),
        paaminnelse_tidspunkt=paaminnelse_tidspunkt(paaminnelse.tidspunkt, opprettet=opprettet, frist=frist),
    ).execute()
    return varsel.legg_til_paaminnelse(paaminnelse.eksterne_varsler, eier)


def _krev_sakens_mottakere(kommando: NyBeskjed) -> None:
    if kommando.grupperingsid is None:
        return
    sak = (
        Sak.select(Sak.mottakere)
        .where(Sak.merkelapp == kommando.merkelapp, Sak.grupperingsid == kommando.grupperingsid)
        .first()
    )
    if sak is not None:
        krev_sakens_mottakere(kommando.mottakere, msgspec.convert(sak.mottakere, tuple[Mottaker, ...]))


def _finnes_allerede(kommando: NyBeskjed, innhold: str) -> Utfall:
    finnes = Notifikasjon.get(
        Notifikasjon.merkelapp == kommando.merkelapp, Notifikasjon.ekstern_id == kommando.ekstern_id
    )
    if finnes.innhold_hash != innhold:
        raise DuplikatEksternIdOgMerkelapp(
            "A notifikasjon with this merkelapp and eksternId exists, with other content; use another eksternId.",
            id_til_eksisterende=finnes.id,
        )
    # Exactly those that the creation ordered: a later change orders its own, and those have later ids.
    foerste, paaminnelsens = varsel.bestilt_ved_opprettelse(kommando, finnes.id)
    return Utfall(id=finnes.id, ny=False, eksterne_varsler=foerste, paaminnelse_varsler=paaminnelsens)


def finn_oppgave(referanse: Notifikasjonsreferanse, sammenheng: Sammenheng) -> Notifikasjon:
    """The oppgave, locked until the transaction ends.

    Raises NotifikasjonFinnesIkke, also for what is not an oppgave, or UgyldigMerkelapp for another's.
    """
    produsent = sammenheng.aktoer.produsent
    if referanse.id is not None:
        hvor = Notifikasjon.id == referanse.id
    else:
        produsent.krev_merkelapp(referanse.merkelapp or "")
        hvor = (Notifikasjon.merkelapp == referanse.merkelapp) & (Notifikasjon.ekstern_id == referanse.ekstern_id)
    funnet: Notifikasjon | None = laas(sammenheng.database, Notifikasjon.select().where(hvor)).first()
    if funnet is not None:
        produsent.krev_merkelapp(funnet.merkelapp)
    if funnet is None or funnet.type != Notifikasjonstype.OPPGAVE:
        raise NotifikasjonFinnesIkke("No such oppgave; check the id, or the merkelapp and eksternId.")
    return funnet
