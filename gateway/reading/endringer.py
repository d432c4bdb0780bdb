"""The change feed of a producer: the log of its merkelapper, complete and in an order that never changes.

Ids are drawn before commit, so a reader that resumed by id alone would pass over an entry whose transaction commits
late. Every entry therefore keeps the number of its transaction, and the feed is ordered by (transaction, id). A page
stops short of the oldest transaction that is still under way: below it every transaction has ended, so nothing can
appear there later, however long one runs and in whatever order they commit. SQLite has one writer at a time, and the
order of ids is the order of commits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.feil import Valideringsfeil
from gateway.domain.produsent import Produsent
from gateway.kjerne import Kjerne
from gateway.reading.produsent import egne_merkelapper
from gateway.store.dialekt import eldste_uferdige_transaksjon
from gateway.store.tabeller import Logg

Plass = tuple[int, int]
FOER_ALT: Plass = (-1, 0)
HOEYESTE = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Endring:
    """One entry of the log; `id` is the log's own number."""

    id: int
    tidspunkt: dt.datetime
    hva: str
    merkelapp: str
    sak_id: UUID | None
    notifikasjon_id: UUID | None
    varsel_id: UUID | None
    applikasjon: str | None
    plugin: str | None
    korrelasjonsid: str
    innhold: Mapping[str, Any] | None


FELTER = tuple(felt.name for felt in fields(Endring))


@dataclass(frozen=True, kw_only=True)
class Endringsside:
    """One page, and the cursor to go on from: None when there was nothing after the one that was given."""

    elementer: Sequence[Endring]
    neste: str | None


def endringer(
    kjerne: Kjerne, produsent: Produsent, *, merkelapper: Sequence[str], antall: int, etter: str | None
) -> Endringsside:
    """The entries after the cursor `etter`, oldest first; of all the producer's merkelapper when none is named.

    Raises UgyldigMerkelapp, and Valideringsfeil for a cursor that is not one.
    """
    merkelapper = egne_merkelapper(produsent, merkelapper)
    fra = _les_plass(etter) if etter else FOER_ALT
    funnet: list[Logg] = []
    with kjerne.database.tilkobling():
        # Asked once and first: were each merkelapp read up to a limit of its own, the cursor could pass over the
        # entries of one that were committed while another was read.
        grense = eldste_uferdige_transaksjon()
        for merkelapp in merkelapper:
            funnet.extend(
                Logg.select()
                .where(
                    Logg.merkelapp == merkelapp,
                    peewee.Tuple(Logg.transaksjon, Logg.id) > peewee.Tuple(*fra),
                    Logg.transaksjon < grense,
                )
                .order_by(Logg.transaksjon, Logg.id)
                .limit(antall)
            )
    funnet.sort(key=_plass)
    side = funnet[:antall]
    elementer = [Endring(**{felt: getattr(rad, felt) for felt in FELTER}) for rad in side]
    return Endringsside(elementer=elementer, neste="{}-{}".format(*_plass(side[-1])) if side else None)


def _plass(rad: Logg) -> Plass:
    return rad.transaksjon, rad.id


def _les_plass(etter: str) -> Plass:
    # No longer than a number may be: `int` refuses thousands of digits with an error of its own.
    if funnet := re.fullmatch(r"([0-9]{1,19})-([0-9]{1,19})", etter):
        transaksjon, id_ = int(funnet[1]), int(funnet[2])
        if transaksjon <= HOEYESTE and id_ <= HOEYESTE:
            return transaksjon, id_
    raise Valideringsfeil(
        "etter is no cursor.", felter={"query": {"etter": ["must be a cursor that an earlier page gave as neste."]}}
    )
