"""A sak and all that is on it: every open oppgave ended, and the deletion put off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain import feil
from gateway.domain.kommandoer import (
    ForlengSletting,
    LukkOppgaver,
    NyOppgave,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
)
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Oppgaveslutt
from gateway.handling import hel_sak
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.runder.sletting import slett_forfalte
from gateway.store.tabeller import Logg, Notifikasjon, Paaminnelsesrad, Sak, Varsel, VarselHistorikk
from tests.domain.klokkeslett import utc
from tests.handling.gjoer import (
    EPOST,
    SAKEN,
    SMS_I_AAPNINGSTID,
    den_ene,
    en_avtale,
    gjoer,
    notifikasjonen,
    rader,
    til_det_er_tomt,
)
from tests.handling.test_samtidighet import _samtidig
from tests.verden import START, FastKlokke, aktoer, en_beskjed, en_oppgave, en_sak

PAAMINNELSE = Paaminnelse(
    tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"), eksterne_varsler=(SMS_I_AAPNINGSTID,)
)
BEGGE = pytest.mark.parametrize("som", list(Oppgaveslutt))


def i_saken(nr: int | str, **felter: Any) -> NyOppgave:
    return en_oppgave(ekstern_id=f"oppgave-{nr}", grupperingsid="sak-1", **felter)


def lukk(som: Oppgaveslutt = Oppgaveslutt.UTFOERT, **felter: Any) -> LukkOppgaver:
    return LukkOppgaver(sak=SAKEN, som=som, **felter)


def slettetid(strategi: Slettestrategi = Slettestrategi.FORLENG, **tid: Any) -> NySlettetid:
    return NySlettetid(ny_tid=Slettetidspunkt(**tid), strategi=strategi)


def bilde(kjerne: Kjerne) -> list[Sequence[Any]]:
    """All that ending an oppgave touches, without what differs from one database to the next."""
    oppgaver = [{**rad.__data__, "id": rad.ekstern_id} for rad in rader(kjerne, Notifikasjon)]
    navn = {rad.id: rad.ekstern_id for rad in rader(kjerne, Notifikasjon)}
    varsler = [(navn[rad.notifikasjon_id], rad.type, rad.status, rad.til_paaminnelse) for rad in rader(kjerne, Varsel)]
    logg = [(rad.hva, navn[rad.notifikasjon_id], rad.innhold) for rad in rader(kjerne, Logg) if rad.notifikasjon_id]
    historikk = sorted(rad.hendelse for rad in rader(kjerne, VarselHistorikk))
    return [oppgaver, sorted(varsler), sorted(logg, key=str), rader(kjerne, Paaminnelsesrad), historikk]


@BEGGE
def test_alle_lukkes_som_en_for_en(kjerne: Kjerne, som: Oppgaveslutt) -> None:
    """Carried out at once on one sak and one by one on another, everything is the same after."""
    andre = [replace(i_saken(nr), ekstern_id=f"annen-{nr}", grupperingsid="sak-2") for nr in range(3)]
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_sak(grupperingsid="sak-2"))
    pynt = {"eksterne_varsler": (EPOST,), "paaminnelse": PAAMINNELSE, "hard_delete": Slettetidspunkt(om="P1Y")}
    for nr in range(3):
        gjoer(kjerne, i_saken(nr, **pynt))
        gjoer(kjerne, replace(andre[nr], **pynt))
    felles = {"ny_lenke": "https://nav.no/slutt", "hard_delete": slettetid(om="P2Y")}
    tidspunkt = utc("2026-11-20T08:00")
    utfall = gjoer(kjerne, lukk(som, tidspunkt=tidspunkt, **felles))
    assert (utfall.antall, utfall.ny) == (3, True)
    for nr in range(3):
        oppgave = notifikasjonen(f"annen-{nr}")
        if som is Oppgaveslutt.UTFOERT:
            gjoer(kjerne, OppgaveUtfoert(oppgave=oppgave, utfoert_tidspunkt=tidspunkt, **felles))
        else:
            gjoer(kjerne, OppgaveUtgaatt(oppgave=oppgave, utgaatt_tidspunkt=tidspunkt, **felles))

    def som_hver(sak: str, oppgaver: str) -> list[Sequence[Any]]:
        def uten_navn(verdi: Any) -> Any:
            if isinstance(verdi, dict):
                return {n: uten_navn(v) for n, v in verdi.items() if n not in ("innhold_hash",)}
            if isinstance(verdi, str):
                return verdi.replace(sak, "SAK").replace(oppgaver, "OPPGAVE")
            return tuple(map(uten_navn, verdi)) if isinstance(verdi, tuple) else verdi

        alt = [[ett for ett in del_ if oppgaver in str(ett)] for del_ in bilde(kjerne)[:3]]
        return [sorted(map(uten_navn, del_), key=str) for del_ in alt]

    assert [len(ett) for ett in som_hver("sak-1", "oppgave-")] == [3, 6, 6]
    assert som_hver("sak-1", "oppgave-") == som_hver("sak-2", "annen-")
    assert rader(kjerne, Paaminnelsesrad) == []
    assert {rad.status for rad in rader(kjerne, Varsel)} == {"KANSELLERT"}


@BEGGE
def test_bare_sakens_aapne_oppgaver_lukkes(kjerne: Kjerne, klokke: FastKlokke, som: Oppgaveslutt) -> None:
    gjoer(kjerne, en_sak())
    for navn in ("aapen", "gjort", "utgaatt"):
        gjoer(kjerne, i_saken(navn))
    gjoer(kjerne, OppgaveUtfoert(oppgave=notifikasjonen("oppgave-gjort")))
    gjoer(kjerne, OppgaveUtgaatt(oppgave=notifikasjonen("oppgave-utgaatt")))
    gjoer(kjerne, en_oppgave(ekstern_id="utenfor", grupperingsid="sak-2"))
    gjoer(kjerne, en_oppgave(ekstern_id="alene"))
    gjoer(kjerne, en_beskjed(grupperingsid="sak-1"))
    gjoer(kjerne, en_avtale(grupperingsid="sak-1"))
    foer = {rad.ekstern_id: rad.__data__ for rad in rader(kjerne, Notifikasjon)}
    klokke.gaa(hours=1)
    assert gjoer(kjerne, lukk(som)).antall == 1
    etter = {rad.ekstern_id: rad.__data__ for rad in rader(kjerne, Notifikasjon)}
    assert {navn for navn in foer if foer[navn] != etter[navn]} == {"oppgave-aapen"}
    assert etter["oppgave-aapen"]["tilstand"] == som
    assert etter["oppgave-aapen"][f"{som.lower()}_tidspunkt"] == klokke.naa()
    assert gjoer(kjerne, lukk(som)).antall == 0
    lukkinger = [rad for rad in rader(kjerne, Logg) if rad.hva == "LukkOppgaver"]
    assert [rad.innhold["antall"] for rad in lukkinger] == [1, 0], "every accepted kommando is in the log"


def test_en_sak_med_tusener_lukkes_bolk_for_bolk_med_et_innslag_for_hver(
    kjerne: Kjerne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hel_sak, "OM_GANGEN", 7)
    gjoer(kjerne, en_sak())
    for nr in range(30):
        gjoer(kjerne, i_saken(nr, hard_delete=Slettetidspunkt(om="P1M")))
    assert gjoer(kjerne, ForlengSletting(sak=SAKEN, hard_delete=slettetid(om="P1Y"))).antall == 30
    assert gjoer(kjerne, lukk()).antall == 30
    assert {rad.tilstand for rad in rader(kjerne, Notifikasjon)} == {"UTFOERT"}
    for hva in ("OppgaveUtfoert", "ForlengSletting"):
        innslag = [rad.notifikasjon_id for rad in rader(kjerne, Logg, Logg.hva == hva) if rad.notifikasjon_id]
        assert sorted(innslag) == sorted(rad.id for rad in rader(kjerne, Notifikasjon))


@pytest.mark.parametrize(
    "kommando",
    [lukk(idempotensnoekkel="k"), ForlengSletting(sak=SAKEN, hard_delete=slettetid(om="P1Y"), idempotensnoekkel="k")],
    ids=lambda ett: type(ett).__name__,
)
def test_tilgang_og_idempotens_er_som_for_andre_endringer(kjerne: Kjerne, kommando: Any) -> None:
    with pytest.raises(feil.SakFinnesIkke):
        gjoer(kjerne, kommando)
    gjoer(kjerne, en_sak())
    gjoer(kjerne, i_saken(1, hard_delete=Slettetidspunkt(om="P1M")))
    with pytest.raises(feil.UgyldigMerkelapp):
        gjoer(kjerne, kommando, "permittering")
    foerste = gjoer(kjerne, kommando)
    gjoer(kjerne, i_saken(2, hard_delete=Slettetidspunkt(om="P1M")))
    foer = [rad.__data__ for rad in rader(kjerne, Notifikasjon)]
    assert gjoer(kjerne, kommando) == replace(foerste, ny=False)
    assert [rad.__data__ for rad in rader(kjerne, Notifikasjon)] == foer, "what came since is left"
    annet = replace(kommando, hard_delete=slettetid(om="P3Y"))
    with pytest.raises(feil.Konflikt):
        gjoer(kjerne, annet)
    assert gjoer(kjerne, replace(kommando, sak=Saksreferanse(id=foerste.id))) == replace(foerste, ny=False)


def test_lukking_og_utfoert_samtidig_gir_hver_oppgave_en_slutt(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    for nr in range(20):
        gjoer(kjerne, i_saken(nr, paaminnelse=PAAMINNELSE))
    hver = [OppgaveUtfoert(oppgave=notifikasjonen(f"oppgave-{nr}")) for nr in range(20)]
    alle = [lukk(Oppgaveslutt.UTGAATT)] * 4
    svar = _samtidig(*[lambda ett=ett: utfoer(kjerne, ett, aktoer(kjerne)) for ett in (*hver, *alle)])
    assert not [ett for ett in svar if isinstance(ett, Exception)]
    assert {rad.tilstand for rad in rader(kjerne, Notifikasjon)} == {"UTFOERT"}, "utfoert always succeeds"
    assert rader(kjerne, Paaminnelsesrad) == []
    assert len(rader(kjerne, Logg, Logg.hva == "OppgaveUtgaatt")) == sum(ett.antall or 0 for ett in svar)


# --- the deletion time ---------------------------------------------------------------------------------------------


def test_forlenget_sletting_gjelder_saken_og_det_som_har_egen_slettetid(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_sak(hard_delete=Slettetidspunkt(om="P1M")))
    tider = {"kort": "P1M", "lang": "P3Y", "ingen": None}
    for navn, om in tider.items():
        gjoer(kjerne, i_saken(navn, hard_delete=Slettetidspunkt(om=om) if om else None))
    gjoer(kjerne, en_oppgave(ekstern_id="utenfor", hard_delete=Slettetidspunkt(om="P1M")))
    klokke.gaa(days=1)
    utfall = gjoer(kjerne, ForlengSletting(sak=SAKEN, hard_delete=slettetid(om="P1Y")))
    assert (utfall.antall, utfall.merknader) == (1, ())
    om_et_aar = utc("2027-11-24T09:00")
    assert den_ene(kjerne, Sak).slettes_tidspunkt == om_et_aar
    slettes = {rad.ekstern_id: rad.slettes_tidspunkt for rad in rader(kjerne, Notifikasjon)}
    assert slettes == {
        "oppgave-kort": om_et_aar,
        "oppgave-lang": utc("2029-11-23T09:00"),
        "oppgave-ingen": None,
        "utenfor": utc("2026-12-23T09:00"),
    }
    innslag = [(rad.sak_id is not None, rad.innhold) for rad in rader(kjerne, Logg, Logg.hva == "ForlengSletting")]
    assert sorted(innslag, key=str) == [(False, None), (True, {"antall": 1})]
    klokke.still(START + dt.timedelta(days=60))
    assert til_det_er_tomt(slett_forfalte, kjerne) == 1, "only what is not on the sak"


def test_overskriv_gir_alle_den_nye_tiden_og_sier_fra_om_den_er_forbi(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    for navn, om in (("kort", "P1M"), ("lang", "P3Y")):
        gjoer(kjerne, i_saken(navn, hard_delete=Slettetidspunkt(om=om)))
    forbi = NySlettetid(
        ny_tid=Slettetidspunkt(den=dt.datetime(2026, 11, 1)),  # noqa: DTZ001 - Oslo wall clock
        strategi=Slettestrategi.OVERSKRIV,
    )
    utfall = gjoer(kjerne, ForlengSletting(sak=SAKEN, hard_delete=forbi))
    assert utfall.antall == 2
    assert any("hardDelete has passed" in merknad for merknad in utfall.merknader)
    assert til_det_er_tomt(slett_forfalte, kjerne) > 0
    assert rader(kjerne, Sak) == rader(kjerne, Notifikasjon) == []
