"""Objects by what a producer calls them, the gateway's id or its own key, and only those that it may have."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.feil import NotifikasjonFinnesIkke, SakFinnesIkke
from gateway.domain.kommandoer import Notifikasjonsreferanse, Saksreferanse
from gateway.domain.noekkelring import Noekkelring
from gateway.domain.normalform import i_normalform
from gateway.domain.produsent import Produsent
from gateway.domain.sak import Status, er_aapen
from gateway.domain.tilstand import Notifikasjonstype, Saksstatus
from gateway.store.dialekt import laas
from gateway.store.ferdig import Ferdig, plass
from gateway.store.saksnoekkel import siste_sak
from gateway.store.tabeller import Notifikasjon, Sak, SakStatus


def finn_sak(referanse: Saksreferanse, produsent: Produsent, noekkelring: Noekkelring, *, laast: bool = False) -> Sak:
    """The sak, on the connection at hand; `laast` until the open transaction ends.

    Raises SakFinnesIkke, also when the sak of a saksnoekkel is FERDIG; or UgyldigMerkelapp for another's.
    """
    referanse = i_normalform(referanse)
    if referanse.saksnoekkel is not None:
        produsent.krev_merkelapp(referanse.merkelapp or "")
        return _aapen_sak(referanse.merkelapp or "", referanse.saksnoekkel, noekkelring, laast=laast)
    if referanse.id is not None:
        sak = _etter_id(Sak, laast).foerste(Sak, id=referanse.id)
    else:
        produsent.krev_merkelapp(referanse.merkelapp or "")
        egen = {"merkelapp": referanse.merkelapp, "grupperingsid": referanse.grupperingsid}
        sak = _etter_navn(Sak, tuple(egen), laast).foerste(Sak, **egen)
    if sak is None:
        raise SakFinnesIkke("No such sak; check the id, or the merkelapp and grupperingsid.")
    produsent.krev_merkelapp(sak.merkelapp)
    return sak


def _aapen_sak(merkelapp: str, saksnoekkel: str, noekkelring: Noekkelring, *, laast: bool) -> Sak:
    siste = siste_sak(merkelapp, saksnoekkel, noekkelring, laast=laast)
    if siste is None or not er_aapen(Saksstatus(siste.siste_status)):
        raise SakFinnesIkke("No sak of this saksnoekkel is open; open one with SikreAapenSak (POST /aapne-saker).")
    return siste


_STATUSER = Ferdig(
    lambda: [
        SakStatus.select()
        .where(SakStatus.sak == plass(SakStatus.sak))
        .order_by(SakStatus.tidspunkt.desc(), SakStatus.id.desc())
    ]
)


def statuser_av(sak_id: UUID) -> tuple[Status, ...]:
    """All statuses of a sak by tidspunkt, newest first; of two at the same moment the one that came in last."""
    return tuple(
        Status(
            id=rad.id,
            status=Saksstatus(rad.status),
            tekst=rad.tekst,
            overstyr_statustekst_med=rad.overstyr_statustekst_med,
            tidspunkt=rad.tidspunkt,
        )
        for rad in _STATUSER.alle(SakStatus, sak=sak_id)
    )


def finn_notifikasjon(
    referanse: Notifikasjonsreferanse,
    produsent: Produsent,
    type_: Notifikasjonstype | None,
    *,
    laast: bool = False,
) -> Notifikasjon:
    """The notifikasjon, on the connection at hand; `laast` until the open transaction ends.

    Raises NotifikasjonFinnesIkke, also for one of another type than `type_`, or UgyldigMerkelapp for another's.
    """
    referanse = i_normalform(referanse)
    if referanse.id is not None:
        funnet = _etter_id(Notifikasjon, laast).foerste(Notifikasjon, id=referanse.id)
    else:
        produsent.krev_merkelapp(referanse.merkelapp or "")
        egen = {"merkelapp": referanse.merkelapp, "ekstern_id": referanse.ekstern_id}
        funnet = _etter_navn(Notifikasjon, tuple(egen), laast).foerste(Notifikasjon, **egen)
    if funnet is not None:
        produsent.krev_merkelapp(funnet.merkelapp)
    if funnet is None or type_ not in (None, funnet.type):
        hva = (type_ or "notifikasjon").lower()
        raise NotifikasjonFinnesIkke(f"No such {hva}; check the id, or the merkelapp and eksternId.")
    return funnet


def _etter_id(tabell: Any, laast: bool) -> Ferdig:
    return _etter_navn(tabell, ("id",), laast)


@cache
def _etter_navn(tabell: Any, navn: tuple[str, ...], laast: bool) -> Ferdig:
    """The row by these fields, which are unique together; held, if so, until the open transaction ends."""
    felter = [tabell._meta.fields[ett] for ett in navn]

    def lag() -> list[peewee.Query]:
        sporring = tabell.select().where(*(felt == plass(felt) for felt in felter))
        return [laas(sporring) if laast else sporring]

    return Ferdig(lag)
