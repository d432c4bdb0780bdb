"""What observers are still to be told of: copied out of the log, whose order it keeps for each object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import peewee
from peewee import SQL

from gateway.domain.logg import Loggord
from gateway.store.dialekt import eldste_uferdige_transaksjon, laas
from gateway.store.tabeller import OBSERVASJON_TIL_SIDE, OBSERVASJON_VENTER, Logg, Observasjon, Observatoer

OM_GANGEN = 500
# What the gateway itself does to a producer's object: the words that observers are told of.
OBSERVERES = (
    Loggord.FRIST_UTLOEPT,
    Loggord.PAAMINNELSE_SENDT,
    Loggord.KALENDERAVTALE_AVHOLDT,
    Loggord.VARSEL_AVSLUTTET,
    Loggord.SLETTET,
)
_PLASS = peewee.Tuple(Logg.transaksjon, Logg.id)


def les_loggen(produsent: str, merkelapper: Sequence[str], naa: dt.datetime) -> int:
    """Go on in the log where it was left, and note what observers are to be told of; how many entries were read.

    In the open transaction, which holds the producer's place. The first time, nothing that has been is told of.
    """
    plass = laas(Observatoer.select().where(Observatoer.produsent == produsent)).first()
    grense = eldste_uferdige_transaksjon()
    if plass is None:
        _begynn(produsent, grense)
        return 0
    lest = sorted(
        rad
        for merkelapp in merkelapper
        for rad in Logg.select(Logg.transaksjon, Logg.id, Logg.hva, Logg.varsel_id, Logg.notifikasjon_id, Logg.sak_id)
        .where(
            Logg.merkelapp == merkelapp,
            peewee.Tuple(plass.transaksjon, plass.logg_id) < _PLASS,
            Logg.transaksjon < grense,
        )
        .order_by(Logg.transaksjon, Logg.id)
        .limit(OM_GANGEN)
        .tuples()
    )[:OM_GANGEN]
    if not lest:
        return 0
    nye = [
        {
            "logg_id": id_,
            "produsent": produsent,
            "objekt_id": notifikasjon_id or sak_id or varsel_id,
            "klar_tidspunkt": naa,
        }
        for _, id_, hva, varsel_id, notifikasjon_id, sak_id in lest
        if hva in OBSERVERES
    ]
    if nye:
        Observasjon.insert_many(nye).on_conflict_ignore().execute()
    transaksjon, logg_id = lest[-1][:2]
    Observatoer.update(transaksjon=transaksjon, logg_id=logg_id).where(Observatoer.produsent == produsent).execute()
    return len(lest)


def _begynn(produsent: str, grense: int) -> None:
    """Begin after all that can be seen now. What is under way comes after it, and is told of."""
    siste = (
        Logg.select(Logg.transaksjon, Logg.id)
        .where(Logg.transaksjon < grense)
        .order_by(Logg.id.desc())
        .limit(1)
        .tuples()
        .first()
    )
    transaksjon, logg_id = siste or (-1, 0)
    if transaksjon > 0:
        # In PostgreSQL a higher id may belong to an earlier transaction; all below the limit has ended.
        transaksjon, logg_id = grense - 1, 2**63 - 1
    Observatoer.insert(produsent=produsent, transaksjon=transaksjon, logg_id=logg_id).on_conflict_ignore().execute()


def slutt(produsent: str) -> None:
    """The producer has no observer now: nothing is told, and a later one begins afresh. In the open transaction."""
    Observasjon.delete().where(Observasjon.produsent == produsent, OBSERVASJON_VENTER).execute()
    Observatoer.delete().where(Observatoer.produsent == produsent).execute()


def gi_tilbake(naa: dt.datetime) -> int:
    """Tell again of all that was set aside; how many there were. In the open transaction."""
    antall: int = Observasjon.update(klar_tidspunkt=naa, forsoek=0).where(OBSERVASJON_TIL_SIDE).execute()
    return antall


def klare(produsent: str, naa: dt.datetime, antall: int) -> peewee.Select:
    """The first changes that may be told of now: none whose object has an earlier one that waits."""
    foer = Observasjon.alias()
    venter_foran = foer.select(SQL("1")).where(
        foer.objekt_id == Observasjon.objekt_id,
        foer.logg_id < Observasjon.logg_id,
        foer.klar_tidspunkt.is_null(False),
    )
    return (
        Observasjon.select()
        .where(
            Observasjon.produsent == produsent,
            Observasjon.klar_tidspunkt <= naa,
            ~peewee.fn.EXISTS(venter_foran),
        )
        .order_by(Observasjon.klar_tidspunkt, Observasjon.logg_id)
        .limit(antall)
    )
