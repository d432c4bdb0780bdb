"""Storing a new notifikasjon with its accesses and its log entry, once: the write that every creation waits for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import peewee

from gateway.store.database import Database
from gateway.store.dialekt import etter_hverandre, laas_mot_sletting, som_json, transaksjonsnummer
from gateway.store.ferdig import Ferdig, plass
from gateway.store.tabeller import Logg, Notifikasjon, NotifikasjonTilgang, Sak, SakStatus, SakTilgang

_KOLONNER = tuple(Notifikasjon._meta.sorted_fields)
_SAK = tuple(Sak._meta.sorted_fields)
_TILGANG = "tilgang_{}"


def _sakens_krets() -> peewee.Select:
    return Sak.select(Sak.virksomhetsnummer, Sak.mottakere).where(
        Sak.merkelapp == plass(Sak.merkelapp), Sak.grupperingsid == plass(Sak.grupperingsid)
    )


LES_SAKEN = Ferdig(lambda: [_sakens_krets()])
HOLD_SAKEN = Ferdig(lambda: [laas_mot_sletting(_sakens_krets())])


def _notifikasjon() -> peewee.Insert:
    verdier = {felt: som_json(plass(felt)) if isinstance(felt, peewee.JSONField) else plass(felt) for felt in _KOLONNER}
    return Notifikasjon.insert(verdier).on_conflict_ignore().returning(Notifikasjon.id)


def _tilganger(antall: int, rad: Any) -> peewee.Insert:
    navn = [(plass(NotifikasjonTilgang.tilgang, _TILGANG.format(nummer)),) for nummer in range(antall)]
    tilganger = peewee.ValuesList(navn, alias="tilganger")
    kilde = peewee.Select(
        [rad, tilganger],
        [
            rad.c.id,
            plass(NotifikasjonTilgang.virksomhetsnummer),
            tilganger.c.column1,  # what both databases call it
            plass(NotifikasjonTilgang.sortering_tidspunkt),
        ],
    )
    felter = [
        *(NotifikasjonTilgang.notifikasjon, NotifikasjonTilgang.virksomhetsnummer),
        *(NotifikasjonTilgang.tilgang, NotifikasjonTilgang.sortering_tidspunkt),
    ]
    return NotifikasjonTilgang.insert_from(kilde, felter).returning(NotifikasjonTilgang.tilgang)


_INNSLAG = (
    Logg.tidspunkt,
    Logg.hva,
    Logg.produsent,
    Logg.applikasjon,
    Logg.plugin,
    Logg.korrelasjonsid,
    Logg.merkelapp,
)


def _innslag(rad: Any) -> peewee.Insert:
    verdier = [transaksjonsnummer(), *map(plass, _INNSLAG), rad.c.id]
    kilde = peewee.Select([rad], verdier)
    return Logg.insert_from(kilde, [Logg.transaksjon, *_INNSLAG, Logg.notifikasjon_id]).returning(Logg.id)


def _sak() -> peewee.Insert:
    verdier = {felt: som_json(plass(felt)) if isinstance(felt, peewee.JSONField) else plass(felt) for felt in _SAK}
    return Sak.insert(verdier).on_conflict_ignore().returning(Sak.id)


def _status(rad: Any) -> peewee.Insert:
    felter = [SakStatus.status, SakStatus.tekst, SakStatus.overstyr_statustekst_med, SakStatus.tidspunkt]
    navn = ("siste_status", "siste_statustekst", "overstyr_statustekst_med", "siste_status_tidspunkt")
    verdier = [plass(felt, ett) for felt, ett in zip(felter, navn, strict=True)]
    kilde = peewee.Select([rad], [rad.c.id, plass(SakStatus.id, "siste_status_id"), *verdier])
    return SakStatus.insert_from(kilde, [SakStatus.sak, SakStatus.id, *felter]).returning(SakStatus.id)


def _sakstilganger(antall: int, rad: Any) -> peewee.Insert:
    navn = [(plass(SakTilgang.tilgang, _TILGANG.format(nummer)),) for nummer in range(antall)]
    tilganger = peewee.ValuesList(navn, alias="tilganger")
    verdier = [
        *(rad.c.id, plass(SakTilgang.virksomhetsnummer), tilganger.c.column1),
        plass(SakTilgang.sortering_tidspunkt, "opprettet_tidspunkt"),
    ]
    felter = [SakTilgang.sak, SakTilgang.virksomhetsnummer, SakTilgang.tilgang, SakTilgang.sortering_tidspunkt]
    return SakTilgang.insert_from(peewee.Select([rad, tilganger], verdier), felter).returning(SakTilgang.tilgang)


def _saksinnslag(rad: Any) -> peewee.Insert:
    verdier = [transaksjonsnummer(), *map(plass, _INNSLAG), som_json(plass(Logg.innhold)), rad.c.id]
    kilde = peewee.Select([rad], verdier)
    return Logg.insert_from(kilde, [Logg.transaksjon, *_INNSLAG, Logg.innhold, Logg.sak_id]).returning(Logg.id)


@lru_cache(maxsize=64)
def _lagre_sak_med(antall_tilganger: int) -> Ferdig:
    return Ferdig(
        lambda: etter_hverandre(
            _sak(),
            Sak.select(Sak.id).where(Sak.id == plass(Sak.id)),
            _status,
            lambda rad: _sakstilganger(antall_tilganger, rad),
            _saksinnslag,
        )
    )


def lagre_sak(database: Database, tilganger: Sequence[str], **verdier: Any) -> bool:
    """Store the sak with its first status in the open transaction; False when its key is taken, and nothing is stored.

    `verdier` has the columns of its row, `overstyr_statustekst_med` of its status, and those of the log entry.
    """
    navngitt = {_TILGANG.format(nummer): tilgang for nummer, tilgang in enumerate(tilganger)}
    return bool(_lagre_sak_med(len(tilganger)).kjoer(database, **navngitt, **verdier))


@lru_cache(maxsize=64)
def _lagre_med(antall_tilganger: int) -> Ferdig:
    return Ferdig(
        lambda: etter_hverandre(
            _notifikasjon(),
            Notifikasjon.select(Notifikasjon.id).where(Notifikasjon.id == plass(Notifikasjon.id)),
            lambda rad: _tilganger(antall_tilganger, rad),
            lambda rad: _innslag(rad),
        )
    )


def lagre(database: Database, tilganger: Sequence[str], **verdier: Any) -> bool:
    """Store the notifikasjon in the open transaction; False when its key is taken, and then nothing is stored.

    `verdier` has the columns of its row, and those of the log entry.
    """
    navngitt = {_TILGANG.format(nummer): tilgang for nummer, tilgang in enumerate(tilganger)}
    mangler = {felt.name: None for felt in _KOLONNER if felt.name not in verdier}
    return bool(_lagre_med(len(tilganger)).kjoer(database, **mangler, **navngitt, **verdier))
