"""/drift/hendelser: quarantine across producers, without what it says; and what is decided, with who and why."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from gateway.api.doer import api
from gateway.drift.doer import drift
from gateway.http.anrop import PROEVESTED
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.inbox import driftsinngrep, utvalg
from gateway.inbox.gjenspilling import proev_paa_nytt
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne, ny_id
from gateway.oppsett.innstillinger import Miljoe
from gateway.store.tabeller import Hendelse, Logg, Sak
from tests.handling.gjoer import rader
from tests.verden import START, FastKlokke, melding

PERSON = "15488510042"
JSON = {"Accept": "application/json"}
SIDE = {"Accept": "text/html"}
INGEN_IGJEN = {"neste": None, "igjen": {"antall": 0, "minst": False}}


def _hendelse(kjerne: Kjerne, produsent: str = "fager", tilstand: str = "KARANTENE", kode: str = "Pluginfeil") -> UUID:
    nummer = ny_id()
    with kjerne.database.tilkobling():
        Hendelse.insert(
            id=nummer,
            produsent=produsent,
            kilde="demo",
            ekstern_id=f"producers-own-{nummer}",
            type="TYPE",
            noekkel=str(nummer),
            loepenummer=1,
            format="json",
            raa=PERSON.encode(),
            applikasjon="a",
            korrelasjonsid="korr-1",
            mottatt_tidspunkt=START,
            tilstand=tilstand,
            plugin="demo==1",
            feilkode=kode,
            feilmelding=f"failed on {PERSON}",
        ).execute()
    return nummer


def _liste(klient: FlaskClient, **utvalg: str) -> dict[str, Any]:
    svar = klient.get("/drift/hendelser", query_string=utvalg, headers=JSON)
    assert svar.status_code == 200
    return dict(svar.get_json())


def _csrf(klient: FlaskClient) -> str:
    funnet = re.search(r'name="csrf" value="([^"]+)"', klient.get("/drift/hendelser", headers=SIDE).text)
    assert funnet
    return funnet[1]


def _tilstander(kjerne: Kjerne) -> dict[UUID, str]:
    return {rad.id: rad.tilstand for rad in rader(kjerne, Hendelse)}


def test_karantenen_vises_paa_tvers_av_produsenter_uten_det_som_staar_i_den(
    kjerne: Kjerne, klokke: FastKlokke, klient: FlaskClient
) -> None:
    foerste, andre = _hendelse(kjerne), _hendelse(kjerne, produsent="inntektsmelding")
    _hendelse(kjerne, tilstand="PAA_VENT")
    _hendelse(kjerne, tilstand="BEHANDLET")
    klokke.gaa(minutes=7)
    svar = _liste(klient)
    assert [ett["id"] for ett in svar["elementer"]] == [str(foerste), str(andre)]
    assert svar["elementer"][0] == {
        "id": str(foerste),
        "produsent": "fager",
        "kilde": "demo",
        "type": "TYPE",
        "tilstand": "KARANTENE",
        "kode": "Pluginfeil",
        "klasse": None,
        "alderSekunder": 420.0,
        "nesteForsoek": None,
        "ventTil": None,
        "forsoek": 0,
        "plugin": "demo==1",
        "korrelasjonsid": "korr-1",
        "merke": str(foerste)[:16],
        "merknader": {},
    }
    side = klient.get("/drift/hendelser", headers=SIDE).text
    assert str(andre) in side
    for hemmelig in (PERSON, "producers-own"):
        assert hemmelig not in side
        assert hemmelig not in str(svar)


@pytest.mark.parametrize(
    ("utvalg", "antall"),
    [
        ({}, 3),
        ({"produsent": "fager"}, 2),
        ({"kode": "Annet"}, 1),
        ({"produsent": "fager", "kode": "Annet", "kilde": "demo", "type": "TYPE"}, 1),
        ({"kilde": "ukjent"}, 0),
        ({"tilstand": "PAA_VENT"}, 1),
    ],
)
def test_utvalget_bestemmer_hvilke(kjerne: Kjerne, klient: FlaskClient, utvalg: dict[str, str], antall: int) -> None:
    _hendelse(kjerne)
    _hendelse(kjerne, kode="Annet")
    _hendelse(kjerne, produsent="inntektsmelding")
    _hendelse(kjerne, tilstand="PAA_VENT")
    assert len(_liste(klient, **utvalg)["elementer"]) == antall


def test_sidene_henger_sammen_ogsaa_naar_bare_noen_faa_passer(
    kjerne: Kjerne, klient: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utvalg, "VINDU", 3)
    ider = [str(_hendelse(kjerne, kode="Annet" if nr % 4 == 0 else "Pluginfeil")) for nr in range(10)]
    sett, etter = [], ""
    while True:
        svar = _liste(klient, kode="Annet", etter=etter)
        sett += [ett["id"] for ett in svar["elementer"]]
        etter = svar["neste"]
        if etter is None:
            break
    assert sett == [ider[0], ider[4], ider[8]]


def test_proev_paa_nytt_foeres_med_hvem_og_hvorfor(
    kjerne: Kjerne, klient: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    valgt, annen = _hendelse(kjerne), _hendelse(kjerne)
    with caplog.at_level(logging.INFO):
        svar = klient.post("/drift/hendelser/paa-nytt", json={"id": [str(valgt)], "grunn": "Pluginen er rettet"})
    assert (svar.status_code, svar.get_json()) == (200, {"antall": 1, "avvist": {}, **INGEN_IGJEN})
    assert _tilstander(kjerne) == {valgt: "MOTTATT", annen: "KARANTENE"}
    (innslag,) = rader(kjerne, Logg)
    assert (innslag.hva, innslag.produsent, innslag.applikasjon) == ("DriftProevdePaaNytt", "fager", "dev")
    assert innslag.innhold == {"hendelse": str(valgt), "grunn": "Pluginen er rettet"}
    (linje,) = [rad for rad in caplog.records if rad.getMessage() == "operations decided about events"]
    assert (linje.__dict__["hvem"], linje.__dict__["grunn"]) == ("dev", "Pluginen er rettet")


def test_et_utvalg_kan_forkastes_paa_en_gang(kjerne: Kjerne, klient: FlaskClient) -> None:
    syke = [_hendelse(kjerne, kode="Annet"), _hendelse(kjerne, kode="Annet")]
    frisk = _hendelse(kjerne)
    svar = klient.post("/drift/hendelser/forkast", json={"alle": True, "kode": "Annet", "grunn": "Sendt ved en feil"})
    assert svar.get_json() == {"antall": 2, "avvist": {}, **INGEN_IGJEN}
    assert _tilstander(kjerne) == {**dict.fromkeys(syke, "FORKASTET"), frisk: "KARANTENE"}
    igjen = klient.post("/drift/hendelser/forkast", json={"id": str(syke[0]), "grunn": "Igjen"})
    assert igjen.get_json() == {"antall": 0, "avvist": {"Konflikt": 1}, **INGEN_IGJEN}


@pytest.mark.parametrize(
    "kropp", [{}, {"grunn": ""}, {"grunn": "x" * 501}, {"grunn": f"Gjelder {PERSON}"}, {"grunn": "ola@nav.no"}, []]
)
def test_uten_en_grunn_som_kan_staa_i_loggen_skjer_ingenting(kjerne: Kjerne, klient: FlaskClient, kropp: Any) -> None:
    valgt = _hendelse(kjerne)
    if kropp:
        kropp = {**kropp, "id": str(valgt)}
    svar = klient.post("/drift/hendelser/forkast", json=kropp, headers=JSON)
    assert svar.status_code == 422
    assert PERSON not in svar.text
    assert _tilstander(kjerne) == {valgt: "KARANTENE"}
    assert rader(kjerne, Logg) == []


def test_skjemaet_virker_uten_skript_og_bare_fra_vaar_egen_side(kjerne: Kjerne, klient: FlaskClient) -> None:
    valgt = _hendelse(kjerne)
    sagt = {"id": str(valgt), "grunn": "Pluginen er rettet"}
    fremmed = klient.post("/drift/hendelser/paa-nytt", data=sagt, headers=SIDE)
    assert fremmed.status_code == 403
    assert "Siden er for gammel" in fremmed.text
    assert _tilstander(kjerne) == {valgt: "KARANTENE"}
    svar = klient.post("/drift/hendelser/paa-nytt", data={**sagt, "csrf": _csrf(klient)}, headers=SIDE)
    assert svar.status_code == 303
    assert "Gjort: 1." in klient.get(svar.headers["Location"], headers=SIDE).text
    assert _tilstander(kjerne) == {valgt: "MOTTATT"}


@pytest.mark.parametrize(("grupper", "status"), [(["vakt"], 403), (["vakt", "innsyn"], 200)])
def test_innholdet_er_bare_for_dem_som_faar_se_det(
    kjerne: Kjerne, utsteder: DevUtsteder, grupper: list[str], status: int
) -> None:
    innstillinger = replace(
        kjerne.innstillinger, miljoe=Miljoe.PROD, drift_grupper=("vakt",), drift_innhold_grupper=("innsyn",)
    )
    tokens = Tokenkontroll([utsteder.som_utsteder()])
    i_prod = replace(kjerne, innstillinger=innstillinger)
    klient = lag_applikasjon(i_prod, tokens=tokens, doerer=(api(Kilder(())), drift)).test_client()
    hoder = {"Authorization": f"Bearer {utsteder.ansatt_token('Z990001', grupper)}"}
    sti = f"/drift/hendelser/{_hendelse(kjerne)}"
    svar = klient.get(sti, headers={**hoder, **JSON})
    assert svar.status_code == status
    assert (PERSON in svar.text) is (status == 200)
    side = klient.get(sti, headers={**hoder, **SIDE})
    assert side.status_code == status
    assert ("Du har ikke tilgang" in side.text) is (status == 403)


def test_et_stort_utvalg_tas_i_bunker_og_det_sies_hvor_mye_som_er_igjen(
    kjerne: Kjerne, klient: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driftsinngrep, "HOEYST", 4)
    monkeypatch.setattr(driftsinngrep.neste_bunke, "__defaults__", (4,))
    ider = [_hendelse(kjerne, kode="Annet" if nr % 3 else "Pluginfeil") for nr in range(15)]
    sagt = {"alle": True, "kode": "Annet", "grunn": "Rettet"}
    sett = []
    etter = None
    while True:
        svar = klient.post("/drift/hendelser/paa-nytt", json={**sagt, **({"etter": etter} if etter else {})}).get_json()
        sett.append((svar["antall"], svar["igjen"]["antall"]))
        if (etter := svar["neste"]) is None:
            break
    assert sett == [(4, 6), (4, 2), (2, 0)]
    ventet = {id_: "MOTTATT" if nr % 3 else "KARANTENE" for nr, id_ in enumerate(ider)}
    assert _tilstander(kjerne) == ventet


def test_skjemaet_gaar_videre_der_det_slapp(
    kjerne: Kjerne, klient: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driftsinngrep.neste_bunke, "__defaults__", (2,))
    ider = [_hendelse(kjerne) for _ in range(3)]
    sagt = {"alle": "ja", "grunn": "Rettet", "csrf": _csrf(klient)}
    svar = klient.post("/drift/hendelser/forkast", data=sagt, headers=SIDE)
    side = klient.get(svar.headers["Location"], headers=SIDE).text
    assert "Gjort: 2." in side
    assert "Igjen i utvalget: 1." in side
    fortsett = re.search(r'name="etter" value="([0-9a-f]+)"', side)
    assert fortsett
    klient.post("/drift/hendelser/forkast", data={**sagt, "etter": fortsett[1]}, headers=SIDE)
    assert _tilstander(kjerne) == dict.fromkeys(ider, "FORKASTET")


def test_en_noekkels_hendelser_tas_i_sin_rekkefoelge_hvordan_idene_enn_ligger(
    kjerne: Kjerne, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that came at once may have ids in another order than their places in the key."""
    monkeypatch.setattr(driftsinngrep.neste_bunke, "__defaults__", (2,))
    ider = [_hendelse(kjerne) for _ in range(4)]
    with kjerne.database.tilkobling():
        for plass, nummer in enumerate((2, 3, 0, 1)):  # the first two ids stand last
            Hendelse.update(noekkel="felles", loepenummer=plass).where(Hendelse.id == ider[nummer]).execute()
        bunke = driftsinngrep.neste_bunke(kjerne, utvalg.Utvalg(), None)
    assert bunke.ider == [ider[2], ider[3], ider[0], ider[1]]


