"""What a producer reads of its own: objects by id or by its own key, and lists with keyset cursors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.feil import VarselFinnesIkke
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import Notifikasjonsreferanse, Saksreferanse
from gateway.domain.mottaker import Mottaker
from gateway.domain.noekkel import normalisert
from gateway.domain.paaminnelse import Paaminnelsestidspunkt
from gateway.domain.produsent import Produsent
from gateway.domain.sak import Status
from gateway.domain.tilstand import Notifikasjonstype, Tilstand, tilstand_av
from gateway.domain.varsel import Varselstatus, Varseltype
from gateway.kjerne import Kjerne
from gateway.reading.cursor import les_cursor
from gateway.reading.lagret import lokasjon_av, mottakere_av, oenske_av
from gateway.store.oppslag import finn_notifikasjon, finn_sak, statuser_av
from gateway.store.tabeller import Notifikasjon, Paaminnelsesrad, Varsel, VarselHistorikk


@dataclass(frozen=True, kw_only=True)
class LestSak:
    id: UUID
    grupperingsid: str
    merkelapp: str
    virksomhetsnummer: str
    mottakere: tuple[Mottaker, ...]
    tittel: str
    tilleggsinformasjon: str | None
    lenke: str | None
    neste_steg: str | None
    opprettet_tidspunkt: dt.datetime
    siste_status: Status
    statuser: tuple[Status, ...]


@dataclass(frozen=True, kw_only=True)
class LestVarsel:
    id: UUID
    type: Varseltype
    status: Varselstatus
    klar_tidspunkt: dt.datetime | None
    feilkode: str | None
    feilmelding: str | None


@dataclass(frozen=True, kw_only=True)
class Historikklinje:
    """One thing that happened to a varsel."""

    tidspunkt: dt.datetime
    hendelse: str
    kanal: str | None
    kode: str | None


@dataclass(frozen=True, kw_only=True)
class VarselMedHistorikk(LestVarsel):
    historikk: tuple[Historikklinje, ...]


@dataclass(frozen=True, kw_only=True)
class LestPaaminnelse:
    """`tidspunkt` is the wish, as it was given."""

    tidspunkt: Paaminnelsestidspunkt
    paaminnelse_tidspunkt: dt.datetime
    sendt: bool
    eksterne_varsler: tuple[LestVarsel, ...]


@dataclass(frozen=True, kw_only=True)
class LestNotifikasjon:
    id: UUID
    type: Notifikasjonstype
    merkelapp: str
    ekstern_id: str
    grupperingsid: str | None
    virksomhetsnummer: str
    mottakere: tuple[Mottaker, ...]
    tekst: str
    lenke: str
    opprettet_tidspunkt: dt.datetime
    tilstand: Tilstand | None
    frist: dt.date | None
    utfoert_tidspunkt: dt.datetime | None
    utgaatt_tidspunkt: dt.datetime | None
    start_tidspunkt: dt.datetime | None
    slutt_tidspunkt: dt.datetime | None
    lokasjon: Lokasjon | None
    er_digitalt: bool | None
    paaminnelse: LestPaaminnelse | None
    eksterne_varsler: tuple[LestVarsel, ...]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One page, and the cursor of the next if there is one."""

    elementer: Sequence[LestNotifikasjon]
    neste: str | None


SAKENS_EGNE = (
    *("id", "grupperingsid", "merkelapp", "virksomhetsnummer", "tittel", "tilleggsinformasjon", "lenke", "neste_steg"),
    "opprettet_tidspunkt",
)
NOTIFIKASJONENS_EGNE = (
    *("id", "merkelapp", "ekstern_id", "grupperingsid", "virksomhetsnummer", "tekst", "lenke", "opprettet_tidspunkt"),
    *("frist", "utfoert_tidspunkt", "utgaatt_tidspunkt", "start_tidspunkt", "slutt_tidspunkt", "er_digitalt"),
)


def sak(kjerne: Kjerne, produsent: Produsent, referanse: Saksreferanse) -> LestSak:
    """Raises SakFinnesIkke, UgyldigMerkelapp."""
    with kjerne.database.tilkobling():
        rad = finn_sak(referanse, produsent, kjerne.noekkelring)
        statuser = statuser_av(rad.id)
    return LestSak(
        **{felt: getattr(rad, felt) for felt in SAKENS_EGNE},
        mottakere=mottakere_av(rad.mottakere),
        siste_status=next(ett for ett in statuser if ett.id == rad.siste_status_id),
        statuser=statuser,
    )


def notifikasjon(
    kjerne: Kjerne, produsent: Produsent, referanse: Notifikasjonsreferanse, type_: Notifikasjonstype | None = None
) -> LestNotifikasjon:
    """Raises NotifikasjonFinnesIkke, also for one of another type than `type_`; UgyldigMerkelapp."""
    with kjerne.database.tilkobling():
        return _med_varsler([finn_notifikasjon(referanse, produsent, type_)])[0]


