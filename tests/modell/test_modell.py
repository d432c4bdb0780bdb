"""Random histories, told to the gateway and to the model of the contract: after every step both must show the same.

Each sequence starts from an empty database and a clock that it sets. A step is a kommando, a repeat of an earlier one,
a sweep, a round of sending, something an employer does, or a move of the clock. What is compared: the answer or the
refusal, the change feed, each object whose view the model says has changed, and by turns the producer's list and what
each employer sees. At the end of a sequence everything is read again, one by one and page by page.

In CI 100 sequences run, the same ones every time. `GATEWAY_NATTLIG=1` runs 2,000 new ones.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, note, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from adapters.registrer import Adaptere
from gateway.api.applikasjon import lag_applikasjon
from gateway.domain.aapningstider import Sendevindu
from gateway.domain.feil import Avslag
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    KansellerVarsel,
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
from gateway.domain.varsel import Altinnressurs, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varseltype
from gateway.handling import idempotens, lesing
from gateway.handling.frister import utloep_frister
from gateway.handling.kalenderavtale import avhold_forfalte
from gateway.handling.paaminnelse import send_forfalte
from gateway.handling.sletting import slett_forfalte
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.handling.utsending import Varselrunde
from gateway.kilder import les_kilder
from gateway.kjerne import Kjerne, ny_id
from gateway.plugin import (
    Lederforhold,
    MidlertidigFeil,
    Sendt,
    Tilganger,
    VarigFeil,
    VarselTilSending,
)
from gateway.reading.arbeidsgiver import bjelle, saker
from gateway.store.database import Database
from gateway.store.logg import Hvem
from gateway.tokens import DevUtsteder, Tokenkontroll
from tests.conftest import toem
from tests.modell.referanse import (
    FEILMELDING,
    KANAL,
    KODER,
    Avvist,
    Endring,
    Kanalsvar,
    Modell,
    NyeIder,
    Person,
    Sak,
    Status,
    Svar,
    Varsel,
    vis_tid,
)
from tests.verden import ANSATT, BIFF_OG_BULJONG, GLAD_TORSK, LEDER, RESSURS, ROT, FastKlokke, aktoer, ser_glad_torsk

# --- how many ------------------------------------------------------------------------------------------------------

_FELLES = settings(
    deadline=None,  # how long a step takes says nothing about the contract, and much about the machine
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.register_profile("modell", _FELLES, max_examples=50, stateful_step_count=15, derandomize=True)
settings.register_profile("modell-nattlig", _FELLES, max_examples=1_000, stateful_step_count=30)
NATTLIG = os.environ.get("GATEWAY_NATTLIG") == "1"
PROFIL = settings.get_profile("modell-nattlig" if NATTLIG else "modell")

# --- the small world -----------------------------------------------------------------------------------------------

FAGER, PERMITTERING = "fager", "permittering"
MERKELAPPER = ("Fager", "Demo")
GRUPPERINGSIDER = ("g-1", "g-2", "g-3")
EKSTERNE_IDER = ("e-1", "e-2", "e-3", "e-4")
TEKSTER = ("Den ene", "Den andre")
LENKER = ("https://arbeidsgiver.nav.no/1", "https://arbeidsgiver.nav.no/2")
TILLEGG = (None, "Gjelder 2026", "Gjelder 2027")
SIDE = 20
IDEMPOTENSNOEKLER = (None, None, "k-1", "k-2")
FINNES_IKKE = {
    "saker": "SakFinnesIkke",
    "notifikasjoner": "NotifikasjonFinnesIkke",
    "varsler": "VarselFinnesIkke",
}
SWEEP = Hvem(korrelasjonsid="sweep")
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))

AV_RESSURS = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS))
AV_ANNEN = Mottaker(
    altinn_ressurs=AltinnRessurs(ressurs_id="nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger")
)
AV_FREMMED = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="en_andres_ressurs"))
AV_LEDER = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))

RESSURSEIER = Person(fnr=ANSATT, ressurser=frozenset({(GLAD_TORSK, RESSURS)}))
LEDEREN = Person(fnr=LEDER, ansatte=frozenset({(GLAD_TORSK, ANSATT)}))
PERSONER: dict[Person, Tilganger] = {
    RESSURSEIER: ser_glad_torsk(),
    LEDEREN: Tilganger(leder_for=(Lederforhold(virksomhetsnummer=GLAD_TORSK, ansatt_fnr=ANSATT),)),
}

# Just before the clocks go back and forward, a usual Monday, and before Easter and May with their closed days.
BEGYNNELSER = tuple(
    dt.datetime.fromisoformat(tekst).replace(tzinfo=UTC)
    for tekst in ("2026-11-23T09:00", "2026-10-23T20:15", "2027-03-27T22:30", "2027-03-24T12:00", "2027-04-29T14:00")
)
# 02:30 happens twice on the one Sunday in October, and never on the one in March.
OMSTILLINGER = tuple(map(dt.datetime.fromisoformat, ("2026-10-25T02:30", "2027-03-28T02:30", "2027-10-31T02:30")))
TIME, DAG = dt.timedelta(hours=1), dt.timedelta(days=1)
OM_LITT = (TIME, DAG, 2 * DAG)
SNART = (5 * DAG, 2 * DAG, 40 * DAG)
NAAR_SOM_HELST = (*OM_LITT, *SNART, dt.timedelta(), -TIME, -DAG, -100 * DAG)
SKRITT = tuple(
    dt.timedelta(**tid)
    for tid in ({"minutes": 1}, {"hours": 1}, {"hours": 10}, {"days": 1}, {"days": 6}, {"days": 31}, {"days": 150})
)
FRISTDAGER = (3, 14, 60)
KNAPPE_FRISTDAGER = (1, 0, -1)
VARIGHETER = ("PT1H", "P1D", "PT0S", "P1DT3H4M")
LENGRE_VARIGHETER = ("P5D", "P1M", "P1Y")
FAGERS_OFTEST = (FAGER,) * 14 + (PERMITTERING,)

# --- strategies ----------------------------------------------------------------------------------------------------


def _sjelden(ofte: Any, sjelden: Any) -> st.SearchStrategy[Any]:
    """The one about four times in five."""
    return st.integers(0, 4).flatmap(lambda tall: sjelden if tall == 4 else ofte)


def _ett_av(*valg: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(valg)


def _tider(naa: dt.datetime, forskyvninger: Sequence[dt.timedelta] = NAAR_SOM_HELST) -> st.SearchStrategy[dt.datetime]:
    """Moments around now, written in every way: Oslo wall clock, UTC, another offset; and the nights of the change."""
    naer = st.tuples(st.sampled_from(forskyvninger), _ett_av(None, UTC, INDIA)).map(
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
            altinn = Altinnressurs(
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
    hvilken = _sjelden(vanlig, st.tuples(_ett_av("foer_frist", "foer_start_tidspunkt"), varighet))
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
    _ett_av((AV_LEDER,), (AV_ANNEN, AV_RESSURS), (AV_FREMMED,)),
)
VIRKSOMHETER = _sjelden(st.just(GLAD_TORSK), st.just(BIFF_OG_BULJONG))
LOKASJONER = _av_og_til(st.just(Lokasjon(adresse="Gata 1", postnummer="0661", poststed="Oslo")))


def _felles(naa: dt.datetime) -> dict[str, st.SearchStrategy[Any]]:
    """What all new notifikasjoner say."""
    return {
        "merkelapp": _ett_av(*MERKELAPPER),
        "ekstern_id": _ett_av(*EKSTERNE_IDER),
        "virksomhetsnummer": VIRKSOMHETER,
        "mottakere": MOTTAKERE,
        "tekst": _ett_av(*TEKSTER),
        "lenke": st.just(LENKER[0]),
        "eksterne_varsler": _varsler(naa),
        "hard_delete": _annenhver(_foerste_slettetider(naa)),
    }


def _nye_saker(naa: dt.datetime) -> st.SearchStrategy[NySak]:
    return st.builds(
        NySak,
        grupperingsid=_ett_av(*GRUPPERINGSIDER),
        merkelapp=_ett_av(*MERKELAPPER),
        virksomhetsnummer=VIRKSOMHETER,
        mottakere=MOTTAKERE,
        tittel=_ett_av(*TEKSTER),
        initiell_status=st.sampled_from(Saksstatus),
        lenke=_av_og_til(st.just(LENKER[0])),
        tilleggsinformasjon=_ett_av(*TILLEGG),
        neste_steg=_ett_av(*TILLEGG),
        tidspunkt=_av_og_til(_tider(naa)),
        overstyr_statustekst_med=_av_og_til(st.just("Egen tekst")),
        hard_delete=_annenhver(_foerste_slettetider(naa)),
    )


def _nye_beskjeder(naa: dt.datetime) -> st.SearchStrategy[NyBeskjed]:
    return st.builds(
        NyBeskjed,
        grupperingsid=_ett_av(None, *GRUPPERINGSIDER),
        opprettet_tidspunkt=_av_og_til(_tider(naa)),
        **_felles(naa),
    )


def _nye_oppgaver(naa: dt.datetime) -> st.SearchStrategy[NyOppgave]:
    return st.builds(
        NyOppgave,
        grupperingsid=_ett_av(None, *GRUPPERINGSIDER),
        opprettet_tidspunkt=_av_og_til(_tider(naa)),
        frist=_ofte(_frister(naa)),
        paaminnelse=_ofte(_paaminnelser(naa, "foer_frist")),
        **_felles(naa),
    )


def _nye_avtaler(naa: dt.datetime, saker: Iterable[Sak]) -> st.SearchStrategy[NyKalenderavtale]:
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


def _i_annen_form(kommando: Kommando) -> Kommando:
    """The same said in another way: its moments with an offset."""
    tider = {ett.name: getattr(kommando, ett.name) for ett in fields(kommando)}
    return replace(kommando, **{navn: instant(tid) for navn, tid in tider.items() if isinstance(tid, dt.datetime)})


def _oppdiktede_ider(kommando: Kommando) -> NyeIder:
    """For what the gateway did not make."""
    paaminnelse = getattr(kommando, "paaminnelse", None)
    antall = len(getattr(kommando, "eksterne_varsler", ())), len(paaminnelse.eksterne_varsler if paaminnelse else ())
    varsler, paaminnelsens = (tuple(ny_id() for _ in range(tall)) for tall in antall)
    return NyeIder(id=ny_id(), varsler=varsler, paaminnelsens=paaminnelsens)


# --- the gateway, and what surrounds it ----------------------------------------------------------------------------


@dataclass
class Kanal:
    """A channel that does as it is told for each type, and notes what it was handed."""

    svar: dict[Varseltype, Kanalsvar]
    vent: dt.timedelta
    navn: str = KANAL

    def __post_init__(self) -> None:
        self.sendt: list[UUID] = []
        self.typer = frozenset(type_ for type_, svar in self.svar.items() if svar is not Kanalsvar.MANGLER)

    def send(self, varsel: VarselTilSending) -> Sendt:
        self.sendt.append(varsel.id)
        svar = self.svar[varsel.type]
        if svar is Kanalsvar.VARIG:
            raise VarigFeil(KODER[svar], FEILMELDING)
        if svar is Kanalsvar.MIDLERTIDIG:
            raise MidlertidigFeil(KODER[svar], "prøv igjen", vent=self.vent)
        return Sendt(kode=KODER[svar])


@dataclass
class Verden:
    """A gateway on a database, and how producers and employers look at it."""

    kjerne: Kjerne
    klokke: FastKlokke
    klient: FlaskClient
    token: Callable[[str], dict[str, str]]

    def nullstill(self) -> None:
        toem(self.kjerne.database)

    def utfoer(self, kommando: Kommando, produsent: str) -> Utfall | Avslag:
        try:
            return utfoer(self.kjerne, kommando, aktoer(self.kjerne, produsent))
        except Avslag as avslag:
            return avslag

    def til_det_er_tomt(self, sveip: Callable[[Kjerne, Hvem], int]) -> int:
        return sum(iter(lambda: sveip(self.kjerne, SWEEP), 0))

    def send(self, kanal: Kanal) -> int:
        sann_tid = FastKlokke()
        return Varselrunde(self.kjerne, [kanal], sann_tid, SWEEP).kjoer(til=sann_tid.naa() + dt.timedelta(hours=1))

    def les(self, sti: str, hoder: dict[str, str], **sporring: Any) -> tuple[int, dict[str, Any]]:
        svar = self.klient.get(f"/api/v1{sti}", query_string=sporring, headers=hoder)
        return svar.status_code, svar.get_json()

    def les_alle(self, sti: str, hoder: dict[str, str], **sporring: Any) -> list[dict[str, Any]]:
        """A list, page by page."""
        elementer: list[dict[str, Any]] = []
        etter: dict[str, str] = {}
        while True:
            status, side = self.les(sti, hoder, **sporring, **etter)
            assert status == 200, side
            elementer += side["elementer"]
            if side["neste"] is None:
                return elementer
            etter = {"etter": side["neste"]}


SVEIP: dict[str, tuple[Callable[[Kjerne, Hvem], int], Callable[[Modell], int] | None]] = {
    "frister": (utloep_frister, Modell.utloep_frister),
    "kalenderavtaler": (avhold_forfalte, Modell.avhold_forfalte),
    "paaminnelser": (send_forfalte, Modell.send_paaminnelser),
    "sletting": (slett_forfalte, Modell.slett_forfalte),
    "idempotens": (idempotens.glem_gamle, None),  # nobody can see it
}


# --- the machine ---------------------------------------------------------------------------------------------------


class Maskin(RuleBasedStateMachine):
    def __init__(self, verden: Verden) -> None:
        super().__init__()
        self.verden = verden
        self.verden.nullstill()
        self.fager, self.permittering = (
            verden.token(aktoer(verden.kjerne, navn).applikasjon) for navn in (FAGER, PERMITTERING)
        )
        self.modell = Modell(verden.klokke.naa())
        self.historien: list[tuple[Kommando, str]] = []
        self.sett: dict[str, Any] = {}  # what each address showed when it was last read
        self.lest_til: str | None = None  # the cursor of the change feed
        self.lest: list[dict[str, Any]] = []
        self.neste_liste = cycle([self._se_liste, *(partial(self._se_som, person) for person in PERSONER)])

    @property
    def naa(self) -> dt.datetime:
        return self.modell.naa

    @initialize(data=st.data(), naa=st.sampled_from(BEGYNNELSER))
    def det_begynner(self, data: st.DataObject, naa: dt.datetime) -> None:
        """With a sak, an oppgave and an appointment."""
        self._still_klokken(naa)
        self._gjoer(self._som_godtas(data, _nye_saker(naa)))
        self._gjoer(self._som_godtas(data, _nye_oppgaver(naa)))
        self._gjoer(self._som_godtas(data, _nye_avtaler(naa, self.modell.saker.values())))

    def _som_godtas(self, data: st.DataObject, kommandoer: st.SearchStrategy[Kommando]) -> Kommando:
        """One that the contract accepts now, or the sequence is given up."""
        for _ in range(10):
            kommando = data.draw(kommandoer)
            if self._godtas(kommando):
                return kommando
        return reject()

    def _godtas(self, kommando: Kommando) -> bool:
        produsent = aktoer(self.verden.kjerne, FAGER).produsent
        try:
            deepcopy(self.modell).utfoer(kommando, produsent, _oppdiktede_ider(kommando))
        except Avvist:
            return False
        return True

    def _still_klokken(self, naa: dt.datetime) -> None:
        note(f"klokken er {vis_tid(naa)}")
        self.verden.klokke.still(naa)
        self.modell.naa = naa

    # --- kommandoer ------------------------------------------------------------------------------------------------

    def _gjoer(self, kommando: Kommando, produsent: str = FAGER) -> None:
        """Say it to both, and compare what they answer."""
        note(f"{produsent}: {kommando}")
        self.historien.append((kommando, produsent))
        faktisk = self.verden.utfoer(kommando, produsent)
        ventet = self._spoer_modellen(kommando, produsent, self._nye_ider(kommando, faktisk))
        if isinstance(ventet, Avvist):
            assert isinstance(faktisk, Avslag), f"should be refused with {ventet}, and was not: {faktisk}"
            assert faktisk.kode in ventet.koder
            if faktisk.kode.startswith("Duplikat"):
                assert faktisk.id_til_eksisterende == ventet.id_til_eksisterende
        else:
            assert isinstance(faktisk, Utfall), f"should be accepted, and was refused with {faktisk.kode}: {faktisk}"
            assert _som_svar(faktisk) == ventet

    def _spoer_modellen(self, kommando: Kommando, produsent: str, nye: NyeIder) -> Svar | Avvist:
        try:
            return self.modell.utfoer(kommando, aktoer(self.verden.kjerne, produsent).produsent, nye)
        except Avvist as avvist:
            return avvist

    def _nye_ider(self, kommando: Kommando, faktisk: Utfall | Avslag) -> NyeIder:
        """The ids that the gateway made; one that says that it made something may not give ids that are known."""
        if isinstance(faktisk, Avslag) or not faktisk.ny:
            return _oppdiktede_ider(kommando)
        nye = NyeIder(
            id=faktisk.id, varsler=faktisk.eksterne_varsler or (), paaminnelsens=faktisk.paaminnelse_varsler or ()
        )
        kjente = self.modell.saker.keys() | self.modell.notifikasjoner.keys() | self.modell.varsler.keys()
        kjente |= self.modell.slettede
        laget = {*nye.varsler, *nye.paaminnelsens} | (
            {nye.id} if isinstance(kommando, NySak | NyBeskjed | NyKalenderavtale) else set()
        )
        assert not laget & kjente
        return nye

    @rule(data=st.data())
    def noe_skjer(self, data: st.DataObject) -> None:
        """One of the things that can happen now. One rule for all: each is to be as likely as it is written here."""
        navn = data.draw(st.sampled_from(self._kan_skje()))
        getattr(self, navn)(data)

    def _kan_skje(self) -> list[str]:
        modell = self.modell
        typer = {n.type for n in modell.notifikasjoner.values()}
        kan_skje = {
            "_noe_nytt": 3,
            "_det_samme_en_gang_til": 1,
            "_noe_med_en_sak": 2 * bool(modell.saker),
            "_noe_med_en_oppgave": 4 * ("OPPGAVE" in typer),
            "_noe_med_en_kalenderavtale": 3 * ("KALENDERAVTALE" in typer),
            "_kanseller_varsel": 1 * bool(modell.varsler),
            "_slett": 1 * bool(modell.saker or modell.notifikasjoner),
            "_bom": 1,
            "_tiden_gaar": 1,
            "_til_noe_skal_skje": 5 * bool(modell.kommende_oeyeblikk()),
            "_noen_sveip": 1,
            "_send_varsler": 2 * bool(modell.skal_sendes()),
            "_send_det_som_er_klart": 1,
            "_arbeidsgiver_aapner_bjella": 1,
            "_arbeidsgiver_klikker": 1,
        }
        return [navn for navn, antall in kan_skje.items() for _ in range(antall)]

    def _noe_nytt(self, data: st.DataObject) -> None:
        nye = st.one_of(
            _nye_oppgaver(self.naa),
            _nye_avtaler(self.naa, self.modell.saker.values()),
            _nye_saker(self.naa),
            _nye_beskjeder(self.naa),
        )
        self._gjoer(data.draw(nye), data.draw(_ett_av(*FAGERS_OFTEST)))

    def _det_samme_en_gang_til(self, data: st.DataObject) -> None:
        """A retry, a replay, or an event that comes late."""
        kommando, produsent = self.historien[-1 - data.draw(st.integers(0, len(self.historien) - 1))]
        av = data.draw(_ett_av(produsent, produsent, produsent, FAGER, PERMITTERING))
        self._gjoer(_i_annen_form(kommando) if data.draw(st.booleans()) else kommando, av)

    def _noe_med_en_sak(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(self._saksoppdateringer(self._saksreferanser())))

    def _noe_med_en_oppgave(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(self._oppgaveoppdateringer(self._referanser("OPPGAVE"))))

    def _noe_med_en_kalenderavtale(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(self._avtaleoppdateringer(self._referanser("KALENDERAVTALE"))))

    def _kanseller_varsel(self, data: st.DataObject) -> None:
        ider = sorted(self.modell.varsler, reverse=True)
        self._gjoer(data.draw(self._oppdateringer(KansellerVarsel, varsel_id=st.sampled_from(ider))))

    def _slett(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(self._slettinger(self._saksreferanser(), self._referanser(None))))

    def _bom(self, data: st.DataObject) -> None:
        """Said of what is not there, is no longer, is of another type, or is another's."""
        saker = [Saksreferanse(id=id_) for id_ in sorted(self.modell.slettede)] + [
            Saksreferanse(merkelapp=merkelapp, grupperingsid=grupperingsid)
            for merkelapp in (*MERKELAPPER, "Permittering")
            for grupperingsid in GRUPPERINGSIDER
        ]
        notifikasjoner = [Notifikasjonsreferanse(id=id_) for id_ in sorted(self.modell.slettede)] + [
            Notifikasjonsreferanse(merkelapp=merkelapp, ekstern_id=ekstern_id)
            for merkelapp in (*MERKELAPPER, "Permittering")
            for ekstern_id in EKSTERNE_IDER
        ]
        varsler = [UUID(int=0), *sorted(self.modell.slettede), *sorted(self.modell.varsler)]
        kommandoer = st.one_of(
            self._saksoppdateringer(saker),
            self._oppgaveoppdateringer(self._referanser(None) + notifikasjoner),
            self._avtaleoppdateringer(self._referanser(None) + notifikasjoner),
            self._oppdateringer(KansellerVarsel, varsel_id=st.sampled_from(varsler)),
            self._slettinger(saker, notifikasjoner),
        )
        self._gjoer(data.draw(kommandoer), data.draw(_ett_av(FAGER, PERMITTERING)))

    def _saksoppdateringer(self, saker: Sequence[Saksreferanse]) -> st.SearchStrategy[Kommando]:
        sak = st.sampled_from(saker)
        return st.one_of(
            self._oppdateringer(
                NyStatus,
                sak=sak,
                status=st.sampled_from(Saksstatus),
                tidspunkt=_av_og_til(_tider(self.naa)),
                overstyr_statustekst_med=_av_og_til(st.just("Ny tekst")),
                ny_lenke_til_sak=_av_og_til(st.just(LENKER[1])),
                hard_delete=_annenhver(_nye_slettetider(self.naa)),
            ),
            self._oppdateringer(EndreNesteSteg, sak=sak, neste_steg=_ett_av(*TILLEGG)),
            self._oppdateringer(EndreTilleggsinformasjon, sak=sak, tilleggsinformasjon=_ett_av(*TILLEGG)),
        )

    def _oppgaveoppdateringer(self, oppgaver: Sequence[Notifikasjonsreferanse]) -> st.SearchStrategy[Kommando]:
        oppgave = st.sampled_from(oppgaver)
        avslutning = {
            "oppgave": oppgave,
            "ny_lenke": _av_og_til(st.just(LENKER[1])),
            "hard_delete": _annenhver(_nye_slettetider(self.naa)),
        }
        naar = _av_og_til(_tider(self.naa))
        paaminnelse = _ofte(_paaminnelser(self.naa, "foer_frist"))
        return st.one_of(
            self._oppdateringer(EndrePaaminnelse, oppgave=oppgave, paaminnelse=paaminnelse),
            self._oppdateringer(UtsettFrist, oppgave=oppgave, ny_frist=_frister(self.naa), paaminnelse=paaminnelse),
            self._oppdateringer(OppgaveUtgaatt, utgaatt_tidspunkt=naar, **avslutning),
            self._oppdateringer(OppgaveUtfoert, utfoert_tidspunkt=naar, **avslutning),
        )

    def _avtaleoppdateringer(self, avtaler: Sequence[Notifikasjonsreferanse]) -> st.SearchStrategy[Kommando]:
        avtale = st.sampled_from(avtaler)
        paaminnelse = _av_og_til(_paaminnelser(self.naa, "foer_start_tidspunkt"))
        return st.one_of(
            self._oppdateringer(
                OppdaterKalenderavtale,
                kalenderavtale=avtale,
                ny_tilstand=_av_og_til(st.sampled_from(Kalenderavtaletilstand)),
                ny_tekst=_av_og_til(st.just(TEKSTER[1])),
                ny_lenke=_av_og_til(st.just(LENKER[1])),
                ny_lokasjon=LOKASJONER,
                ny_er_digitalt=_av_og_til(st.booleans()),
                eksterne_varsler=_varsler(self.naa),
                paaminnelse=paaminnelse,
                hard_delete=_annenhver(_nye_slettetider(self.naa)),
            ),
            self._oppdateringer(
                OppdaterKalenderavtale,
                kalenderavtale=avtale,
                ny_tilstand=st.just(Kalenderavtaletilstand.AVLYST),
                eksterne_varsler=_sjelden(st.just(()), _varsler(self.naa)),
                paaminnelse=paaminnelse,
            ),
            self._oppdateringer(OppdaterKalenderavtale, kalenderavtale=avtale),
        )

    def _slettinger(
        self, saker: Sequence[Saksreferanse], notifikasjoner: Sequence[Notifikasjonsreferanse]
    ) -> st.SearchStrategy[Kommando]:
        av_type = _av_og_til(st.sampled_from(Notifikasjonstype))
        valg = []
        if notifikasjoner:
            referanse = st.sampled_from(notifikasjoner)
            valg.append(self._oppdateringer(SlettNotifikasjon, notifikasjon=referanse, av_type=av_type))
        if saker:
            valg.append(self._oppdateringer(SlettSak, sak=st.sampled_from(saker)))
        return st.one_of(valg)

    @staticmethod
    def _oppdateringer(klasse: type, **felter: st.SearchStrategy[Any]) -> st.SearchStrategy[Kommando]:
        return st.builds(klasse, idempotensnoekkel=_ett_av(*IDEMPOTENSNOEKLER), **felter)

    def _saksreferanser(self) -> list[Saksreferanse]:
        """Those that there are, each by id and by own key."""
        funnet: list[Saksreferanse] = []
        for sak in self.modell.saker.values():
            merkelapp, grupperingsid = sak.noekkel
            funnet += [Saksreferanse(id=sak.id), Saksreferanse(merkelapp=merkelapp, grupperingsid=grupperingsid)]
        return funnet

    def _referanser(self, type_: str | None) -> list[Notifikasjonsreferanse]:
        """Those that there are of the type, or of any; each by id and by own key."""
        funnet: list[Notifikasjonsreferanse] = []
        for n in self.modell.notifikasjoner.values():
            if type_ in (None, n.type):
                egen = Notifikasjonsreferanse(merkelapp=n.merkelapp, ekstern_id=n.sagt.ekstern_id)
                funnet += [Notifikasjonsreferanse(id=n.id), egen]
        return funnet

    # --- time, sweeps and sending ----------------------------------------------------------------------------------

    def _tiden_gaar(self, data: st.DataObject) -> None:
        """And nobody sweeps."""
        self._still_klokken(self.naa + data.draw(st.sampled_from(SKRITT)))

    def _til_noe_skal_skje(self, data: st.DataObject) -> None:
        """Exactly to a moment at which something is due, perhaps by way of the instant before it; with all sweeps."""
        kommende = self.modell.kommende_oeyeblikk()
        oeyeblikk = kommende[data.draw(st.sampled_from(sorted(kommende)))]
        naa = oeyeblikk[data.draw(st.integers(0, min(2, len(oeyeblikk) - 1)))]
        rekkefoelge = data.draw(st.permutations(list(SVEIP)))
        if data.draw(st.booleans()):
            self._still_klokken(max(self.naa, naa - dt.timedelta(microseconds=1)))
            self._sveip(rekkefoelge)
        self._still_klokken(naa)
        self._sveip(rekkefoelge)

    def _noen_sveip(self, data: st.DataObject) -> None:
        """Some of the sweeps, in any order."""
        self._sveip(data.draw(st.permutations(list(SVEIP)))[: data.draw(st.integers(1, len(SVEIP)))])

    def _sveip(self, navn: Sequence[str]) -> None:
        """Each until nothing is due, and once more, when it must find nothing to do."""
        for ett in navn:
            note(f"sweep: {ett}")
            sveip, modellens = SVEIP[ett]
            antall = self.verden.til_det_er_tomt(sveip)
            if modellens is not None:
                assert antall == modellens(self.modell)
            assert self.verden.til_det_er_tomt(sveip) == 0

    def _send_varsler(self, data: st.DataObject) -> None:
        svar = {type_: data.draw(st.sampled_from(Kanalsvar)) for type_ in Varseltype}
        self._send(Kanal(svar=svar, vent=data.draw(st.sampled_from(SKRITT))))

    def _send_det_som_er_klart(self, data: st.DataObject) -> None:
        """Which may be nothing."""
        self._send(Kanal(svar=dict.fromkeys(Varseltype, Kanalsvar.SENDT), vent=TIME))

    def _send(self, kanal: Kanal) -> None:
        note(f"the channel answers {kanal.svar}, and asks to be left alone for {kanal.vent}")

        def svar_for(varsel: Varsel) -> Kanalsvar:
            return kanal.svar[varsel.bestilling.type]

        antall = len(self.modell.skal_sendes())
        assert self.verden.send(kanal) == antall
        assert sorted(kanal.sendt) == sorted(self.modell.send(svar_for, kanal.vent))
        assert self.verden.send(kanal) == 0

    # --- employers -------------------------------------------------------------------------------------------------

    def _arbeidsgiver_aapner_bjella(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(list(PERSONER)))
        lesing.bjelle_aapnet(self.verden.kjerne, person.fnr)
        self.modell.aapne_bjella(person.fnr)

    def _arbeidsgiver_klikker(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(list(PERSONER)))
        if synlige := self.modell.bjelle(person)[:3]:
            id_ = data.draw(st.sampled_from([ett["id"] for ett in synlige]))
            lesing.klikket(self.verden.kjerne, person.fnr, id_)
            self.modell.klikk(person.fnr, id_)

    # --- what is seen ----------------------------------------------------------------------------------------------

    @invariant()
    def begge_viser_det_samme(self) -> None:
        """What should have changed, and one of the lists, which also show what should not have."""
        if len(self.modell.endringer) > len(self.lest):
            self._se_endringer()  # an entry that should not be there is seen by the next one, or in the end
        self._se_enkeltvis(alt=False)
        next(self.neste_liste)()

    def teardown(self) -> None:
        """Read everything one by one, the lists page by page, and the whole change feed from its beginning."""
        if sys.exc_info()[0] is not None:
            return  # a step has failed already: its error is the one to see
        self._se_endringer()
        self._se_liste(antall=2)
        self._se_utvalg()
        for person in PERSONER:
            self._se_som(person)
        self._se_enkeltvis(alt=True)
        self._se_hele_loggen()

    def _se_liste(self, antall: int = 50) -> None:
        sett = self.verden.les_alle("/notifikasjoner", self.fager, antall=antall)
        _lik(sett, [self.modell.vis_notifikasjon(n) for n in self.modell.notifikasjoner.values()])

    def _se_utvalg(self) -> None:
        for merkelapp, grupperingsid in zip(cycle(MERKELAPPER), GRUPPERINGSIDER):
            utvalg = {"merkelapp": merkelapp, "grupperingsid": grupperingsid}
            sett = self.verden.les_alle("/notifikasjoner", self.fager, antall=1, **utvalg)
            ventet = [n.id for n in self.modell.notifikasjoner.values() if n.saksnoekkel == (merkelapp, grupperingsid)]
            assert [ett["id"] for ett in sett] == [str(id_) for id_ in ventet]
        assert self.verden.les_alle("/notifikasjoner", self.permittering) == []

    def _se_enkeltvis(self, *, alt: bool) -> None:
        """Each object that, by the model, looks otherwise than when last seen, or is gone; or all that there is."""
        modell, sider = self.modell, {}
        for sak in modell.saker.values():
            sider[f"/saker/{sak.id}"] = modell.vis_sak(sak)
            sider[f"/saker/{sak.id}/tidslinje"] = modell.vis_tidslinje(sak)
        for n in modell.notifikasjoner.values():
            sider[f"/notifikasjoner/{n.id}"] = modell.vis_notifikasjon(n)
        for varsel in modell.varsler.values():
            if not varsel.eier_slettet:
                sider[f"/varsler/{varsel.id}"] = modell.vis_varsel(varsel)
        for sti, ventet in sider.items():
            if alt or self.sett.get(sti) != ventet:
                self._se(sti, ventet)
        for sti in self.sett.keys() - sider.keys():
            status, svar = self.verden.les(sti, self.fager)
            assert (status, svar["kode"]) == (404, FINNES_IKKE[sti.split("/")[1]])
        self.sett = sider

    def _se(self, sti: str, ventet: Any) -> None:
        status, sett = self.verden.les(sti, self.fager)
        assert status == 200, (sti, sett)
        if sti.endswith("/tidslinje"):
            _lik_tidslinje(sett["elementer"], ventet)
        else:
            _lik(sett, ventet)

    def _se_endringer(self) -> None:
        """Read on in the change feed from where it was left: exactly what has come since."""
        nye = self.modell.endringer[len(self.lest) :]
        lest: list[dict[str, Any]] = []
        # Another database of the same server may hold back the newest entries for a moment: it is asked again.
        for _ in range(1_000):
            lest += self._les_videre()
            if len(lest) >= len(nye):
                break
        _lik_uansett_rekkefoelge_mellom_objekter(lest, nye)
        self.lest += lest

    def _les_videre(self) -> list[dict[str, Any]]:
        etter = {"etter": self.lest_til} if self.lest_til else {}
        lest: list[dict[str, Any]] = []
        while True:
            status, side = self.verden.les("/endringer", self.fager, antall=SIDE, **etter)
            assert status == 200, side
            lest += side["elementer"]
            if side["neste"] is not None:
                self.lest_til = side["neste"]
                etter = {"etter": side["neste"]}
            if len(side["elementer"]) < SIDE:
                return lest

    def _se_hele_loggen(self) -> None:
        uten_innhold = [{**ett, "innhold": None} for ett in self.lest]
        igjen = self.verden.les_alle("/endringer", self.fager, antall=7)
        assert [{**ett, "innhold": None} for ett in igjen] == uten_innhold, "the order of the change feed has changed"
        borte = {str(id_) for id_ in self.modell.slettede}
        assert not [ett for ett in igjen if {ett["sakId"], ett["notifikasjonId"]} & borte and ett["innhold"]]
        assert self.verden.les_alle("/endringer", self.permittering) == []

    def _se_som(self, person: Person) -> None:
        kjerne, tilganger = self.verden.kjerne, PERSONER[person]
        sett = bjelle(kjerne, person.fnr, tilganger)
        ventet = self.modell.bjelle(person)
        _lik([_som_modellen(ett, tilganger) for ett in sett.notifikasjoner], ventet)
        assert sett.antall_uleste == sum(ett["ulest"] for ett in ventet)
        viste = saker(kjerne, person.fnr, tilganger, antall=3).saker
        _lik([_som_modellen(ett, tilganger) for ett in viste], self.modell.saksliste(person)[:3])


