"""Races: whoever wins, the store is in order and the answers agree; in threads and in processes, on both databases.

Every heat ends with `krev_orden`, which holds all tables against each other.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import peewee
import psycopg
import pytest

from gateway.domain.feil import Avslag, DuplikatGrupperingsidEtterDelete
from gateway.domain.idempotens import LEVETID
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    KansellerVarsel,
    Kommando,
    Notifikasjonsreferanse,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.paaminnelse import Paaminnelse as Paaminnelsesoenske
from gateway.domain.paaminnelse import Paaminnelsestidspunkt
from gateway.domain.sletting import Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.handling.utfoer import Steg, utfoer_alle
from gateway.handling.utsending import Varselrunde
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil, VarselTilSending
from gateway.reading.endringer import Endringsside, endringer
from gateway.store import logg
from gateway.store.database import aapne
from gateway.store.migrering import migrer
from gateway.store.tabeller import (
    TABELLER,
    Hendelse,
    Hendelsesobjekt,
    Idempotens,
    Logg,
    Notifikasjon,
    NotifikasjonTilgang,
    Paaminnelse,
    Sak,
    SakStatus,
    SakTilgang,
    SlettetSak,
    Varsel,
    VarselHistorikk,
)
from tests.conftest import toem
from tests.handling.gjoer import (
    AVTALEN,
    EPOST,
    OPPGAVEN,
    SAKEN,
    SWEEP,
    den_ene,
    en_avtale,
    gjoer,
    notifikasjonen,
    rader,
)
from tests.handling.kapploeper import (
    ET_MINUTT,
    Arbeid,
    Kvitterer,
    Loeper,
    Prosesser,
    Svar,
    hendelse,
    i_traader,
    kommando,
    krev_ingen_feil,
    runde,
    sammen,
)
from tests.verden import START, FastKlokke, aktoer, en_beskjed, en_oppgave, en_sak, lag_kjerne, melding

PROSESSER = 3
MANGE = 10
PAR = 4
FRIST = dt.date(2026, 11, 24)
SLETTINGER = ("SlettSak", "SlettNotifikasjon", "Slettet")
OPPRETTINGER = ("NySak", "NyBeskjed", "NyOppgave", "NyKalenderavtale")
I_MORGEN = Paaminnelsesoenske(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P1D"), eksterne_varsler=(EPOST, EPOST))
OM_FEM_DAGER = replace(I_MORGEN, tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"))


class Bane:
    """Where a heat is run: in threads of this process, or dealt out to processes."""

    def __init__(self, kjerne: Kjerne, klokke: FastKlokke, loeper: Loeper, prosesser: Prosesser | None) -> None:
        self.kjerne, self.klokke = kjerne, klokke
        self._loeper, self._prosesser = loeper, prosesser

    def loep(self, *arbeid: Arbeid) -> list[Svar]:
        """Start all of it at the same moment. No fault of the database may come out, and all must be in order after."""
        if self._prosesser is None:
            svar = i_traader(self._loeper, arbeid)
        else:
            svar = self._prosesser.loep(self.klokke.naa(), arbeid)
        krev_ingen_feil(svar)
        krev_orden(self.kjerne)
        return svar

    def gjoer(self, *kommandoer: Kommando) -> None:
        for en in kommandoer:
            gjoer(self.kjerne, en)


@pytest.fixture(scope="module")
def prosesser(database_url: str) -> Iterator[Prosesser]:
    nye = Prosesser(database_url, PROSESSER)
    yield nye
    nye.lukk()


@pytest.fixture
def loeper(kjerne: Kjerne) -> Iterator[Loeper]:
    ny = Loeper(kjerne)
    yield ny
    ny.lukk()


@pytest.fixture(params=["traader", "prosesser"])
def bane(request: pytest.FixtureRequest, kjerne: Kjerne, klokke: FastKlokke, loeper: Loeper) -> Bane:
    andre = request.getfixturevalue("prosesser") if request.param == "prosesser" else None
    return Bane(kjerne, klokke, loeper, andre)


# --- what holds whoever wins --------------------------------------------------------------------------------------


def krev_orden(kjerne: Kjerne) -> None:
    """Hold the tables against each other: what must be true of them after any race."""
    saker = {rad.id: rad for rad in rader(kjerne, Sak)}
    notifikasjoner = {rad.id: rad for rad in rader(kjerne, Notifikasjon)}
    _krev_hele_objekter(kjerne, saker, notifikasjoner)
    _krev_hele_varsler(kjerne, notifikasjoner)
    _krev_hel_logg(kjerne, {*saker, *notifikasjoner})


def _krev_hele_objekter(kjerne: Kjerne, saker: dict[UUID, Any], notifikasjoner: dict[UUID, Any]) -> None:
    statuser = defaultdict(list)
    for rad in rader(kjerne, SakStatus):
        statuser[rad.sak_id].append(rad)
    assert set(statuser) == set(saker), "each sak has a status, and no status is left over"
    for id_, sak in saker.items():
        siste = max(rad.tidspunkt for rad in statuser[id_])
        assert (sak.siste_status, siste) in {(rad.status, rad.tidspunkt) for rad in statuser[id_]}
        assert sak.siste_status_tidspunkt == siste
    assert {rad.sak_id for rad in rader(kjerne, SakTilgang)} == set(saker)
    assert {rad.notifikasjon_id for rad in rader(kjerne, NotifikasjonTilgang)} == set(notifikasjoner)
    for rad in rader(kjerne, NotifikasjonTilgang):
        assert rad.sortering_tidspunkt == notifikasjoner[rad.notifikasjon_id].sortering_tidspunkt
    noekler = {(sak.merkelapp, sak.grupperingsid) for sak in saker.values()}
    avtaler = [rad for rad in notifikasjoner.values() if rad.type == "KALENDERAVTALE"]
    assert all((rad.merkelapp, rad.grupperingsid) in noekler for rad in avtaler), "no appointment without a sak"
    for rad in rader(kjerne, Paaminnelse):
        assert rad.notifikasjon_id in notifikasjoner
        if rad.sendt_tidspunkt is None:
            assert notifikasjoner[rad.notifikasjon_id].tilstand not in ("UTFOERT", "AVLYST")
    hasher = {rad.noekkel_hash for rad in rader(kjerne, SlettetSak)}
    levende = {kjerne.noekkel_hash(f"sak\0{merkelapp}\0{noekkel}") for merkelapp, noekkel in noekler}
    assert not hasher & levende, "a tombstone wins"
    for rad in rader(kjerne, Hendelsesobjekt):
        assert rad.objekt_id in saker or rad.objekt_id in notifikasjoner
    for rad in rader(kjerne, Idempotens):
        eier = UUID(rad.svar["id"])
        assert eier == rad.objekt_id or eier not in {*saker, *notifikasjoner}, "an answer is kept with what it is of"


def _krev_hele_varsler(kjerne: Kjerne, notifikasjoner: dict[UUID, Any]) -> None:
    venter = {rad.notifikasjon_id for rad in rader(kjerne, Paaminnelse) if rad.sendt_tidspunkt is None}
    historikk = defaultdict(Counter)
    for rad in rader(kjerne, VarselHistorikk):
        historikk[rad.varsel_id][rad.hendelse] += 1
    for rad in rader(kjerne, Varsel):
        assert (rad.neste_forsoek is not None) == (rad.status == "NY" and rad.klar_tidspunkt is not None)
        hendt = historikk[rad.id]
        assert hendt["BESTILT"] == (rad.klar_tidspunkt is not None), "ordered once, or not at all"
        assert hendt["SENDT"] == (rad.status == "SENDT")
        assert hendt["KANSELLERT"] <= 1
        if rad.status == "KANSELLERT":
            assert hendt["KANSELLERT"] == 1
        if rad.notifikasjon_id not in notifikasjoner:
            assert rad.eier_slettet_tidspunkt is not None
            assert (rad.status, rad.klar_tidspunkt is None) == ("NY", False), "what is left is still to be sent"
        else:
            assert rad.eier_slettet_tidspunkt is None
            if rad.status == "NY" and rad.klar_tidspunkt is None:
                assert rad.notifikasjon_id in venter, "what waits has something to wait for"


def _krev_hel_logg(kjerne: Kjerne, finnes: set[UUID]) -> None:
    hendt = defaultdict(list)
    for rad in rader(kjerne, Logg):
        hendt[rad.sak_id or rad.notifikasjon_id].append(rad)
    assert finnes <= set(hendt)
    slettede_saker = 0
    for objekt_id, innslag in hendt.items():
        hva = Counter(rad.hva for rad in innslag)
        assert sum(hva[navn] for navn in OPPRETTINGER) == 1
        assert sum(hva[navn] for navn in SLETTINGER) == (objekt_id not in finnes), "deleted once, and then gone"
        assert hva["KalenderavtaleAvholdt"] <= 1
        if objekt_id not in finnes:
            assert all(rad.innhold is None for rad in innslag)
            slettede_saker += innslag[0].sak_id is not None
    assert len(rader(kjerne, SlettetSak)) == slettede_saker


def _antall(kjerne: Kjerne, *tabeller: Any) -> tuple[int, ...]:
    return tuple(len(rader(kjerne, tabell)) for tabell in tabeller)


def _hva(kjerne: Kjerne) -> Counter[str]:
    """How often each thing stands in the log."""
    return Counter(rad.hva for rad in rader(kjerne, Logg))


def _avslag(svar: Sequence[Svar]) -> Counter[str]:
    return Counter(ett["avslag"] for ett in svar if "avslag" in ett)


def _godtatt(svar: Sequence[Svar]) -> list[Svar]:
    return [ett for ett in svar if "avslag" not in ett]


def _alt_som_er_lagret(kjerne: Kjerne) -> list[list[dict[str, Any]]]:
    return [[rad.__data__ for rad in rader(kjerne, tabell)] for tabell in TABELLER]


# --- create and create --------------------------------------------------------------------------------------------

RIK_OPPGAVE = en_oppgave(eksterne_varsler=(EPOST, EPOST), paaminnelse=I_MORGEN, grupperingsid="sak-1")
RIK_AVTALE = en_avtale(eksterne_varsler=(EPOST, EPOST), paaminnelse=I_MORGEN)


@pytest.mark.parametrize("ny", [en_sak(grupperingsid="ny"), RIK_OPPGAVE, RIK_AVTALE], ids=lambda ny: type(ny).__name__)
def test_mange_like_opprettinger_er_en_og_svarene_er_like(bane: Bane, ny: Kommando) -> None:
    bane.gjoer(en_sak())
    svar = bane.loep(*[kommando(ny)] * MANGE)
    assert [ett.pop("ny") for ett in svar].count(True) == 1
    assert all(ett == svar[0] for ett in svar)
    assert _hva(bane.kjerne) == Counter(["NySak", type(ny).__name__])
    antall = 0 if ny is not RIK_OPPGAVE and ny is not RIK_AVTALE else 4
    assert _antall(bane.kjerne, Varsel, VarselHistorikk) == (antall, antall / 2)
    foer = _alt_som_er_lagret(bane.kjerne)
    bane.gjoer(ny)
    assert _alt_som_er_lagret(bane.kjerne) == foer


@pytest.mark.parametrize(
    ("ulike", "avslag"),
    [
        ([en_sak(grupperingsid="ny", tittel=f"Sak {nr}") for nr in range(MANGE)], "DuplikatGrupperingsid"),
        ([en_oppgave(tekst=f"Oppgave {nr}") for nr in range(MANGE)], "DuplikatEksternIdOgMerkelapp"),
        ([en_avtale(tekst=f"Avtale {nr}") for nr in range(MANGE)], "DuplikatEksternIdOgMerkelapp"),
        (
            [ny for nr in range(MANGE // 2) for ny in (en_oppgave(ekstern_id="x"), en_beskjed(ekstern_id="x"))],
            "DuplikatEksternIdOgMerkelapp",
        ),
    ],
    ids=["saker", "oppgaver", "avtaler", "oppgaver og beskjeder"],
)
def test_ulike_opprettinger_med_samme_noekkel_gir_en_vinner(bane: Bane, ulike: list[Any], avslag: str) -> None:
    bane.gjoer(en_sak())
    svar = bane.loep(*map(kommando, ulike))
    godtatt = _godtatt(svar)
    assert [ett["ny"] for ett in godtatt].count(True) == 1
    (vinner,) = {ett["id"] for ett in godtatt}
    assert {(ett["avslag"], ett["idTilEksisterende"]) for ett in svar if "avslag" in ett} == {(avslag, vinner)}
    assert sum(_hva(bane.kjerne).values()) == 2


# --- updates and sweeps -------------------------------------------------------------------------------------------


def _oppgaver(bane: Bane, **felter: Any) -> list[Notifikasjonsreferanse]:
    for nr in range(PAR):
        bane.gjoer(en_oppgave(**{"ekstern_id": str(nr), "frist": FRIST, "paaminnelse": I_MORGEN, **felter}))
    return [notifikasjonen(str(nr)) for nr in range(PAR)]


def _med_runder(navn: str, *arbeid: Arbeid) -> list[Arbeid]:
    """Three workers at the round, among the others."""
    return [runde(navn), *arbeid[::2], runde(navn), *arbeid[1::2], runde(navn)]


def test_en_oppgave_som_ble_utfoert_utloeper_ikke_av_sveipet(bane: Bane) -> None:
    oppgavene = _oppgaver(bane)
    bane.klokke.gaa(days=3)
    svar = bane.loep(*_med_runder("frister", *(kommando(OppgaveUtfoert(oppgave=ref)) for ref in oppgavene)))
    assert not _avslag(svar)
    assert {rad.tilstand for rad in rader(bane.kjerne, Notifikasjon)} == {"UTFOERT"}, "utfoert always succeeds"
    hva = _hva(bane.kjerne)
    assert hva["OppgaveUtfoert"] == PAR
    assert hva["FristUtloept"] == sum(ett.get("antall", 0) for ett in svar) <= PAR
    utloept = {rad.notifikasjon_id for rad in rader(bane.kjerne, Logg, Logg.hva == "FristUtloept")}
    for rad in rader(bane.kjerne, Notifikasjon):
        assert (rad.utgaatt_tidspunkt is not None) == (rad.id in utloept), "what happened first is not forgotten"
    assert _antall(bane.kjerne, Paaminnelse) == (0,)
    assert {rad.status for rad in rader(bane.kjerne, Varsel)} == {"KANSELLERT"}


def test_en_oppgave_med_ny_frist_er_aapen_ogsaa_naar_sveipet_kom_foerst(bane: Bane) -> None:
    oppgavene = _oppgaver(bane)
    bane.klokke.gaa(days=3)
    ny_frist = FRIST + dt.timedelta(days=30)
    utsettelser = (UtsettFrist(oppgave=ref, ny_frist=ny_frist, paaminnelse=OM_FEM_DAGER) for ref in oppgavene)
    svar = bane.loep(*_med_runder("frister", *map(kommando, utsettelser)))
    assert not _avslag(svar)
    assert {(rad.tilstand, rad.frist, rad.utgaatt_tidspunkt) for rad in rader(bane.kjerne, Notifikasjon)} == {
        ("NY", ny_frist, None)
    }
    hva = _hva(bane.kjerne)
    assert (hva["UtsettFrist"], hva["FristUtloept"]) == (PAR, sum(ett.get("antall", 0) for ett in svar))
    assert Counter(rad.status for rad in rader(bane.kjerne, Varsel)) == {"KANSELLERT": 2 * PAR, "NY": 2 * PAR}
    assert _antall(bane.kjerne, Paaminnelse) == (PAR,)


@pytest.mark.parametrize("ny", [None, OM_FEM_DAGER], ids=["uten", "en annen"])
def test_en_paaminnelse_som_ble_byttet_ut_kommer_ikke(bane: Bane, ny: Paaminnelsesoenske | None) -> None:
    oppgavene = _oppgaver(bane, frist=None)
    bane.klokke.gaa(days=1)
    endringer_ = (EndrePaaminnelse(oppgave=ref, paaminnelse=ny) for ref in oppgavene)
    svar = bane.loep(*_med_runder("paaminnelser", *map(kommando, endringer_)))
    assert not _avslag(svar)
    sendt = sum(ett.get("antall", 0) for ett in svar)
    assert _hva(bane.kjerne)["PaaminnelseSendt"] == sendt <= PAR
    _krev_at_det_som_kom_for_sent_ikke_skjedde(bane.kjerne, "EndrePaaminnelse")
    assert [rad.sendt_tidspunkt for rad in rader(bane.kjerne, Paaminnelse)] == [None] * (PAR if ny else 0)
    assert Counter(rad.status for rad in rader(bane.kjerne, Varsel)) == Counter(
        {"KANSELLERT": 2 * PAR, "NY": 2 * PAR if ny else 0}
    )


def test_paaminnelsen_om_en_utfoert_oppgave_kommer_ikke(bane: Bane) -> None:
    oppgavene = _oppgaver(bane, frist=None)
    bane.klokke.gaa(days=1)
    svar = bane.loep(*_med_runder("paaminnelser", *(kommando(OppgaveUtfoert(oppgave=ref)) for ref in oppgavene)))
    assert not _avslag(svar)
    sendt = sum(ett.get("antall", 0) for ett in svar)
    assert (_hva(bane.kjerne)["PaaminnelseSendt"], _antall(bane.kjerne, Paaminnelse)) == (sendt, (sendt,))
    _krev_at_det_som_kom_for_sent_ikke_skjedde(bane.kjerne, "OppgaveUtfoert")
    assert {rad.status for rad in rader(bane.kjerne, Varsel)} == {"KANSELLERT"}


def _krev_at_det_som_kom_for_sent_ikke_skjedde(kjerne: Kjerne, hva: str) -> None:
    """A paaminnelse fires at most once; its varsler are ordered if it fired, and not if `hva` came before it."""
    fyrt = [rad.notifikasjon_id for rad in rader(kjerne, Logg, Logg.hva == "PaaminnelseSendt")]
    assert len(fyrt) == len(set(fyrt))
    bestilt = Counter(rad.notifikasjon_id for rad in rader(kjerne, Varsel) if rad.klar_tidspunkt is not None)
    assert bestilt == dict.fromkeys(fyrt, 2)
    rekkefoelge = {(rad.notifikasjon_id, rad.hva): rad.id for rad in rader(kjerne, Logg)}
    assert all(rekkefoelge[id_, "PaaminnelseSendt"] < rekkefoelge[id_, hva] for id_ in fyrt)


def test_et_kansellert_varsel_bestilles_ikke_av_paaminnelsen(bane: Bane) -> None:
    _oppgaver(bane, frist=None)
    ider = [rad.id for rad in rader(bane.kjerne, Varsel)]
    bane.klokke.gaa(days=1)
    svar = bane.loep(*_med_runder("paaminnelser", *(kommando(KansellerVarsel(varsel_id=id_)) for id_ in ider)))
    assert not _avslag(svar), "a varsel that is not sent can be cancelled, ordered or not"
    assert {(rad.status, rad.neste_forsoek) for rad in rader(bane.kjerne, Varsel)} == {("KANSELLERT", None)}
    assert sum(ett.get("antall", 0) for ett in svar) == PAR


# --- deletion and updates -----------------------------------------------------------------------------------------


def _saken(nr: int) -> Saksreferanse:
    return Saksreferanse(merkelapp="Fager", grupperingsid=str(nr))


UTFOERT = pytest.param(
    lambda nr: en_oppgave(ekstern_id=str(nr), eksterne_varsler=(EPOST,), paaminnelse=I_MORGEN),
    lambda nr: OppgaveUtfoert(oppgave=notifikasjonen(str(nr)), idempotensnoekkel="k"),
    lambda nr: SlettNotifikasjon(notifikasjon=notifikasjonen(str(nr))),
    id="oppgave utfoert",
)
NY_STATUS = pytest.param(
    lambda nr: en_sak(grupperingsid=str(nr)),
    lambda nr: NyStatus(sak=_saken(nr), status=Saksstatus.FERDIG, idempotensnoekkel="k"),
    lambda nr: SlettSak(sak=_saken(nr)),
    id="ny status",
)
OPPDATERT_AVTALE = pytest.param(
    lambda nr: en_avtale(ekstern_id=str(nr), eksterne_varsler=(EPOST,)),
    lambda nr: OppdaterKalenderavtale(
        kalenderavtale=notifikasjonen(str(nr)),
        ny_tekst="Møtet er flyttet",
        eksterne_varsler=(EPOST, EPOST),
        paaminnelse=I_MORGEN,
        idempotensnoekkel="k",
    ),
    lambda nr: SlettNotifikasjon(notifikasjon=notifikasjonen(str(nr))),
    id="oppdatert kalenderavtale",
)


@pytest.mark.parametrize(("ny", "oppdater", "slett"), [UTFOERT, NY_STATUS, OPPDATERT_AVTALE])
def test_en_oppdatering_og_en_sletting(
    bane: Bane, ny: Callable[..., Any], oppdater: Callable[..., Any], slett: Callable[..., Any]
) -> None:
    bane.gjoer(en_sak(), *map(ny, range(PAR)))
    svar = bane.loep(*(kommando(lag(nr)) for nr in range(PAR) for lag in (oppdater, slett)))
    assert not _avslag(svar[1::2]), "a deletion of what is there always succeeds"
    assert set(_avslag(svar[::2])) <= {"SakFinnesIkke", "NotifikasjonFinnesIkke"}
    assert _antall(bane.kjerne, Sak, Notifikasjon, Paaminnelse, Idempotens) == (1, 0, 0, 0)
    navn = type(oppdater(0)).__name__
    assert _hva(bane.kjerne)[navn] == len(_godtatt(svar[::2]))
    bestilt = {"OppgaveUtfoert": PAR, "NyStatus": 0, "OppdaterKalenderavtale": len(rader(bane.kjerne, Varsel))}
    assert _antall(bane.kjerne, Varsel) == (bestilt[navn],), "what was ordered is still sent"
    bane.loep(runde("varsler"))
    assert _antall(bane.kjerne, Varsel, VarselHistorikk) == (0, 0)


@pytest.mark.parametrize(
    ("navn", "felter"),
    [
        ("frister", {"frist": FRIST}),
        ("paaminnelser", {"paaminnelse": I_MORGEN}),
        ("sletting", {"hard_delete": Slettetidspunkt(om="P1D")}),
        ("varsler", {"eksterne_varsler": (EPOST, EPOST)}),
    ],
)
def test_en_runde_og_en_sletting(bane: Bane, navn: str, felter: dict[str, Any]) -> None:
    for nr in range(PAR):
        bane.gjoer(en_oppgave(ekstern_id=str(nr), **felter))
    bane.klokke.gaa(days=4)
    slettinger = (kommando(SlettNotifikasjon(notifikasjon=notifikasjonen(str(nr)))) for nr in range(PAR))
    svar = bane.loep(*_med_runder(navn, *slettinger))
    borte = _avslag(svar)
    assert set(borte) <= ({"NotifikasjonFinnesIkke"} if navn == "sletting" else set())
    gjort = sum(ett.get("antall", 0) for ett in svar)
    hva = _hva(bane.kjerne)
    if navn == "sletting":
        assert hva["Slettet"] == gjort == borte["NotifikasjonFinnesIkke"] == PAR - hva["SlettNotifikasjon"]
    bane.loep(runde("varsler"))
    assert _antall(bane.kjerne, Notifikasjon, Paaminnelse, Varsel, VarselHistorikk) == (0, 0, 0, 0)
    if navn == "varsler":
        assert _hva(bane.kjerne)["VarselAvsluttet"] == 2 * PAR, "each was sent once, deleted or not"


def test_en_avtale_som_begynner_mens_saken_slettes(bane: Bane) -> None:
    for nr in range(PAR):
        bane.gjoer(en_sak(grupperingsid=str(nr)))
        bane.gjoer(*(en_avtale(grupperingsid=str(nr), ekstern_id=f"{nr}-{to}") for to in range(2)))
    bane.klokke.gaa(days=8)
    svar = bane.loep(*_med_runder("kalenderavtaler", *(kommando(SlettSak(sak=_saken(nr))) for nr in range(PAR))))
    assert not _avslag(svar)
    assert _hva(bane.kjerne)["KalenderavtaleAvholdt"] == sum(ett.get("antall", 0) for ett in svar) <= 2 * PAR
    assert _antall(bane.kjerne, Sak, Notifikasjon, SlettetSak) == (0, 0, PAR)


def test_saker_og_det_de_eier_forfaller_mens_noen_sletter_dem(bane: Bane) -> None:
    forfaller = Slettetidspunkt(om="P1D")
    for nr in range(PAR):
        bane.gjoer(en_sak(grupperingsid=str(nr), hard_delete=forfaller))
        bane.gjoer(*(en_oppgave(grupperingsid=str(nr), ekstern_id=f"{nr}-{to}", hard_delete=forfaller) for to in "ab"))
    bane.klokke.gaa(days=2)
    svar = bane.loep(*_med_runder("sletting", *(kommando(SlettSak(sak=_saken(nr))) for nr in range(PAR))))
    assert set(_avslag(svar)) <= {"SakFinnesIkke"}
    assert _antall(bane.kjerne, Sak, Notifikasjon, SlettetSak) == (0, 0, PAR)


def test_en_avtale_opprettes_mens_saken_slettes(bane: Bane) -> None:
    bane.gjoer(*(en_sak(grupperingsid=str(nr)) for nr in range(PAR)))
    svar = bane.loep(
        *(
            kommando(ett)
            for nr in range(PAR)
            for ett in (en_avtale(grupperingsid=str(nr), ekstern_id=str(nr)), SlettSak(sak=_saken(nr)))
        )
    )
    assert not _avslag(svar[1::2])
    assert set(_avslag(svar[::2])) <= {"SakFinnesIkke"}
    assert _antall(bane.kjerne, Sak, Notifikasjon) == (0, 0)


def test_en_slettet_sak_kommer_ikke_tilbake(bane: Bane) -> None:
    bane.gjoer(*(en_sak(grupperingsid=str(nr)) for nr in range(3)))
    igjen = [[kommando(en_sak(grupperingsid=str(nr)))] * 2 for nr in range(3)]
    svar = bane.loep(
        *(ett for nr in range(3) for ett in (igjen[nr][0], kommando(SlettSak(sak=_saken(nr))), *igjen[nr]))
    )
    assert set(_avslag(svar)) <= {"DuplikatGrupperingsidEtterDelete"}
    assert [ett["ny"] for ett in _godtatt(svar)].count(True) == 3, "only the deletions changed anything"
    assert _antall(bane.kjerne, Sak, SlettetSak) == (0, 3)
    assert _hva(bane.kjerne) == {"NySak": 3, "SlettSak": 3}


def test_en_slettet_ekstern_id_kan_komme_tilbake_men_bare_som_en_ny(bane: Bane) -> None:
    bane.gjoer(en_oppgave())
    slett = kommando(SlettNotifikasjon(notifikasjon=OPPGAVEN))
    svar = bane.loep(*[kommando(en_oppgave()), slett] * PAR)
    assert set(_avslag(svar)) <= {"NotifikasjonFinnesIkke"}
    hva = _hva(bane.kjerne)
    assert hva["NyOppgave"] - hva["SlettNotifikasjon"] == len(rader(bane.kjerne, Notifikasjon))
    assert hva["SlettNotifikasjon"] == len(_godtatt(svar[1::2]))


# --- one Idempotency-Key ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "oppdater",
    [
        lambda nr: NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, overstyr_statustekst_med=f"Ferdig {nr}"),
        lambda nr: OppgaveUtfoert(oppgave=OPPGAVEN, ny_lenke=f"https://nav.no/{nr}"),
        lambda nr: UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST + dt.timedelta(days=9 + nr), paaminnelse=I_MORGEN),
        lambda nr: EndrePaaminnelse(
            oppgave=OPPGAVEN,
            paaminnelse=replace(I_MORGEN, tidspunkt=Paaminnelsestidspunkt(etter_opprettelse=f"PT{nr + 1}H")),
        ),
        lambda nr: OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tekst=f"Nr {nr}", eksterne_varsler=(EPOST,)),
    ],
    ids=["status", "utfoert", "utsett", "paaminnelse", "avtale"],
)
def test_mange_oppdateringer_med_en_noekkel_er_en(bane: Bane, oppdater: Callable[[int], Any]) -> None:
    bane.gjoer(en_sak(), en_oppgave(frist=FRIST, paaminnelse=I_MORGEN), en_avtale(eksterne_varsler=(EPOST,)))
    varsler_foer = len(rader(bane.kjerne, Varsel))
    to_innhold = [replace(oppdater(nr), idempotensnoekkel="k") for nr in range(2)]
    svar = bane.loep(*map(kommando, to_innhold * PAR))
    vant, tapte = sorted((svar[::2], svar[1::2]), key=lambda del_: "avslag" in del_[0])
    assert _avslag(tapte) == {"Konflikt": PAR}, "other content under the key is refused, however it is timed"
    assert [ett.pop("ny") for ett in vant].count(True) == 1
    assert all(ett == vant[0] for ett in vant)
    navn = type(to_innhold[0]).__name__
    assert _hva(bane.kjerne)[navn] == 1
    assert _antall(bane.kjerne, Idempotens) == (1,)
    nye_varsler = {"UtsettFrist": 2, "EndrePaaminnelse": 2, "OppdaterKalenderavtale": 1}.get(navn, 0)
    assert _antall(bane.kjerne, Varsel) == (varsler_foer + nye_varsler,)


@pytest.mark.parametrize("med_id", [True, False], ids=["id", "egen noekkel"])
@pytest.mark.parametrize("noekkel", ["k", None], ids=["med noekkel", "uten noekkel"])
def test_mange_slettinger_er_en(bane: Bane, med_id: bool, noekkel: str | None) -> None:
    bane.gjoer(en_sak(), en_oppgave(grupperingsid="sak-1"), en_beskjed())
    sak = Saksreferanse(id=den_ene(bane.kjerne, Sak).id) if med_id else SAKEN
    beskjed = notifikasjonen("beskjed-1")
    if med_id:
        beskjed = Notifikasjonsreferanse(id=den_ene(bane.kjerne, Notifikasjon, Notifikasjon.type == "BESKJED").id)
    svar = bane.loep(
        *[
            kommando(SlettSak(sak=sak, idempotensnoekkel=noekkel)),
            kommando(SlettNotifikasjon(notifikasjon=beskjed, idempotensnoekkel=noekkel)),
        ]
        * PAR
    )
    for del_, avslag in ((svar[::2], "SakFinnesIkke"), (svar[1::2], "NotifikasjonFinnesIkke")):
        assert _avslag(del_) == Counter({} if noekkel else {avslag: PAR - 1})
        godtatt = _godtatt(del_)
        assert [ett["ny"] for ett in godtatt].count(True) == 1
        assert len({ett["id"] for ett in godtatt}) == 1
    assert _antall(bane.kjerne, Sak, Notifikasjon, SlettetSak, Idempotens) == (0, 0, 1, 2 if noekkel else 0)


# --- two rounds at once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("navn", ["frister", "paaminnelser", "kalenderavtaler", "sletting", "varsler", "idempotens"])
def test_runder_samtidig_tar_hver_rad_en_gang(bane: Bane, navn: str) -> None:
    bane.gjoer(en_sak(hard_delete=Slettetidspunkt(om="P40D")))
    for nr in range(MANGE):
        slettes = Slettetidspunkt(om="P40D")
        oppgave = en_oppgave(ekstern_id=f"o{nr}", frist=FRIST + dt.timedelta(days=nr % 3), paaminnelse=I_MORGEN)
        bane.gjoer(replace(oppgave, eksterne_varsler=(EPOST,), hard_delete=slettes))
        bane.gjoer(en_avtale(ekstern_id=f"a{nr}", hard_delete=slettes))
        bane.gjoer(NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, idempotensnoekkel=str(nr)))
    bane.klokke.gaa(**({"days": 1} if navn == "paaminnelser" else {"seconds": LEVETID.total_seconds() * 2}))
    svar = bane.loep(*[runde(navn)] * PAR)
    gjort = sum(ett["antall"] for ett in svar)
    hva = _hva(bane.kjerne)
    if navn == "varsler":
        sendt = [id_ for ett in svar for id_ in ett["sendt"]]
        assert len(sendt) == len(set(sendt)) == hva["VarselAvsluttet"] == MANGE
    elif navn == "idempotens":
        assert (gjort, _antall(bane.kjerne, Idempotens)) == (MANGE, (0,))
    elif navn == "sletting":
        # The sak takes its appointments along, unless they were due by themselves and taken first.
        assert (hva["Slettet"], _antall(bane.kjerne, Sak, Notifikasjon)) == (1 + 2 * MANGE, (0, 0))
    else:
        innslag = {
            "frister": "FristUtloept",
            "paaminnelser": "PaaminnelseSendt",
            "kalenderavtaler": "KalenderavtaleAvholdt",
        }[navn]
        assert gjort == hva[innslag] == MANGE
        assert len({rad.notifikasjon_id for rad in rader(bane.kjerne, Logg, Logg.hva == innslag)}) == MANGE
    assert sum(ett["antall"] for ett in bane.loep(runde(navn))) == 0


# --- events -------------------------------------------------------------------------------------------------------


def test_like_hendelser_lagres_en_gang_og_behandles_en_gang_i_rekkefoelge(bane: Bane) -> None:
    meldinger = [melding(f"inntektsmelding/{navn}") for navn in ("1_opprett", "2_fjern_paaminnelse", "3_besvart")]
    for data in meldinger:  # the same key: the order of arrival is that of the messages
        svar = bane.loep(*[hendelse(data, "inntektsmelding")] * 4)
        assert len({ett["id"] for ett in svar}) == 1
        assert [ett["ny"] for ett in svar].count(True) == 1
    enkeltvise = [{**melding("permittering/masseoppsigelse"), "id": f"m{nr}"} for nr in range(PAR)]
    bane.loep(*(hendelse(data, "permittering") for data in enkeltvise))
    svar = bane.loep(*[runde("innboks")] * PROSESSER)
    assert sum(ett["antall"] for ett in svar) == 3 + PAR
    assert {rad.tilstand for rad in rader(bane.kjerne, Hendelse)} == {"BEHANDLET"}
    hva = [rad.hva for rad in rader(bane.kjerne, Logg, Logg.produsent == "inntektsmelding")]
    assert hva == ["NySak", "NyOppgave", "EndrePaaminnelse", "NyStatus", "OppgaveUtfoert"]
    assert _antall(bane.kjerne, Sak) == (1 + PAR,)
    assert bane.loep(runde("innboks"))[0]["antall"] == 0


def test_hendelser_og_slettingen_av_det_de_handler_om(bane: Bane) -> None:
    data = melding("inntektsmelding/1_opprett")
    bane.loep(hendelse(data, "inntektsmelding"))
    bane.loep(runde("innboks"))
    (sak,) = rader(bane.kjerne, Sak)
    bane.loep(hendelse({**data, "@id": "igjen"}, "inntektsmelding"))
    slett = SlettSak(sak=Saksreferanse(id=sak.id))
    svar = bane.loep(runde("innboks"), kommando(slett, "inntektsmelding"), runde("innboks"))
    assert not _avslag(svar)
    assert _antall(bane.kjerne, Sak, Notifikasjon, Hendelsesobjekt) == (0, 0, 0)
    for rad in rader(bane.kjerne, Hendelse):
        kom_for_sent = rad.utfall == [{"avslag": "DuplikatGrupperingsidEtterDelete"}]
        assert kom_for_sent or (bytes(rad.raa), rad.kommandoer) == (b"", None), "what it said of the sak is gone too"


# --- held by hand: what an unlucky moment would do ----------------------------------------------------------------


class Opptatt(Kvitterer):
    """A channel during whose sending something happens."""

    def __init__(self, imens: Callable[[], object], feil: Exception | None = None) -> None:
        super().__init__()
        self._imens, self._feil = imens, feil

    def send(self, varsel: VarselTilSending) -> Sendt:
        self._imens()
        if self._feil:
            raise self._feil
        return super().send(varsel)


@pytest.mark.parametrize("feil", [None, VarigFeil("550", "nei")], ids=["sendt", "feilet"])
@pytest.mark.parametrize("foerst_kansellert", [False, True], ids=["", "foerst kansellert"])
def test_en_notifikasjon_slettes_mens_varselet_er_underveis(
    kjerne: Kjerne, feil: Exception | None, foerst_kansellert: bool
) -> None:
    gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,)))
    varsel = den_ene(kjerne, Varsel)

    def imens() -> None:
        if foerst_kansellert:
            gjoer(kjerne, KansellerVarsel(varsel_id=varsel.id))
        gjoer(kjerne, SlettNotifikasjon(notifikasjon=OPPGAVEN))
        krev_orden(kjerne)

    sann_tid = Systemklokke()
    kanal = Opptatt(imens, feil)
    assert Varselrunde(kjerne, [kanal], sann_tid, SWEEP).kjoer(til=sann_tid.naa() + ET_MINUTT) == 1
    assert _antall(kjerne, Varsel, VarselHistorikk) == (0, 0)
    krev_orden(kjerne)


def test_et_varsel_som_maa_sendes_igjen_overlever_slettingen_men_ikke_utfallet(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,)))
    slett = Opptatt(lambda: gjoer(kjerne, SlettNotifikasjon(notifikasjon=OPPGAVEN)), MidlertidigFeil("450", "senere"))
    sann_tid = Systemklokke()
    Varselrunde(kjerne, [slett], sann_tid, SWEEP).kjoer(til=sann_tid.naa() + ET_MINUTT)
    assert den_ene(kjerne, Varsel).status == "NY"
    krev_orden(kjerne)
    klokke.gaa(hours=1)
    kanal = Kvitterer()
    assert Varselrunde(kjerne, [kanal], sann_tid, SWEEP).kjoer(til=sann_tid.naa() + ET_MINUTT) == 1
    assert _antall(kjerne, Varsel, VarselHistorikk) == (0, 0)


def test_en_kansellering_underveis_gjoer_ikke_noe_usendt(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,)))
    varsel = den_ene(kjerne, Varsel)
    sann_tid = Systemklokke()
    kanal = Opptatt(lambda: gjoer(kjerne, KansellerVarsel(varsel_id=varsel.id)))
    Varselrunde(kjerne, [kanal], sann_tid, SWEEP).kjoer(til=sann_tid.naa() + ET_MINUTT)
    assert den_ene(kjerne, Varsel).status == "SENDT"
    assert [rad.hendelse for rad in rader(kjerne, VarselHistorikk)] == ["BESTILT", "KANSELLERT", "SENDT"]


@pytest.fixture(scope="module")
def _rask_postgres_url(egen_postgres_url: str) -> str:
    """A migrated PostgreSQL of its own, which finds deadlocks at once; SQLite, with one writer, has none."""
    with psycopg.connect(egen_postgres_url, autocommit=True) as admin:
        navn = admin.info.dbname
        admin.execute(f"ALTER DATABASE {navn} SET deadlock_timeout = '20ms'")
    database = aapne(egen_postgres_url)
    migrer(database)
    database.lukk()
    return egen_postgres_url


@pytest.fixture
def pg(_rask_postgres_url: str, klokke: FastKlokke) -> Iterator[Kjerne]:
    database = aapne(_rask_postgres_url, traader=40)
    toem(database)
    yield lag_kjerne(database, klokke)
    database.lukk()


class Stans:
    """Stops every INSERT into a table at its end, until it is let go."""

    def __init__(self, vakt: psycopg.Connection[Any]) -> None:
        self._vakt = vakt

    def vent_paa_den_som_stoppes(self) -> None:
        sporring = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while self._vakt.execute(sporring).fetchone() == (0,):
            pass


@contextmanager
def stans(url: str, tabell: str) -> Iterator[Stans]:
    with psycopg.connect(url, autocommit=True) as vakt:
        vakt.execute(
            "CREATE FUNCTION stans() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'"
        )
        vakt.execute(f"CREATE TRIGGER stans AFTER INSERT ON {tabell} FOR EACH STATEMENT EXECUTE FUNCTION stans()")
        vakt.execute("SELECT pg_advisory_lock(1)")
        try:
            yield Stans(vakt)
        finally:
            vakt.execute("SELECT pg_advisory_unlock(1)")
            vakt.execute("DROP FUNCTION stans CASCADE")


def _gjoer_eller_avslag(kjerne: Kjerne, en: Kommando) -> Any:
    try:
        return gjoer(kjerne, en)
    except Avslag as avslag:
        return avslag


@pytest.mark.parametrize(
    ("tabell", "ny", "slett"),
    [
        ("sak", en_sak(), SlettSak(sak=SAKEN)),
        ("notifikasjon", en_oppgave(eksterne_varsler=(EPOST,)), SlettNotifikasjon(notifikasjon=OPPGAVEN)),
    ],
)
def test_den_som_finnes_slettes_foer_den_er_lest(pg: Kjerne, tabell: str, ny: Kommando, slett: Kommando) -> None:
    """A creation finds that the key is taken; before it can read by whom, the one that took it is gone."""
    foerst = gjoer(pg, ny)
    with ThreadPoolExecutor(1) as traad:
        with stans(pg.database.url, tabell) as stansen:
            svar = traad.submit(_gjoer_eller_avslag, pg, ny)
            stansen.vent_paa_den_som_stoppes()
            gjoer(pg, slett)
        utfall = svar.result()
    if tabell == "sak":
        assert isinstance(utfall, DuplikatGrupperingsidEtterDelete)
    else:
        assert utfall.ny
        assert utfall.id != foerst.id
    krev_orden(pg)


def test_en_vranglaas_tas_om_igjen_og_merkes_ikke(pg: Kjerne) -> None:
    """Two transactions that each hold what the other wants: one is given up by the database, and done again."""
    gjoer(pg, en_sak())
    gjoer(pg, en_oppgave(grupperingsid="sak-1"))
    moetes = threading.Barrier(2)

    def i_rekkefoelge(*kommandoer: Kommando) -> int:
        forsoek = 0

        def arbeid() -> None:
            nonlocal forsoek
            forsoek += 1
            for en in kommandoer:
                utfoer_alle(pg, [Steg(kommando=en)], aktoer(pg), START)
                if forsoek == 1 and en is kommandoer[0]:
                    moetes.wait(30)

        pg.database.i_transaksjon(arbeid)
        return forsoek

    utfoert, status = OppgaveUtfoert(oppgave=OPPGAVEN), NyStatus(sak=SAKEN, status=Saksstatus.FERDIG)
    with ThreadPoolExecutor(2) as traader:
        forsoek = list(traader.map(lambda to: i_rekkefoelge(*to), [(utfoert, status), (status, utfoert)]))
    assert sorted(forsoek) == [1, 2]
    assert _hva(pg) == {"NySak": 1, "NyOppgave": 1, "OppgaveUtfoert": 2, "NyStatus": 2}
    krev_orden(pg)


def test_en_forbindelse_som_tjeneren_lukket_merkes_ikke(pg: Kjerne) -> None:
    gjoer(pg, en_sak())
    with psycopg.connect(pg.database.url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    gjoer(pg, en_oppgave())
    krev_orden(pg)


def test_en_setning_som_er_gal_er_ikke_at_databasen_er_borte(kjerne: Kjerne) -> None:
    with pytest.raises(peewee.DatabaseError, match="finnes_ikke"):
        kjerne.database.i_transaksjon(lambda: kjerne.database.motor.execute_sql("SELECT 1 FROM finnes_ikke"))


def test_kommandoer_paa_kryss_og_tvers_gir_ingen_feil(bane: Bane) -> None:
    """Events that take their objects in opposite orders, and deletions across them."""
    for nr in range(3):
        bane.gjoer(
            en_sak(grupperingsid=str(nr)),
            *(en_oppgave(grupperingsid=str(nr), ekstern_id=f"{nr}-{to}", paaminnelse=I_MORGEN) for to in "ab"),
        )
    bane.klokke.gaa(days=1)
    arbeid: list[Arbeid] = []
    for nr in range(3):
        status = NyStatus(sak=_saken(nr), status=Saksstatus.FERDIG)
        utfoert = [OppgaveUtfoert(oppgave=notifikasjonen(f"{nr}-{to}")) for to in "ab"]
        igjen = en_oppgave(grupperingsid=str(nr), ekstern_id=f"{nr}-a", paaminnelse=I_MORGEN)
        arbeid += [
            sammen(*utfoert, status),
            sammen(status, *reversed(utfoert)),
            sammen(igjen, status),
            sammen(en_sak(grupperingsid=str(nr)), igjen),
            kommando(SlettSak(sak=_saken(nr))),
        ]
    bane.loep(*arbeid, runde("paaminnelser"))
    assert _antall(bane.kjerne, Sak, SlettetSak) == (0, 3)


# --- the change feed ----------------------------------------------------------------------------------------------

SKRIVERE = 40
AAPNE_SAMTIDIG = 6


class Skriver:
    """A transaction in a thread of its own: it writes an entry, stays open until it is let go, and writes another."""

    def __init__(self, kjerne: Kjerne, nummer: int, traader: ThreadPoolExecutor) -> None:
        self._kjerne, self._nummer = kjerne, nummer
        self._skrevet, self._slipp = threading.Event(), threading.Event()
        self._ferdig: Future[None] = traader.submit(kjerne.database.i_transaksjon, self._arbeid)
        assert self._skrevet.wait(30)

    def fullfoer(self) -> None:
        self._slipp.set()
        self._ferdig.result(30)

    def _arbeid(self) -> None:
        self._skriv("foerst", "Fager")
        self._skrevet.set()
        assert self._slipp.wait(30)
        self._skriv("sist", "Demo")

    def _skriv(self, hva: str, merkelapp: str) -> None:
        innslag = logg.Innslag(hva=f"{hva} {self._nummer}", merkelapp=merkelapp)
        logg.skriv(self._kjerne.database, SWEEP, START, [innslag])


class Leser:
    """A reader that keeps its cursor, and asks on from it all the time."""

    def __init__(self, kjerne: Kjerne, traader: ThreadPoolExecutor) -> None:
        self._kjerne, self._slutt, self._har_lest = kjerne, threading.Event(), threading.Semaphore(0)
        self._ferdig: Future[list[int]] = traader.submit(self._les)

    def vent_paa_en_lesning(self) -> None:
        """Return once a page was asked for that was not under way before."""
        while self._har_lest.acquire(blocking=False):
            pass
        for _ in range(2):
            assert self._har_lest.acquire(timeout=30)

    def alt(self) -> list[int]:
        self._slutt.set()
        return self._ferdig.result(30)

    def _les(self) -> list[int]:
        sett: list[int] = []
        etter = None
        while True:
            siste = self._slutt.is_set()
            side = les_side(self._kjerne, etter)
            sett += [rad.id for rad in side.elementer]
            etter = side.neste or etter
            self._har_lest.release()
            if siste and side.neste is None:
                return sett


def les_side(kjerne: Kjerne, etter: str | None) -> Endringsside:
    return endringer(kjerne, kjerne.produsenter.hent("fager"), merkelapper=(), antall=3, etter=etter)


@pytest.mark.parametrize("froe", range(3))
def test_den_som_leser_endringene_gaar_ikke_glipp_av_noe_i_hvilken_rekkefoelge_de_enn_fullfoeres(
    pg: Kjerne, froe: int
) -> None:
    valg = random.Random(froe)
    with ThreadPoolExecutor(AAPNE_SAMTIDIG + 2) as traader:
        leser = Leser(pg, traader)
        aapne_naa: list[Skriver] = []
        startet = 0
        while startet < SKRIVERE or aapne_naa:
            if startet < SKRIVERE and len(aapne_naa) < valg.randint(1, AAPNE_SAMTIDIG):
                aapne_naa.append(Skriver(pg, startet, traader))
                startet += 1
            else:
                aapne_naa.pop(valg.randrange(len(aapne_naa))).fullfoer()
            if valg.random() < 0.5:
                leser.vent_paa_en_lesning()
        sett = leser.alt()
    paa_nytt = []
    side = les_side(pg, None)
    while side.neste:
        paa_nytt += [rad.id for rad in side.elementer]
        side = les_side(pg, side.neste)
    assert sett == paa_nytt, "what came while it read lies where a later reader finds it"
    assert sorted(sett) == [rad.id for rad in rader(pg, Logg)]
    assert len(sett) == 2 * SKRIVERE
    assert sett != sorted(sett), "the commits were out of order, or this shows nothing"
