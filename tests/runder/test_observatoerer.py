"""Observers: told of what the gateway did, after commit, in order, at least once, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.kommandoer import Notifikasjonsreferanse, OppgaveUtfoert, SlettNotifikasjon
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.oppsett.produsentregister import Pluginvalg, Produsentregister
from gateway.runder.frister import FRISTER
from gateway.runder.observatoerer import FORSOEK, OBSERVATOERER, RUNDE
from gateway.runder.runde import Arbeidsplass
from gateway.runder.tilbake import gi_tilbake
from gateway.store.database import Database
from gateway.store.logg import Hvem
from gateway.store.observasjon import OM_GANGEN
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.store.tabeller import Lagret, Logg, Notifikasjon, Observasjon
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter
from tests.plugins.moduler import Moduler
from tests.verden import FastKlokke, aktoer, en_oppgave, lag_kjerne, registeret

HVEM = Hvem(korrelasjonsid="runde")
# It stores what it was told, and answers an oppgave that expired by a beskjed.
PLUGIN = """
import os, time

@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="X", beskrivelse="x", skjema={"type": "object"}, eksempel={})]

@hookimpl
def oversett(hendelse, kontekst):
    return []

@hookimpl
def etter_endring(endring, kontekst):
    ekstern_id = endring.ekstern_id or ""
    if ekstern_id.startswith("feiler"):
        raise LookupError("secret")
    if ekstern_id.startswith("henger"):
        while True:
            pass
    if ekstern_id.startswith("avslag"):
        return [OppgaveUtfoert(oppgave=Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="finnes ikke"))]
    sett = list(kontekst.lager.get("sett", ())) + [[endring.slag, ekstern_id]]
    svar = [Lagre(noekkel="sett", verdi=sett)]
    if endring.slag == "OPPGAVE_UTGAATT":
        svar.append(NyBeskjed(
            merkelapp="Fager", ekstern_id=endring.id, virksomhetsnummer="312914174", tekst="Fristen gikk ut",
            lenke="https://nav.no",
            mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="nav_sykepenger_inntektsmelding")),),
        ))
    return svar