# --- comparing -----------------------------------------------------------------------------------------------------


def _som_svar(utfall: Utfall) -> Svar:
    """An empty list and one that does not apply are the same to the model."""
    return Svar(
        id=utfall.id,
        ny=utfall.ny,
        eksterne_varsler=utfall.eksterne_varsler or (),
        paaminnelse_varsler=utfall.paaminnelse_varsler or (),
        statuser=tuple(Status(str(ett.status), ett.tekst, ett.tidspunkt) for ett in utfall.statuser or ()),
    )


def _som_modellen(visning: Any, tilganger: Tilganger) -> dict[str, Any]:
    """What an employer is shown, as the model writes it; the virksomhet is named, or else stands as its number."""
    navn = {virksomhet.virksomhetsnummer: virksomhet.navn for virksomhet in tilganger.virksomheter}
    nummer = visning.virksomhet.virksomhetsnummer
    assert visning.virksomhet.navn == navn.get(nummer, nummer)
    felter = {ett.name: getattr(visning, ett.name) for ett in fields(visning) if ett.name != "virksomhet"}
    if sak := felter.get("sak"):
        felter["sak"] = (sak.id, sak.tittel, sak.tilleggsinformasjon)
    return felter


def _lik(sett: Any, ventet: Any) -> None:
    """Equal; else say where they first differ, which is less to read than both."""
    if sett != ventet:
        raise AssertionError("\n".join(_forskjeller(sett, ventet, "")))