@pytest.mark.parametrize("tilstand", ["BEHANDLET", "FORKASTET", "ALLE"])
def test_det_som_er_behandlet_proeves_ikke_paa_nytt_og_hvorfor_sies(
    kjerne: Kjerne, klient: FlaskClient, tilstand: str
) -> None:
    _hendelse(kjerne, tilstand="BEHANDLET")
    sagt = {"alle": True, "tilstand": tilstand, "grunn": "Igjen"}
    svar = klient.post("/drift/hendelser/paa-nytt", json=sagt, headers=JSON)
    assert (svar.status_code, svar.get_json()["kode"]) == (409, "Konflikt")
    assert "gateway hendelser sandkasse" in svar.get_json()["detail"]


def _sendt(kjerne: Kjerne, navn: str, **felter: Any) -> UUID:
    """A true event of inntektsmelding, as a round might have left it."""
    data = melding(f"inntektsmelding/{navn}")
    nummer = _hendelse(kjerne, produsent="inntektsmelding", tilstand=felter.pop("tilstand", "KARANTENE"))
    verdier = {"type": data["@event_name"], "raa": json.dumps(data).encode(), **felter}
    with kjerne.database.tilkobling():
        Hendelse.update(verdier).where(Hendelse.id == nummer).execute()
    return nummer