def varsel(kjerne: Kjerne, produsent: Produsent, varsel_id: UUID) -> VarselMedHistorikk:
    """A varsel with its history, oldest first. Raises VarselFinnesIkke, also once it is deleted; UgyldigMerkelapp."""
    with kjerne.database.tilkobling():
        rad: Varsel | None = Varsel.get_or_none(Varsel.id == varsel_id, Varsel.eier_slettet_tidspunkt.is_null())
        if rad is None:
            raise VarselFinnesIkke("No such varsel; check the id.")
        produsent.krev_merkelapp(rad.merkelapp)
        linjer = VarselHistorikk.select().where(VarselHistorikk.varsel == varsel_id).order_by(VarselHistorikk.id)
        historikk = tuple(
            Historikklinje(tidspunkt=ett.tidspunkt, hendelse=ett.hendelse, kanal=ett.kanal, kode=ett.kode)
            for ett in linjer
        )
    return VarselMedHistorikk(**_varselfelter(rad), historikk=historikk)


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
    merkelapper = egne_merkelapper(produsent, merkelapper)
    fra = les_cursor(etter) if etter else None
    # One walk along the index (merkelapp, id) for each merkelapp, merged: a page costs the same wherever it starts.
    funnet: list[Notifikasjon] = []
    with kjerne.database.tilkobling():
        for merkelapp in merkelapper:
            sporring = Notifikasjon.select().where(Notifikasjon.merkelapp == merkelapp)
            if grupperingsid is not None:
                sporring = sporring.where(Notifikasjon.grupperingsid == normalisert(grupperingsid))
            if fra is not None:
                sporring = sporring.where(Notifikasjon.id > fra)
            funnet.extend(sporring.order_by(Notifikasjon.id).limit(antall + 1))
        funnet.sort(key=lambda rad: rad.id)
        side = funnet[:antall]
        return Side(elementer=_med_varsler(side), neste=side[-1].id.hex if len(funnet) > antall else None)


def egne_merkelapper(produsent: Produsent, navngitt: Sequence[str]) -> tuple[str, ...]:
    """Those that are named, each once; all the producer's when none is. Raises UgyldigMerkelapp."""
    merkelapper = tuple(dict.fromkeys(normalisert(ett) for ett in navngitt))
    for merkelapp in merkelapper:
        produsent.krev_merkelapp(merkelapp)
    return merkelapper or produsent.merkelapper


def _med_varsler(rader: Sequence[Notifikasjon]) -> list[LestNotifikasjon]:
    ider = [rad.id for rad in rader]
    paaminnelser = {
        ett.notifikasjon_id: ett for ett in _ved(Paaminnelsesrad.select(), Paaminnelsesrad.notifikasjon, ider)
    }
    varsler: dict[UUID, list[Varsel]] = {id_: [] for id_ in ider}
    for varsel in _ved(Varsel.select().order_by(Varsel.id), Varsel.notifikasjon_id, ider):
        varsler[varsel.notifikasjon_id].append(varsel)
    return [_notifikasjon(rad, paaminnelser.get(rad.id), varsler[rad.id]) for rad in rader]


def _notifikasjon(
    rad: Notifikasjon, paaminnelse: Paaminnelsesrad | None, varsler: Sequence[Varsel]
) -> LestNotifikasjon:
    type_ = Notifikasjonstype(rad.type)
    return LestNotifikasjon(
        **{felt: getattr(rad, felt) for felt in NOTIFIKASJONENS_EGNE},
        type=type_,
        mottakere=mottakere_av(rad.mottakere),
        tilstand=tilstand_av(type_, rad.tilstand),
        lokasjon=lokasjon_av(rad.lokasjon),
        paaminnelse=_paaminnelse(paaminnelse, varsler) if paaminnelse else None,
        eksterne_varsler=tuple(LestVarsel(**_varselfelter(ett)) for ett in varsler if not ett.til_paaminnelse),
    )


def _paaminnelse(rad: Paaminnelsesrad, varsler: Sequence[Varsel]) -> LestPaaminnelse:
    return LestPaaminnelse(
        tidspunkt=oenske_av(rad.oenske),
        paaminnelse_tidspunkt=rad.paaminnelse_tidspunkt,
        sendt=rad.sendt_tidspunkt is not None,
        # Those of the paaminnelse that it has now; not of one that this took the place of.
        eksterne_varsler=tuple(
            LestVarsel(**_varselfelter(ett))
            for ett in varsler
            if ett.til_paaminnelse and (rad.varsler is None or str(ett.id) in rad.varsler)
        ),
    )


def _varselfelter(rad: Varsel) -> dict[str, Any]:
    return {
        "id": rad.id,
        "type": Varseltype(rad.type),
        "status": Varselstatus(rad.status),
        "klar_tidspunkt": rad.klar_tidspunkt,
        "feilkode": rad.feilkode,
        "feilmelding": rad.feilmelding,
    }


def _ved(sporring: peewee.Select, felt: peewee.Field, ider: Sequence[UUID]) -> Iterable[peewee.Model]:
    return sporring.where(felt.in_(ider)) if ider else ()
