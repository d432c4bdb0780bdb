"""The paaminnelse of an oppgave or an appointment: set, dropped, and brought up when its time comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
import peewee

from gateway.domain.merknad import Merknader, om_paaminnelse
from gateway.domain.paaminnelse import Holdepunkter, gjelder_ennaa, paaminnelse_tidspunkt
from gateway.domain.paaminnelse import Paaminnelse as Paaminnelsesoenske
from gateway.domain.tilstand import Notifikasjonstype, tilstand_av
from gateway.handling import varsel
from gateway.handling.sammenheng import Sammenheng
from gateway.kjerne import Kjerne
from gateway.store import logg
from gateway.store.dialekt import blant, claim
from gateway.store.tabeller import Notifikasjon, NotifikasjonTilgang, Paaminnelse

RUNDE = "paaminnelser"
OM_GANGEN = 500
SENDT = "PaaminnelseSendt"
BORTFALT = "PaaminnelseBortfalt"


@dataclass(frozen=True, kw_only=True)
class Satt:
    """The paaminnelse that a notifikasjon got: the ids of its varsler, None without one."""

    varsler: tuple[UUID, ...] | None = None
    merknader: Merknader = ()


def sett_paaminnelse(
    oenske: Paaminnelsesoenske | None, eier: varsel.Eier, holdepunkter: Holdepunkter, naa: dt.datetime
) -> Satt:
    """Give a notifikasjon that has none a paaminnelse, if one is wished for, with its varsler.

    Raises UgyldigPaaminnelseTidspunkt.
    """
    if oenske is None:
        return Satt()
    tidspunkt = paaminnelse_tidspunkt(oenske.tidspunkt, holdepunkter)
    varsler = varsel.legg_til_paaminnelse(oenske.eksterne_varsler, eier)
    Paaminnelse.insert(
        notifikasjon=eier.notifikasjon_id,
        oenske=msgspec.to_builtins(oenske.tidspunkt),
        paaminnelse_tidspunkt=tidspunkt,
        varsler=[str(varsel_id) for varsel_id in varsler],
    ).execute()
    return Satt(varsler=varsler, merknader=om_paaminnelse(tidspunkt, naa))


def bytt_paaminnelse(
    oenske: Paaminnelsesoenske | None, eier: varsel.Eier, holdepunkter: Holdepunkter, sammenheng: Sammenheng
) -> Satt:
    """Drop the paaminnelse that the notifikasjon has, and give it a new one, if one is wished for.

    Raises UgyldigPaaminnelseTidspunkt.
    """
    fjern_paaminnelse(sammenheng.kjerne, [eier.notifikasjon_id], sammenheng.naa, ogsaa_sendt=True)
    return sett_paaminnelse(oenske, eier, holdepunkter, sammenheng.naa)


def fjern_paaminnelse(kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime, *, ogsaa_sendt: bool = False) -> None:
    """Drop the paaminnelser of these notifikasjoner, and cancel those of their varsler not yet sent.

    One whose time has come is part of what happened, and goes only with `ogsaa_sendt`: when another takes its place.
    """
    _slett_paaminnelser(kjerne, ider, ogsaa_sendt=ogsaa_sendt)
    varsel.kanseller(kjerne.database, ider, naa, til_paaminnelse=True)


def avslutt_varsling(kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime) -> None:
    """What the end of an oppgave takes with it: the paaminnelse, and all of its varsler that are not sent."""
    _slett_paaminnelser(kjerne, ider, ogsaa_sendt=False)
    varsel.kanseller(kjerne.database, ider, naa)


def _slett_paaminnelser(kjerne: Kjerne, ider: Sequence[UUID], *, ogsaa_sendt: bool) -> None:
    fjernes = Paaminnelse.delete().where(blant(kjerne.database, Paaminnelse.notifikasjon, ider))
    if not ogsaa_sendt:
        fjernes = fjernes.where(Paaminnelse.sendt_tidspunkt.is_null())
    fjernes.execute()


def send_forfalte(kjerne: Kjerne, hvem: logg.Hvem) -> int:
    """Bring up one batch of what is due, in one transaction; return how many, 0 when nothing is.

    Rows that others hold are passed over, and looked at again by the next round.
    """
    naa = kjerne.klokke.naa()

    def arbeid() -> int:
        # The notifikasjon's lock guards its paaminnelse, so what is due is read anew once the locks are had.
        rader = list(_forfalte(naa).where(blant(kjerne.database, Notifikasjon.id, _hold(kjerne, naa))))
        ennaa = {rad.id: gjelder_ennaa(tilstand_av(Notifikasjonstype(rad.type), rad.tilstand)) for rad in rader}
        gjelder = [id_ for id_, gjelder in ennaa.items() if gjelder]
        bortfalt = [id_ for id_, gjelder in ennaa.items() if not gjelder]
        if gjelder:
            _bring_opp(kjerne, gjelder, naa)
            logg.skriv_for_notifikasjoner(kjerne.database, hvem, naa, SENDT, gjelder, innhold=None)
        if bortfalt:
            fjern_paaminnelse(kjerne, bortfalt, naa)
            logg.skriv_for_notifikasjoner(kjerne.database, hvem, naa, BORTFALT, bortfalt, innhold=None)
        return len(rader)

    return kjerne.database.i_transaksjon(arbeid)


def _forfalte(naa: dt.datetime) -> peewee.Select:
    return (
        Notifikasjon.select(Notifikasjon.id, Notifikasjon.type, Notifikasjon.tilstand)
        .join(Paaminnelse)
        .where(Paaminnelse.sendt_tidspunkt.is_null(), Paaminnelse.paaminnelse_tidspunkt <= naa)
    )


def _hold(kjerne: Kjerne, naa: dt.datetime) -> list[UUID]:
    forfalte = _forfalte(naa).order_by(Paaminnelse.paaminnelse_tidspunkt).limit(OM_GANGEN)
    return [rad.id for rad in claim(kjerne.database, forfalte)]


def _bring_opp(kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime) -> None:
    """To the top of the bell, and the varsler on their way, each in its window."""
    database = kjerne.database
    Notifikasjon.update(sortering_tidspunkt=naa).where(blant(database, Notifikasjon.id, ider)).execute()
    NotifikasjonTilgang.update(sortering_tidspunkt=naa).where(
        blant(database, NotifikasjonTilgang.notifikasjon, ider)
    ).execute()
    Paaminnelse.update(sendt_tidspunkt=naa).where(blant(database, Paaminnelse.notifikasjon, ider)).execute()
    varsel.bestill_paaminnelsers(kjerne, ider, naa)