def _forskjeller(sett: Any, ventet: Any, sti: str) -> Iterator[str]:
    if isinstance(sett, dict) and isinstance(ventet, dict):
        for navn in {**sett, **ventet}:
            yield from _forskjeller(sett.get(navn, "(not there)"), ventet.get(navn, "(not there)"), f"{sti}.{navn}")
    elif isinstance(sett, list) and isinstance(ventet, list) and len(sett) == len(ventet):
        for nummer, (ett, annet) in enumerate(zip(sett, ventet, strict=True)):
            yield from _forskjeller(ett, annet, f"{sti}[{nummer}]")
    elif sett != ventet:
        yield f"{sti}: seen {sett!r}, by the contract {ventet!r}"


def _lik_tidslinje(sett: list[dict[str, Any]], ventet: list[dict[str, Any]]) -> None:
    """In the same order by time; of two at the same moment the contract does not say which comes first."""
    assert [(ett["type"] == "NESTE_STEG", ett["tidspunkt"]) for ett in sett] == [
        (ett["type"] == "NESTE_STEG", ett["tidspunkt"]) for ett in ventet
    ]

    def noekkel(element: dict[str, Any]) -> str:
        return f"{element['tidspunkt']} {element['type']} {element['notifikasjonId']} {element}"

    _lik(sorted(sett, key=noekkel), sorted(ventet, key=noekkel))


