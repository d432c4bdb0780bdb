"""/drift: red, yellow or green by the same rules as the metrics and readiness, and what waits, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, generate_latest

from gateway.domain.helse import MANGE, Forhold, Helse, Observasjon, grunner, helse, henger, kommer_ikke_fram
from gateway.domain.prosess import Prosess, Rolle
from gateway.drift.maalinger import Etterslepsmaaler
from gateway.drift.proever import roede_grunner
from gateway.http.anrop import KJERNE
from gateway.inbox.inntak import Avsender, Hendelsestilstand, ta_imot
from gateway.kjerne import Kjerne, ny_id
from gateway.klokke import FlyttbarKlokke, sann_tid
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil
from gateway.reading.drift import driftsbilde
from gateway.runder.alle import RUNDER
from gateway.runder.frister import utloep_frister
from gateway.store.prosess import meld
from gateway.store.tabeller import Hendelse, SattTilSide, Varsel
from gateway.varsling.utsending import Varselrunde
from gateway.vertskap.erklaering import Oedelagt, Plugins, Pluginsted
from tests.handling.gjoer import EPOST, SWEEP, den_ene, gjoer, rader, til_det_er_tomt
from tests.runder.gift import avgift, forgift
from tests.varsling.test_utfall import Kanal
from tests.verden import START, FastKlokke, en_beskjed, en_oppgave, lest, melding

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
    register.register(Etterslepsmaaler(lambda: kjerne))
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


# --- nothing hides --------------------------------------------------------------------------------------------------


def _etterslep(klient: FlaskClient, hva: str) -> dict[str, Any]:
    (ett,) = [ett for ett in _drift(klient)["etterslep"] if ett["hva"] == hva]
    return dict(ett)


def _proev_epost(kjerne: Kjerne, *svar: Any) -> None:
    Varselrunde(kjerne, [Kanal(list(svar))], FastKlokke(), SWEEP).kjoer()


def test_det_som_proeves_igjen_skjuler_seg_ikke_bak_pausen(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient
) -> None:
    for nr in range(40):
        gjoer(kjerne, en_beskjed(ekstern_id=str(nr), eksterne_varsler=(EPOST,)))
    for _ in range(3):
        _proev_epost(kjerne, *[MidlertidigFeil("ConnectionRefusedError", "no server")] * 40)
        klokke.gaa(seconds=45)
    bilde = _drift(klient)
    epost = _etterslep(klient, "varsler_epost")
    assert epost["venter"] == {"antall": 40, "eldsteSekunder": 135.0}, "from when they could first be sent"
    assert epost["proevesIgjen"] == {"antall": 40, "eldsteSekunder": 135.0}
    assert epost["kommerIkkeFram"]
    assert bilde["helse"] == "roed"
    assert bilde["grunner"][0].startswith("Ingenting kommer fram: 40 e-poster")
    (venter,) = bilde["venter"]
    assert (venter["hva"], venter["kode"], venter["antall"]) == ("varsler_proeves_igjen", "ConnectionRefusedError", 40)
    assert "ConnectionRefusedError" in _side(klient)
    maalinger = _maalinger(kjerne)
    assert 'gateway_etterslep_eldste_sekunder{arbeid="varsler_epost",tilstand="proeves_igjen"} 135.0' in maalinger
    _proev_epost(kjerne, *[Sendt(kode="250")] * 40)
    klokke.gaa(hours=1)
    _proev_epost(kjerne, *[Sendt(kode="250")] * 40)
    assert _drift(klient)["helse"] == "groenn"


def test_noen_faa_som_ikke_kommer_fram_mens_andre_gjoer_det_er_gult(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient
) -> None:
    for nr in range(9):
        gjoer(kjerne, en_beskjed(ekstern_id=str(nr), eksterne_varsler=(EPOST,)))
    _proev_epost(kjerne, *[MidlertidigFeil("450", "later")] * 9)
    klokke.gaa(minutes=3)
    gjoer(kjerne, en_beskjed(ekstern_id="ny", eksterne_varsler=(EPOST,)))
    _proev_epost(kjerne, *[MidlertidigFeil("450", "later")] * 9, Sendt(kode="250"))
    assert _drift(klient)["helse"] == "gul"


def test_et_varsel_uten_kanal_er_roedt_for_seg_selv(kjerne: Kjerne, klient: FlaskClient) -> None:
    gjoer(kjerne, en_beskjed(eksterne_varsler=(EPOST,)))
    Varselrunde(kjerne, [], FastKlokke(), SWEEP).kjoer()
    bilde = _drift(klient)
    assert (bilde["helse"], bilde["grunner"]) == ("roed", ["Varsler som ingen kanal kan sende, siste døgn: 1 EPOST."])
    assert [ett["hva"] for ett in bilde["venter"]] == ["varsel_uten_kanal"]


def test_en_frist_som_var_ute_da_oppgaven_kom_er_ikke_et_arbeid_som_henger(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient
) -> None:
    klokke.gaa(days=30)
    gjoer(kjerne, en_oppgave(frist=dt.date(2026, 11, 24)))
    klokke.gaa(seconds=100)
    frister = _etterslep(klient, "frister")
    assert frister["forfalt"]["antall"] == 1
    assert (frister["muligSekunder"], frister["henger"]) == (100.0, False)
    assert _drift(klient)["helse"] == "groenn"
    klokke.gaa(seconds=30)
    assert _drift(klient)["helse"] == "roed", "for two minutes it could have been done"


def test_hendelser_som_ingen_tar_er_roede_etter_to_minutter(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient
) -> None:
    ta_imot(
        kjerne,
        lest(melding("inntektsmelding/1_opprett")),
        Avsender(produsent="inntektsmelding", applikasjon="a", korrelasjonsid="k"),
    )
    klokke.gaa(seconds=121)
    innboks = _etterslep(klient, "innboks")
    assert innboks["venter"] == innboks["forfalt"] == {"antall": 1, "eldsteSekunder": 121.0}
    assert innboks["henger"]
    assert _drift(klient)["helse"] == "roed"


@pytest.mark.parametrize(
    ("roller", "grunner_"),
    [
        ((), []),
        (("web", "worker", "scheduler"), []),
        (("web", "scheduler"), ["Ingen worker har gitt livstegn det siste minuttet."]),
        (("web", "worker"), ["Ingen scheduler har gitt livstegn det siste minuttet."]),
    ],
)
def test_en_rolle_som_ingen_har_er_roed(
    kjerne: Kjerne, klient: FlaskClient, roller: tuple[str, ...], grunner_: list[str]
) -> None:
    naa = sann_tid()
    for rolle in roller:
        meld(
            kjerne.database,
            Prosess(
                id=ny_id(),
                rolle=Rolle(rolle),
                vert="v",
                versjon="1",
                plugins=(),
                startet=naa - dt.timedelta(minutes=2),
                sist_sett=naa,
            ),
        )
    assert _drift(klient)["grunner"] == grunner_


def test_en_rolle_er_ikke_savnet_foer_noen_har_vaert_oppe_i_et_minutt(kjerne: Kjerne, klient: FlaskClient) -> None:
    naa = sann_tid()
    web = Prosess(id=ny_id(), rolle=Rolle.WEB, vert="v", versjon="1", plugins=(), startet=naa, sist_sett=naa)
    meld(kjerne.database, web)
    assert _drift(klient)["helse"] == "groenn"


@pytest.mark.parametrize(("dager", "helse_"), [(-1, Helse.ROED), (0, Helse.GUL), (21, Helse.GUL), (22, Helse.GROENN)])
def test_det_som_utloeper_sies_i_tide(kjerne: Kjerne, dager: int, helse_: Helse) -> None:
    dato = START.date() + dt.timedelta(days=dager)
    innstillinger = replace(kjerne.innstillinger, utloeper=(f"smtp-passord={dato}",))
    assert driftsbilde(replace(kjerne, innstillinger=innstillinger)).helse is helse_


@pytest.mark.parametrize(
    ("antall", "eldste", "sist", "staar"),
    [(4, 500, None, False), (5, 120, None, False), (5, 121, None, True), (5, 121, 130, True), (5, 121, 100, False)],
)
def test_ingenting_kommer_fram_naar_flere_venter_lenge_og_ingen_er_sendt_siden(
    antall: int, eldste: float, sist: float | None, staar: bool
) -> None:
    assert kommer_ikke_fram(antall, eldste, sist) is staar