"""
UTEN = PLUGIN[: PLUGIN.index("@hookimpl\ndef etter_endring")]


class Verden:
    """The producer fager with a plugin that observes, and a clock."""

    def __init__(self, database: Database, moduler: Moduler, kode: str = PLUGIN) -> None:
        self.klokke, self.sann_tid = FastKlokke(), FastKlokke()
        sted = replace(moduler.skriv("observerer", kode), produsent="fager")
        oppfoeringer = dict(registeret().oppfoeringer)
        oppfoeringer["fager"] = replace(oppfoeringer["fager"], plugin=Pluginvalg(navn="observerer"))
        plugins = last_plugins([sted], strenge=True)
        self.kjerne: Kjerne = lag_kjerne(
            database, self.klokke, plugins=plugins, produsenter=Produsentregister(oppfoeringer.values())
        )
        noekler = Produsentnoekler(database, self.kjerne.noekkelring)
        self.vert = Oversetter(plugins.steder, sekunder=1.0, hemmelighet=noekler)
        self.plass = Arbeidsplass(
            kjerne=self.kjerne, oversetter=self.vert, observatoerer=self.vert, kanaler=[], sann_tid=self.sann_tid
        )

    def runde(self) -> int:
        return OBSERVATOERER.gjoer(self.plass, HVEM, lambda: True)

    def oppgave(self, ekstern_id: str, **felter: Any) -> UUID:
        frist = self.klokke.naa().date()
        return utfoer(self.kjerne, en_oppgave(ekstern_id=ekstern_id, frist=frist, **felter), aktoer(self.kjerne)).id

    def la_fristene_gaa_ut(self) -> None:
        self.klokke.gaa(days=2)
        FRISTER.gjoer(self.plass, HVEM, lambda: True)

    def sett(self) -> list[list[str]]:
        with self.kjerne.database.tilkobling():
            rad = Lagret.get_or_none()
            return list(rad.verdi) if rad else []

    def tekster(self) -> list[str]:
        with self.kjerne.database.tilkobling():
            return [rad.tekst for rad in Notifikasjon.select().where(Notifikasjon.type == "BESKJED")]

    def venter(self) -> list[Observasjon]:
        with self.kjerne.database.tilkobling():
            return list(Observasjon.select().order_by(Observasjon.logg_id))


Lag = Callable[..., Verden]


@pytest.fixture
def lag(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lag]:
    laget: list[Verden] = []

    def ny(kode: str = PLUGIN) -> Verden:
        laget.append(Verden(database, Moduler(tmp_path, monkeypatch), kode))
        return laget[-1]

    yield ny
    for verden in laget:
        verden.vert.lukk()


def test_en_oppgave_som_gaar_ut_fortelles_og_svaret_utfoeres(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("a")
    verden.la_fristene_gaa_ut()
    assert verden.runde() == 1
    assert verden.sett() == [["OPPGAVE_UTGAATT", "a"]]
    assert verden.tekster() == ["Fristen gikk ut"]
    assert verden.venter() == []
    assert verden.runde() == 0, "it is told once"


def test_svaret_staar_i_loggen_som_pluginens(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("a")
    verden.la_fristene_gaa_ut()
    verden.runde()
    with verden.kjerne.database.tilkobling():
        innslag = Logg.get(Logg.hva == "NyBeskjed")
    assert (innslag.plugin, innslag.applikasjon, innslag.produsent) == ("observerer==1", "observatoer", "fager")


def test_det_som_var_foer_observatoeren_kom_fortelles_ikke(lag: Lag) -> None:
    verden = lag()
    verden.oppgave("foer")
    verden.la_fristene_gaa_ut()
    assert verden.runde() == 0
    verden.oppgave("etter")
    verden.la_fristene_gaa_ut()
    assert verden.runde() == 1
    assert verden.sett() == [["OPPGAVE_UTGAATT", "etter"]]


def test_produsentens_egne_kommandoer_fortelles_ikke(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    id_ = verden.oppgave("a")
    utfoer(verden.kjerne, OppgaveUtfoert(oppgave=Notifikasjonsreferanse(id=id_)), aktoer(verden.kjerne))
    utfoer(verden.kjerne, SlettNotifikasjon(notifikasjon=Notifikasjonsreferanse(id=id_)), aktoer(verden.kjerne))
    assert verden.runde() == 0


def test_en_som_feiler_proeves_igjen_og_settes_til_side_uten_aa_stanse_de_andre(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    for navn in ("feiler", "frisk"):
        verden.oppgave(navn)
    verden.la_fristene_gaa_ut()
    verden.runde()
    assert verden.sett() == [["OPPGAVE_UTGAATT", "frisk"]]
    (venter,) = verden.venter()
    assert (venter.kode, venter.klar_tidspunkt) == ("Oversettelsesfeil", None), "it would fail again"
    with verden.kjerne.database.tilkobling():
        (etterslep,) = OBSERVATOERER.forfalt(verden.klokke.naa())
    assert etterslep.til_side.antall == 1


def test_et_avslag_settes_til_side_med_sin_grunn_og_kan_fortelles_igjen(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("avslag")
    verden.la_fristene_gaa_ut()
    verden.runde()
    (venter,) = verden.venter()
    assert venter.kode == "NotifikasjonFinnesIkke"
    assert "kommando 1 of 1, OppgaveUtfoert" in venter.melding
    utfoer(verden.kjerne, en_oppgave(ekstern_id="finnes ikke"), aktoer(verden.kjerne))
    assert gi_tilbake(verden.kjerne, RUNDE, HVEM, "mended") == 1
    assert verden.runde() == 1
    assert verden.venter() == []


def test_en_som_henger_proeves_tre_ganger(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("henger")
    verden.la_fristene_gaa_ut()
    for forsoek in (1, 2):
        verden.runde()
        (venter,) = verden.venter()
        assert (venter.kode, venter.forsoek) == ("Tidsgrense", forsoek)
        assert venter.klar_tidspunkt > verden.klokke.naa()
        verden.klokke.gaa(minutes=11)
    verden.runde()
    (venter,) = verden.venter()
    assert venter.klar_tidspunkt is None
    assert FORSOEK > 3


def test_mange_endringer_fortelles_i_rekkefoelge(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    navn = [f"o{nummer:03}" for nummer in range(45)]
    for ett in navn:
        verden.oppgave(ett)
    verden.la_fristene_gaa_ut()
    assert verden.runde() == len(navn)
    assert sorted(ekstern_id for _, ekstern_id in verden.sett()) == navn
    assert len(verden.tekster()) == len(navn)


def test_to_arbeidere_samtidig_gjoer_det_en_gang(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    for nummer in range(30):
        verden.oppgave(f"o{nummer}")
    verden.la_fristene_gaa_ut()
    with ThreadPoolExecutor(3) as traader:
        antall = sum(traader.map(lambda _: verden.runde(), range(3)))
    while verden.runde():
        antall += 1
    assert len(verden.sett()) == 30
    assert len(verden.tekster()) == 30


def test_en_arbeider_som_doer_midt_i_gjoer_at_det_fortelles_igjen(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("a")
    verden.la_fristene_gaa_ut()

    def doer(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    ekte = verden.vert.endringer
    verden.vert.endringer = doer  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        verden.runde()
    verden.vert.endringer = ekte  # type: ignore[method-assign]
    assert verden.runde() == 0, "its lease stands"
    verden.sann_tid.gaa(seconds=61)
    assert verden.runde() == 1
    assert verden.tekster() == ["Fristen gikk ut"]


def test_en_plugin_som_slutter_aa_observere_etterlater_ingenting(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("feiler")
    verden.oppgave("henger")
    verden.la_fristene_gaa_ut()
    verden.runde()
    uten = lag(UTEN)
    uten.runde()
    assert [rad.kode for rad in uten.venter()] == ["Oversettelsesfeil"], "what was set aside is kept for a person"


def test_loggen_leses_i_bolker_og_ingenting_hoppes_over(lag: Lag) -> None:
    verden = lag()
    verden.runde()
    verden.oppgave("a")
    with verden.kjerne.database.tilkobling():
        mal = Logg.get(Logg.hva == "NyOppgave").__data__
    del mal["id"]

    def fyll() -> None:
        for _ in range(OM_GANGEN * 2 // 100):
            list(Logg.insert_many([{**mal, "hva": "NyBeskjed"}] * 100).execute())

    verden.kjerne.database.i_transaksjon(fyll)
    verden.la_fristene_gaa_ut()
    assert verden.runde() == 1
    assert verden.sett() == [["OPPGAVE_UTGAATT", "a"]]