def _lik_uansett_rekkefoelge_mellom_objekter(sett: Sequence[dict[str, Any]], ventet: Sequence[Endring]) -> None:
    """The same entries, and those of one object in the same order; one step may change many objects, in any order."""
    per_objekt: defaultdict[Any, list[Any]] = defaultdict(list)
    for ett in sett:
        objekt = ett["sakId"], ett["notifikasjonId"], ett["varselId"]
        per_objekt[objekt].append((ett["hva"], ett["merkelapp"], ett["tidspunkt"]))
    ventet_per_objekt: defaultdict[Any, list[Any]] = defaultdict(list)
    for endring in ventet:
        ider = (id_ and str(id_) for id_ in (endring.sak_id, endring.notifikasjon_id, endring.varsel_id))
        ventet_per_objekt[tuple(ider)].append((endring.hva, endring.merkelapp, vis_tid(endring.tidspunkt)))
    _lik(dict(per_objekt), dict(ventet_per_objekt))


# --- the test ------------------------------------------------------------------------------------------------------


@pytest.fixture
def verden(kjerne: Kjerne, klokke: FastKlokke, tmp_path: Path) -> Verden:
    utsteder = DevUtsteder(tmp_path / "utsteder")
    kilder = les_kilder(ROT / "config" / "kilder.yaml", Adaptere().signaturordninger(), kjerne.produsenter, dev=True)
    applikasjon = lag_applikasjon(kjerne, tokens=Tokenkontroll([utsteder.som_utsteder()]), kilder=kilder)
    return Verden(
        kjerne=kjerne,
        klokke=klokke,
        klient=applikasjon.test_client(),
        token=lambda app: {"Authorization": f"Bearer {utsteder.produsent_token(app)}"},
    )


def test_gatewayen_gjoer_som_kontrakten_sier(verden: Verden) -> None:
    def maskin() -> Maskin:
        return Maskin(verden)

    # By day the same sequences every time, but others on each database.
    fabrikk = maskin if NATTLIG else seed(verden.kjerne.database.er_postgres)(maskin)
    with _lett_tilkobling(verden.kjerne.database):
        run_state_machine_as_test(fabrikk, settings=PROFIL)


@contextmanager
def _lett_tilkobling(database: Database) -> Iterator[None]:
    """One connection for all, which does not wait for the disk: that what is committed is kept has tests of its own."""
    with database.tilkobling():
        database.motor.execute_sql(
            "SET synchronous_commit = off" if database.er_postgres else "PRAGMA synchronous = off"
        )
        yield
