"""What those who keep it running ask: how the product is, what waits and why. Nothing here names a person or a text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from gateway.domain.helse import Forhold, Grunn, Helse, Observasjon, grunner, helse, henger, kommer_ikke_fram, utloep
from gateway.domain.prosess import Prosess, Rolle, Uenighet, roller_som_er_borte, uenigheter
from gateway.domain.tid import dato_i_oslo
from gateway.domain.varsel import Varseltype
from gateway.kjerne import Kjerne
from gateway.klokke import sann_tid
from gateway.runder.alle import RUNDER
from gateway.runder.innboks import INNBOKS
from gateway.runder.observatoerer import OBSERVATOERER
from gateway.runder.runde import TELL_TIL, Etterslep, sekunder_siden
from gateway.store.prosess import prosesser, sist_sett_av_rollene
from gateway.store.tabeller import (
    FEILET,
    I_KARANTENE,
    I_NYE_FORSOEK,
    OBSERVASJON_TIL_SIDE,
    PAA_VENT,
    VARSEL_OVERLATT,
    Hendelse,
    Logg,
    Pluginbryterrad,
    SattTilSide,
    Varsel,
)
from gateway.store.tabeller import Observasjon as Observasjonsrad
from gateway.store.telling import gruppert
from gateway.varsling.utsending import UTEN_KANAL, sendt

NYLIG = dt.timedelta(hours=24)
SISTE_TIME = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Ventende:
    """So many things of one kind that wait, or need somebody, for one reason."""

    forhold: Forhold
    antall: int
    kode: str | None
    eldste_sekunder: float | None
    runde: str | None = None
    produsent: str | None = None
    plugin: str | None = None
    kilde: str | None = None
    type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Varselstand:
    """How many varsler of a type were sent and failed in the last hour, and how many receivers have not told of yet."""

    type: Varseltype
    sendt_siste_time: int
    feilet_siste_time: int
    hos_mottaker: int
    eldste_hos_mottaker_sekunder: float | None


@dataclass(frozen=True, kw_only=True)
class Rollestand:
    """How many processes of a role are here, and how many seconds ago one last told of itself, if any has of late."""

    rolle: Rolle
    antall: int
    sist_sett_sekunder: float | None


@dataclass(frozen=True, kw_only=True)
class Utloep:
    """The last day of a certificate or a secret, as the settings tell it."""

    navn: str
    dato: dt.date
    forhold: Forhold | None


@dataclass(frozen=True, kw_only=True)
class Driftsbilde:
    naa: dt.datetime
    helse: Helse
    grunner: Sequence[Grunn]
    etterslep: Sequence[Etterslep]
    ventende: Sequence[Ventende]
    varsler: Sequence[Varselstand]
    utloep: Sequence[Utloep]
    prosesser: Sequence[Prosess]
    roller: Sequence[Rollestand]
    uenigheter: Sequence[Uenighet]


def driftsbilde(kjerne: Kjerne) -> Driftsbilde:
    """How it is now. Each question is one bounded walk along an index of what it asks for."""
    naa, sann = kjerne.klokke.naa(), sann_tid()
    with kjerne.database.tilkobling():
        etterslep = [ett for runde in RUNDER.values() for ett in runde.forfalt(naa)]
        ventende = [
            *_hendelser(naa),
            *_annet_innhold(naa),
            *_varsler(kjerne, naa),
            *_til_side(naa),
            *_observasjoner_til_side(naa),
            *_pauser(sann),
        ]
        varsler = [_varselstand(type_, naa) for type_ in Varseltype]
        # Processes tell of themselves by real time, which no development clock moves.
        her = prosesser(sann)
        sist_sett = sist_sett_av_rollene()
    utloep_ = _utloep(kjerne, naa)
    uenige = uenigheter(her)
    roller = [
        Rollestand(
            rolle=rolle,
            antall=sum(ett.rolle is rolle for ett in her),
            sist_sett_sekunder=sekunder_siden(sist_sett.get(rolle), sann),
        )
        for rolle in Rolle
    ]
    sett = [*_observasjoner(kjerne, etterslep, ventende, utloep_), *_om_prosesser(her, uenige, sann)]
    funn = grunner(sett)
    return Driftsbilde(
        naa=naa,
        helse=helse(funn),
        grunner=funn,
        etterslep=etterslep,
        ventende=ventende,
        varsler=varsler,
        utloep=utloep_,
        prosesser=her,
        roller=roller,
        uenigheter=uenige,
    )


def _observasjoner(
    kjerne: Kjerne, etterslep: Sequence[Etterslep], ventende: Sequence[Ventende], utloep_: Sequence[Utloep]
) -> Iterator[Observasjon]:
    for plugin in kjerne.plugins.oedelagte.values():
        yield Observasjon(forhold=Forhold.PLUGIN_OEDELAGT, antall=1, navn=plugin.sted.navn)
    if kjerne.oppsett.feil:
        yield Observasjon(forhold=Forhold.OPPSETT_FEIL, antall=1, navn=kjerne.oppsett.feil)
    for ett in etterslep:
        if henger(ett.mulig_sekunder):
            yield Observasjon(forhold=Forhold.RUNDE_HENGER, antall=ett.forfalt.antall or 1, navn=ett.mening)
        if er_staaende(ett):
            yield Observasjon(forhold=Forhold.KOMMER_IKKE_FRAM, antall=ett.proeves_igjen.antall, navn=ett.mening)
        yield Observasjon(forhold=ett.til_side_er, antall=ett.til_side.antall, navn=ett.mening)
    for ett_ in ventende:
        if ett_.forhold is Forhold.VARSEL_UTEN_KANAL:
            yield Observasjon(forhold=ett_.forhold, antall=ett_.antall, navn=ett_.type or "")
        if ett_.forhold is Forhold.PLUGIN_PAUSET:
            yield Observasjon(forhold=ett_.forhold, antall=1, navn=ett_.plugin or "")
    for forhold in (
        Forhold.PAA_VENT,
        Forhold.ANNET_INNHOLD,
        Forhold.VARSLER_FEILET,
        Forhold.VARSLER_PROEVES_IGJEN,
    ):
        yield Observasjon(forhold=forhold, antall=sum(ett.antall for ett in ventende if ett.forhold is forhold))
    for ting in utloep_:
        if ting.forhold:
            yield Observasjon(forhold=ting.forhold, antall=1, navn=ting.navn)


def _om_prosesser(her: Sequence[Prosess], uenige: Sequence[Uenighet], sann: dt.datetime) -> Iterator[Observasjon]:
    borte = roller_som_er_borte(her, sann)
    for rolle, forhold in ((Rolle.WORKER, Forhold.INGEN_ARBEIDER), (Rolle.SCHEDULER, Forhold.INGEN_TIMEPLAN)):
        yield Observasjon(forhold=forhold, antall=int(rolle in borte))
    for uenighet in uenige:
        yield Observasjon(forhold=Forhold.ULIKE_PLUGINS, antall=1, navn=uenighet.navn)


def er_staaende(ett: Etterslep) -> bool:
    """Whether what is tried again does not get through at all."""
    igjen = ett.proeves_igjen
    return kommer_ikke_fram(igjen.antall, igjen.eldste_sekunder, ett.sist_sekunder)


def _utloep(kjerne: Kjerne, naa: dt.datetime) -> list[Utloep]:
    i_dag = dato_i_oslo(naa)
    return [
        Utloep(navn=navn, dato=dato, forhold=utloep(dato, i_dag))
        for navn, dato in kjerne.innstillinger.utloepsdatoer.items()
    ]


def _varselstand(type_: Varseltype, naa: dt.datetime) -> Varselstand:
    hos_mottaker = Varsel.select().where(Varsel.type == type_, VARSEL_OVERLATT)
    eldste = hos_mottaker.select(fn.MIN(Varsel.overlatt_tidspunkt)).scalar()
    siste_time = sendt(type_).where(Varsel.avsluttet_tidspunkt > naa - SISTE_TIME)
    feilet = Varsel.select().where(FEILET & (Varsel.avsluttet_tidspunkt > naa - SISTE_TIME))
    return Varselstand(
        type=type_,
        feilet_siste_time=feilet.where(Varsel.type == type_).select(Varsel.id).limit(TELL_TIL).count(),
        sendt_siste_time=siste_time.select(Varsel.avsluttet_tidspunkt).limit(TELL_TIL).count(),
        hos_mottaker=hos_mottaker.select(Varsel.overlatt_tidspunkt).limit(TELL_TIL).count(),
        eldste_hos_mottaker_sekunder=sekunder_siden(eldste, naa),
    )


def _hendelser(naa: dt.datetime) -> Iterator[Ventende]:
    felter = (Hendelse.produsent, Hendelse.plugin, Hendelse.kilde, Hendelse.type, Hendelse.feilkode)
    for forhold, tilstand in ((Forhold.KARANTENE, I_KARANTENE), (Forhold.PAA_VENT, PAA_VENT)):
        rader = Hendelse.select(*felter, Hendelse.mottatt_tidspunkt).where(tilstand).order_by(Hendelse.id)
        for gruppe in gruppert(rader.limit(TELL_TIL), _navn(felter), Hendelse.mottatt_tidspunkt):
            produsent, plugin, kilde, type_, kode = gruppe.verdier
            yield Ventende(
                forhold=forhold,
                antall=gruppe.antall,
                kode=kode,
                eldste_sekunder=sekunder_siden(gruppe.foerste, naa),
                runde="innboks",
                produsent=produsent,
                plugin=plugin,
                kilde=kilde,
                type=type_,
            )


def _annet_innhold(naa: dt.datetime) -> Iterator[Ventende]:
    """Events whose source and id came again with other content, which was not taken in."""
    felter = (Hendelse.produsent, Hendelse.kilde, Hendelse.type)
    tid = Hendelse.annet_innhold_tidspunkt
    rader = Hendelse.select(*felter, tid).where(tid > naa - NYLIG).limit(TELL_TIL)
    for gruppe in gruppert(rader, _navn(felter), tid):
        produsent, kilde, type_ = gruppe.verdier
        yield Ventende(
            forhold=Forhold.ANNET_INNHOLD,
            antall=gruppe.antall,
            kode="AnnetInnhold",
            eldste_sekunder=sekunder_siden(gruppe.foerste, naa),
            runde="innboks",
            produsent=produsent,
            kilde=kilde,
            type=type_,
        )


def _varsler(kjerne: Kjerne, naa: dt.datetime) -> Iterator[Ventende]:
    """Those that failed for good of late, from when they did; and those that are tried again, from when they could
    first be sent: whether their next try is due does not matter.
    """
    eiere = kjerne.produsenter.eiere()
    felter = (Varsel.merkelapp, Varsel.type, Varsel.siste_kode)
    feilet = Varsel.select().where(FEILET & (Varsel.avsluttet_tidspunkt > naa - NYLIG))
    igjen = Varsel.select().where(I_NYE_FORSOEK & Varsel.overlatt_ref.is_null())
    for forhold, rader, rekkefoelge, tid in (
        (Forhold.VARSLER_FEILET, feilet, Varsel.avsluttet_tidspunkt.desc(), Varsel.avsluttet_tidspunkt),
        (Forhold.VARSLER_PROEVES_IGJEN, igjen, Varsel.neste_forsoek, Varsel.klar_tidspunkt),
    ):
        valgte = rader.select(*felter, tid).order_by(rekkefoelge).limit(TELL_TIL)
        for gruppe in gruppert(valgte, _navn(felter), tid):
            merkelapp, type_, kode = gruppe.verdier
            yield Ventende(
                forhold=Forhold.VARSEL_UTEN_KANAL if kode == UTEN_KANAL else forhold,
                antall=gruppe.antall,
                kode=kode,
                eldste_sekunder=sekunder_siden(gruppe.foerste, naa),
                runde=f"varsler_{type_.lower()}",
                produsent=eiere.get(merkelapp),
                type=type_,
            )


def _navn(felter: Sequence[Any]) -> list[str]:
    return [felt.column_name for felt in felter]


def _til_side(naa: dt.datetime) -> Iterator[Ventende]:
    felter = (SattTilSide.runde, SattTilSide.kode)
    rader = SattTilSide.select(*felter, SattTilSide.tidspunkt).limit(TELL_TIL)
    for gruppe in gruppert(rader, _navn(felter), SattTilSide.tidspunkt):
        runde, kode = gruppe.verdier
        yield Ventende(
            forhold=Forhold.TIL_SIDE,
            antall=gruppe.antall,
            kode=kode,
            eldste_sekunder=sekunder_siden(gruppe.foerste, naa),
            runde=runde,
        )


def _observasjoner_til_side(naa: dt.datetime) -> Iterator[Ventende]:
    """Changes that observers could not take, from when the gateway made them."""
    felter = (Observasjonsrad.produsent, Observasjonsrad.kode)
    rader = (
        Observasjonsrad.select(*felter, Logg.tidspunkt)
        .join(Logg, peewee.JOIN.LEFT_OUTER, on=(Logg.id == Observasjonsrad.logg_id))
        .where(OBSERVASJON_TIL_SIDE)
        .order_by(Observasjonsrad.logg_id)
    )
    for gruppe in gruppert(rader.limit(TELL_TIL), _navn(felter), Logg.tidspunkt):
        produsent, kode = gruppe.verdier
        yield Ventende(
            forhold=Forhold.TIL_SIDE,
            antall=gruppe.antall,
            kode=kode,
            eldste_sekunder=sekunder_siden(gruppe.foerste, naa),
            runde=OBSERVATOERER.navn,
            produsent=produsent,
        )


def _pauser(sann: dt.datetime) -> Iterator[Ventende]:
    """The plugins that are paused; a handful of rows. By real time."""
    for rad in Pluginbryterrad.select().where(Pluginbryterrad.pauset_til.is_null(False)):
        yield Ventende(
            forhold=Forhold.PLUGIN_PAUSET,
            antall=rad.feil,
            kode=rad.kode,
            eldste_sekunder=sekunder_siden(rad.pauset_siden, sann),
            runde=INNBOKS.navn,
            produsent=rad.produsent,
            plugin=rad.plugin,
        )
