"""The round of paaminnelser: those whose time has come are brought up, or fall away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import peewee

from gateway.domain.logg import Loggord
from gateway.domain.paaminnelse import gjelder_ennaa
from gateway.domain.tilstand import Notifikasjonstype, tilstand_av
from gateway.handling import varsel
from gateway.handling.paaminnelse import fjern_paaminnelse
from gateway.kjerne import Kjerne
from gateway.runder.sveip import Rad, Sveip, runde_av
from gateway.store import logg
from gateway.store.dialekt import blant
from gateway.store.tabeller import Logg, Notifikasjon, NotifikasjonTilgang, Paaminnelsesrad


def _forfalte(naa: dt.datetime) -> peewee.Select:
    return (
        Notifikasjon.select()
        .join(Paaminnelsesrad)
        .where(Paaminnelsesrad.sendt_tidspunkt.is_null(), Paaminnelsesrad.paaminnelse_tidspunkt <= naa)
    )


def _send(kjerne: Kjerne, rader: Sequence[Rad], naa: dt.datetime, hvem: logg.Hvem) -> int:
    # The notifikasjon's lock guards its paaminnelse, so what is due is read anew once the locks are had.
    holdt = [id_ for id_, _ in rader]
    forfalte = list(
        _forfalte(naa)
        .select(Notifikasjon.id, Notifikasjon.type, Notifikasjon.tilstand)
        .where(blant(Notifikasjon.id, holdt))
    )
    ennaa = {rad.id: gjelder_ennaa(tilstand_av(Notifikasjonstype(rad.type), rad.tilstand)) for rad in forfalte}
    gjelder = [id_ for id_, gjelder in ennaa.items() if gjelder]
    bortfalt = [id_ for id_, gjelder in ennaa.items() if not gjelder]
    if gjelder:
        _bring_opp(kjerne, gjelder, naa)
        logg.skriv_for_notifikasjoner(hvem, naa, Loggord.PAAMINNELSE_SENDT, gjelder, innhold=None)
    if bortfalt:
        fjern_paaminnelse(bortfalt, naa)
        logg.skriv_for_notifikasjoner(hvem, naa, Loggord.PAAMINNELSE_BORTFALT, bortfalt, innhold=None)
    return len(forfalte)


def _bring_opp(kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime) -> None:
    """To the top of the bell, and the varsler on their way, each in its window."""
    Notifikasjon.update(sortering_tidspunkt=naa).where(blant(Notifikasjon.id, ider)).execute()
    NotifikasjonTilgang.update(sortering_tidspunkt=naa).where(blant(NotifikasjonTilgang.notifikasjon, ider)).execute()
    Paaminnelsesrad.update(sendt_tidspunkt=naa).where(blant(Paaminnelsesrad.notifikasjon, ider)).execute()
    varsel.bestill_paaminnelsers(kjerne, ider, naa)


SVEIP = Sveip(
    runde="paaminnelser",
    hva="paaminnelser",
    mening="påminnelser som skal vises",
    om_gangen=500,
    id=Notifikasjon.id,
    i_loggen=Logg.notifikasjon_id,
    forfalt=Paaminnelsesrad.paaminnelse_tidspunkt,
    forfalte=_forfalte,
    gjoer=_send,
)
PAAMINNELSER = runde_av("paaminnelser", "Påminnelser som har nådd sin tid, vises og varsles.", SVEIP)


def send_forfalte(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Bring up one batch of what is due; return how many, 0 when nothing is."""
    return SVEIP.ta(kjerne, hvem)
