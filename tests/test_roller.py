"""A token opens the doors of its role, whatever it claims; issuer and audience alone give it one."""

from __future__ import annotations

import itertools
import json
import logging
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from app import Gateway
from gateway.domain.feil import IngenTilgang
from gateway.drift.tilgang import Driftsperson, driftsperson
from gateway.http.jwks import FasteNoekler
from gateway.http.tokens import DEV_UTSTEDER, Tokenkontroll, UgyldigToken, Utsteder
from gateway.klokke import sann_tid
from gateway.oppsett.innstillinger import Innstillinger, Innstillingsfeil, les_innstillinger
from gateway.oppsett.tokenoppsett import Rolle, utstedere
from tests.ende_til_ende.kjoerende import vent_til
from tests.jwkstjener import http_svar, jwkstjener
from tests.test_settings import I_PROD

NOEKKEL = RSAKey.generate_key(2048, {"kid": "n"})
ALT = {
    "azp_name": "dev-gcp:fager:fager-demo",
    "pid": "15488510042",
    "acr": "Level4",
    "NAVident": "Z990001",
    "groups": ["drift"],
}
I_DRIFT = Innstillinger(
    drift_applikasjoner=("app-drift",), drift_grupper=("drift", "vakt"), drift_innhold_grupper=("innhold",)
)


def _token(iss: str, aud: Any, **claims: Any) -> str:
    innhold = {"iss": iss, "aud": aud, "exp": int(sann_tid().timestamp()) + 600, **ALT, **claims}
    return jwt.encode({"alg": "RS256", "kid": "n"}, innhold, NOEKKEL)


def _kontroll(**variabler: str) -> Tokenkontroll:
    """As `app.py` makes it, with the keys at hand."""
    roller = les_innstillinger({**I_PROD, **variabler}).tokenroller
    noekler = FasteNoekler(KeySet([NOEKKEL]))
    return Tokenkontroll([Utsteder(ett.iss, ett.audience, noekler) for ett in utstedere(roller)])


def _aapner(kontroll: Tokenkontroll, token: str) -> set[Rolle]:
    aapner = set()
    for rolle in Rolle:
        try:
            kontroll.claims(token, rolle)
        except UgyldigToken:
            continue
        aapner.add(rolle)
    return aapner


TRE_UTSTEDERE = {
    f"{rolle}_{hva}": f"https://{rolle.lower()}.example/{hva.lower()}"
    for rolle, hva in itertools.product(Rolle, ("UTSTEDER", "JWKS_URL", "AUDIENCE"))
}


@pytest.mark.parametrize(("fra", "til"), list(itertools.product(Rolle, Rolle)))
def test_et_token_med_alle_paastander_aapner_bare_doera_til_sin_egen_rolle(fra: Rolle, til: Rolle) -> None:
    kontroll = _kontroll(**TRE_UTSTEDERE)
    token = _token(TRE_UTSTEDERE[f"{fra}_UTSTEDER"], TRE_UTSTEDERE[f"{til}_AUDIENCE"])
    assert _aapner(kontroll, token) == ({fra} if fra is til else set())


def test_en_utsteder_kan_gi_to_roller_med_hver_sin_audience_og_aldri_begge() -> None:
    entra = {"UTSTEDER": "https://entra.example", "JWKS_URL": "https://entra.example/jwks"}
    kontroll = _kontroll(
        **{f"{rolle}_{hva}": verdi for rolle in ("PRODUSENT", "ANSATT") for hva, verdi in entra.items()},
        PRODUSENT_AUDIENCE="api, api-gammel",
        ANSATT_AUDIENCE="drift",
    )
    assert _aapner(kontroll, _token("https://entra.example", "api")) == {Rolle.PRODUSENT}
    assert _aapner(kontroll, _token("https://entra.example", ["annet", "api-gammel"])) == {Rolle.PRODUSENT}
    assert _aapner(kontroll, _token("https://entra.example", "drift")) == {Rolle.ANSATT}
    assert _aapner(kontroll, _token("https://entra.example", ["api", "drift"])) == set()
    assert _aapner(kontroll, _token("https://entra.example", "person")) == set()


