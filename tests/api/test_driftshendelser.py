"""/drift/hendelser: quarantine across producers, without what it says; and what is decided, with who and why."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from gateway.api.doer import api
from gateway.drift.doer import drift
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.inbox import utvalg
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne, ny_id
from gateway.oppsett.innstillinger import Miljoe
from gateway.store.tabeller import Hendelse, Logg
from tests.handling.gjoer import rader
from tests.verden import START, FastKlokke

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
