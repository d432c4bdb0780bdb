"""What a producer reads of its own: objects by id or by its own key, and lists with keyset cursors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import peewee

from gateway.domain.feil import VarselFinnesIkke
from gateway.domain.kommandoer import Notifikasjonsreferanse, Saksreferanse
from gateway.domain.produsent import Produsent
from gateway.domain.sak import Status
from gateway.domain.tilstand import Notifikasjonstype
from gateway.kjerne import Kjerne
from gateway.reading.cursor import les_cursor
from gateway.store.oppslag import finn_notifikasjon, finn_sak, statuser_av
from gateway.store.tabeller import Notifikasjon, Paaminnelse, Sak, Varsel, VarselHistorikk


@dataclass(frozen=True, kw_only=True)
class LestSak:
    sak: Sak
    statuser: tuple[Status, ...]

    @property
    def siste_status(self) -> Status:
        """The one that came in last."""
        return next(ett for ett in self.statuser if ett.id == self.sak.siste_status_id)


@dataclass(frozen=True, kw_only=True)
class LestNotifikasjon:
    notifikasjon: Notifikasjon
    paaminnelse: Paaminnelse | None
    varsler: Sequence[Varsel]

    @property
    def egne_varsler(self) -> list[Varsel]:
        return [varsel for varsel in self.varsler if not varsel.til_paaminnelse]

    @property
    def paaminnelsens_varsler(self) -> list[Varsel]:
        """Those of the paaminnelse that it has now; not of one that this took the place of."""
        egne = self.paaminnelse.varsler if self.paaminnelse else []
        return [
            varsel for varsel in self.varsler if varsel.til_paaminnelse and (egne is None or str(varsel.id) in egne)
        ]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One page, and the cursor of the next if there is one."""

    elementer: Sequence[LestNotifikasjon]
    neste: str | None


@dataclass(frozen=True, kw_only=True)
class LestVarsel:
    varsel: Varsel
    historikk: Sequence[VarselHistorikk]


def sak(kjerne: Kjerne, produsent: Produsent, referanse: Saksreferanse) -> LestSak:
    """Raises SakFinnesIkke, UgyldigMerkelapp."""
    with kjerne.database.tilkobling():
        rad = finn_sak(referanse, produsent)
        return LestSak(sak=rad, statuser=statuser_av(rad.id))


def notifikasjon(
    kjerne: Kjerne, produsent: Produsent, referanse: Notifikasjonsreferanse, type_: Notifikasjonstype | None = None
) -> LestNotifikasjon:
    """Raises NotifikasjonFinnesIkke, also for one of another type than `type_`; UgyldigMerkelapp."""
    with kjerne.database.tilkobling():
        return _med_varsler([finn_notifikasjon(referanse, produsent, type_)])[0]


def varsel(kjerne: Kjerne, produsent: Produsent, varsel_id: UUID) -> LestVarsel:
    """A varsel with its history, oldest first. Raises VarselFinnesIkke, also once it is deleted; UgyldigMerkelapp."""
    with kjerne.database.tilkobling():
        rad: Varsel | None = Varsel.get_or_none(Varsel.id == varsel_id, Varsel.eier_slettet_tidspunkt.is_null())
        if rad is None:
            raise VarselFinnesIkke("No such varsel; check the id.")
        produsent.krev_merkelapp(rad.merkelapp)
        historikk = list(
            VarselHistorikk.select().where(VarselHistorikk.varsel == varsel_id).order_by(VarselHistorikk.id)
        )
    return LestVarsel(varsel=rad, historikk=historikk)


def notifikasjoner(
    kjerne: Kjerne,
    produsent: Produsent,
    *,
    merkelapper: Sequence[str],
    grupperingsid: str | None,
    antall: int,
    etter: str | None,
) -> Side:
    """A page of the producer's notifikasjoner, in order of creation; of all its merkelapper when none is named.

    Raises UgyldigMerkelapp, and Valideringsfeil for a cursor that is not one.
    """
    for merkelapp in merkelapper:
        produsent.krev_merkelapp(merkelapp)
    fra = les_cursor(etter) if etter else None
    # One walk along the index (merkelapp, id) for each merkelapp, merged: a page costs the same wherever it starts.
    funnet: list[Notifikasjon] = []
    with kjerne.database.tilkobling():
        for merkelapp in merkelapper or produsent.merkelapper:
            sporring = Notifikasjon.select().where(Notifikasjon.merkelapp == merkelapp)
            if grupperingsid is not None:
                sporring = sporring.where(Notifikasjon.grupperingsid == grupperingsid)
            if fra is not None:
                sporring = sporring.where(Notifikasjon.id > fra)
            funnet.extend(sporring.order_by(Notifikasjon.id).limit(antall + 1))
        funnet.sort(key=lambda rad: rad.id)
        side = funnet[:antall]
        return Side(elementer=_med_varsler(side), neste=side[-1].id.hex if len(funnet) > antall else None)


def _med_varsler(rader: Sequence[Notifikasjon]) -> list[LestNotifikasjon]:
    ider = [rad.id for rad in rader]
    paaminnelser = {ett.notifikasjon_id: ett for ett in _ved(Paaminnelse.select(), Paaminnelse.notifikasjon, ider)}
    varsler: dict[UUID, list[Varsel]] = {id_: [] for id_ in ider}
    for varsel in _ved(Varsel.select().order_by(Varsel.id), Varsel.notifikasjon_id, ider):
        varsler[varsel.notifikasjon_id].append(varsel)
    return [
        LestNotifikasjon(notifikasjon=rad, paaminnelse=paaminnelser.get(rad.id), varsler=varsler[rad.id])
        for rad in rader
    ]


def _ved(sporring: peewee.Select, felt: peewee.Field, ider: Sequence[UUID]) -> Iterable[peewee.Model]:
    return sporring.where(felt.in_(ider)) if ider else ()