def test_en_rolle_kan_ha_flere_utstedere_og_audience() -> None:
    kontroll = _kontroll(
        PERSON_UTSTEDER="https://a.example, https://b.example",
        PERSON_JWKS_URL="https://a.example/jwks,https://b.example/jwks",
        PERSON_AUDIENCE="x,y",
    )
    for iss, aud in itertools.product(("https://a.example", "https://b.example"), ("x", "y")):
        assert _aapner(kontroll, _token(iss, aud)) == {Rolle.PERSON}
    assert _aapner(kontroll, _token("https://c.example", "x")) == set()


@pytest.mark.parametrize(
    ("variabler", "sier"),
    [
        ({"PERSON_UTSTEDER": "https://a.example,https://b.example"}, "PERSON_JWKS_URL: must give one address for each"),
        ({"ANSATT_UTSTEDER": "https://a.example"}, "ANSATT_JWKS_URL: must give one address for each issuer"),
        (
            {"ANSATT_UTSTEDER": "https://a.example", "ANSATT_JWKS_URL": "https://a.example/jwks"},
            "ANSATT_AUDIENCE: must be set when ANSATT_UTSTEDER is",
        ),
        (
            {"PERSON_UTSTEDER": "https://a.example,https://a.example", "PERSON_JWKS_URL": "https://a/1,https://a/2"},
            "PERSON_UTSTEDER: must name each issuer once",
        ),
        (
            {"PERSON_JWKS_URL": "http://utsteder.example/jwks"},
            "PERSON_JWKS_URL: must start with https",
        ),
        ({"PERSON_JWKS_URL": "http://127.0.0.1.example/"}, "PERSON_JWKS_URL: must start with https"),
        ({"PERSON_JWKS_URL": "file:///etc/jwks"}, "PERSON_JWKS_URL: must start with https"),
        ({"PERSON_JWKS_URL": "https://[utsteder"}, "PERSON_JWKS_URL: must start with https"),
        ({"PERSON_JWKS_URL": "https://utsteder:port/"}, "PERSON_JWKS_URL: must start with https"),
        (
            {"PERSON_UTSTEDER": I_PROD["PRODUSENT_UTSTEDER"], "PERSON_JWKS_URL": I_PROD["PRODUSENT_JWKS_URL"]}
            | {"PERSON_AUDIENCE": "a,b", "PRODUSENT_AUDIENCE": "b,c"},
            "PERSON_AUDIENCE: names an audience that PRODUSENT_AUDIENCE names too, for the same issuer",
        ),
        (
            {"PERSON_UTSTEDER": I_PROD["PRODUSENT_UTSTEDER"]},
            "PERSON_JWKS_URL: gives other keys for an issuer than PRODUSENT_JWKS_URL",
        ),
    ],
)
def test_utstedere_som_ikke_lar_seg_holde_fra_hverandre_stopper_oppstarten(
    variabler: dict[str, str], sier: str
) -> None:
    with pytest.raises(Innstillingsfeil) as fanget:
        les_innstillinger({**I_PROD, **variabler})
    assert str(fanget.value).startswith(sier)


@pytest.mark.parametrize("vert", ["127.0.0.1:8080", "[::1]", "localhost"])
def test_noekler_uten_tls_hentes_bare_fra_maskinen_selv_og_i_dev(vert: str) -> None:
    assert les_innstillinger({**I_PROD, "PERSON_JWKS_URL": f"http://{vert}/jwks"})
    assert les_innstillinger(
        {"PERSON_UTSTEDER": "x", "PERSON_JWKS_URL": "http://utsteder.example", "PERSON_AUDIENCE": "y"}
    )


