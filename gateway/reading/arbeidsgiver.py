"""What an employer sees: only what the access that it has now names, asked at each request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

from peewee import JOIN, SQL, fn

from gateway.domain.bjelle import er_ny
from gateway.domain.tilstand import Notifikasjonstype, Saksstatus, tilstand_av
from gateway.kjerne import Kjerne
from gateway.plugin import Tilganger
from gateway.reading.innsyn import NOTIFIKASJONER, SAKER, Innsyn, innsyn_til
from gateway.reading.lagret import lokasjon_av
from gateway.reading.visning import Bjelle, Notifikasjonsvisning, Sakslinje, Saksliste, Saksvisning, Virksomhet
from gateway.store.tabeller import Klikk, Notifikasjon, Paaminnelsesrad, Sak, SistLest

NYESTE = 200


def bjelle(kjerne: Kjerne, fnr: str, tilganger: Tilganger) -> Bjelle:
    """The newest notifikasjoner that the person may see, by sorting time, and how many are new since last opened."""
    personen, innsyn = kjerne.noekkelring.hasher(fnr), innsyn_til(fnr, tilganger)
    navn = _navn(tilganger)
    with kjerne.database.tilkobling():
        sist_lest = _sist_lest(personen)
        rader = _notifikasjoner(personen, innsyn)
        saker_aa_vise = innsyn.synlige_blant(SAKER, {rad.sak_id for rad in rader if rad.sak_id})
    visninger = tuple(_notifikasjon(rad, navn, sist_lest, saker_aa_vise) for rad in rader)
    return Bjelle(
        notifikasjoner=visninger,
        antall_uleste=sum(visning.ulest for visning in visninger),
        sist_lest=sist_lest,
        feil_altinn=tilganger.feil_altinn,
        feil_digisyfo=tilganger.feil_digisyfo,
    )


def saker(kjerne: Kjerne, fnr: str, tilganger: Tilganger, antall: int) -> Saksliste:
    """The newest saker that the person may see."""
    navn = _navn(tilganger)
    with kjerne.database.tilkobling():
        synlige = innsyn_til(fnr, tilganger).nyeste(SAKER, antall)
        funnet = list(
            Sak.select()
            .join(synlige, on=(synlige.c.sak_id == Sak.id))
            .order_by(Sak.opprettet_tidspunkt.desc(), Sak.id.desc())
        )
    return Saksliste(
        saker=tuple(_sak(rad, navn) for rad in funnet),
        feil_altinn=tilganger.feil_altinn,
        feil_digisyfo=tilganger.feil_digisyfo,
    )


def kan_se(kjerne: Kjerne, fnr: str, tilganger: Tilganger, notifikasjon_id: UUID) -> str | None:
    """Where the notifikasjon leads, if the person may see it now."""
    with kjerne.database.tilkobling():
        if not innsyn_til(fnr, tilganger).synlige_blant(NOTIFIKASJONER, [notifikasjon_id]):
            return None
        lenke: str | None = Notifikasjon.select(Notifikasjon.lenke).where(Notifikasjon.id == notifikasjon_id).scalar()
    return lenke


def _navn(tilganger: Tilganger) -> dict[str, str]:
    return {virksomhet.virksomhetsnummer: virksomhet.navn for virksomhet in tilganger.virksomheter}


def _sist_lest(personen: Sequence[str]) -> dt.datetime | None:
    """`personen`: all that the person may be remembered as."""
    sist = SistLest.select(SistLest.tidspunkt).where(SistLest.person.in_(personen)).order_by(SistLest.tidspunkt.desc())
    tidspunkt: dt.datetime | None = sist.limit(1).scalar()
    return tidspunkt


def _notifikasjoner(personen: Sequence[str], innsyn: Innsyn) -> list[Notifikasjon]:
    synlige = innsyn.nyeste(NOTIFIKASJONER, NYESTE)
    klikk = Klikk.select(SQL("1")).where(Klikk.notifikasjon == Notifikasjon.id, Klikk.person.in_(personen))
    return list(
        Notifikasjon.select(
            Notifikasjon,
            Sak.id.alias("sak_id"),
            Sak.tittel.alias("sak_tittel"),
            Sak.tilleggsinformasjon.alias("sak_tilleggsinformasjon"),
            Paaminnelsesrad.sendt_tidspunkt.alias("paaminnet"),
            fn.EXISTS(klikk).alias("klikket"),
        )
        .join(synlige, on=(synlige.c.notifikasjon_id == Notifikasjon.id))
        .join(
            Sak,
            JOIN.LEFT_OUTER,
            on=(Sak.merkelapp == Notifikasjon.merkelapp) & (Sak.grupperingsid == Notifikasjon.grupperingsid),
        )
        .join(Paaminnelsesrad, JOIN.LEFT_OUTER, on=(Paaminnelsesrad.notifikasjon == Notifikasjon.id))
        .order_by(Notifikasjon.sortering_tidspunkt.desc(), Notifikasjon.id.desc())
        .objects()
    )


def _notifikasjon(
    rad: Notifikasjon, navn: dict[str, str], sist_lest: dt.datetime | None, saker_aa_vise: Collection[UUID]
) -> Notifikasjonsvisning:
    tilstand = tilstand_av(Notifikasjonstype(rad.type), rad.tilstand)
    return Notifikasjonsvisning(
        id=rad.id,
        type=Notifikasjonstype(rad.type),
        merkelapp=rad.merkelapp,
        tekst=rad.tekst,
        lenke=rad.lenke,
        virksomhet=_virksomhet(rad.virksomhetsnummer, navn),
        tilstand=tilstand,
        frist=rad.frist,
        sortering_tidspunkt=rad.sortering_tidspunkt,
        opprettet_tidspunkt=rad.opprettet_tidspunkt,
        paaminnelse_tidspunkt=rad.paaminnet,
        utfoert_tidspunkt=rad.utfoert_tidspunkt,
        utgaatt_tidspunkt=rad.utgaatt_tidspunkt,
        start_tidspunkt=rad.start_tidspunkt,
        slutt_tidspunkt=rad.slutt_tidspunkt,
        lokasjon=lokasjon_av(rad.lokasjon),
        er_digitalt=rad.er_digitalt,
        klikket_paa=bool(rad.klikket),
        ulest=er_ny(rad.sortering_tidspunkt, tilstand, sist_lest),
        sak=Sakslinje(id=rad.sak_id, tittel=rad.sak_tittel, tilleggsinformasjon=rad.sak_tilleggsinformasjon)
        if rad.sak_id in saker_aa_vise
        else None,
    )


def _sak(rad: Sak, navn: dict[str, str]) -> Saksvisning:
    return Saksvisning(
        id=rad.id,
        merkelapp=rad.merkelapp,
        tittel=rad.tittel,
        tilleggsinformasjon=rad.tilleggsinformasjon,
        lenke=rad.lenke,
        virksomhet=_virksomhet(rad.virksomhetsnummer, navn),
        siste_status=Saksstatus(rad.siste_status),
        statustekst=rad.siste_statustekst,
        status_tidspunkt=rad.siste_status_tidspunkt,
        neste_steg=rad.neste_steg,
    )


def _virksomhet(nummer: str, navn: dict[str, str]) -> Virksomhet:
    # The number stands in place of a name that is not known.
    return Virksomhet(virksomhetsnummer=nummer, navn=navn.get(nummer, nummer))
