"""What a person at Swagger UI does by hand, and what the document says of it."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from tests.api.test_ugyldig import OPPGAVE
from tests.verden import GLAD_TORSK, RESSURS, aktoer, en_sak

SAK = {
    "grupperingsid": "s-1",
    "merkelapp": "Fager",
    "virksomhetsnummer": GLAD_TORSK,
    "mottakere": OPPGAVE["mottakere"],
    "tittel": "Søknad",
    "initiellStatus": "MOTTATT",
}


def test_det_samme_igjen_er_200_og_noe_annet_er_409_med_iden(klient: FlaskClient, fager: dict[str, str]) -> None:
    for sti, kropp, felt in (("/saker", SAK, "tittel"), ("/oppgaver", OPPGAVE, "tekst")):
        foerst = klient.post(f"/api/v1{sti}", json=kropp, headers=fager)
        igjen = klient.post(f"/api/v1{sti}", json=kropp, headers=fager)
        annet = klient.post(f"/api/v1{sti}", json={**kropp, felt: "Noe annet"}, headers=fager)
        assert [svar.status_code for svar in (foerst, igjen, annet)] == [201, 200, 409]
        assert foerst.get_json() == igjen.get_json()
        assert annet.get_json()["idTilEksisterende"] == foerst.get_json()["id"]


def test_en_oppgave_leses_med_id_og_med_egen_noekkel(klient: FlaskClient, fager: dict[str, str]) -> None:
    id_ = klient.post("/api/v1/oppgaver", json={**OPPGAVE, "frist": "2026-12-01"}, headers=fager).get_json()["id"]
    med_id = klient.get(f"/api/v1/notifikasjoner/{id_}", headers=fager).get_json()
    egen = klient.get("/api/v1/notifikasjoner/med-ekstern-id?merkelapp=Fager&eksternId=1", headers=fager).get_json()
    assert med_id == egen
    assert (egen["tilstand"], egen["frist"], egen["opprettetTidspunkt"]) == ("NY", "2026-12-01", "2026-11-23T09:00:00Z")
    assert klient.post(f"/api/v1/oppgaver/{id_}/utfoert", headers=fager).status_code == 200
    assert klient.post(f"/api/v1/oppgaver/{id_}/utgaatt", json={}, headers=fager).status_code == 409


def test_lister_gjentar_ingenting_og_skjuler_ingenting(klient: FlaskClient, fager: dict[str, str]) -> None:
    for nr in range(7):
        merkelapp = ("Fager", "Demo")[nr % 2]
        klient.post("/api/v1/beskjeder", json={**OPPGAVE, "merkelapp": merkelapp, "eksternId": str(nr)}, headers=fager)
    sett: list[str] = []
    etter = ""
    for _ in range(10):
        side = klient.get(f"/api/v1/notifikasjoner?antall=3{etter}", headers=fager).get_json()
        sett += [ett["eksternId"] for ett in side["elementer"]]
        if side["neste"] is None:
            break
        ny = {**OPPGAVE, "eksternId": f"ny-{len(sett)}"}
        if len(sett) == 3:
            klient.post("/api/v1/beskjeder", json=ny, headers=fager)
        etter = f"&etter={side['neste']}"
    assert sett == [*(str(nr) for nr in range(7)), "ny-3"]


def test_32_like_foresporsler_samtidig_er_en_og_svarene_er_like(klient: FlaskClient, fager: dict[str, str]) -> None:
    start = threading.Barrier(32)

    def en(_: int) -> Any:
        start.wait(30)
        return klient.application.test_client().post("/api/v1/oppgaver", json=OPPGAVE, headers=fager)

    with ThreadPoolExecutor(32) as traader:
        svar = list(traader.map(en, range(32)))
    assert sorted(ett.status_code for ett in svar) == [200] * 31 + [201]
    assert len({ett.text for ett in svar}) == 1


def test_dokumentet_henger_sammen_og_hver_operasjon_sier_hva_den_svarer(klient: FlaskClient) -> None:
    dokument = klient.get("/openapi.json").get_json()
    tekst = json.dumps(dokument)
    for sti in re.findall(r'"\$ref": "#/([^"]+)"', tekst):
        del_: Any = dokument
        for ledd in sti.split("/"):
            del_ = del_[ledd]
        assert del_
    navn = []
    for sti, metoder in dokument["paths"].items():
        for metode, operasjon in metoder.items():
            if metode in ("get", "post", "put", "delete", "patch", "options"):
                navn.append(operasjon["operationId"])
                assert operasjon["summary"], sti
                if sti.startswith("/api/v1"):
                    assert {"401", "403", "422", "429", "503"} <= set(operasjon["responses"]), (metode, sti)
    assert len(navn) == len(set(navn)) > 20
    assert dokument["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_swagger_ui_henter_ingenting_utenfra(klient: FlaskClient) -> None:
    side = klient.get("/swagger-ui/").text
    assert not re.findall(r"(?:src|href)=[\"']?https?://", side)
    for fil in re.findall(r"(?:src|href)=[\"']([^\"']+\.(?:js|css))", side):
        sti = fil if fil.startswith("/") else f"/swagger-ui/{fil.removeprefix('./')}"
        assert klient.get(sti).status_code == 200, sti


@pytest.mark.parametrize(
    "oenske",
    [
        {"konkret": "2026-12-01T08:00:00"},
        {"etterOpprettelse": "P5D"},
        {"foerFrist": "P5D"},
        {"foerStartTidspunkt": "PT1H"},
    ],
)
def test_en_paaminnelse_leses_som_den_ble_oensket(
    klient: FlaskClient, kjerne: Kjerne, fager: dict[str, str], oenske: dict[str, str]
) -> None:
    felles = {
        "merkelapp": "Fager",
        "eksternId": "1",
        "grupperingsid": "sak-1",
        "virksomhetsnummer": GLAD_TORSK,
        "mottakere": [{"altinnRessurs": {"ressursId": RESSURS}}],
        "tekst": "t",
        "lenke": "https://nav.no",
        "paaminnelse": {"tidspunkt": oenske},
    }
    utfoer(kjerne, en_sak(), aktoer(kjerne))
    if "foerStartTidspunkt" in oenske:
        sti, egne = "/api/v1/kalenderavtaler", {"startTidspunkt": "2026-12-24T10:00"}
    else:
        sti, egne = "/api/v1/oppgaver", {"frist": "2026-12-24"}
    opprettet = klient.post(sti, json={**felles, **egne}, headers=fager)
    assert opprettet.status_code == 201, opprettet.text
    lest = klient.get(f"{sti}/{opprettet.get_json()['id']}", headers=fager).get_json()
    assert {navn: verdi for navn, verdi in lest["paaminnelse"]["tidspunkt"].items() if verdi} == oenske
