"""The paaminnelse of an oppgave or an appointment: set, replaced, and dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from gateway.domain.paaminnelse import Holdepunkter, paaminnelse_tidspunkt
from gateway.domain.paaminnelse import Paaminnelse as Paaminnelsesoenske
from gateway.handling import varsel
from gateway.handling.sammenheng import Sammenheng
from gateway.kjerne import Kjerne
from gateway.store.dialekt import blant
from gateway.store.tabeller import Paaminnelse


def sett_paaminnelse(oenske: Paaminnelsesoenske, eier: varsel.Eier, holdepunkter: Holdepunkter) -> tuple[UUID, ...]:
    """Give a notifikasjon that has none a paaminnelse, with its varsler; return their ids.

    Raises UgyldigPaaminnelseTidspunkt.
    """
    tidspunkt = paaminnelse_tidspunkt(oenske.tidspunkt, holdepunkter)
    varsler = varsel.legg_til_paaminnelse(oenske.eksterne_varsler, eier)
    Paaminnelse.insert(
        notifikasjon=eier.notifikasjon_id,
        oenske=msgspec.to_builtins(oenske.tidspunkt),
        paaminnelse_tidspunkt=tidspunkt,
        varsler=[str(varsel_id) for varsel_id in varsler],
    ).execute()
    return varsler


def bytt_paaminnelse(
    oenske: Paaminnelsesoenske | None, eier: varsel.Eier, holdepunkter: Holdepunkter, sammenheng: Sammenheng
) -> tuple[UUID, ...] | None:
    """Drop the paaminnelse that the notifikasjon has, and give it a new one, if any; return the ids of its varsler.

    Raises UgyldigPaaminnelseTidspunkt.
    """
    fjern_paaminnelse(sammenheng.kjerne, [eier.notifikasjon_id], sammenheng.naa, ogsaa_sendt=True)
    return sett_paaminnelse(oenske, eier, holdepunkter) if oenske else None


def fjern_paaminnelse(kjerne: Kjerne, ider: Sequence[UUID], naa: dt.datetime, *, ogsaa_sendt: bool = False) -> None:
    """Drop the paaminnelser of these notifikasjoner, and cancel those of their varsler not yet sent.

    One whose time has come is part of what happened, and goes only with `ogsaa_sendt`: when another takes its place.
    """
    fjernes = Paaminnelse.delete().where(blant(kjerne.database, Paaminnelse.notifikasjon, ider))
    if not ogsaa_sendt:
        fjernes = fjernes.where(Paaminnelse.sendt_tidspunkt.is_null())
    fjernes.execute()
    varsel.kanseller(kjerne.database, ider, naa, til_paaminnelse=True)
