"""All faults of a body in one answer, one title for one kode, and nothing read as what it only looks like."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.domain.feil import Valideringsfeil
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Notifikasjon, Sak
from tests.api.kommando_er_rest.kall import (
    I_SAKEN,
    R_BESKJED,
    R_OPPGAVE,
    R_SAK,
    Kall,
    paa_oppgaven,
    patch_avtale,
    post_avtale,
    post_beskjed,
    post_status,
    r_epost,
)
from tests.handling.gjoer import rader


def _uten(kropp: dict[str, Any], *navn: str, **annet: Any) -> dict[str, Any]:
    return {felt: verdi for felt, verdi in {**kropp, **annet}.items() if felt not in navn}


def _stier(tre: Any, foran: str = "") -> set[str]:
    if isinstance(tre, list):
        return {foran}
    return {sti for navn, ett in tre.items() for sti in _stier(ett, f"{foran}.{navn}" if foran else navn)}


UTEN_TITTEL = Kall(metode="POST", sti="/saker", kropp=_uten(R_SAK, "tittel", virksomhetsnummer="312914175"))
MANGE = Kall(
    metode="POST",
    sti="/oppgaver",
    kropp=_uten(
        R_OPPGAVE,
        "lenke",
        tekst=7,
        ukjent=1,
        virksomhetsnummer="312914175",
        mottakere=["alle", {"altinnRessurs": {"ressursId": " "}}, {"naermesteLeder": {"ansattFnr": "1"}}],
        eksterneVarsler=[{"sms": {"mottaker": {"kontaktinfo": {"tlf": "12"}}, "smsTekst": "Hei"}}],
        paaminnelse={"eksterneVarsler": [r_epost(html=" ")], "tidspunkt": {"foerFrist": "fem dager"}},
    ),
)


@pytest.mark.parametrize(
    ("kall", "felter"),
    [
        (UTEN_TITTEL, {"tittel", "virksomhetsnummer"}),
        (
            MANGE,
            {
                "lenke",
                "tekst",
                "ukjent",
                "virksomhetsnummer",
                "mottakere.0._schema",
                "mottakere.1.altinnRessurs.ressursId",
                "mottakere.2.naermesteLeder.naermesteLederFnr",
                "mottakere.2.naermesteLeder.ansattFnr",
                "eksterneVarsler.0.sms.sendetidspunkt",
                "eksterneVarsler.0.sms.mottaker.kontaktinfo.tlf",
                "paaminnelse.eksterneVarsler.0.epost.sendevindu",
                "paaminnelse.eksterneVarsler.0.epost.sendetidspunkt",
                "paaminnelse.eksterneVarsler.0.epost.epostHtmlBody",
                "paaminnelse.tidspunkt.foerFrist",
            },
        ),
        (post_status("FERDIG", tidspunkt=1, nyLenkeTilSak="nav.no"), {"tidspunkt", "nyLenkeTilSak"}),
        (paa_oppgaven("POST", "utfoert", utfoertTidspunkt=1, nyLenke="nav.no"), {"utfoertTidspunkt", "nyLenke"}),
        (paa_oppgaven("PUT", "frist", paaminnelse={"tidspunkt": {}}), {"nyFrist", "paaminnelse.tidspunkt"}),
        (patch_avtale(nyErDigitalt=1, nyTekst=" "), {"nyErDigitalt", "nyTekst"}),
        (post_beskjed(tekst="a\x00b", virksomhetsnummer="1"), {"tekst", "virksomhetsnummer"}),
    ],
)
def test_alle_feil_i_en_kropp_sies_paa_en_gang(
    klient: FlaskClient, fager: dict[str, str], kall: Kall, felter: set[str]
) -> None:
    svar = klient.open(f"/api/v1{kall.sti}", method=kall.metode, json=kall.kropp, headers=fager)
    problem = svar.get_json()
    assert (svar.status_code, problem["kode"], problem["title"]) == (422, "Valideringsfeil", Valideringsfeil.tittel)
    assert _stier(problem["felter"]["json"]) == felter


@pytest.mark.parametrize("kropp", [b"[]", b"7", b"", b'"tekst"'])
def test_ogsaa_det_som_ikke_er_en_kropp_har_samme_tittel(
    klient: FlaskClient, fager: dict[str, str], kropp: bytes
) -> None:
    svar = klient.post("/api/v1/saker", data=kropp, headers={**fager, "Content-Type": "application/json"})
    assert (svar.status_code, svar.get_json()["title"]) == (422, Valideringsfeil.tittel)


@pytest.mark.parametrize("verdi", [1, 1.0, 0, "true", "on", [], {}])
@pytest.mark.parametrize("lag", [post_avtale, patch_avtale])
def test_bare_true_og_false_er_ja_og_nei(klient: FlaskClient, fager: dict[str, str], lag: Any, verdi: Any) -> None:
    kall = lag(**{"erDigitalt" if lag is post_avtale else "nyErDigitalt": verdi})
    svar = klient.open(f"/api/v1{kall.sti}", method=kall.metode, json=kall.kropp, headers=fager)
    assert svar.status_code == 422
    assert list(svar.get_json()["felter"]["json"]) == list({*kall.kropp} & {"erDigitalt", "nyErDigitalt"})


@pytest.mark.parametrize(
    ("felt", "verdi"),
    [
        *[("tekst", verdi) for verdi in (False, 1, 1.5, ["a"], {})],
        *[("eksternId", verdi) for verdi in (False, 0, 1.0)],
        *[("eksterneVarsler", verdi) for verdi in ({}, "", False, 0)],
        *[("mottakere", verdi) for verdi in ({}, {"0": {}}, "", True)],
        *[("opprettetTidspunkt", verdi) for verdi in (False, 0, 1700000000)],
        ("hardDelete", []),
    ],
)
def test_en_verdi_av_en_annen_type_avvises(
    klient: FlaskClient, fager: dict[str, str], kjerne: Kjerne, felt: str, verdi: Any
) -> None:
    svar = klient.post("/api/v1/beskjeder", json={**R_BESKJED, felt: verdi}, headers=fager)
    assert (svar.status_code, list(svar.get_json()["felter"]["json"])) == (422, [felt])
    assert rader(kjerne, Notifikasjon) == []


@pytest.mark.parametrize("antall", ["1.0", "1e1", "1_0", " 1", "+1", "٣", "0", "501", "", "-1"])
def test_et_antall_er_sifre(klient: FlaskClient, fager: dict[str, str], antall: str) -> None:
    svar = klient.get("/api/v1/notifikasjoner", query_string={"antall": antall}, headers=fager)
    assert (svar.status_code, list(svar.get_json()["felter"]["query"])) == (422, ["antall"])


@pytest.mark.parametrize("sti", ["/notifikasjoner", "/endringer"])
def test_en_merkelapp_to_ganger_gir_hver_rad_en_gang(klient: FlaskClient, fager: dict[str, str], sti: str) -> None:
    klient.post("/api/v1/beskjeder", json={**R_BESKJED, "merkelapp": "Demo"}, headers=fager)
    for sporring in ("?merkelapp=Demo", "?merkelapp=Demo&merkelapp=Demo"):
        assert len(klient.get(f"/api/v1{sti}{sporring}", headers=fager).get_json()["elementer"]) == 1


ID = "0198f3c2-a4b4-7c55-a3a1-c0ffee000001"
EN_OPPGAVE = "merkelapp=Fager&eksternId=oppgave-1"


@pytest.mark.parametrize(
    ("metode", "sti", "parameter"),
    [
        ("GET", "/notifikasjoner?merkelapp[]=Demo", "merkelapp[]"),
        ("GET", "/notifikasjoner?Merkelapp=Demo", "Merkelapp"),
        ("GET", "/notifikasjoner?antall=1&antall=2", "antall"),
        ("GET", "/notifikasjoner?grupperingsid=a&grupperingsid=a", "grupperingsid"),
        ("GET", "/endringer?x=1", "x"),
        ("GET", "/whoami?x=1", "x"),
        ("GET", f"/saker/{ID}?merkelapp=Fager", "merkelapp"),
        ("GET", f"/varsler/{ID}?x", "x"),
        ("POST", "/saker?x=1", "x"),
        ("POST", "/beskjeder?dryRun=true", "dryRun"),
        ("DELETE", f"/notifikasjoner/{ID}?x=1", "x"),
        ("GET", f"/oppgaver/med-ekstern-id?{EN_OPPGAVE}&x=1", "x"),
        ("GET", f"/oppgaver/med-ekstern-id?{EN_OPPGAVE}&merkelapp=Fager", "merkelapp"),
        ("DELETE", f"/oppgaver/med-ekstern-id?{EN_OPPGAVE}&x=1", "x"),
        ("POST", f"/oppgaver/med-ekstern-id/utfoert?{EN_OPPGAVE}&x=1", "x"),
        ("GET", "/oppgaver/med-ekstern-id?merkelapp=Fager&eksternId=a%00b", "eksternId"),
        ("GET", f"/oppgaver/med-ekstern-id?merkelapp=Fager&eksternId={'%C3%A5' * 501}", "eksternId"),
        ("GET", f"/oppgaver/med-ekstern-id?merkelapp=Fager&eksternId={'%F0%9F%98%80' * 251}", "eksternId"),
        ("GET", "/notifikasjoner?grupperingsid=a%00b", "grupperingsid"),
        ("GET", "/hendelsestyper?x=1", "x"),
    ],
)
def test_ukjente_gjentatte_og_umulige_parametre_avvises(
    klient: FlaskClient, fager: dict[str, str], metode: str, sti: str, parameter: str
) -> None:
    svar = klient.open(f"/api/v1{sti}", method=metode, headers=fager)
    problem = svar.get_json()
    assert (svar.status_code, problem["kode"], problem["title"]) == (422, "Valideringsfeil", Valideringsfeil.tittel)
    assert list(problem["felter"]["query"]) == [parameter]


def test_hver_vei_avviser_parametre_som_ikke_finnes(klient: FlaskClient, fager: dict[str, str]) -> None:
    for regel in klient.application.url_map.iter_rules():
        if not regel.rule.startswith("/api/v1"):
            continue
        sti = regel.rule.replace("<id>", ID)
        for metode in (regel.methods or set()) - {"HEAD", "OPTIONS"}:
            svar = klient.open(f"{sti}?finnesIkke=1", method=metode, headers=fager, json={})
            assert svar.status_code in (415, 422), (metode, sti)


@pytest.mark.parametrize("noekkel", ["a" * 501, "å" * 501, " ", "\u00ad"])
def test_en_umulig_idempotensnoekkel_avvises_ved_navn(
    klient: FlaskClient, fager: dict[str, str], kjerne: Kjerne, noekkel: str
) -> None:
    klient.post("/api/v1/saker", json=R_SAK, headers=fager)
    hoder = {**fager, "Idempotency-Key": noekkel}
    svar = klient.delete(f"/api/v1/saker/med-grupperingsid{I_SAKEN}", headers=hoder)
    assert svar.status_code == 422
    assert len(rader(kjerne, Sak)) == 1


@pytest.mark.parametrize("ordning", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_ordningen_i_authorization_er_den_samme_med_store_og_smaa_bokstaver(
    klient: FlaskClient, fager: dict[str, str], ordning: str
) -> None:
    token = fager["Authorization"].removeprefix("Bearer ")
    assert klient.get("/api/v1/whoami", headers={"Authorization": f"{ordning} {token}"}).status_code == 200
    assert klient.get("/api/v1/whoami", headers={"Authorization": f"{ordning}x {token}"}).status_code == 401


@pytest.mark.parametrize(
    ("oppgitt", "beholdes"),
    [
        ("a", True),
        ("Ab9+/=-_.:", True),
        ("a" * 200, True),
        ("a" * 201, False),
        ("", False),
        ("a b", False),
        ("<script>", False),
        ("blåbær", False),
        ("a,b", False),
        ("15488510042", False),  # a person's, and it would stand in the log
        ("15488510043", True),
    ],
)
def test_en_korrelasjonsid_beholdes_bare_i_kontraktens_form(klient: FlaskClient, oppgitt: str, beholdes: bool) -> None:
    svar = klient.get("/api/v1/whoami", headers={"X-Request-ID": oppgitt})
    assert (svar.headers["X-Correlation-ID"] == oppgitt) is beholdes
    assert svar.get_json()["korrelasjonsid"] == svar.headers["X-Correlation-ID"]


@pytest.mark.parametrize("id_", [ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", "tull"])
def test_en_id_er_en_uuid_slik_den_ble_gitt(klient: FlaskClient, fager: dict[str, str], id_: str) -> None:
    assert klient.get(f"/api/v1/saker/{id_}", headers=fager).status_code == 404


def test_svaret_sier_hva_som_alt_er_forbi(klient: FlaskClient, fager: dict[str, str]) -> None:
    svar = klient.post("/api/v1/oppgaver", json={**R_OPPGAVE, "frist": "2026-11-01"}, headers=fager)
    (merknad,) = svar.get_json()["merknader"]
    assert (svar.status_code, merknad.split()[0]) == (201, "frist")
