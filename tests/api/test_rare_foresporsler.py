"""What no client sends on purpose: an answer of the contract all the same, and never a fault of ours."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.api.dokument import operasjoner
from tests.api.test_openapi import PROBLEM

NUL = "a%00b"
SIFRE = "9" * 5_000


@pytest.mark.parametrize("id_", ["1", "ikke-en-id", "%00", "æ", "0198f3c2-a4b4-7c55-a3a1-c0ffee00000g", "a" * 5_000])
def test_en_id_som_ikke_er_en_uuid_finnes_ikke(klient: FlaskClient, fager: dict[str, str], id_: str) -> None:
    koder = {"saker": "SakFinnesIkke", "varsler": "VarselFinnesIkke", "hendelser": "HendelseFinnesIkke"}
    kropper = {"ny_status": {"status": "FERDIG"}, "utsett_frist": {"nyFrist": "2026-12-01"}}
    kropper["endre_neste_steg"] = {"nesteSteg": None}
    kropper["endre_tilleggsinformasjon"] = {"tilleggsinformasjon": None}
    kropper["endre_paaminnelse"] = {"paaminnelse": None}
    kropper["lukk_oppgaver"] = {"som": "UTGAATT"}
    kropper["forleng_sletting"] = {"hardDelete": {"nyTid": {"om": "P1Y"}, "strategi": "FORLENG"}}
    kropper["forkast_hendelse"] = {"grunn": "feil"}
    proevd = 0
    for operasjon in operasjoner(klient.get("/openapi.json").get_json()):
        if "{id}" not in operasjon.sti:
            continue
        sti = operasjon.sti.replace("{id}", id_)
        kropp = kropper.get(operasjon.navn, {}) if "requestBody" in operasjon.innhold else None
        svar = klient.open(sti, method=operasjon.metode, json=kropp, headers=fager)
        ventet = koder.get(sti.split("/")[3], "NotifikasjonFinnesIkke")
        assert (svar.status_code, svar.mimetype, svar.get_json()["kode"]) == (404, PROBLEM, ventet), operasjon
        assert klient.open(sti, method=operasjon.metode, json=kropp).status_code == 401
        proevd += 1
    assert proevd == 26


@pytest.mark.parametrize(
    "sti",
    [
        f"/notifikasjoner?grupperingsid={NUL}",
        f"/notifikasjoner/med-ekstern-id?merkelapp=Fager&eksternId={NUL}",
        f"/oppgaver/med-ekstern-id?merkelapp=Fager&eksternId={NUL}",
        f"/saker/med-grupperingsid?merkelapp=Fager&grupperingsid={NUL}",
        f"/saker/med-grupperingsid/tidslinje?merkelapp=Fager&grupperingsid={NUL}",
        "/endringer?etter=²-1",
        "/endringer?etter=9223372036854775808-1",
        f"/endringer?etter={SIFRE}-1",
        f"/endringer?etter={NUL}",
        "/notifikasjoner?etter=-1",
        f"/notifikasjoner?etter={SIFRE}",
        f"/notifikasjoner?etter={NUL}",
        f"/hendelser?etter={SIFRE}",
        "/hendelser?tilstand=%00",
        f"/notifikasjoner?antall={SIFRE}",
        "/notifikasjoner?antall=1e3",
        "/notifikasjoner?antall=-0",
        "/endringer?antall=501",
    ],
)
def test_en_sporring_som_ikke_kan_besvares_er_en_valideringsfeil(
    klient: FlaskClient, fager: dict[str, str], sti: str
) -> None:
    svar = klient.get(f"/api/v1{sti}", headers=fager)
    assert (svar.status_code, svar.mimetype, svar.get_json()["kode"]) == (422, PROBLEM, "Valideringsfeil"), svar.text
    assert svar.get_json()["felter"]["query"]


def test_en_oppdatering_med_nul_i_noekkelen_er_en_valideringsfeil(klient: FlaskClient, fager: dict[str, str]) -> None:
    for metode, sti in (("POST", "/oppgaver/med-ekstern-id/utfoert"), ("DELETE", "/beskjeder/med-ekstern-id")):
        svar = klient.open(f"/api/v1{sti}?merkelapp=Fager&eksternId={NUL}", method=metode, headers=fager)
        assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil")


def test_en_sti_med_to_skraastreker_finnes_ikke(klient: FlaskClient, fager: dict[str, str]) -> None:
    for sti in ("/api/v1/saker//tidslinje", "/api/v1//saker/med-grupperingsid", "//api/v1/whoami"):
        svar = klient.get(sti, headers=fager)
        assert (svar.status_code, svar.mimetype) == (404, PROBLEM), sti


@pytest.mark.parametrize("verdi", ["æøå", "\x7f", "%00", " ", "a" * 5_000, '"', "é" * 10])
def test_rare_verdier_i_hoder_er_aldri_vaar_feil(klient: FlaskClient, fager: dict[str, str], verdi: str) -> None:
    for hode in ("Idempotency-Key", "X-Request-ID", "Prefer", "Accept", "Content-Type", "ce-id"):
        svar = klient.post("/api/v1/hendelser", json={}, headers={**fager, hode: verdi})
        assert svar.status_code in (415, 422), (hode, svar.text)
        svar = klient.delete(
            "/api/v1/saker/med-grupperingsid?merkelapp=Fager&grupperingsid=ingen", headers={**fager, hode: verdi}
        )
        assert svar.status_code in (404, 422), (hode, svar.text)
    svar = klient.get("/api/v1/whoami", headers={"Authorization": f"Bearer {verdi}"})
    assert (svar.status_code, svar.get_json()["kode"]) == (401, "IkkeInnlogget")
