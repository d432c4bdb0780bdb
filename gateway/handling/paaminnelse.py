"""The paaminnelse of an oppgave or an appointment: set, replaced, and dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from gateway.domain.feil import UgyldigPaaminnelseTidspunkt
from gateway.domain.merknad import Merknader, om_bortfalt_paaminnelse, om_paaminnelse
from gateway.domain.paaminnelse import Holdepunkter, Paaminnelse, Paaminnelsestidspunkt, paaminnelse_tidspunkt
from gateway.handling import varsel
from gateway.handling.sammenheng import Sammenheng
from gateway.store.dialekt import blant
from gateway.store.ferdig import sett_inn
from gateway.store.tabeller import Paaminnelsesrad


@dataclass(frozen=True, kw_only=True)
class Satt:
    """The paaminnelse that a notifikasjon got: the ids of its varsler, None without one."""

    varsler: tuple[UUID, ...] | None = None
    merknader: Merknader = ()


def sett_paaminnelse(
    oenske: Paaminnelse | None, eier: varsel.Eier, holdepunkter: Holdepunkter, naa: dt.datetime
) -> Satt:
    """Give a notifikasjon that has none a paaminnelse, if one is wished for, with its varsler.

    Raises UgyldigPaaminnelseTidspunkt.
    """
    if oenske is None:
        return Satt()
    tidspunkt = paaminnelse_tidspunkt(oenske.tidspunkt, holdepunkter)
    varsler = varsel.legg_til_paaminnelse(oenske.eksterne_varsler, eier)
    rad = {
        "notifikasjon": eier.notifikasjon_id,
        "oenske": msgspec.to_builtins(oenske.tidspunkt),
        "paaminnelse_tidspunkt": tidspunkt,
        "varsler": [str(varsel_id) for varsel_id in varsler],
    }
    sett_inn(Paaminnelsesrad, [rad])
    return Satt(varsler=varsler, merknader=om_paaminnelse(tidspunkt, naa))


def bytt_paaminnelse(
    oenske: Paaminnelse | None, eier: varsel.Eier, holdepunkter: Holdepunkter, sammenheng: Sammenheng
) -> Satt:
    """Drop the paaminnelse that the notifikasjon has, and give it a new one, if one is wished for.

    Raises UgyldigPaaminnelseTidspunkt.
    """
    fjern_paaminnelse([eier.notifikasjon_id], sammenheng.naa, ogsaa_sendt=True)
    return sett_paaminnelse(oenske, eier, holdepunkter, sammenheng.naa)


def flytt_paaminnelse(notifikasjon_id: UUID, holdepunkter: Holdepunkter, naa: dt.datetime) -> Satt:
    """Work out anew, from its wish, when a paaminnelse that is still to come comes up, now that its start is another.

    One that cannot stand with the new start is dropped, with its varsler, and that is told.
    """
    rad = Paaminnelsesrad.get_or_none(
        Paaminnelsesrad.notifikasjon == notifikasjon_id, Paaminnelsesrad.sendt_tidspunkt.is_null()
    )
    if rad is None:
        return Satt()
    try:
        tidspunkt = paaminnelse_tidspunkt(msgspec.convert(rad.oenske, Paaminnelsestidspunkt), holdepunkter)
    except UgyldigPaaminnelseTidspunkt as avslag:
        fjern_paaminnelse([notifikasjon_id], naa)
        return Satt(merknader=om_bortfalt_paaminnelse(avslag.detalj))
    Paaminnelsesrad.update(paaminnelse_tidspunkt=tidspunkt).where(
        Paaminnelsesrad.notifikasjon == notifikasjon_id
    ).execute()
    return Satt(merknader=om_paaminnelse(tidspunkt, naa))


def fjern_paaminnelse(ider: Sequence[UUID], naa: dt.datetime, *, ogsaa_sendt: bool = False) -> None:
    """Drop the paaminnelser of these notifikasjoner, and cancel those of their varsler not yet sent.

    One whose time has come is part of what happened, and goes only with `ogsaa_sendt`: when another takes its place.
    """
    _slett_paaminnelser(ider, ogsaa_sendt=ogsaa_sendt)
    varsel.kanseller(ider, naa, til_paaminnelse=True)


def avslutt_varsling(ider: Sequence[UUID], naa: dt.datetime) -> None:
    """What the end of an oppgave takes with it: the paaminnelse, and all of its varsler that are not sent."""
    _slett_paaminnelser(ider, ogsaa_sendt=False)
    varsel.kanseller(ider, naa)


def _slett_paaminnelser(ider: Sequence[UUID], *, ogsaa_sendt: bool) -> None:
    fjernes = Paaminnelsesrad.delete().where(blant(Paaminnelsesrad.notifikasjon, ider))
    if not ogsaa_sendt:
        fjernes = fjernes.where(Paaminnelsesrad.sendt_tidspunkt.is_null())
    fjernes.execute()