# --- /drift --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rolle", "claims", "hvem"),
    [
        (Rolle.ANSATT, {"NAVident": "Z990001", "groups": ["annet", "vakt"]}, "Z990001"),
        (
            Rolle.ANSATT,
            {"preferred_username": "kari@nav.no", "oid": "0198f3c2-a4b4-7c55-a3a1-c0ffee00000c", "groups": ["drift"]},
            "0198f3c2-a4b4-7c55-a3a1-c0ffee00000c",
        ),
        (Rolle.PRODUSENT, {"azp_name": "app-drift"}, "app-drift"),
        (Rolle.ANSATT, {"azp_name": "app-drift"}, "app-drift"),
    ],
)
def test_drift_aapnes_for_en_ansatt_i_gruppen_og_for_en_applikasjon(
    rolle: Rolle, claims: dict[str, Any], hvem: str
) -> None:
    assert driftsperson(rolle, claims, I_DRIFT) == Driftsperson(hvem=hvem, kan_se_innhold=False)


@pytest.mark.parametrize(
    ("rolle", "claims", "avslag"),
    [
        (Rolle.ANSATT, {"NAVident": "Z990001", "groups": ["annet"]}, IngenTilgang),
        (Rolle.ANSATT, {"NAVident": "Z990001"}, IngenTilgang),
        (Rolle.ANSATT, {"NAVident": "Z990001", "groups": "drift"}, IngenTilgang),
        (Rolle.ANSATT, {"NAVident": "Z990001", "groups": [["drift"]]}, IngenTilgang),
        # what may see content is not what opens the door
        (Rolle.ANSATT, {"NAVident": "Z990001", "groups": ["innhold"]}, IngenTilgang),
        # an employee who came by an application that may itself
        (Rolle.ANSATT, {"NAVident": "Z990001", "groups": [], "azp_name": "app-drift"}, IngenTilgang),
        (Rolle.PRODUSENT, {"NAVident": "Z990001", "groups": ["drift"], "azp_name": "app-drift"}, IngenTilgang),
        (Rolle.PRODUSENT, {"groups": ["drift"]}, IngenTilgang),
        (Rolle.PRODUSENT, {"azp_name": "app-annen"}, IngenTilgang),
        (Rolle.PRODUSENT, {"azp_name": ["app-drift"]}, IngenTilgang),
        (Rolle.PERSON, {"azp_name": "app-drift"}, UgyldigToken),
        # nobody is logged by a name or a fødselsnummer
        (Rolle.ANSATT, {"preferred_username": "kari@nav.no", "groups": ["drift"]}, UgyldigToken),
        (Rolle.ANSATT, {"NAVident": "15488510042", "groups": ["drift"]}, UgyldigToken),
    ],
)
def test_ingen_andre_kommer_inn_paa_drift(rolle: Rolle, claims: dict[str, Any], avslag: type[Exception]) -> None:
    with pytest.raises(avslag):
        driftsperson(rolle, claims, I_DRIFT)


def test_den_som_er_i_begge_gruppene_ser_innholdet() -> None:
    claims = {"NAVident": "Z990001", "groups": ["vakt", "innhold"]}
    assert driftsperson(Rolle.ANSATT, claims, I_DRIFT).kan_se_innhold


# --- put together --------------------------------------------------------------------------------------------------


def test_gatewayen_henter_noeklene_til_hver_utsteder_den_er_satt_opp_med(monkeypatch: pytest.MonkeyPatch) -> None:
    with jwkstjener() as tjener:
        tjener.svar = http_svar(json.dumps({"keys": [NOEKKEL.as_dict(private=False)]}).encode())
        for navn, verdi in {**I_PROD, **TRE_UTSTEDERE}.items():
            monkeypatch.setenv(navn, tjener.url if navn.endswith("_JWKS_URL") else verdi)
        monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))  # it sets up its own
        tokens = Gateway().tokens
        vent_til(lambda: tjener.spurt == len(Rolle), sekunder=10, hva="all keys are asked for before any request")
        for rolle in Rolle:
            token = _token(TRE_UTSTEDERE[f"{rolle}_UTSTEDER"], TRE_UTSTEDERE[f"{rolle}_AUDIENCE"])
            assert _aapner(tokens, token) == {rolle}
        with pytest.raises(UgyldigToken, match="not one that the gateway trusts"):
            tokens.claims(_token(DEV_UTSTEDER, "gateway-dev-produsent"), Rolle.PRODUSENT)
