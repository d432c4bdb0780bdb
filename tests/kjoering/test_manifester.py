"""The manifests of NAIS, held against what the product has: no cluster runs here, so they are read, and not applied."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from gateway.cli import cli
from gateway.drift.maalinger import Etterslepsmaaler
from gateway.kjerne import Kjerne
from gateway.oppsett.hemmelighetsfil import FRA_MILJOE
from gateway.oppsett.innstillinger import KREVES_I_PROD, Innstillinger, les_innstillinger
from tests.kjoering.test_bildet import TRINN
from tests.verden import ROT

MAPPE = ROT / "config" / "nais"
ALLE = {fil.stem: yaml.safe_load(fil.read_text(encoding="utf-8")) for fil in sorted(MAPPE.glob("*.yaml"))}
APPLIKASJONER = ("web", "worker", "scheduler", "drift")
PROSESSER = (*APPLIKASJONER, "migrate")
BILDETS = {
    navn: verdi
    for hva, resten in TRINN[-1].steg
    if hva == "ENV"
    for navn, _, verdi in (par.partition("=") for par in resten.split())
}
# What the platform gives a workload that asks for it, by the field that asks.
PLATTFORMENS = {
    "azure": {
        "AZURE_OPENID_CONFIG_ISSUER": "https://azure.example",
        "AZURE_OPENID_CONFIG_JWKS_URI": "https://azure.example/jwks",
        "AZURE_APP_CLIENT_ID": "azure-id",
    },
    "tokenx": {
        "TOKEN_X_ISSUER": "https://tokenx.example",
        "TOKEN_X_JWKS_URI": "https://tokenx.example/jwks",
        "TOKEN_X_CLIENT_ID": "tokenx-id",
    },
    "valkey": {
        "VALKEY_USERNAME_DOERKLOKKE": "bruker",
        "VALKEY_PASSWORD_DOERKLOKKE": "passord",
        "VALKEY_HOST_DOERKLOKKE": "valkey.example",
        "VALKEY_PORT_DOERKLOKKE": "26483",
    },
}
# The secret that the documentation tells of.
HEMMELIGHETEN = {
    "DATABASE_URL": "postgresql://gateway:passord@postgres.example/gateway?sslmode=verify-full",
    "HEMMELIG_NOEKKEL": "0123456789abcdef" * 4,
    "KILDE_PERMITTERING": "hemmelig",
    "KILDE_INNTEKTSMELDING": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
INTERN_PORT = 9090
VARIABLER = {felt.metadata["variabel"] for felt in Innstillinger.__dataclass_fields__.values()}


def _spec(navn: str) -> dict[str, Any]:
    spec: dict[str, Any] = ALLE[navn]["spec"]
    return spec


def _miljoe(navn: str) -> dict[str, str]:
    """The environment that the process starts with: of the image, the manifest, the platform and the secret."""
    spec = _spec(navn)
    gitt = {**BILDETS, **{ett["name"]: ett["value"] for ett in spec["env"]}}
    for felt, variabler in PLATTFORMENS.items():
        if felt in spec:
            gitt |= variabler
    if {"secret": "produsentgateway"} in spec["envFrom"]:
        gitt |= HEMMELIGHETEN
    kommando = [re.sub(r"\$\((\w+)\)", lambda treff: gitt[treff[1]], ledd) for ledd in spec["command"]]
    assert kommando[0] == "env"
    satt = [ledd.split("=", 1) for ledd in kommando[1:-2]]
    return {**gitt, **dict(satt)}


@pytest.mark.parametrize("navn", PROSESSER)
def test_prosessen_starter_med_det_miljoeet_som_manifestet_gir(navn: str) -> None:
    miljoe = _miljoe(navn)
    innstillinger = les_innstillinger(miljoe)
    assert not innstillinger.dev
    assert all(getattr(innstillinger, felt) for felt in KREVES_I_PROD)
    plattformens = {variabel for felt in PLATTFORMENS if felt in _spec(navn) for variabel in PLATTFORMENS[felt]}
    assert set(miljoe) <= VARIABLER | set(HEMMELIGHETEN) | plattformens | {"PATH", "PYTHONDONTWRITEBYTECODE"}


@pytest.mark.parametrize("navn", PROSESSER)
def test_kommandoen_finnes(navn: str) -> None:
    kommando = _spec(navn)["command"][-2:]
    assert kommando == ["gateway", {"drift": "web"}.get(navn, navn)]
    assert kommando[1] in cli.commands


@pytest.mark.parametrize("navn", APPLIKASJONER)
def test_proever_og_metrikker_spoer_der_prosessen_svarer(navn: str) -> None:
    spec = _spec(navn)
    port = les_innstillinger(_miljoe(navn)).port if _spec(navn)["command"][-1] == "web" else INTERN_PORT
    assert {spec[proeve]["port"] for proeve in ("startup", "liveness", "readiness")} == {port}
    assert spec["port"] == port
    assert spec["prometheus"] == {"enabled": True, "path": "/internal/metrics", "port": str(port)}
    assert spec["startup"]["path"] == spec["liveness"]["path"] == "/internal/isalive"
    assert spec["readiness"]["path"] == "/internal/isready"


def test_folk_kommer_til_drift_gjennom_plattformens_innlogging() -> None:
    spec, miljoe = _spec("drift"), _miljoe("drift")
    assert spec["azure"]["sidecar"]["enabled"]
    innstillinger = les_innstillinger(miljoe)
    assert innstillinger.ansatt_utsteder == (PLATTFORMENS["azure"]["AZURE_OPENID_CONFIG_ISSUER"],)
    assert list(innstillinger.drift_grupper) == [ett["id"] for ett in spec["azure"]["application"]["claims"]["groups"]]


@pytest.mark.parametrize("navn", APPLIKASJONER)
def test_prosessen_faar_tid_til_aa_slutte(navn: str) -> None:
    spec = _spec(navn)
    foer = int(spec["preStopHook"]["exec"]["command"][1]) if "preStopHook" in spec else 0
    assert spec["terminationGracePeriodSeconds"] >= foer + 10, "it ends within ten seconds of SIGTERM"
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("navn", PROSESSER)
def test_ressurser_og_nettverk_er_sagt(navn: str) -> None:
    spec = _spec(navn)
    assert spec["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in spec["resources"]["limits"]
    assert spec["accessPolicy"]["outbound"]["external"], "the database"
    if navn == "worker":
        minne = int(re.fullmatch(r"(\d+)Gi", spec["resources"]["limits"]["memory"])[1]) << 10  # type: ignore[index]
        plugins = yaml.safe_load((ROT / "config" / "prod" / "produsenter.yaml").read_text(encoding="utf-8"))
        assert minne >= Innstillinger().plugin_minne_mb * len(plugins), "room for all plugins at their limit"


@pytest.mark.parametrize("navn", PROSESSER)
def test_ingen_hemmelighet_staar_i_manifestet(navn: str) -> None:
    tekst = json.dumps(ALLE[navn])
    hemmelige = {f.metadata["variabel"] for f in Innstillinger.__dataclass_fields__.values() if f.metadata["hemmelig"]}
    satt = {ett["name"] for ett in _spec(navn)["env"]}
    assert satt & hemmelige <= {"SMTP_URL"}, "that of a relay without a password"
    assert not re.search(r"://[^$\"]+:[^$\"/]+@", tekst)


def test_dokumentasjonen_nevner_hele_hemmeligheten() -> None:
    tekst = (ROT / "gateway" / "drift" / "produksjon.md").read_text(encoding="utf-8")
    assert all(f"`{navn}`" in tekst for navn in HEMMELIGHETEN)
    kilder = (ROT / "config" / "prod" / "kilder.yaml").read_text(encoding="utf-8")
    assert set(re.findall(rf'"{FRA_MILJOE}(\w+)"', kilder)) <= set(HEMMELIGHETEN)


def test_arbeiderne_skaleres_etter_en_metrikk_som_finnes(kjerne: Kjerne) -> None:
    spec = _spec("skalering")
    assert spec["scaleTargetRef"]["name"] == ALLE["worker"]["metadata"]["name"]
    replikaer = _spec("worker")["replicas"]
    assert replikaer["disableAutoScaling"], "two that scale the same would pull at each other"
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (replikaer["min"], replikaer["max"])
    (utloeser,) = spec["triggers"]
    finnes = {maaling.name for maaling in Etterslepsmaaler(lambda: kjerne).collect()}
    assert set(re.findall(r"gateway_\w+", utloeser["metadata"]["query"])) <= finnes


def test_alt_i_mappen_er_tatt_med_i_teksten() -> None:
    tekst = (ROT / "gateway" / "drift" / "produksjon.md").read_text(encoding="utf-8")
    assert {f"config/nais/{navn}.yaml" for navn in ALLE} == set(re.findall(r"config/nais/\w+\.yaml", tekst))
