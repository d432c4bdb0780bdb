"""What can be said and when: kommandoer of a small world, mostly sensible, on the awkward days of the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    Kommando,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    NySak,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tid import UTC, dato_i_oslo, instant, oslo
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Saksstatus
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varseltype
from tests.modell.referanse import Sak
from tests.verden import ANSATT, BIFF_OG_BULJONG, GLAD_TORSK, LEDER, RESSURS

MERKELAPPER = ("Fager", "Demo")
GRUPPERINGSIDER = ("g-1", "g-2", "g-3")
EKSTERNE_IDER = ("e-1", "e-2", "e-3", "e-4")
TEKSTER = ("Den ene", "Den andre")
LENKER = ("https://arbeidsgiver.nav.no/1", "https://arbeidsgiver.nav.no/2")
TILLEGG = (None, "Gjelder 2026", "Gjelder 2027")
IDEMPOTENSNOEKLER = (None, None, "k-1", "k-2")
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))

AV_RESSURS = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS))
AV_ANNEN = Mottaker(
    altinn_ressurs=AltinnRessurs(ressurs_id="nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger")
)
AV_FREMMED = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="en_andres_ressurs"))
AV_LEDER = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
# 02:30 happens twice on the one Sunday in October, and never on the one in March.
OMSTILLINGER = tuple(map(dt.datetime.fromisoformat, ("2026-10-25T02:30", "2027-03-28T02:30", "2027-10-31T02:30")))
TIME, DAG = dt.timedelta(hours=1), dt.timedelta(days=1)
OM_LITT = (TIME, DAG, 2 * DAG)
SNART = (5 * DAG, 2 * DAG, 40 * DAG)
NAAR_SOM_HELST = (*OM_LITT, *SNART, dt.timedelta(), -TIME, -DAG, -100 * DAG)
FRISTDAGER = (3, 14, 60)
KNAPPE_FRISTDAGER = (1, 0, -1)
VARIGHETER = ("PT1H", "P1D", "PT0S", "P1DT3H4M")
LENGRE_VARIGHETER = ("P5D", "P1M", "P1Y")


def _sjelden(ofte: Any, sjelden: Any) -> st.SearchStrategy[Any]:
    """The one about four times in five."""
    return st.integers(0, 4).flatmap(lambda tall: sjelden if tall == 4 else ofte)


def ett_av(*valg: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(valg)


def _tider(naa: dt.datetime, forskyvninger: Sequence[dt.timedelta] = NAAR_SOM_HELST) -> st.SearchStrategy[dt.datetime]:
    """Moments around now, written in every way: Oslo wall clock, UTC, another offset; and the nights of the change."""
    naer = st.tuples(st.sampled_from(forskyvninger), ett_av(None, UTC, INDIA)).map(
        lambda valg: (naa + valg[0]).astimezone(valg[1]) if valg[1] else oslo(naa + valg[0])
    )
    return _sjelden(naer, st.sampled_from(OMSTILLINGER))


def _vegguret(
    naa: dt.datetime, forskyvninger: Sequence[dt.timedelta] = NAAR_SOM_HELST
) -> st.SearchStrategy[dt.datetime]:
    return _tider(naa, forskyvninger).map(lambda tid: oslo(instant(tid)) if tid.tzinfo else tid)


def _av_og_til(hva: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _sjelden(st.none(), hva)


def _annenhver(hva: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | hva


def _ofte(hva: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _sjelden(hva, st.none())


def _frister(naa: dt.datetime) -> st.SearchStrategy[dt.date]:
    return _sjelden(st.sampled_from(FRISTDAGER), st.sampled_from(KNAPPE_FRISTDAGER)).map(
        lambda dager: dato_i_oslo(naa) + dt.timedelta(days=dager)
    )


def _sendetidspunkter(naa: dt.datetime) -> st.SearchStrategy[Sendetidspunkt]:
    vinduer = st.sampled_from(Sendevindu).map(lambda vindu: Sendetidspunkt(sendevindu=vindu))
    return _sjelden(vinduer, _vegguret(naa).map(lambda tid: Sendetidspunkt(tidspunkt=tid)))


def _et_varsel(type_: Varseltype, naar: Sendetidspunkt) -> EksterntVarsel:
    html = "<p>Hei</p>"
    match type_:
        case Varseltype.SMS:
            return EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei", sendetidspunkt=naar))
        case Varseltype.EPOST:
            epost = Epost(epostadresse="a@example.com", epost_tittel="T", epost_html_body=html, sendetidspunkt=naar)
            return EksterntVarsel(epost=epost)
        case Varseltype.ALTINNRESSURS:
            altinn = Altinnvarsel(
                ressurs_id=RESSURS, epost_tittel="T", epost_html_body=html, sms_tekst="Hei", sendetidspunkt=naar
            )
            return EksterntVarsel(altinnressurs=altinn)


def _varsler(naa: dt.datetime) -> st.SearchStrategy[tuple[EksterntVarsel, ...]]:
    ett = st.builds(_et_varsel, st.sampled_from(Varseltype), _sendetidspunkter(naa))
    return st.lists(ett, max_size=2).map(tuple)


def _paaminnelser(naa: dt.datetime, foer: str) -> st.SearchStrategy[Paaminnelse]:
    """At a moment, after the creation, or before what `foer` names: the frist of an oppgave, the start of an avtale."""
    varighet = _sjelden(st.sampled_from(VARIGHETER), st.sampled_from(LENGRE_VARIGHETER))
    vanlig = st.one_of(
        st.tuples(st.just("konkret"), _vegguret(naa, OM_LITT)),
        st.tuples(st.just("etter_opprettelse"), varighet),
        st.tuples(st.just(foer), varighet),
    )
    hvilken = _sjelden(vanlig, st.tuples(ett_av("foer_frist", "foer_start_tidspunkt"), varighet))
    tidspunkt = hvilken.map(lambda valg: Paaminnelsestidspunkt(**dict([valg])))
    return st.builds(Paaminnelse, tidspunkt=tidspunkt, eksterne_varsler=_varsler(naa))


def _slettetider(
    naa: dt.datetime, om: Sequence[str], den: Sequence[dt.timedelta]
) -> st.SearchStrategy[Slettetidspunkt]:
    tider = _sjelden(_vegguret(naa, den), _vegguret(naa))
    return st.one_of(
        st.sampled_from(om).map(lambda varighet: Slettetidspunkt(om=varighet)),
        tider.map(lambda tid: Slettetidspunkt(den=tid)),
    )


def _foerste_slettetider(naa: dt.datetime) -> st.SearchStrategy[Slettetidspunkt]:
    """Mostly late: there is to be a life before."""
    return _slettetider(naa, ("P1M", "P1Y"), SNART)


def _nye_slettetider(naa: dt.datetime) -> st.SearchStrategy[NySlettetid]:
    """Mostly sooner than the first."""
    ny_tid = _slettetider(naa, ("P1D", "P5D", "P1M"), OM_LITT)
    return st.builds(NySlettetid, ny_tid=ny_tid, strategi=st.sampled_from(Slettestrategi))


MOTTAKERE = _sjelden(
    _sjelden(st.just((AV_RESSURS,)), st.just((AV_RESSURS, AV_LEDER))),
    ett_av((AV_LEDER,), (AV_ANNEN, AV_RESSURS), (AV_FREMMED,)),
)
VIRKSOMHETER = _sjelden(st.just(GLAD_TORSK), st.just(BIFF_OG_BULJONG))
LOKASJONER = _av_og_til(st.just(Lokasjon(adresse="Gata 1", postnummer="0661", poststed="Oslo")))


def _felles(naa: dt.datetime) -> dict[str, st.SearchStrategy[Any]]:
    """What all new notifikasjoner say."""
    return {
        "merkelapp": ett_av(*MERKELAPPER),
        "ekstern_id": ett_av(*EKSTERNE_IDER),
        "virksomhetsnummer": VIRKSOMHETER,
        "mottakere": MOTTAKERE,
        "tekst": ett_av(*TEKSTER),
        "lenke": st.just(LENKER[0]),
        "eksterne_varsler": _varsler(naa),
        "hard_delete": _annenhver(_foerste_slettetider(naa)),
    }


def nye_saker(naa: dt.datetime) -> st.SearchStrategy[NySak]:
    return st.builds(
        NySak,
        grupperingsid=ett_av(*GRUPPERINGSIDER),
        merkelapp=ett_av(*MERKELAPPER),
        virksomhetsnummer=VIRKSOMHETER,
        mottakere=MOTTAKERE,
        tittel=ett_av(*TEKSTER),
        initiell_status=st.sampled_from(Saksstatus),
        lenke=_av_og_til(st.just(LENKER[0])),
        tilleggsinformasjon=ett_av(*TILLEGG),
        neste_steg=ett_av(*TILLEGG),
        tidspunkt=_av_og_til(_tider(naa)),
        overstyr_statustekst_med=_av_og_til(ett_av("Egen tekst", "")),
        hard_delete=_annenhver(_foerste_slettetider(naa)),
    )


def nye_beskjeder(naa: dt.datetime) -> st.SearchStrategy[NyBeskjed]:
    return st.builds(
        NyBeskjed,
        grupperingsid=ett_av(None, *GRUPPERINGSIDER),
        opprettet_tidspunkt=_av_og_til(_tider(naa)),
        **_felles(naa),
    )


def nye_oppgaver(naa: dt.datetime) -> st.SearchStrategy[NyOppgave]:
    return st.builds(
        NyOppgave,
        grupperingsid=ett_av(None, *GRUPPERINGSIDER),
        opprettet_tidspunkt=_av_og_til(_tider(naa)),
        frist=_ofte(_frister(naa)),
        paaminnelse=_ofte(_paaminnelser(naa, "foer_frist")),
        **_felles(naa),
    )


def nye_avtaler(naa: dt.datetime, saker: Iterable[Sak]) -> st.SearchStrategy[NyKalenderavtale]:
    """Mostly on one of these saker, for those who may see it."""
    finnes = {sak.noekkel: sak.sagt.mottakere for sak in saker}
    alle = [(merkelapp, grupperingsid) for merkelapp in MERKELAPPER for grupperingsid in GRUPPERINGSIDER]

    def i_saken(noekkel: tuple[str, str]) -> st.SearchStrategy[NyKalenderavtale]:
        felter = _felles(naa) | {
            "merkelapp": st.just(noekkel[0]),
            "grupperingsid": st.just(noekkel[1]),
            "mottakere": _sjelden(st.just(finnes.get(noekkel, (AV_RESSURS,))), MOTTAKERE),
            "start_tidspunkt": _sjelden(_tider(naa, SNART), _tider(naa)),
            "slutt_tidspunkt": _av_og_til(_tider(naa, (41 * DAG, *NAAR_SOM_HELST))),
            "lokasjon": LOKASJONER,
            "er_digitalt": st.booleans(),
            "tilstand": _sjelden(
                st.just(Kalenderavtaletilstand.VENTER_SVAR_FRA_ARBEIDSGIVER), st.sampled_from(Kalenderavtaletilstand)
            ),
            "paaminnelse": _ofte(_paaminnelser(naa, "foer_start_tidspunkt")),
        }
        return st.builds(NyKalenderavtale, **felter)

    return _sjelden(st.sampled_from(list(finnes) or alle), st.sampled_from(alle)).flatmap(i_saken)


def i_annen_form(kommando: Kommando) -> Kommando:
    """The same said in another way: its moments with an offset."""
    tider = {ett.name: getattr(kommando, ett.name) for ett in fields(kommando)}
    return replace(kommando, **{navn: instant(tid) for navn, tid in tider.items() if isinstance(tid, dt.datetime)})


def saksoppdateringer(naa: dt.datetime, saker: Sequence[Saksreferanse]) -> st.SearchStrategy[Kommando]:
    sak = st.sampled_from(saker)
    return st.one_of(
        oppdateringer(
            NyStatus,
            sak=sak,
            status=st.sampled_from(Saksstatus),
            tidspunkt=_av_og_til(_tider(naa)),
            overstyr_statustekst_med=_av_og_til(ett_av("Ny tekst", "")),
            ny_lenke_til_sak=_av_og_til(st.just(LENKER[1])),
            hard_delete=_annenhver(_nye_slettetider(naa)),
        ),
        oppdateringer(EndreNesteSteg, sak=sak, neste_steg=ett_av(*TILLEGG)),
        oppdateringer(EndreTilleggsinformasjon, sak=sak, tilleggsinformasjon=ett_av(*TILLEGG)),
    )


def oppgaveoppdateringer(naa: dt.datetime, oppgaver: Sequence[Notifikasjonsreferanse]) -> st.SearchStrategy[Kommando]:
    oppgave = st.sampled_from(oppgaver)
    avslutning = {
        "oppgave": oppgave,
        "ny_lenke": _av_og_til(st.just(LENKER[1])),
        "hard_delete": _annenhver(_nye_slettetider(naa)),
    }
    naar = _av_og_til(_tider(naa))
    paaminnelse = _ofte(_paaminnelser(naa, "foer_frist"))
    return st.one_of(
        oppdateringer(EndrePaaminnelse, oppgave=oppgave, paaminnelse=paaminnelse),
        oppdateringer(UtsettFrist, oppgave=oppgave, ny_frist=_frister(naa), paaminnelse=paaminnelse),
        oppdateringer(OppgaveUtgaatt, utgaatt_tidspunkt=naar, **avslutning),
        oppdateringer(OppgaveUtfoert, utfoert_tidspunkt=naar, **avslutning),
    )


def avtaleoppdateringer(naa: dt.datetime, avtaler: Sequence[Notifikasjonsreferanse]) -> st.SearchStrategy[Kommando]:
    avtale = st.sampled_from(avtaler)
    paaminnelse = _av_og_til(_paaminnelser(naa, "foer_start_tidspunkt"))
    return st.one_of(
        oppdateringer(
            OppdaterKalenderavtale,
            kalenderavtale=avtale,
            ny_tilstand=_av_og_til(st.sampled_from(Kalenderavtaletilstand)),
            ny_tekst=_av_og_til(st.just(TEKSTER[1])),
            ny_lenke=_av_og_til(st.just(LENKER[1])),
            ny_lokasjon=LOKASJONER,
            ny_er_digitalt=_av_og_til(st.booleans()),
            eksterne_varsler=_varsler(naa),
            paaminnelse=paaminnelse,
            hard_delete=_annenhver(_nye_slettetider(naa)),
        ),
        oppdateringer(
            OppdaterKalenderavtale,
            kalenderavtale=avtale,
            ny_tilstand=st.just(Kalenderavtaletilstand.AVLYST),
            eksterne_varsler=_sjelden(st.just(()), _varsler(naa)),
            paaminnelse=paaminnelse,
        ),
        oppdateringer(OppdaterKalenderavtale, kalenderavtale=avtale),
    )


def slettinger(
    saker: Sequence[Saksreferanse], notifikasjoner: Sequence[Notifikasjonsreferanse]
) -> st.SearchStrategy[Kommando]:
    av_type = _av_og_til(st.sampled_from(Notifikasjonstype))
    valg = []
    if notifikasjoner:
        referanse = st.sampled_from(notifikasjoner)
        valg.append(oppdateringer(SlettNotifikasjon, notifikasjon=referanse, av_type=av_type))
    if saker:
        valg.append(oppdateringer(SlettSak, sak=st.sampled_from(saker)))
    return st.one_of(valg)


def oppdateringer(klasse: type, **felter: st.SearchStrategy[Any]) -> st.SearchStrategy[Kommando]:
    return st.builds(klasse, idempotensnoekkel=ett_av(*IDEMPOTENSNOEKLER), **felter)
