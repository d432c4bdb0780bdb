"""The document that is served: valid, complete, and true in all its examples."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from adapters.signaturer import github
from gateway.http.problemer import KODE_FOR_STATUS, PROBLEM, STATUS
from gateway.http.tokens import DevUtsteder
from gateway.kjerne import Kjerne
from tests.api.conftest import lag_app
from tests.api.dokument import PRODUSENTENES, Operasjon, avvik, felter, operasjoner, parametre
from tests.verden import melding

# What clients rely on. A name that changes here breaks every generated client: add, and do not rename.
PRODUSENT = """
hvem_er_jeg                                 GET    /whoami
opprett_sak                                 POST   /saker
hent_sak                                    GET    /saker/{id}
slett_sak                                   DELETE /saker/{id}
hent_tidslinje                              GET    /saker/{id}/tidslinje
ny_status                                   POST   /saker/{id}/statuser
endre_neste_steg                            PUT    /saker/{id}/neste-steg
endre_tilleggsinformasjon                   PUT    /saker/{id}/tilleggsinformasjon
sikre_sak                                   POST   /sikrede-saker
sikre_aapen_sak                             POST   /aapne-saker
finn_aapen_sak                              POST   /aapne-saker/finn
lukk_oppgaver                               POST   /saker/{id}/lukk-oppgaver
forleng_sletting                            PUT    /saker/{id}/sletting
opprett_beskjed                             POST   /beskjeder
hent_beskjed                                GET    /beskjeder/{id}
slett_beskjed                               DELETE /beskjeder/{id}
opprett_oppgave                             POST   /oppgaver
hent_oppgave                                GET    /oppgaver/{id}
slett_oppgave                               DELETE /oppgaver/{id}
oppgave_utfoert                             POST   /oppgaver/{id}/utfoert
oppgave_utgaatt                             POST   /oppgaver/{id}/utgaatt
utsett_frist                                PUT    /oppgaver/{id}/frist
endre_paaminnelse                           PUT    /oppgaver/{id}/paaminnelse
opprett_kalenderavtale                      POST   /kalenderavtaler
hent_kalenderavtale                         GET    /kalenderavtaler/{id}
slett_kalenderavtale                        DELETE /kalenderavtaler/{id}
oppdater_kalenderavtale                     PATCH  /kalenderavtaler/{id}
list_notifikasjoner                         GET    /notifikasjoner
hent_notifikasjon                           GET    /notifikasjoner/{id}
slett_notifikasjon                          DELETE /notifikasjoner/{id}
hent_varsel                                 GET    /varsler/{id}
kanseller_varsel                            DELETE /varsler/{id}
list_endringer                              GET    /endringer
ta_imot_hendelser                           POST   /hendelser
forhandsvis_hendelser       POST    /hendelser/forhandsvis
list_hendelser                              GET    /hendelser
hent_hendelse                               GET    /hendelser/{id}
hendelse_paa_nytt                           POST   /hendelser/{id}/paa-nytt
forkast_hendelse                            POST   /hendelser/{id}/forkast
list_hendelsestyper                         GET    /hendelsestyper
"""
ANDRE = {
    ("POST", "/webhooks/{kilde}", "ta_imot_webhook"),
    ("OPTIONS", "/webhooks/{kilde}", "samtykk"),
    ("POST", "/webhooks/{kilde}/{hemmelig_sti}", "ta_imot_webhook_med_hemmelig_sti"),
    ("OPTIONS", "/webhooks/{kilde}/{hemmelig_sti}", "samtykk_med_hemmelig_sti"),
}
MED_EGEN_NOEKKEL = {
    "saker": "med-grupperingsid",
    "oppgaver": "med-ekstern-id",
    "beskjeder": "med-ekstern-id",
    "kalenderavtaler": "med-ekstern-id",
    "notifikasjoner": "med-ekstern-id",
}
UTEN_EGEN_GRENSE = re.compile(r"no limit of its own", re.IGNORECASE)


@pytest.fixture
def dokument(klient: FlaskClient) -> dict[str, Any]:
    innhold: dict[str, Any] = klient.get("/openapi.json").get_json()
    return innhold


def ventede() -> Iterator[tuple[str, str, str]]:
    """Method, path and name of every producer's operation, by id and by own key."""
    for linje in PRODUSENT.strip().splitlines():
        navn, metode, sti = linje.split()
        yield metode, f"/api/v1{sti}", navn
        egen = MED_EGEN_NOEKKEL.get(sti.split("/")[1])
        if egen and "{id}" in sti:
            yield metode, f"/api/v1{sti.replace('{id}', egen)}", f"{navn}_{egen.replace('-', '_')}"


def _er_produsentens(operasjon: Operasjon) -> bool:
    return operasjon.sti.startswith("/api/v1/")