def _steg(kjerne: Kjerne, klient: FlaskClient, id_: UUID) -> Any:
    """What the plugin makes of it now, as it would be kept."""
    with kjerne.database.tilkobling():
        rad = Hendelse.get_by_id(id_)
    (ett,) = proev_paa_nytt(kjerne, klient.application.extensions[PROEVESTED], [rad], lambda _: None)
    assert ett.vist is not None
    return ett.vist.steg


def test_en_proeve_viser_hva_som_ville_skjedd_og_gjoer_ingenting(kjerne: Kjerne, klient: FlaskClient) -> None:
    lykkes = _sendt(kjerne, "1_opprett")
    feiler = _sendt(kjerne, "1_opprett", raa=b'{"feil": 1}')
    toemt = _sendt(kjerne, "1_opprett", raa=b"")
    steg = _steg(kjerne, klient, lykkes)
    lik = _sendt(kjerne, "1_opprett", tilstand="BEHANDLET", kommandoer=steg)
    endret = _sendt(
        kjerne,
        "1_opprett",
        tilstand="BEHANDLET",
        kommandoer=[{**steg[0], "innhold": {**steg[0]["innhold"], "tittel": "Gammel tittel"}}, *steg[1:]],
    )
    ider = [lykkes, feiler, toemt, lik, endret]
    foer = _tilstander(kjerne)
    svar = klient.post("/drift/hendelser/paa-nytt", json={"proev": True, "id": list(map(str, ider))}, headers=JSON)
    elementer = {UUID(ett["id"]): ett for ett in svar.get_json()["elementer"]}
    assert {id_: elementer[id_]["forskjell"] for id_ in ider} == {
        lykkes: "LYKKES_NAA",
        feiler: "FEILER_FORTSATT",
        toemt: "TOEMT",
        lik: "LIK",
        endret: "ENDRET",
    }
    assert [ett["kommando"] for ett in elementer[lykkes]["kommandoer"]] == ["NySak", "NyOppgave"]
    assert all(ett["ny"] for ett in elementer[lykkes]["kommandoer"])
    assert elementer[feiler]["kode"] == "Oversettelsesfeil"
    assert any(linje.startswith("-") and "Gammel tittel" in linje for linje in elementer[endret]["diff"])
    assert elementer[endret]["avvist"]["kode"] == "Konflikt"
    assert _tilstander(kjerne) == foer
    assert rader(kjerne, Logg) == []
    assert rader(kjerne, Sak) == []


def test_proeven_paa_siden_og_for_forkasting(kjerne: Kjerne, klient: FlaskClient) -> None:
    valgt, ferdig = _sendt(kjerne, "1_opprett"), _sendt(kjerne, "1_opprett", tilstand="BEHANDLET")
    sagt = {"proev": "ja", "alle": "ja", "tilstand": "KARANTENE", "csrf": _csrf(klient)}
    side = klient.post("/drift/hendelser/paa-nytt", data=sagt, headers=SIDE).text
    assert str(valgt) in side
    assert "LYKKES_NAA" in side
    assert "Ingenting er gjort" in side
    svar = klient.post(
        "/drift/hendelser/forkast", json={"proev": True, "id": [str(valgt), str(ferdig), str(ny_id())]}, headers=JSON
    ).get_json()["elementer"]
    assert [ett["avvist"] and ett["avvist"]["kode"] for ett in svar] == [None, "Konflikt", "HendelseFinnesIkke"]
    assert _tilstander(kjerne)[valgt] == "KARANTENE"
