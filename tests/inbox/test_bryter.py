"""The breaker of plugins: shared by all workers, through the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.inbox.bryter import PROEVETID, REGEL, Pluginbryter, Slipp, er_pluginens_feil
from gateway.store.database import Database
from gateway.store.tabeller import Pluginbryterrad
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Oversettelsesfeil
from tests.verden import FastKlokke, lag_kjerne


@pytest.mark.parametrize(
    ("feil", "er"),
    [
        (Oversettelsesfeil("it raised"), True),
        (Oversettelsesfeil("it does not follow the schema", er_hendelsens=True), False),
        (Grensebrudd(Bruddkode.TIDSGRENSE, "slow"), True),
        (Grensebrudd(Bruddkode.PROSESSEN_DOEDE, "dead"), True),
        (Grensebrudd(Bruddkode.FOR_MANGE_KOMMANDOER, "many"), False),
        (ValueError("another"), False),
    ],
)
def test_hva_som_er_pluginens_egen_feil(feil: Exception, er: bool) -> None:
    assert er_pluginens_feil(feil) is er


def _to_arbeidere(database: Database, klokke: FastKlokke) -> tuple[Pluginbryter, Pluginbryter]:
    kjerne = lag_kjerne(database, klokke)
    return Pluginbryter(kjerne, klokke), Pluginbryter(kjerne, klokke)


def test_alle_arbeiderne_tar_pause_sammen_og_en_proever(database: Database) -> None:
    klokke = FastKlokke()
    den_ene, den_andre = _to_arbeidere(database, klokke)
    plugin = lag_kjerne(database, klokke).plugins.lastet["permittering"]
    annen = lag_kjerne(database, klokke).plugins.lastet["inntektsmelding"]
    pauset = [den_ene.feilet(plugin, "Oversettelsesfeil") for _ in range(REGEL.taaler)]
    assert pauset == [False] * (REGEL.taaler - 1) + [True]
    assert den_ene.slipper(plugin) is Slipp.INGEN
    assert den_andre.slipper(plugin) is Slipp.INGEN
    assert den_ene.slipper(annen) is Slipp.ALLE, "another plugin goes on"
    klokke.gaa(seconds=10)
    assert [ett.slipper(plugin) for ett in (den_ene, den_andre)] == [Slipp.EN, Slipp.INGEN]
    assert den_ene.feilet(plugin, "Tidsgrense")
    klokke.gaa(seconds=4)
    assert den_andre.slipper(plugin) is Slipp.INGEN
    klokke.gaa(seconds=20)
    assert den_andre.slipper(plugin) is Slipp.EN
    klokke.gaa(seconds=2)
    den_andre.lyktes(plugin)
    klokke.gaa(seconds=2)
    assert {ett.slipper(plugin) for ett in (den_ene, den_andre)} == {Slipp.ALLE}
    with database.tilkobling():
        assert not Pluginbryterrad.select().exists()


def test_den_som_proevde_og_doede_holder_ingen_tilbake(database: Database) -> None:
    klokke = FastKlokke()
    den_ene, den_andre = _to_arbeidere(database, klokke)
    plugin = lag_kjerne(database, klokke).plugins.lastet["permittering"]
    for _ in range(REGEL.taaler):
        den_ene.feilet(plugin, "Oversettelsesfeil")
    klokke.gaa(seconds=10)
    assert den_ene.slipper(plugin) is Slipp.EN
    klokke.gaa(seconds=PROEVETID.total_seconds() - 1)
    assert den_andre.slipper(plugin) is Slipp.INGEN
    klokke.gaa(seconds=1)
    assert den_andre.slipper(plugin) is Slipp.EN


def test_en_suksess_imellom_begynner_tellingen_paa_nytt(database: Database) -> None:
    klokke = FastKlokke()
    bryter, _ = _to_arbeidere(database, klokke)
    plugin = lag_kjerne(database, klokke).plugins.lastet["permittering"]
    for _ in range(REGEL.taaler - 1):
        bryter.feilet(plugin, "Oversettelsesfeil")
    bryter.lyktes(plugin)
    assert not bryter.feilet(plugin, "Oversettelsesfeil")


def test_en_ny_versjon_begynner_paa_nytt(database: Database) -> None:
    klokke = FastKlokke()
    bryter, _ = _to_arbeidere(database, klokke)
    plugin = lag_kjerne(database, klokke).plugins.lastet["permittering"]
    for _ in range(REGEL.taaler):
        bryter.feilet(plugin, "Oversettelsesfeil")
    ny = replace(plugin, versjon="en ny")
    assert bryter.slipper(plugin) is Slipp.INGEN
    assert bryter.slipper(ny) is Slipp.ALLE
    assert not bryter.feilet(ny, "Oversettelsesfeil")


def test_det_staar_siden_naar_og_hvorfor(database: Database) -> None:
    klokke = FastKlokke()
    bryter, _ = _to_arbeidere(database, klokke)
    plugin = lag_kjerne(database, klokke).plugins.lastet["permittering"]
    for _ in range(REGEL.taaler):
        bryter.feilet(plugin, "Oversettelsesfeil")
    begynte = klokke.naa()
    klokke.gaa(seconds=30)
    bryter.feilet(plugin, "Tidsgrense")
    with database.tilkobling():
        rad = Pluginbryterrad.get()
    assert (rad.plugin, rad.kode, rad.pauset_siden) == (plugin.id, "Tidsgrense", begynte)
    assert rad.pauset_til > klokke.naa() + dt.timedelta(seconds=5)
