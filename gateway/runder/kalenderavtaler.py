"""The round of kalenderavtaler: those whose start has passed become AVHOLDT."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import peewee

from gateway.domain.logg import Loggord
from gateway.domain.tilstand import Kalenderavtaletilstand
from gateway.kjerne import Kjerne
from gateway.runder.sveip import Rad, Sveip, runde_av
from gateway.store import logg
from gateway.store.dialekt import blant
from gateway.store.tabeller import KOMMENDE_AVTALE, Logg, Notifikasjon


def _forfalte(naa: dt.datetime) -> peewee.Select:
    return Notifikasjon.select().where(KOMMENDE_AVTALE, Notifikasjon.start_tidspunkt <= naa)


def _avhold(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne  # the rows are all it takes
    ider = [id_ for id_, _ in rader]
    Notifikasjon.update(tilstand=Kalenderavtaletilstand.AVHOLDT).where(blant(Notifikasjon.id, ider)).execute()
    innhold = {"tilstand": Kalenderavtaletilstand.AVHOLDT}
    logg.skriv_for_notifikasjoner(hvem, naa, Loggord.KALENDERAVTALE_AVHOLDT, ider, innhold=innhold)
    return len(ider)


SVEIP = Sveip(
    runde="kalenderavtaler",
    hva="kalenderavtaler",
    mening="kalenderavtaler som har begynt",
    om_gangen=1_000,
    id=Notifikasjon.id,
    i_loggen=Logg.notifikasjon_id,
    forfalt=Notifikasjon.start_tidspunkt,
    forfalte=_forfalte,
    gjoer=_avhold,
)
KALENDERAVTALER = runde_av("kalenderavtaler", "Kalenderavtaler som har begynt, blir avholdt.", SVEIP)


def avhold_forfalte(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Set AVHOLDT one batch of those whose start has passed; return how many, 0 when none is due."""
    return SVEIP.ta(kjerne, hvem)
