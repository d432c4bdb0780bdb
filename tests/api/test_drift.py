"""/drift: red, yellow or green by the same rules as the metrics and readiness, and what waits, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, generate_latest

from gateway.domain.helse import MANGE, Forhold, Helse, Observasjon, grunner, helse, henger
from gateway.drift.maalinger import Etterslepsmaaler
from gateway.drift.proever import roede_grunner
from gateway.http.anrop import KJERNE
from gateway.inbox.inntak import Hendelsestilstand
from gateway.kjerne import Kjerne, ny_id
from gateway.klokke import FlyttbarKlokke
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil
from gateway.reading.drift import driftsbilde
from gateway.runder.alle import RUNDER
from gateway.runder.frister import utloep_frister
from gateway.store.tabeller import Hendelse, SattTilSide, Varsel
from gateway.varsling.utsending import Varselrunde
from gateway.vertskap.erklaering import Oedelagt, Plugins, Pluginsted
from tests.handling.gjoer import EPOST, SWEEP, den_ene, gjoer, rader, til_det_er_tomt
from tests.runder.gift import avgift, forgift
from tests.varsling.test_utfall import Kanal
from tests.verden import START, FastKlokke, en_beskjed, en_oppgave

PERSON = "15488510042"


class Lytter:
    def __init__(self) -> None:
        self.ringt: list[str] = []

    def ring(self, runde: str) -> None:
        self.ringt.append(runde)


def _drift(klient: FlaskClient) -> dict[str, Any]:
    svar = klient.get("/drift", headers={"Accept": "application/json"})
    assert svar.status_code == 200
    return dict(svar.get_json())


def _maalinger(kjerne: Kjerne) -> str:
    register = CollectorRegistry()
    register.register(Etterslepsmaaler(kjerne))
    return generate_latest(register).decode()


def _side(klient: FlaskClient) -> str:
    return str(klient.get("/drift", headers={"Accept": "text/html"}).get_data(as_text=True))


def _hendelse(kjerne: Kjerne, tilstand: Hendelsestilstand, kode: str | None) -> None:
    nummer = ny_id()
    with kjerne.database.tilkobling():
        Hendelse.insert(
            id=nummer,
            produsent="fager",
            kilde="demo",
            ekstern_id=str(nummer),
            type="TYPE",
            noekkel=str(nummer),
            loepenummer=1,
            format="json",
            raa=b"{}",
            applikasjon="a",
            korrelasjonsid="k",
            mottatt_tidspunkt=START,
            tilstand=tilstand,
            plugin="inntektsmelding==1",
            feilkode=kode,
            feilmelding=PERSON,
        ).execute()


def test_naar_alt_virker_er_det_groent(kjerne: Kjerne, klient: FlaskClient) -> None:
    bilde = _drift(klient)
    assert (bilde["helse"], bilde["grunner"], bilde["venter"]) == ("groenn", [], [])
    assert {"innboks", "varsler_epost", "frister", "sletting_saker"} <= {ett["hva"] for ett in bilde["etterslep"]}
    side = _side(klient)
    assert "Alt virker." in side
    assert "23.11.2026 kl. 10.00.00" in side, "Oslo time"
    assert roede_grunner(kjerne) == []
    assert 'gateway_helse{helse="groenn"} 1.0' in _maalinger(kjerne)


@pytest.mark.parametrize(
    ("tilstand", "forhold", "kode"),
    [
        (Hendelsestilstand.KARANTENE, "karantene", "Oversettelsesfeil"),
        (Hendelsestilstand.PAA_VENT, "paa_vent", "PluginErOedelagt"),
    ],
)
def test_hendelser_som_venter_staar_der_med_grunnen(
    kjerne: Kjerne, klient: FlaskClient, tilstand: Hendelsestilstand, forhold: str, kode: str
) -> None:
    for _ in range(3):
        _hendelse(kjerne, tilstand, kode)
    bilde = _drift(klient)
    assert bilde["helse"] == "gul"
    (venter,) = bilde["venter"]
    assert venter == {
        "hva": forhold,
        "antall": 3,
        "eldsteSekunder": 0.0,
        "runde": "innboks",
        "produsent": "fager",
        "plugin": "inntektsmelding==1",
        "kilde": "demo",
        "type": "TYPE",
        "kode": kode,
    }
    side = _side(klient)
    assert "Noe må ses på:" in side
    assert kode in side
    assert PERSON not in side
    maalinger = _maalinger(kjerne)
    assert f'gateway_grunn_antall{{forhold="{forhold}"}} 3.0' in maalinger
    merker = f'forhold="{forhold}",kode="{kode}",produsent="fager",runde="innboks"'
    assert f"gateway_venter_antall{{{merker}}} 3.0" in maalinger


@pytest.mark.parametrize(
    ("svar", "forhold"),
    [(VarigFeil("550", "no"), "varsler_feilet"), (MidlertidigFeil("450", "later"), "varsler_proeves_igjen")],
)
def test_varsler_som_ikke_gikk_staar_der(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient, svar: Exception, forhold: str
) -> None:
    gjoer(kjerne, en_beskjed(eksterne_varsler=(EPOST,)))
    Varselrunde(kjerne, [Kanal([svar])], FastKlokke(), SWEEP).kjoer()
    bilde = _drift(klient)
    assert bilde["helse"] == "gul"
    (venter,) = bilde["venter"]
    assert (venter["hva"], venter["runde"], venter["type"], venter["produsent"]) == (
        forhold,
        "varsler_epost",
        "EPOST",
        "fager",
    )
    if forhold == "varsler_feilet":
        klokke.gaa(hours=25)
        assert _drift(klient)["helse"] == "groenn", "of the last day only"


def test_et_varsel_som_er_sendt_er_ikke_noe_aa_se_paa(kjerne: Kjerne, klient: FlaskClient) -> None:
    gjoer(kjerne, en_beskjed(eksterne_varsler=(EPOST,)))
    Varselrunde(kjerne, [Kanal([Sendt(kode="250")])], FastKlokke(), SWEEP).kjoer()
    assert den_ene(kjerne, Varsel).status == "SENDT"
    assert _drift(klient)["helse"] == "groenn"


def test_arbeid_som_ikke_blir_gjort_er_roedt(kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient) -> None:
    gjoer(kjerne, en_oppgave(frist=dt.date(2026, 11, 24)))
    klokke.gaa(days=3)
    bilde = _drift(klient)
    assert bilde["helse"] == "roed"
    (frister,) = [ett for ett in bilde["etterslep"] if ett["hva"] == "frister"]
    assert (frister["forfalt"]["antall"], frister["henger"]) == (1, True)
    assert roede_grunner(kjerne) == bilde["grunner"]
    side = _side(klient)
    assert "Noe virker ikke:" in side
    assert "1 oppgaver som skal utløpe" in side


def test_det_som_er_satt_til_side_er_roedt_og_kan_proeves_paa_nytt(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient
) -> None:
    oppgave = gjoer(kjerne, en_oppgave(frist=dt.date(2026, 11, 24))).id
    klokke.gaa(days=3)
    forgift(kjerne, "logg", "INSERT", "notifikasjon_id", oppgave)
    try:
        til_det_er_tomt(utloep_frister, kjerne)
    finally:
        avgift(kjerne, "logg")
    bilde = _drift(klient)
    assert bilde["helse"] == "roed"
    (venter,) = bilde["venter"]
    assert (venter["hva"], venter["runde"], venter["kode"]) == ("til_side", "frister", "IntegrityError")
    maalinger = _maalinger(kjerne)
    assert 'gateway_etterslep_antall{arbeid="frister",tilstand="til_side"} 1.0' in maalinger
    svar = klient.post("/drift/til-side/frister/paa-nytt", json={"grunn": "Triggeren er fjernet"})
    assert (svar.status_code, svar.get_json()) == (200, {"runde": "frister", "antall": 1})
    assert rader(kjerne, SattTilSide) == []
    assert til_det_er_tomt(utloep_frister, kjerne) == 1
    assert klient.post("/drift/til-side/finnes-ikke/paa-nytt", json={"grunn": "x"}).status_code == 404


def test_en_oedelagt_plugin_er_roed(kjerne: Kjerne) -> None:
    sted = Pluginsted(navn="syk", modul="plugins.syk", produsent="fager", innstillinger={})
    oedelagt = Oedelagt(sted=sted, feil="SyntaxError")
    bilde = driftsbilde(replace(kjerne, plugins=Plugins(oedelagte=[oedelagt])))
    assert bilde.helse is Helse.ROED
    assert [grunn.tekst for grunn in bilde.grunner] == ["Pluginen syk er ødelagt."]


def test_naar_klokka_stilles_ringer_det_for_alle_runder(
    kjerne: Kjerne, klient: FlaskClient, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lytter = Lytter()
    flyttbar = replace(kjerne, klokke=FlyttbarKlokke(tmp_path), doerklokke=lytter)
    monkeypatch.setitem(klient.application.extensions, KJERNE, flyttbar)
    assert klient.put("/drift/klokke", json={"naa": "+3d"}).status_code == 200
    assert set(lytter.ringt) == set(RUNDER)


# --- the rules -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forhold", Forhold)
def test_hvert_forhold_har_en_regel_paa_norsk(forhold: Forhold) -> None:
    (grunn,) = grunner([Observasjon(forhold=forhold, antall=MANGE, navn="x")])
    assert grunn.helse is not Helse.GROENN
    assert "{" not in grunn.tekst
    assert grunner([Observasjon(forhold=forhold, antall=0, navn="x")]) == []


def test_det_verste_staar_foerst_og_bestemmer() -> None:
    funn = grunner(
        [
            Observasjon(forhold=Forhold.KARANTENE, antall=MANGE),
            Observasjon(forhold=Forhold.PLUGIN_OEDELAGT, antall=1, navn="syk"),
        ]
    )
    assert [grunn.tekst for grunn in funn] == ["Pluginen syk er ødelagt.", "Hendelser i karantene: mange."]
    assert (helse(funn), helse(funn[1:]), helse([])) == (Helse.ROED, Helse.GUL, Helse.GROENN)


@pytest.mark.parametrize(("sekunder", "venter"), [(None, False), (0, False), (120, False), (121, True)])
def test_arbeid_henger_naar_det_eldste_har_ventet_i_over_to_minutter(sekunder: float | None, venter: bool) -> None:
    assert henger(sekunder) is venter
