"""Storing an event in its place within its key, once: the write that every webhook waits for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import peewee
from peewee import EXCLUDED, SQL, Case, fn

from gateway.store.database import Database
from gateway.store.dialekt import etter_hverandre, rader_av_lister
from gateway.store.ferdig import Ferdig, plass
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, db

# Stands where a key's hash does, for events whose key is not known yet: each producer has one queue of them.
KOE = "koe"

_OPPGITT = (
    *(Hendelse.id, Hendelse.produsent, Hendelse.kilde, Hendelse.ekstern_id, Hendelse.type, Hendelse.format),
    *(Hendelse.raa, Hendelse.innhold_hash, Hendelse.applikasjon, Hendelse.korrelasjonsid, Hendelse.mottatt_tidspunkt),
    *(Hendelse.tilstand, Hendelse.plugin, Hendelse.feilkode, Hendelse.feilmelding),
    *(Hendelse.avsluttet_tidspunkt, Hendelse.bevares_til, Hendelse.tid, Hendelse.stopper_noekkelen),
)


def _stedet() -> peewee.Node:
    """Where the event goes: to its key, or behind those of its producer that wait in the queue for theirs."""
    koe = Hendelsesnoekkel.alias()
    venter = koe.select(SQL("1")).where(
        koe.produsent == plass(Hendelsesnoekkel.produsent), koe.noekkel == KOE, koe.klar_tidspunkt.is_null(False)
    )
    return Case(None, [(fn.EXISTS(venter), KOE)], plass(Hendelsesnoekkel.noekkel))


def _den_som_vekker() -> peewee.Node:
    """The source of a key that wakes now, and of one that is awake that which woke it."""
    return Case(None, [(Hendelsesnoekkel.klar_tidspunkt.is_null(), EXCLUDED.kilde)], Hendelsesnoekkel.kilde)


def _trekk_loepenummer() -> peewee.Insert:
    """The key's row first: whoever holds it draws the next number, so numbers within a key follow commits.

    An event that has been stored before draws one too, which stays unused, and its key is looked at once in vain.
    """
    return (
        Hendelsesnoekkel.insert(
            produsent=plass(Hendelsesnoekkel.produsent),
            noekkel=_stedet(),
            klar_tidspunkt=plass(Hendelsesnoekkel.klar_tidspunkt),
            kilde=plass(Hendelsesnoekkel.kilde),
            siste_loepenummer=1,
        )
        .on_conflict(
            conflict_target=[Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel],
            update={
                Hendelsesnoekkel.kilde: _den_som_vekker(),
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


# As `_LAGRE`, of many at once.
_KOEEN_VENTER = """
SELECT 1 FROM hendelsesnoekkel WHERE produsent = %s AND noekkel = %s AND klar_tidspunkt IS NOT NULL
"""
_TREKK_TIL_ALLE = """
INSERT INTO hendelsesnoekkel (produsent, noekkel, klar_tidspunkt, siste_loepenummer, kilde)
SELECT %s, noekkel, klar_tidspunkt, siste_loepenummer, kilde FROM {nye}
ON CONFLICT (produsent, noekkel) DO UPDATE SET
    kilde = CASE WHEN hendelsesnoekkel.klar_tidspunkt IS NULL THEN EXCLUDED.kilde ELSE hendelsesnoekkel.kilde END,
    siste_loepenummer = hendelsesnoekkel.siste_loepenummer + EXCLUDED.siste_loepenummer,
    klar_tidspunkt = COALESCE(hendelsesnoekkel.klar_tidspunkt, EXCLUDED.klar_tidspunkt)
RETURNING noekkel, siste_loepenummer
"""
_SETT_INN_ALLE = """
INSERT INTO hendelse ({felles}, {hver}, forsoek) SELECT {verdier}, {hver}, 0 FROM {nye}
ON CONFLICT DO NOTHING RETURNING id
"""
_TREKKES = (
    *(Hendelsesnoekkel.noekkel, Hendelsesnoekkel.klar_tidspunkt, Hendelsesnoekkel.siste_loepenummer),
    Hendelsesnoekkel.kilde,
)
_FELLES = (Hendelse.produsent, Hendelse.applikasjon, Hendelse.korrelasjonsid, Hendelse.mottatt_tidspunkt)
_HVER = (
    *(felt for felt in _OPPGITT if felt.name not in {felles.name for felles in _FELLES}),
    *(Hendelse.noekkel, Hendelse.kilde_noekkel, Hendelse.loepenummer),
)


def lagre_alle(database: Database, hendelser: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Store events in the open transaction; the ids of those that are new.

    Each is as for `lagre`; they came together, in this order, from one sender. Keys are held in one order, the queue
    first, and so are the names of events: those who store many wait for one another, and never in a circle.
    """
    nye = rader_av_lister("ny", _TREKKES)
    if nye is None:
        return {ett["id"] for ett in hendelser if lagre(database, **ett)}
    produsent = hendelser[0]["produsent"]
    per_sted = _fordelt(database, produsent, hendelser)
    steder = sorted(per_sted, key=lambda sted: (sted != KOE, sted))
    klare = [next((ett["klar_tidspunkt"] for ett in per_sted[sted] if ett["klar_tidspunkt"]), None) for sted in steder]
    antall = [len(per_sted[sted]) for sted in steder]
    kilder = [per_sted[sted][0]["kilde"] for sted in steder]
    trukket = database.motor.execute_sql(
        _TREKK_TIL_ALLE.format(nye=nye),
        (produsent, *_lister(_TREKKES, zip(steder, klare, antall, kilder, strict=True))),
    ).fetchall()
    rader = [
        {
            **ett,
            "noekkel": sted,
            "kilde_noekkel": ett["kilde_noekkel"] if sted == KOE else None,
            "loepenummer": siste - len(per_sted[sted]) + nummer,
        }
        for sted, siste in trukket
        for nummer, ett in enumerate(per_sted[sted], 1)
    ]
    rader.sort(key=lambda rad: (rad["kilde"], rad["ekstern_id"]))
    setning = _SETT_INN_ALLE.format(
        felles=", ".join(felt.column_name for felt in _FELLES),
        verdier=", ".join("%s" for _ in _FELLES),
        hver=", ".join(felt.column_name for felt in _HVER),
        nye=rader_av_lister("ny", _HVER),
    )
    felles = [felt.db_value(hendelser[0][felt.name]) for felt in _FELLES]
    verdier = [*felles, *_lister(_HVER, ([rad[felt.name] for felt in _HVER] for rad in rader))]
    return {id_ for (id_,) in database.motor.execute_sql(setning, verdier).fetchall()}


