"""The round of the inbox: events that are ready are mapped and carried out."""

from __future__ import annotations

import datetime as dt

import peewee

from gateway.domain.helse import Forhold
from gateway.domain.hendelse import Hendelsestilstand
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import RUNDE
from gateway.runder.runde import INGEN, TELL_TIL, Arbeidsplass, Etterslep, Fortsett, Mengde, Runde, mengde
from gateway.store.innboks import ventende_hos_produsentene
from gateway.store.logg import Hvem
from gateway.store.tabeller import I_KARANTENE, PAA_VENT, Hendelse
from gateway.store.telling import antall_og_foerste


def _hos(produsent: str, tilstand: Hendelsestilstand, antall: int, naa: dt.datetime) -> Mengde:
    """A producer's events in a state, in the order of arrival: a walk along (produsent, tilstand, id)."""
    rader = Hendelse.select(Hendelse.mottatt_tidspunkt).where(
        Hendelse.produsent == produsent, Hendelse.tilstand == tilstand
    )
    return mengde(*antall_og_foerste(rader.order_by(Hendelse.id).limit(antall), Hendelse.mottatt_tidspunkt), naa)


def _forfalt(naa: dt.datetime) -> list[Etterslep]:
    nye, mulig = INGEN, None
    for produsent, klar in ventende_hos_produsentene().items():
        nye_hos = _hos(produsent, Hendelsestilstand.MOTTATT, TELL_TIL, naa)
        nye += nye_hos
        if klar <= naa:
            # A key that gets events all the time is ready all the time: no longer than the oldest event is old.
            eldste = (nye_hos + _hos(produsent, Hendelsestilstand.PAA_VENT, 1, naa)).eldste_sekunder
            siden = (naa - klar).total_seconds()
            mulig = max(mulig or 0.0, siden if eldste is None else min(siden, eldste))
    paa_vent = _alle(PAA_VENT, naa)
    return [
        Etterslep(
            hva=RUNDE,
            mening="hendelser som skal behandles",
            venter=nye + paa_vent,
            forfalt=nye,
            proeves_igjen=paa_vent,
            til_side=_alle(I_KARANTENE, naa),
            til_side_er=Forhold.KARANTENE,
            mulig_sekunder=mulig,
        )
    ]


def _alle(tilstand: peewee.SQL, naa: dt.datetime) -> Mengde:
    rader = Hendelse.select(Hendelse.mottatt_tidspunkt).where(tilstand).order_by(Hendelse.id).limit(TELL_TIL)
    return mengde(*antall_og_foerste(rader, Hendelse.mottatt_tidspunkt), naa)


def _gjoer(plass: Arbeidsplass, hvem: Hvem, fortsett: Fortsett) -> int:
    del hvem  # each event has a correlation id of its own
    runde = Innboksrunde(
        plass.kjerne, plass.oversetter, plass.sann_tid, plass.fordeling, oppslag=plass.oppslag, bryter=plass.bryter
    )
    return runde.kjoer(fortsett=fortsett)


INNBOKS = Runde(navn=RUNDE, mening="Hendelser fra produsentene oversettes og utføres.", forfalt=_forfalt, gjoer=_gjoer)
