"""What those who keep it running ask: how the product is, what waits and why. Nothing here names a person or a text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import SQL, fn

from gateway.domain.helse import Forhold, Grunn, Helse, Observasjon, grunner, helse, henger
from gateway.kjerne import Kjerne
from gateway.runder.alle import RUNDER
from gateway.runder.runde import TELL_TIL, Etterslep
from gateway.store.tabeller import FEILET, I_NYE_FORSOEK, Hendelse, SattTilSide, Varsel

NYLIG = dt.timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Ventende:
    """So many things of one kind that wait, or need somebody, for one reason."""

    forhold: Forhold
    antall: int
    kode: str | None
    runde: str | None = None
    produsent: str | None = None
    plugin: str | None = None
    kilde: str | None = None
    type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Driftsbilde:
    naa: dt.datetime
    helse: Helse
    grunner: Sequence[Grunn]
    etterslep: Sequence[Etterslep]
    ventende: Sequence[Ventende]


def driftsbilde(kjerne: Kjerne) -> Driftsbilde:
    """How it is now. Each question is one bounded walk along an index of what it asks for."""
    naa = kjerne.klokke.naa()
    with kjerne.database.tilkobling():
        etterslep = [ett for runde in RUNDER.values() for ett in runde.forfalt(naa)]
        ventende = [*_hendelser(), *_annet_innhold(naa), *_varsler(kjerne, naa), *_til_side()]
    etterslep.append(_karantene(ventende))
    funn = grunner(_observasjoner(kjerne, etterslep, ventende))
    return Driftsbilde(naa=naa, helse=helse(funn), grunner=funn, etterslep=etterslep, ventende=ventende)


def _observasjoner(
    kjerne: Kjerne, etterslep: Sequence[Etterslep], ventende: Sequence[Ventende]
) -> Iterator[Observasjon]:
    for plugin in kjerne.plugins.oedelagte.values():
        yield Observasjon(forhold=Forhold.PLUGIN_OEDELAGT, antall=1, navn=plugin.sted.navn)
    for ett in etterslep:
        if henger(ett.eldste_sekunder):
            yield Observasjon(forhold=Forhold.RUNDE_HENGER, antall=ett.antall, navn=ett.mening)
        yield Observasjon(forhold=Forhold.TIL_SIDE, antall=ett.til_side, navn=ett.mening)
    for forhold in (
        Forhold.KARANTENE,
        Forhold.PAA_VENT,
        Forhold.ANNET_INNHOLD,
        Forhold.VARSLER_FEILET,
        Forhold.VARSLER_PROEVES_IGJEN,
    ):
        yield Observasjon(forhold=forhold, antall=_antall(ventende, forhold))


def _antall(ventende: Sequence[Ventende], forhold: Forhold) -> int:
    return sum(ett.antall for ett in ventende if ett.forhold is forhold)


def _karantene(ventende: Sequence[Ventende]) -> Etterslep:
    return Etterslep(
        hva="karantene",
        mening="hendelser i karantene",
        antall=_antall(ventende, Forhold.KARANTENE),
        eldste_sekunder=None,
    )


def _hendelser() -> Iterator[Ventende]:
    for forhold, tilstand in ((Forhold.KARANTENE, "KARANTENE"), (Forhold.PAA_VENT, "PAA_VENT")):
        felter = (Hendelse.produsent, Hendelse.plugin, Hendelse.kilde, Hendelse.type, Hendelse.feilkode)
        rader = Hendelse.select(*felter).where(Hendelse.tilstand == SQL(f"'{tilstand}'"))
        for (produsent, plugin, kilde, type_, kode), antall in _gruppert(rader, felter):
            yield Ventende(
                forhold=forhold,
                antall=antall,
                kode=kode,
                runde="innboks",
                produsent=produsent,
                plugin=plugin,
                kilde=kilde,
                type=type_,
            )


def _annet_innhold(naa: dt.datetime) -> Iterator[Ventende]:
    """Events whose source and id came again with other content, which was not taken in."""
    felter = (Hendelse.produsent, Hendelse.kilde, Hendelse.type)
    rader = Hendelse.select(*felter).where(Hendelse.annet_innhold_tidspunkt > naa - NYLIG)
    for (produsent, kilde, type_), antall in _gruppert(rader, felter):
        yield Ventende(
            forhold=Forhold.ANNET_INNHOLD,
            antall=antall,
            kode="AnnetInnhold",
            runde="innboks",
            produsent=produsent,
            kilde=kilde,
            type=type_,
        )


def _varsler(kjerne: Kjerne, naa: dt.datetime) -> Iterator[Ventende]:
    eiere = kjerne.produsenter.eiere()
    felter = (Varsel.merkelapp, Varsel.type, Varsel.siste_kode)
    for forhold, hvor in (
        (Forhold.VARSLER_FEILET, FEILET & (Varsel.avsluttet_tidspunkt > naa - NYLIG)),
        (Forhold.VARSLER_PROEVES_IGJEN, I_NYE_FORSOEK & (Varsel.neste_forsoek > naa) & Varsel.overlatt_ref.is_null()),
    ):
        for (merkelapp, type_, kode), antall in _gruppert(Varsel.select(*felter).where(hvor), felter):
            yield Ventende(
                forhold=forhold,
                antall=antall,
                kode=kode,
                runde=f"varsler_{type_.lower()}",
                produsent=eiere.get(merkelapp),
                type=type_,
            )


def _til_side() -> Iterator[Ventende]:
    felter = (SattTilSide.runde, SattTilSide.kode)
    for (runde, kode), antall in _gruppert(SattTilSide.select(*felter), felter):
        yield Ventende(forhold=Forhold.TIL_SIDE, antall=antall, kode=kode, runde=runde)


def _gruppert(rader: peewee.Select, felter: Sequence[Any]) -> list[tuple[tuple[Any, ...], int]]:
    """How many of the rows there are of each, counted no further than TELL_TIL in all; the most first."""
    noen = rader.limit(TELL_TIL).alias("noen")
    kolonner = [getattr(noen.c, felt.name) for felt in felter]
    antall = fn.COUNT(SQL("1"))
    gruppert = peewee.Select([noen], [*kolonner, antall]).group_by(*kolonner).order_by(antall.desc(), *kolonner)
    return [(tuple(rad[:-1]), rad[-1]) for rad in gruppert.bind(rader.model._meta.database).tuples()]