def _fordelt(
    database: Database, produsent: str, hendelser: Sequence[Mapping[str, Any]]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The events by where they go: to their keys, or behind what waits in the queue of the producer for its own."""
    per_sted: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    venter = database.motor.execute_sql(_KOEEN_VENTER, (produsent, KOE)).fetchone() is not None
    for ett in hendelser:
        sted = KOE if venter else ett["noekkel"]
        venter = venter or (sted == KOE and ett["klar_tidspunkt"] is not None)
        per_sted[sted].append(ett)
    return per_sted


def _lister(felter: Sequence[peewee.Field], rader: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """The values of the rows, a list for each field."""
    kolonner = zip(*rader, strict=True)
    return [[felt.db_value(verdi) for verdi in kolonne] for felt, kolonne in zip(felter, kolonner, strict=True)]


def trekk_loepenumre(
    produsent: str, noekkel: str, antall: int, klar_tidspunkt: dt.datetime | None, kilde: str = ""
) -> range:
    """The next numbers of a key, whose row is held until the open transaction ends, and which is awake then.

    Without `klar_tidspunkt` it sleeps on if it does.
    """
    return trekk_til_flere(produsent, {noekkel: (antall, kilde)}, klar_tidspunkt)[noekkel]


def trekk_til_flere(
    produsent: str, antall: Mapping[str, tuple[int, str]], klar_tidspunkt: dt.datetime | None
) -> Mapping[str, range]:
    """As `trekk_loepenumre`, for several keys: how many for each, and from which source. Held in one order."""
    rader = (
        Hendelsesnoekkel.insert_many(
            [
                {
                    "produsent": produsent,
                    "noekkel": noekkel,
                    "klar_tidspunkt": klar_tidspunkt,
                    "siste_loepenummer": hvor_mange,
                    "kilde": kilde,
                }
                for noekkel, (hvor_mange, kilde) in sorted(antall.items())
            ]
        )
        .on_conflict(
            conflict_target=[Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel],
            update={
                Hendelsesnoekkel.kilde: _den_som_vekker(),
                Hendelsesnoekkel.siste_loepenummer: Hendelsesnoekkel.siste_loepenummer + EXCLUDED.siste_loepenummer,
                Hendelsesnoekkel.klar_tidspunkt: fn.COALESCE(Hendelsesnoekkel.klar_tidspunkt, EXCLUDED.klar_tidspunkt),
            },
        )
        .returning(Hendelsesnoekkel.noekkel, Hendelsesnoekkel.siste_loepenummer)
        .tuples()
        .execute()
    )
    return {noekkel: range(siste - antall[noekkel][0] + 1, siste + 1) for noekkel, siste in rader}


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


# As above, along (produsent, kilde, klar_tidspunkt).
_KILDER = """
WITH RECURSIVE fra(kilde) AS (
    SELECT MIN(kilde) FROM hendelsesnoekkel WHERE produsent = {p} AND klar_tidspunkt IS NOT NULL
    UNION ALL
    SELECT (
        SELECT MIN(neste.kilde) FROM hendelsesnoekkel AS neste
        WHERE neste.produsent = {p} AND neste.klar_tidspunkt IS NOT NULL AND neste.kilde > fra.kilde
    )
    FROM fra WHERE fra.kilde IS NOT NULL
)
SELECT fra.kilde FROM fra WHERE fra.kilde IS NOT NULL AND (
    SELECT MIN(noekkel.klar_tidspunkt) FROM hendelsesnoekkel AS noekkel
    WHERE noekkel.produsent = {p} AND noekkel.kilde = fra.kilde AND noekkel.klar_tidspunkt IS NOT NULL
) <= {p}
"""


def kilder_med_klare(produsent: str, naa: dt.datetime) -> list[str]:
    """The sources of the producer that have woken a key that is ready, whoever has it now."""
    setning = _KILDER.format(p=db.obj.param)
    klar = Hendelsesnoekkel.klar_tidspunkt.db_value(naa)
    return [kilde for (kilde,) in db.execute_sql(setning, (produsent, produsent, produsent, klar)).fetchall()]
