"""What a channel may answer, and how every varsel ends: once, in the words of what happened."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from peewee import SQL

from gateway.domain import feil
from gateway.domain.aapningstider import Sendevindu, aapen_tid
from gateway.domain.kommandoer import KansellerVarsel
from gateway.domain.varsel import EksterntVarsel, Epost, Sendetidspunkt, Sms, Varseltype
from gateway.domain.varselforsoek import FLEST_FORSOEK, LENGST_OVERLATT, neste_sjekk
from gateway.kjerne import Kjerne
from gateway.plugin import MidlertidigFeil, Overlatt, Sendt, UklartUtfall, VarigFeil, VarselTilSending
from gateway.runder.varsler import VARSLER
from gateway.store.tabeller import Logg, SattTilSide, Varsel, VarselHistorikk
from gateway.varsling.utsending import LEIE, Varselrunde
from tests.handling.gjoer import EPOST, SWEEP, den_ene, gjoer, rader
from tests.runder.gift import avgift, forgift
from tests.verden import START, FastKlokke, en_beskjed

KVARTER = dt.timedelta(minutes=15)
Svar = Sendt | Overlatt | Exception | Callable[[], Sendt]


@dataclass
class Kanal:
    """A channel that answers as it is told, the last answer for ever; and is asked later as it is told."""

    svar: list[Svar]
    senere: list[Sendt | Exception | None] = field(default_factory=list)
    navn: str = "proeve"
    typer: frozenset[Varseltype] = frozenset(Varseltype)
    ider: list[Any] = field(default_factory=list)
    spurt: list[str] = field(default_factory=list)

    def send(self, varsel: VarselTilSending) -> Sendt | Overlatt:
        self.ider.append(varsel.id)
        svar = self.svar.pop(0) if len(self.svar) > 1 else self.svar[0]
        if isinstance(svar, Exception):
            raise svar
        return svar if isinstance(svar, Sendt | Overlatt) else svar()

    def sjekk(self, ref: str) -> Sendt | None:
        self.spurt.append(ref)
        svar = self.senere.pop(0) if self.senere else None
        if isinstance(svar, Exception):
            raise svar
        return svar


@dataclass
class UtenSjekk:
    navn: str = "uten"
    typer: frozenset[Varseltype] = frozenset(Varseltype)

    def send(self, varsel: VarselTilSending) -> Overlatt:
        return Overlatt(ref="x", kode="202")


def _bestill(kjerne: Kjerne, *varsler: EksterntVarsel) -> None:
    gjoer(kjerne, en_beskjed(eksterne_varsler=varsler or (EPOST,)))


def _runde(kjerne: Kjerne, kanal: Any, sann_tid: FastKlokke | None = None, **valg: Any) -> int:
    return Varselrunde(kjerne, [kanal], sann_tid or FastKlokke(), SWEEP, **valg).kjoer()


def _proev_til_det_er_slutt(kjerne: Kjerne, klokke: FastKlokke, kanal: Any) -> list[dt.datetime]:
    """Try whenever it is due; the moments."""
    naar = []
    while (neste := den_ene(kjerne, Varsel).neste_forsoek) is not None:
        klokke.still(max(neste, klokke.naa()))
        naar.append(klokke.naa())
        assert _runde(kjerne, kanal) == 1
        assert len(naar) < 2 * FLEST_FORSOEK
    return naar


def _historikk(kjerne: Kjerne) -> list[tuple[str, str | None]]:
    return [(rad.hendelse, rad.kode) for rad in rader(kjerne, VarselHistorikk)]


# --- unclear outcomes ----------------------------------------------------------------------------------------------


def test_et_uklart_utfall_proeves_sjelden_og_faa_ganger(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne)
    kanal = Kanal([UklartUtfall("no answer")])
    naar = _proev_til_det_er_slutt(kjerne, klokke, kanal)
    assert len(kanal.ider) == 3
    assert len(set(kanal.ider)) == 1
    pauser = [andre - foerste for foerste, andre in pairwise(naar)]
    assert pauser[0] >= KVARTER
    assert pauser[1] > pauser[0]
    varsel = den_ene(kjerne, Varsel)
    assert (varsel.status, varsel.feilkode) == ("FEILET", "UKLART_UTFALL")
    assert _historikk(kjerne)[1:] == [("FORSOEK_FEILET", "UKLART_UTFALL")] * 2 + [("FEILET", "UKLART_UTFALL")]


def test_en_kanal_som_henger_er_uklar_og_slippes(kjerne: Kjerne) -> None:
    _bestill(kjerne)
    slipp = threading.Event()

    def heng() -> Sendt:
        slipp.wait()
        return Sendt(kode="250")

    assert _runde(kjerne, Kanal([heng]), kanalens_sekunder=0.1, fornyes_hvert_sekund=0.02) == 1
    assert den_ene(kjerne, Varsel).siste_kode == "UKLART_UTFALL"
    slipp.set()


# --- an end to every varsel ----------------------------------------------------------------------------------------


def test_et_varsel_som_ikke_lykkes_utloeper(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne)
    naar = _proev_til_det_er_slutt(kjerne, klokke, Kanal([MidlertidigFeil("450", "later")]))
    assert dt.timedelta(hours=72) <= naar[-1] - START < dt.timedelta(hours=74)
    varsel = den_ene(kjerne, Varsel)
    assert (varsel.status, varsel.feilkode) == ("FEILET", "UTLOEPT")
    assert den_ene(kjerne, Logg, Logg.hva == "VarselAvsluttet").innhold["kode"] == "UTLOEPT"


def test_et_varsel_proeves_ikke_uendelig_mange_ganger(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne)
    kanal = Kanal([MidlertidigFeil("450", "later", vent=dt.timedelta(seconds=1))])
    _proev_til_det_er_slutt(kjerne, klokke, kanal)
    assert len(kanal.ider) == FLEST_FORSOEK
    assert den_ene(kjerne, Varsel).feilkode == "FOR_MANGE_FORSOEK"


def test_det_som_aldri_er_proevd_proeves_hvor_gammelt_det_enn_er(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne)
    klokke.gaa(days=10)
    _runde(kjerne, Kanal([Sendt(kode="250")]))
    assert den_ene(kjerne, Varsel).status == "SENDT"


def test_et_lukket_vindu_gjoer_ikke_et_varsel_eldre(kjerne: Kjerne, klokke: FastKlokke) -> None:
    epost = Epost(
        epostadresse="a@example.com",
        epost_tittel="T",
        epost_html_body="<p>h</p>",
        sendetidspunkt=Sendetidspunkt(sendevindu=Sendevindu.NKS_AAPNINGSTID),
    )
    _bestill(kjerne, EksterntVarsel(epost=epost))
    _runde(kjerne, Kanal([MidlertidigFeil("450", "later")]))
    klokke.still(dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC))  # a week later
    _runde(kjerne, Kanal([Sendt(kode="250")]))
    assert den_ene(kjerne, Varsel).status == "SENDT"


@pytest.mark.parametrize(
    ("vindu", "fra", "til", "timer"),
    [
        (Sendevindu.LOEPENDE, "2026-11-23T09:00Z", "2026-11-26T09:00Z", 72),
        (Sendevindu.NKS_AAPNINGSTID, "2026-11-23T07:30Z", "2026-11-23T13:30Z", 6),
        (Sendevindu.NKS_AAPNINGSTID, "2026-11-23T05:00Z", "2026-11-23T23:00Z", 6),
        (Sendevindu.NKS_AAPNINGSTID, "2026-11-27T12:30Z", "2026-11-30T08:30Z", 2),  # over a weekend
        (Sendevindu.NKS_AAPNINGSTID, "2026-11-28T00:00Z", "2026-11-29T00:00Z", 0),
        (Sendevindu.DAGTID_IKKE_SOENDAG, "2026-11-28T08:00Z", "2026-11-30T09:00Z", 8),
        (Sendevindu.LOEPENDE, "2026-11-26T09:00Z", "2026-11-23T09:00Z", 0),
    ],
)
def test_aapen_tid_er_tiden_vinduet_var_aapent(vindu: Sendevindu, fra: str, til: str, timer: int) -> None:
    foerste, siste = dt.datetime.fromisoformat(fra), dt.datetime.fromisoformat(til)
    assert aapen_tid(vindu, foerste, siste, hoeyst=dt.timedelta(days=9)) == dt.timedelta(hours=timer)


# --- taken over, outcome later -------------------------------------------------------------------------------------


def test_et_overlatt_varsel_spoerres_det_etter_til_utfallet_er_kjent(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne)
    senere = [None, MidlertidigFeil("503", "away"), RuntimeError("x"), Sendt(kode="levert")]
    kanal = Kanal([Overlatt(ref="ref-1", kode="202")], senere=list(senere))
    naar = _proev_til_det_er_slutt(kjerne, klokke, kanal)
    assert (len(kanal.ider), kanal.spurt) == (1, ["ref-1"] * 4), "it is sent once, and asked for"
    pauser = [andre - foerste for foerste, andre in pairwise(naar[1:])]
    assert pauser == sorted(pauser)
    assert _historikk(kjerne) == [("BESTILT", None), ("OVERLATT", "202"), ("SENDT", "levert")]
    assert den_ene(kjerne, Varsel).status == "SENDT"


def test_mottakeren_kan_si_senere_at_det_ikke_gikk(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne)
    kanal = Kanal([Overlatt(ref="r", kode="202")], senere=[VarigFeil("404", "no such mobile")])
    _proev_til_det_er_slutt(kjerne, klokke, kanal)
    varsel = den_ene(kjerne, Varsel)
    assert (varsel.status, varsel.feilkode) == ("FEILET", "404")


@pytest.mark.parametrize("kanal", [Kanal([Overlatt(ref="r", kode="202")]), UtenSjekk()], ids=["tier", "uten sjekk"])
def test_et_utfall_som_aldri_kommer_er_ukjent(kjerne: Kjerne, klokke: FastKlokke, kanal: Any) -> None:
    _bestill(kjerne)
    naar = _proev_til_det_er_slutt(kjerne, klokke, kanal)
    assert naar[-1] - START >= LENGST_OVERLATT
    assert len(naar) < 100, "ever more seldom"
    assert den_ene(kjerne, Varsel).feilkode == "UTFALL_UKJENT"


def test_det_som_er_overlatt_kan_ikke_kanselleres(kjerne: Kjerne) -> None:
    _bestill(kjerne)
    _runde(kjerne, Kanal([Overlatt(ref="r", kode="202")]))
    with pytest.raises(feil.Konflikt):
        gjoer(kjerne, KansellerVarsel(varsel_id=den_ene(kjerne, Varsel).id))


def test_neste_sjekk_gis_opp_til_slutt() -> None:
    assert neste_sjekk(START, START) == START + dt.timedelta(minutes=1)
    assert neste_sjekk(START, START + LENGST_OVERLATT) is None


# --- the lease -----------------------------------------------------------------------------------------------------


def _en_annen_tar_over(kjerne: Kjerne, sann_tid: FastKlokke, annen: Any, svar: Sendt | Exception) -> Kanal:
    """A channel that is so slow that another worker has done the varsel meanwhile."""

    def sent() -> Sendt:
        sann_tid.gaa(seconds=LEIE.total_seconds() + 1)
        assert _runde(kjerne, annen, sann_tid) == 1
        if isinstance(svar, Exception):
            raise svar
        return svar

    return Kanal([sent])


@pytest.mark.parametrize("svar", [MidlertidigFeil("450", "later"), VarigFeil("550", "no"), UklartUtfall("x")])
def test_den_som_har_mistet_leien_skriver_ikke_over_den_som_har_den(kjerne: Kjerne, svar: Exception) -> None:
    _bestill(kjerne)
    sann_tid = FastKlokke()
    _runde(kjerne, _en_annen_tar_over(kjerne, sann_tid, Kanal([MidlertidigFeil("421", "now")]), svar), sann_tid)
    varsel = den_ene(kjerne, Varsel)
    assert (varsel.status, varsel.forsoek, varsel.siste_kode) == ("NY", 1, "421")
    assert _historikk(kjerne) == [("BESTILT", None), ("FORSOEK_FEILET", "421")]


@pytest.mark.parametrize(
    ("annen", "utfall"),
    [
        (MidlertidigFeil("421", "now"), "sen"),
        (UklartUtfall("x"), "sen"),
        (Sendt(kode="foerst"), "foerst"),
    ],
)
def test_det_som_er_sendt_er_sendt_ogsaa_av_den_som_var_sen(kjerne: Kjerne, annen: Any, utfall: str) -> None:
    _bestill(kjerne)
    sann_tid = FastKlokke()
    _runde(kjerne, _en_annen_tar_over(kjerne, sann_tid, Kanal([annen]), Sendt(kode="sen")), sann_tid)
    varsel = den_ene(kjerne, Varsel)
    assert (varsel.status, varsel.siste_kode, varsel.neste_forsoek) == ("SENDT", utfall, None)
    assert len(rader(kjerne, Logg, Logg.hva == "VarselAvsluttet")) == 1


def test_leien_fornyes_mens_kanalen_arbeider(kjerne: Kjerne) -> None:
    _bestill(kjerne)
    sann_tid, annen = FastKlokke(), Kanal([Sendt(kode="en annen")])

    def treg() -> Sendt:
        for _ in range(4):
            sann_tid.gaa(seconds=LEIE.total_seconds() * 0.6)
            foer = den_ene(kjerne, Varsel).leie_til
            while den_ene(kjerne, Varsel).leie_til == foer:
                pass
            assert _runde(kjerne, annen, sann_tid) == 0
        return Sendt(kode="250")

    assert _runde(kjerne, Kanal([treg]), sann_tid, fornyes_hvert_sekund=0.02) == 1
    assert den_ene(kjerne, Varsel).siste_kode == "250"


def test_det_som_ble_kansellert_mens_de_foran_ble_sendt_sendes_ikke(kjerne: Kjerne) -> None:
    _bestill(kjerne, EPOST, EPOST)
    siste = rader(kjerne, Varsel)[-1].id

    def kanseller() -> Sendt:
        gjoer(kjerne, KansellerVarsel(varsel_id=siste))
        return Sendt(kode="250")

    kanal = Kanal([kanseller])
    assert _runde(kjerne, kanal) == 1
    assert siste not in kanal.ider
    assert [rad.status for rad in rader(kjerne, Varsel)] == ["SENDT", "KANSELLERT"]


# --- rows that cannot be done --------------------------------------------------------------------------------------


@pytest.mark.parametrize("innhold", ["{}", '{"epost": 1}', "[]", '"x"', "null"])
def test_et_varsel_som_ikke_kan_leses_feiler_og_de_bak_sendes(kjerne: Kjerne, innhold: str) -> None:
    _bestill(kjerne, EPOST, EPOST)
    foerste, andre = rader(kjerne, Varsel)
    with kjerne.database.tilkobling():
        Varsel.update(innhold=SQL(f"'{innhold}'")).where(Varsel.id == foerste.id).execute()
    kanal = Kanal([Sendt(kode="250")])
    assert _runde(kjerne, kanal) == 2
    assert kanal.ider == [andre.id]
    statuser = {rad.id: (rad.status, rad.feilkode) for rad in rader(kjerne, Varsel)}
    assert statuser == {foerste.id: ("FEILET", "Uleselig"), andre.id: ("SENDT", None)}
    assert ("FEILET", "Uleselig") in _historikk(kjerne)
    assert len(rader(kjerne, Logg, Logg.hva == "VarselAvsluttet")) == 2


def test_et_varsel_hvis_utfall_ikke_kan_skrives_settes_til_side(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _bestill(kjerne, EPOST, EPOST)
    foerste, andre = (rad.id for rad in rader(kjerne, Varsel))
    kanal = Kanal([Sendt(kode="250")])
    forgift(kjerne, "varsel_historikk", "INSERT", "varsel_id", foerste)
    try:
        assert (_runde(kjerne, kanal), _runde(kjerne, kanal)) == (2, 0)
    finally:
        avgift(kjerne, "varsel_historikk")
    assert {rad.id: rad.status for rad in rader(kjerne, Varsel)} == {foerste: "NY", andre: "SENDT"}
    assert den_ene(kjerne, SattTilSide).objekt_id == foerste
    epostrunden = next(runde for runde in VARSLER if runde.navn == "varsler_epost")
    with kjerne.database.tilkobling():
        (etterslep,) = epostrunden.forfalt(klokke.naa())
    assert (etterslep.venter.antall, etterslep.til_side.antall) == (0, 1)


@pytest.mark.parametrize("kode", ["a\0b", "a\ud800b", "x" * 10_000])
def test_hva_en_kanal_enn_sier_kan_det_lagres(kjerne: Kjerne, kode: str) -> None:
    _bestill(kjerne)
    _runde(kjerne, Kanal([VarigFeil(kode, kode)]))
    assert den_ene(kjerne, Varsel).status == "FEILET"
    assert rader(kjerne, SattTilSide) == []


def test_en_runde_for_en_type_roerer_ikke_de_andre(kjerne: Kjerne) -> None:
    _bestill(kjerne, EPOST, EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei")))
    assert _runde(kjerne, Kanal([Sendt(kode="250")]), typer=[Varseltype.SMS]) == 1
    assert {rad.type: rad.status for rad in rader(kjerne, Varsel)} == {"EPOST": "NY", "SMS": "SENDT"}
