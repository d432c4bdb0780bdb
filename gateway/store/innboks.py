"""Storing an event in its place within its key, once: the write that every webhook waits for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import peewee
from peewee import EXCLUDED, SQL, Case, fn

from gateway.store.database import Database
from gateway.store.dialekt import etter_hverandre
from gateway.store.ferdig import Ferdig, plass
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, db

# Stands where a key's hash does, for events whose key is not known yet: each producer has one queue of them.
KOE = "koe"

_OPPGITT = (
    *(Hendelse.id, Hendelse.produsent, Hendelse.kilde, Hendelse.ekstern_id, Hendelse.type, Hendelse.format),
    *(Hendelse.raa, Hendelse.innhold_hash, Hendelse.applikasjon, Hendelse.korrelasjonsid, Hendelse.mottatt_tidspunkt),
    *(Hendelse.tilstand, Hendelse.plugin, Hendelse.feilkode, Hendelse.feilmelding),
)


def _stedet() -> peewee.Node:
    """Where the event goes: to its key, or behind those of its producer that wait in the queue for theirs."""
    koe = Hendelsesnoekkel.alias()
    venter = koe.select(SQL("1")).where(
        koe.produsent == plass(Hendelsesnoekkel.produsent), koe.noekkel == KOE, koe.klar_tidspunkt.is_null(False)
    )
    return Case(None, [(fn.EXISTS(venter), KOE)], plass(Hendelsesnoekkel.noekkel))


def _trekk_loepenummer() -> peewee.Insert:
    """The key's row first: whoever holds it draws the next number, so numbers within a key follow commits.

    An event that has been stored before draws one too, which stays unused, and its key is looked at once in vain.
    """
    return (
        Hendelsesnoekkel.insert(
            produsent=plass(Hendelsesnoekkel.produsent),
            noekkel=_stedet(),
            klar_tidspunkt=plass(Hendelsesnoekkel.klar_tidspunkt),
            siste_loepenummer=1,
        )
        .on_conflict(
            conflict_target=[Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel],
            update={
                Hendelsesnoekkel.siste_loepenummer: Hendelsesnoekkel.siste_loepenummer + 1,
                Hendelsesnoekkel.klar_tidspunkt: fn.COALESCE(Hendelsesnoekkel.klar_tidspunkt, EXCLUDED.klar_tidspunkt),
            },
        )
        .returning(Hendelsesnoekkel.siste_loepenummer, Hendelsesnoekkel.noekkel)
    )


def _sett_inn(noekkelens_rad: Any) -> peewee.Insert:
    """The event, with the number that was drawn. What the source gave as its key is kept in the queue only."""
    sted = noekkelens_rad.c.noekkel
    verdier = [
        *(plass(felt) for felt in _OPPGITT),
        *(sted, Case(None, [(sted == KOE, plass(Hendelse.kilde_noekkel))]), noekkelens_rad.c.siste_loepenummer, 0),
    ]
    felter = [*_OPPGITT, Hendelse.noekkel, Hendelse.kilde_noekkel, Hendelse.loepenummer, Hendelse.forsoek]
    return (
        Hendelse.insert_from(peewee.Select([noekkelens_rad], verdier), felter)
        .on_conflict_ignore()
        .returning(Hendelse.id)
    )


def _noekkelens_rad() -> peewee.Select:
    return Hendelsesnoekkel.select(Hendelsesnoekkel.siste_loepenummer, Hendelsesnoekkel.noekkel).where(
        Hendelsesnoekkel.produsent == plass(Hendelsesnoekkel.produsent), Hendelsesnoekkel.noekkel == _stedet()
    )


_LAGRE = Ferdig(lambda: etter_hverandre(_trekk_loepenummer(), _noekkelens_rad(), _sett_inn))


def lagre(database: Database, **hendelse: Any) -> bool:
    """Store the event, in the open transaction or as one; whether it is new.

    `hendelse` has the fields of its row, and `klar_tidspunkt`: when its key has it to handle, if ever. Its `noekkel`
    is the hash of its key, or KOE; while its producer has others in the queue, it goes behind them.
    """
    return bool(_LAGRE.kjoer(database, **hendelse))


def trekk_loepenumre(produsent: str, noekkel: str, antall: int, klar_tidspunkt: dt.datetime) -> range:
    """The next numbers of a key, whose row is held until the open transaction ends, and which is awake then."""
    (rad,) = (
        Hendelsesnoekkel.insert(
            produsent=produsent, noekkel=noekkel, klar_tidspunkt=klar_tidspunkt, siste_loepenummer=antall
        )
        .on_conflict(
            conflict_target=[Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel],
            update={
                Hendelsesnoekkel.siste_loepenummer: Hendelsesnoekkel.siste_loepenummer + antall,
                Hendelsesnoekkel.klar_tidspunkt: fn.COALESCE(Hendelsesnoekkel.klar_tidspunkt, EXCLUDED.klar_tidspunkt),
            },
        )
        .returning(Hendelsesnoekkel.siste_loepenummer)
        .execute()
    )
    siste: int = rad.siste_loepenummer
    return range(siste - antall + 1, siste + 1)


# Two probes along the index (produsent, klar_tidspunkt) for each producer that has anything waiting.
_ELDSTE_HOS_HVER = """
WITH RECURSIVE hos(produsent) AS (
    SELECT MIN(produsent) FROM hendelsesnoekkel WHERE klar_tidspunkt IS NOT NULL
    UNION ALL
    SELECT (
        SELECT MIN(neste.produsent) FROM hendelsesnoekkel AS neste
        WHERE neste.klar_tidspunkt IS NOT NULL AND neste.produsent > hos.produsent
    )
    FROM hos WHERE hos.produsent IS NOT NULL
)
SELECT hos.produsent, (
    SELECT MIN(noekkel.klar_tidspunkt) FROM hendelsesnoekkel AS noekkel
    WHERE noekkel.produsent = hos.produsent AND noekkel.klar_tidspunkt IS NOT NULL
)
FROM hos WHERE hos.produsent IS NOT NULL
"""


def ventende_hos_produsentene() -> Mapping[str, dt.datetime]:
    """The producers that have events that are not done, and when the first of their keys is ready, or was."""
    rader = db.execute_sql(_ELDSTE_HOS_HVER).fetchall()
    return {produsent: Hendelsesnoekkel.klar_tidspunkt.python_value(klar) for produsent, klar in rader if klar}


def klare_hos_produsentene(naa: dt.datetime) -> Mapping[str, dt.datetime]:
    """The producers that have a key that is ready, whoever has it now, and since when the oldest of it is."""
    return {produsent: klar for produsent, klar in ventende_hos_produsentene().items() if klar <= naa}
