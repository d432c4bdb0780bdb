"""The round of Idempotency-Keys: those past their lifetime are forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import peewee

from gateway.kjerne import Kjerne
from gateway.runder.sveip import Rad, Sveip, runde_av
from gateway.store import logg
from gateway.store.dialekt import blant
from gateway.store.tabeller import Idempotens


def _gamle(naa: dt.datetime) -> peewee.Select:
    return Idempotens.select().where(Idempotens.glemmes_tidspunkt <= naa)


def _glem(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne, hvem  # nothing that anyone can see changes, so the log says nothing
    ider = list({objekt_id for objekt_id, _ in rader})
    antall: int = (
        Idempotens.delete().where(blant(Idempotens.objekt_id, ider), Idempotens.glemmes_tidspunkt <= naa).execute()
    )
    return antall


SVEIP = Sveip(
    runde="idempotens",
    hva="idempotens",
    mening="gamle Idempotency-Key-er",
    om_gangen=5_000,
    id=Idempotens.objekt_id,
    forfalt=Idempotens.glemmes_tidspunkt,
    forfalte=_gamle,
    gjoer=_glem,
    flere_rader=True,
)
IDEMPOTENS = runde_av("idempotens", "Gamle Idempotency-Key-er glemmes.", SVEIP)


def glem_gamle(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Forget one batch of keys past their lifetime; return how many, 0 when there are none."""
    return SVEIP.ta(kjerne, hvem)
