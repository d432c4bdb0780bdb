"""The round of bevaring: what has been kept for as long as it should is emptied, and later removed, with a receipt.

Events go by their producer's times, ignored ones first; then for two years only that they were here, so that a repeat
is known as one. After that it may come in as new. The log's entries and the history of varsler go after two years, and
the content of the varsler with it; what plugins have stored goes when its lifetime is over. Tombstones of saker stand
for good: they hold a hash and a time.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from gateway.domain.bevaring import TIL_SIDE, Kvittering, huskes_fra
from gateway.domain.tid import foer
from gateway.kjerne import Kjerne
from gateway.runder.runde import Arbeidsplass, Fortsett
from gateway.runder.sveip import Rad, Sveip, runde_av
from gateway.store import bevaring, lager, logg
from gateway.store.bevaring import Antall
from gateway.store.tabeller import Hendelse

logger = logging.getLogger(__name__)

OM_GANGEN = 1_000


def _ta_hendelser(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne  # the rows are all it takes
    tatt = bevaring.ta_hendelser([id_ for id_, _ in rader], naa)
    _kvitter(hvem, naa, Kvittering.TOEMT, "hendelse", tatt.toemt)
    _kvitter(hvem, naa, Kvittering.FJERNET, "hendelse", tatt.fjernet)
    return len(rader)


HENDELSER = Sveip(
    runde="bevaring",
    hva="bevaring_hendelser",
    mening="hendelser som skal tømmes eller glemmes",
    om_gangen=OM_GANGEN,
    id=Hendelse.id,
    forfalt=Hendelse.bevares_til,
    forfalte=lambda naa: Hendelse.select().where(Hendelse.bevares_til <= naa),
    gjoer=_ta_hendelser,
)


def _gi_slutt(kjerne: Kjerne, naa: dt.datetime, hvem: logg.Hvem) -> int:
    del hvem  # nothing goes by it
    return bevaring.gi_slutt(naa, OM_GANGEN, kjerne.produsenter.bevaring)


def _glem_logg(kjerne: Kjerne, naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne  # each entry says whose it is
    return bevaring.glem_logg(
        huskes_fra(naa), OM_GANGEN, lambda antall: _kvitter(hvem, naa, Kvittering.FJERNET, "logg", antall)
    )


def _glem_varselhistorikk(kjerne: Kjerne, naa: dt.datetime, hvem: logg.Hvem) -> int:
    antall, toemt = bevaring.glem_varselhistorikk(huskes_fra(naa), OM_GANGEN)
    eiere = kjerne.produsenter.eiere()
    per_produsent: Counter[str | None] = Counter()
    for merkelapp, noen in toemt.items():
        per_produsent[eiere.get(merkelapp)] += noen
    _kvitter(hvem, naa, Kvittering.TOEMT, "varsel", per_produsent)
    _kvitter(hvem, naa, Kvittering.FJERNET, "varsel_historikk", {None: antall})
    return antall


def _glem_lesere(kjerne: Kjerne, naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne
    antall = bevaring.glem_lesere(huskes_fra(naa), OM_GANGEN)
    _kvitter(hvem, naa, Kvittering.FJERNET, "sist_lest", {None: antall})
    return antall


def _glem_til_side(kjerne: Kjerne, naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne
    antall = bevaring.glem_til_side(foer(naa, TIL_SIDE), OM_GANGEN)
    _kvitter(hvem, naa, Kvittering.FJERNET, "satt_til_side", {None: antall})
    return antall


def _glem_lager(kjerne: Kjerne, naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne  # each row says how long it is kept
    antall = lager.fjern_utloepte(naa, OM_GANGEN)
    _kvitter(hvem, naa, Kvittering.FJERNET, "lager", antall)
    return antall.total()


# What is not found by a due time of its own. Events are given theirs, and taken, before more are.
Bolk = Callable[[Kjerne, dt.datetime, logg.Hvem], int]
BOLKER: Sequence[Bolk] = (_gi_slutt, _glem_logg, _glem_varselhistorikk, _glem_lesere, _glem_til_side, _glem_lager)


def _kvitter(hvem: logg.Hvem, naa: dt.datetime, hva: Kvittering, tabell: str, antall: Antall) -> None:
    """How many, of which table and whose; never which. In the transaction that did it."""
    for produsent, noen in antall.items():
        if noen:
            innhold = {"tabell": tabell, "antall": noen}
            logg.skriv(replace(hvem, produsent=produsent), naa, [logg.Innslag(hva=hva, innhold=innhold)])
            logger.info("kept for as long as it should", extra={"hva": hva, "produsent": produsent, **innhold})


def rydd(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Take one batch of each kind; return how many rows, 0 when nothing is due."""
    naa = kjerne.klokke.naa()
    antall = 0
    for bolk in BOLKER:
        antall += kjerne.database.i_transaksjon(partial(bolk, kjerne, naa, hvem))
        antall += HENDELSER.ta(kjerne, hvem)
    return antall


def _gjoer(plass: Arbeidsplass, hvem: logg.Hvem, fortsett: Fortsett) -> int:
    antall = 0
    while fortsett() and (gjort := rydd(plass.kjerne, hvem)):
        antall += gjort
    return antall


BEVARING = replace(
    runde_av("bevaring", "Det som er ferdig, tømmes når det er bevart lenge nok, og glemmes til slutt.", HENDELSER),
    gjoer=_gjoer,
)