def test_dokumentet_er_gyldig_openapi(dokument: dict[str, Any]) -> None:
    assert dokument["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(dokument).validate()
    for skjema in dokument["components"]["schemas"].values():
        Draft202012Validator.check_schema(skjema)


def test_hver_operasjon_i_kontrakten_finnes_under_sitt_navn_og_ingen_andre(dokument: dict[str, Any]) -> None:
    ventet = {*ventede(), *ANDRE}
    funnet = {(operasjon.metode, operasjon.sti, operasjon.navn) for operasjon in operasjoner(dokument)}
    assert funnet == ventet
    assert len({navn for _, _, navn in ventet}) == len(ventet)


def test_hver_operasjon_har_navn_overskrift_og_kjent_tagg(dokument: dict[str, Any]) -> None:
    tagger = {tagg["name"] for tagg in dokument["tags"] if tagg["description"]}
    for operasjon in operasjoner(dokument):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operasjon.navn)
        assert 5 < len(operasjon.innhold["summary"]) < 80, operasjon
        assert "\n" not in operasjon.innhold["summary"], operasjon
        assert operasjon.innhold["tags"], operasjon
        assert set(operasjon.innhold["tags"]) <= tagger, operasjon


def test_hver_operasjon_sier_hvilke_feil_den_svarer(dokument: dict[str, Any]) -> None:
    for operasjon in filter(_er_produsentens, operasjoner(dokument)):
        svar = operasjon.innhold["responses"]
        ventet = {"401", "403", "422", "429", "500", "503"}
        if "requestBody" in operasjon.innhold:
            ventet |= {"400", "413", "415"}
        if "{id}" in operasjon.sti or "/med-" in operasjon.sti:
            ventet.add("404")
            if operasjon.metode != "GET":
                ventet.add("409")
        if operasjon.metode == "POST" and operasjon.navn.startswith("opprett"):
            ventet |= {"200", "201", "409"}
        assert ventet <= set(svar), operasjon
        assert not {"default"} & set(svar), operasjon
        for status, innhold in svar.items():
            if int(status) >= 400:
                assert innhold["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_hver_kode_i_dokumentet_er_kontraktens_med_riktig_status(dokument: dict[str, Any]) -> None:
    kjente = {**{kode: status for status, kode in KODE_FOR_STATUS.items()}, "UventetFeil": 500}
    kjente.update({avslag.kode: status for avslag, status in STATUS.items()})
    sett = set()
    for operasjon in operasjoner(dokument):
        for status, innhold in operasjon.innhold["responses"].items():
            for kode, eksempel in innhold.get("content", {}).get(PROBLEM, {}).get("examples", {}).items():
                assert kjente[kode] == int(status) == eksempel["value"]["status"]
                assert eksempel["value"]["kode"] == kode
                sett.add(kode)
    # IngenTilgang is the employer's and the operator's; ForMange comes from what stands before the gateway.
    assert set(kjente) - sett <= {"IngenTilgang", "ForMange"}


def test_hvert_felt_har_beskrivelse_og_eksempel(dokument: dict[str, Any]) -> None:
    mangler = [
        felt.hvor
        for felt in (*felter(dokument), *parametre(dokument))
        if len(felt.innhold.get("description", "")) < 4 or "example" not in felt.innhold
    ]
    assert mangler == []


def test_hvert_tekstfelt_har_en_grense_eller_sier_at_det_ikke_har_noen(dokument: dict[str, Any]) -> None:
    mangler = []
    for felt in (*felter(dokument), *parametre(dokument)):
        typer = felt.innhold.get("type", ())
        if "string" not in ((typer,) if isinstance(typer, str) else typer):
            continue
        begrenset = {"maxLength", "enum", "format"} & set(felt.innhold)
        if not begrenset and not UTEN_EGEN_GRENSE.search(felt.innhold["description"]):
            mangler.append(felt.hvor)
    assert mangler == []


def test_hvert_eksempel_paa_et_felt_er_gyldig(dokument: dict[str, Any]) -> None:
    galt = {
        felt.hvor: funn for felt in felter(dokument) if (funn := avvik(dokument, felt.innhold, felt.innhold["example"]))
    }
    assert galt == {}


def test_hvert_eksempel_paa_kropp_og_svar_foelger_sitt_skjema(dokument: dict[str, Any]) -> None:
    antall = 0
    for operasjon in operasjoner(dokument):
        deler = [operasjon.innhold["requestBody"]] if "requestBody" in operasjon.innhold else []
        for del_ in (*deler, *operasjon.innhold["responses"].values()):
            for innhold in del_.get("content", {}).values():
                eksempler = [ett["value"] for ett in innhold.get("examples", {}).values()]
                for eksempel in eksempler or [innhold["example"]]:
                    assert avvik(dokument, innhold["schema"], eksempel) == [], operasjon
                    antall += 1
    assert antall > 300


def test_eksemplene_paa_opprettinger_tas_imot_som_de_staar(
    klient: FlaskClient, fager: dict[str, str], dokument: dict[str, Any]
) -> None:
    for ressurs in ("saker", "beskjeder", "oppgaver", "kalenderavtaler"):
        sti = f"/api/v1/{ressurs}"
        eksempel = _kroppseksempel(dokument, "post", sti)
        svar = klient.post(sti, json=eksempel, headers=fager)
        assert svar.status_code == 201, (ressurs, svar.text)
        assert avvik(dokument, _svarskjema(dokument, "post", sti, 201), svar.get_json()) == []


def test_eksemplene_paa_aa_sikre_saker_tas_imot_som_de_staar(
    klient: FlaskClient, fager: dict[str, str], dokument: dict[str, Any]
) -> None:
    for sti, statuser in (("sikrede-saker", (201, 200)), ("aapne-saker", (201, 200)), ("aapne-saker/finn", (200,))):
        for status in statuser:
            hel = f"/api/v1/{sti}"
            svar = klient.post(hel, json=_kroppseksempel(dokument, "post", hel), headers=fager)
            assert svar.status_code == status, svar.text
            assert avvik(dokument, _svarskjema(dokument, "post", hel, status), svar.get_json()) == []


def test_eksemplene_paa_endringer_tas_imot_som_de_staar(
    klient: FlaskClient, fager: dict[str, str], dokument: dict[str, Any]
) -> None:
    sak = _kroppseksempel(dokument, "post", "/api/v1/saker")
    assert klient.post("/api/v1/saker", json=sak, headers=fager).status_code == 201
    proevd = set()
    for nr, operasjon in enumerate(filter(_er_produsentens, operasjoner(dokument))):
        ressurs = operasjon.sti.split("/")[3]
        if "{id}" not in operasjon.sti or "requestBody" not in operasjon.innhold or ressurs == "hendelser":
            continue
        noekkel = "grupperingsid" if ressurs == "saker" else "eksternId"
        ny = {**_kroppseksempel(dokument, "post", f"/api/v1/{ressurs}"), noekkel: f"min-{nr}"}
        id_ = klient.post(f"/api/v1/{ressurs}", json=ny, headers=fager).get_json()["id"]
        metode = operasjon.metode.lower()
        kropp = _kroppseksempel(dokument, metode, operasjon.sti)
        svar = klient.open(operasjon.sti.replace("{id}", id_), method=operasjon.metode, json=kropp, headers=fager)
        assert svar.status_code in (200, 201), (operasjon.navn, svar.text)
        assert avvik(dokument, _svarskjema(dokument, metode, operasjon.sti, svar.status_code), svar.get_json()) == []
        proevd.add(operasjon.navn)
    assert len(proevd) == 10


def test_eksempelet_paa_en_hendelse_tas_imot_i_alle_former(
    klient: FlaskClient, kjerne: Kjerne, som: Callable[[str], dict[str, str]], dokument: dict[str, Any]
) -> None:
    innhold = dokument["paths"]["/api/v1/hendelser"]["post"]["requestBody"]["content"]
    sendt = 0
    for type_ in ("application/cloudevents+json", "application/cloudevents-batch+json"):
        for navn, eksempel in innhold[type_]["examples"].items():
            app = kjerne.produsenter.hent(navn.split(".")[0]).applikasjoner[0]
            svar = klient.post("/api/v1/hendelser", json=eksempel["value"], headers={**som(app), "Content-Type": type_})
            assert svar.status_code in (200, 202), (navn, svar.text)
            assert avvik(dokument, _svarskjema(dokument, "post", "/api/v1/hendelser", 202), svar.get_json()) == []
            sendt += 1
    assert sendt >= 2 * 5


def test_eksempelet_paa_en_webhook_tas_imot_signert(klient: FlaskClient, dokument: dict[str, Any]) -> None:
    eksempel = _kroppseksempel(dokument, "post", "/webhooks/{kilde}")
    assert eksempel == melding("permittering/masseoppsigelse"), "a true message"
    kropp = json.dumps(eksempel).encode()
    hoder = {
        "X-Hub-Signature-256": github.signer("permittering-dev-hemmelighet", kropp),
        "Content-Type": "application/json",
    }
    svar = klient.post("/webhooks/permittering", data=kropp, headers=hoder)
    assert svar.status_code == 202
    assert avvik(dokument, _svarskjema(dokument, "post", "/webhooks/{kilde}", 202), svar.get_json()) == []


def test_skjemaene_har_navn_som_leses_godt_og_ingen_finnes_to_ganger(kjerne: Kjerne, utsteder: DevUtsteder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        dokument = lag_app(kjerne, utsteder).test_client().get("/openapi.json").get_json()
    for navn in dokument["components"]["schemas"]:
        if navn.startswith(PRODUSENTENES):
            continue
        assert re.fullmatch(r"([A-Z][a-z]+)+", navn)
        assert not re.search(r"Schema|Skjema|\d", navn)


def _kroppseksempel(dokument: dict[str, Any], metode: str, sti: str) -> dict[str, Any]:
    eksempel: dict[str, Any] = dokument["paths"][sti][metode]["requestBody"]["content"]["application/json"]["example"]
    return eksempel


def _svarskjema(dokument: dict[str, Any], metode: str, sti: str, status: int) -> dict[str, Any]:
    skjema: dict[str, Any] = dokument["paths"][sti][metode]["responses"][str(status)]["content"]["application/json"][
        "schema"
    ]
    return skjema
