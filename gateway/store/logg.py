"""The append-only log: who, what, when, written in the transaction of the change itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import Value

from gateway.domain.produsent import Aktoer
from gateway.store.dialekt import blant, transaksjonsnummer
from gateway.store.ferdig import sett_inn
from gateway.store.tabeller import Logg, Notifikasjon


@dataclass(frozen=True, kw_only=True)
class Hvem:
    """Who made a change: a producer through its application and plugin, or a round of the gateway itself."""

    korrelasjonsid: str
    produsent: str | None = None
    applikasjon: str | None = None
    plugin: str | None = None

    @classmethod
    def fra(cls, aktoer: Aktoer) -> Hvem:
        return cls(
            korrelasjonsid=aktoer.korrelasjonsid,
            produsent=aktoer.produsent.id,
            applikasjon=aktoer.applikasjon,
            plugin=aktoer.plugin,
        )


@dataclass(frozen=True, kw_only=True)
class Innslag:
    """One entry. `hva` is the kommando's name, or what a round or a channel did."""

    hva: str
    merkelapp: str | None = None
    sak_id: UUID | None = None
    notifikasjon_id: UUID | None = None
    varsel_id: UUID | None = None
    innhold: Mapping[str, Any] | None = None


def skriv(hvem: Hvem, tidspunkt: dt.datetime, innslag: Iterable[Innslag]) -> None:
    """Append the entries, in one statement."""
    rader = [
        {
            "tidspunkt": tidspunkt,
            "hva": ett.hva,
            "produsent": hvem.produsent,
            "applikasjon": hvem.applikasjon,
            "plugin": hvem.plugin,
            "korrelasjonsid": hvem.korrelasjonsid,
            "merkelapp": ett.merkelapp,
            "sak_id": ett.sak_id,
            "notifikasjon_id": ett.notifikasjon_id,
            "varsel_id": ett.varsel_id,
            "innhold": ett.innhold,
        }
        for ett in innslag
    ]
    if rader:
        sett_inn(Logg, rader, (("transaksjon", transaksjonsnummer),))


def skriv_for_notifikasjoner(
    hvem: Hvem,
    tidspunkt: dt.datetime,
    hva: str,
    ider: Sequence[UUID],
    *,
    innhold: Mapping[str, Any] | None,
) -> None:
    """Append one entry, all alike, for each of many notifikasjoner, without bringing them here."""
    felter = {
        Logg.transaksjon: transaksjonsnummer(),
        Logg.tidspunkt: Value(tidspunkt, Logg.tidspunkt.db_value),
        Logg.hva: Value(hva),
        Logg.produsent: Value(hvem.produsent),
        Logg.applikasjon: Value(hvem.applikasjon),
        Logg.plugin: Value(hvem.plugin),
        Logg.korrelasjonsid: Value(hvem.korrelasjonsid),
        Logg.innhold: Value(innhold, Logg.innhold.db_value),
        Logg.merkelapp: Notifikasjon.merkelapp,
        Logg.notifikasjon_id: Notifikasjon.id,
    }
    kilde = Notifikasjon.select(*felter.values()).where(blant(Notifikasjon.id, ider))
    Logg.insert_from(kilde, list(felter)).execute()
