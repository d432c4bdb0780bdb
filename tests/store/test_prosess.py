"""The processes that run: each tells of itself, is gone when it is silent, and workers that disagree are seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from gateway.domain.prosess import Pluginstand, Prosess, Rolle, uenigheter
from gateway.kjerne import ny_id
from gateway.store.database import Database
from gateway.store.prosess import GLEMMES_ETTER, meld, meld_av, prosesser
from gateway.store.tabeller import Prosessrad
from tests.verden import START


def _prosess(rolle: Rolle = Rolle.WORKER, versjon: str = "1", feil: str = "") -> Prosess:
    plugin = Pluginstand(navn="permittering", produsent="permittering", versjon=versjon, feil=feil)
    return Prosess(
        id=ny_id(), rolle=rolle, vert="vert", versjon="0.1", plugins=(plugin,), startet=START, sist_sett=START
    )


def _her(database: Database, naa: dt.datetime) -> list[Prosess]:
    with database.tilkobling():
        return prosesser(naa)


def test_en_prosess_sees_til_den_tier_i_et_minutt_eller_melder_seg_av(database: Database) -> None:
    prosess, annen = _prosess(), _prosess(Rolle.SCHEDULER)
    meld(database, prosess)
    meld(database, annen)
    senere = replace(prosess, sist_sett=START + dt.timedelta(seconds=30))
    meld(database, senere)
    assert _her(database, START + dt.timedelta(seconds=31)) == [senere, annen]
    assert _her(database, START + dt.timedelta(seconds=61)) == [senere]
    meld_av(database, prosess.id)
    assert _her(database, START) == [annen]


def test_den_som_har_tidd_lenge_glemmes(database: Database) -> None:
    meld(database, _prosess())
    meld(database, replace(_prosess(), sist_sett=START + GLEMMES_ETTER + dt.timedelta(seconds=1)))
    with database.tilkobling():
        assert Prosessrad.select().count() == 1


def test_arbeidere_med_ulike_plugins_blir_sett() -> None:
    en, to, oedelagt = _prosess(versjon="1"), _prosess(versjon="2"), _prosess(versjon="", feil="x")
    assert uenigheter([en, replace(en, id=ny_id())]) == []
    assert uenigheter([en, replace(to, rolle=Rolle.WEB)]) == [], "the web runs no plugin"
    assert [ett.arbeidere for ett in uenigheter([en, to])] == [(("vert", "1"), ("vert", "2"))]
    assert [ett.arbeidere for ett in uenigheter([en, oedelagt])] == [(("vert", ""), ("vert", "1"))]
    assert [ett.arbeidere for ett in uenigheter([en, replace(to, plugins=())])] == [(("vert", ""), ("vert", "1"))]
