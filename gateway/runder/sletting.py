"""The round of deletion: saker and notifikasjoner whose deletion time has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from gateway.domain.logg import Loggord
from gateway.handling.sletting import fjern_notifikasjoner, fjern_sak
from gateway.kjerne import Kjerne
from gateway.runder.sveip import Rad, Sveip, runde_av, ta_en_bolk
from gateway.store import logg
from gateway.store.tabeller import Logg, Notifikasjon, Sak


def _slett_saker(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    for sak in list(Sak.select().where(Sak.id.in_([id_ for id_, _ in rader]))):
        fjern_sak(kjerne, sak, hvem, Loggord.SLETTET, naa)
    return len(rader)


def _slett_notifikasjoner(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    del kjerne  # the rows are all it takes
    fjern_notifikasjoner([id_ for id_, _ in rader], hvem, Loggord.SLETTET, naa)
    return len(rader)


SAKER = Sveip(
    runde="sletting",
    hva="sletting_saker",
    mening="saker som skal slettes",
    om_gangen=50,
    id=Sak.id,
    i_loggen=Logg.sak_id,
    forfalt=Sak.slettes_tidspunkt,
    forfalte=lambda naa: Sak.select().where(Sak.slettes_tidspunkt <= naa),
    gjoer=_slett_saker,
)
NOTIFIKASJONER = Sveip(
    runde="sletting",
    hva="sletting_notifikasjoner",
    mening="notifikasjoner som skal slettes",
    om_gangen=1_000,
    id=Notifikasjon.id,
    i_loggen=Logg.notifikasjon_id,
    forfalt=Notifikasjon.slettes_tidspunkt,
    forfalte=lambda naa: Notifikasjon.select().where(Notifikasjon.slettes_tidspunkt <= naa),
    gjoer=_slett_notifikasjoner,
)
SLETTING = runde_av("sletting", "Saker og notifikasjoner slettes når slettetiden er nådd.", SAKER, NOTIFIKASJONER)


def slett_forfalte(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Delete one batch of each kind that is due; return how many objects, 0 when nothing is."""
    return ta_en_bolk(kjerne, hvem, SAKER, NOTIFIKASJONER)
