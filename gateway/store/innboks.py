"""Storing an event in its place within its key, once: the write that every webhook waits for."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import EXCLUDED, fn

from gateway.store.database import Database
from gateway.store.dialekt import etter_hverandre
from gateway.store.ferdig import Ferdig, plass
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel

_OPPGITT = (
    *(Hendelse.id, Hendelse.produsent, Hendelse.kilde, Hendelse.ekstern_id, Hendelse.type, Hendelse.noekkel),
    *(Hendelse.format, Hendelse.raa, Hendelse.applikasjon, Hendelse.korrelasjonsid, Hendelse.mottatt_tidspunkt),
    *(Hendelse.tilstand, Hendelse.plugin, Hendelse.feilkode, Hendelse.feilmelding),
)


def _trekk_loepenummer() -> peewee.Insert:
    """The key's row first: whoever holds it draws the next number, so numbers within a key follow commits.

    An event that has been stored before draws one too, which stays unused, and its key is looked at once in vain.
    """
    return (
        Hendelsesnoekkel.insert(
            produsent=plass(Hendelsesnoekkel.produsent),
            noekkel=plass(Hendelsesnoekkel.noekkel),
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
        .returning(Hendelsesnoekkel.siste_loepenummer)
    )


def _sett_inn(noekkelens_rad: Any) -> peewee.Insert:
    """The event, with the number that was drawn."""
    verdier = [*(plass(felt) for felt in _OPPGITT), noekkelens_rad.c.siste_loepenummer, 0]
    return (
        Hendelse.insert_from(
            peewee.Select([noekkelens_rad], verdier), [*_OPPGITT, Hendelse.loepenummer, Hendelse.forsoek]
        )
        .on_conflict_ignore()
        .returning(Hendelse.id)
    )


def _noekkelens_rad() -> peewee.Select:
    return Hendelsesnoekkel.select(Hendelsesnoekkel.siste_loepenummer).where(
        Hendelsesnoekkel.produsent == plass(Hendelsesnoekkel.produsent),
        Hendelsesnoekkel.noekkel == plass(Hendelsesnoekkel.noekkel),
    )


_LAGRE = Ferdig(lambda database: etter_hverandre(database, _trekk_loepenummer(), _noekkelens_rad(), _sett_inn))


def lagre(database: Database, **hendelse: Any) -> bool:
    """Store the event, in the open transaction or as one; whether it is new.

    `hendelse` has the fields of its row, and `klar_tidspunkt`: when its key has it to handle, if ever.
    """
    return bool(_LAGRE.kjoer(database, **hendelse))
