"""Tokens: verified by real keys; one that was found valid is remembered for a minute, and never beyond its exp."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import KeySet, RSAKey

from gateway.http.tokens import (
    DEV_AUDIENCE,
    DEV_LEVETID,
    DEV_UTSTEDER,
    KLOKKESLARK_SEKUNDER,
    DevUtsteder,
    Tokenkontroll,
    UgyldigToken,
    Utsteder,
)
from gateway.klokke import sann_tid
from gateway.oppsett.tokenoppsett import Rolle
from tests.verden import FastKlokke


class Nokkelknippe:
    """Keys of an issuer, which it may change; counts how often they are asked for."""

    def __init__(self, noekler: KeySet) -> None:
        self.noekler = noekler
        self.spurt = 0

    def for_kid(self, kid: str | None) -> KeySet:
        self.spurt += 1
        return self.noekler


@pytest.fixture
def utsteder(tmp_path: Path) -> DevUtsteder:
    return DevUtsteder(tmp_path)


@pytest.fixture
def knippe(utsteder: DevUtsteder) -> Nokkelknippe:
    return Nokkelknippe(utsteder.som_utsteder().noekler.for_kid(None))


@pytest.fixture
def klokke() -> FastKlokke:
    return FastKlokke(sann_tid())


@pytest.fixture
def kontroll(knippe: Nokkelknippe, klokke: FastKlokke) -> Tokenkontroll:
    return Tokenkontroll([Utsteder(DEV_UTSTEDER, DEV_AUDIENCE, knippe)], klokke.naa)


def test_et_token_verifiseres_en_gang_i_minuttet(
    utsteder: DevUtsteder, knippe: Nokkelknippe, klokke: FastKlokke, kontroll: Tokenkontroll
) -> None:
    token = utsteder.produsent_token("app")
    for _ in range(3):
        assert kontroll.claims(token, Rolle.PRODUSENT)["azp_name"] == "app"
    assert knippe.spurt == 1
    klokke.gaa(seconds=60)
    kontroll.claims(token, Rolle.PRODUSENT)
    assert knippe.spurt == 2


def test_en_noekkel_som_utstederen_har_trukket_er_ute_innen_et_minutt(
    utsteder: DevUtsteder, knippe: Nokkelknippe, klokke: FastKlokke, kontroll: Tokenkontroll
) -> None:
    token = utsteder.produsent_token("app")
    kontroll.claims(token, Rolle.PRODUSENT)
    knippe.noekler = KeySet([RSAKey.generate_key(2048, auto_kid=True)])
    klokke.gaa(seconds=60)
    with pytest.raises(UgyldigToken):
        kontroll.claims(token, Rolle.PRODUSENT)


def test_et_token_som_er_husket_er_likevel_ute_naar_det_er_utloept(
    utsteder: DevUtsteder, klokke: FastKlokke, kontroll: Tokenkontroll
) -> None:
    token = utsteder.produsent_token("app")
    klokke.still(klokke.naa() + DEV_LEVETID - dt.timedelta(seconds=5))
    kontroll.claims(token, Rolle.PRODUSENT)
    klokke.gaa(seconds=5 + KLOKKESLARK_SEKUNDER + 1)
    with pytest.raises(UgyldigToken):
        kontroll.claims(token, Rolle.PRODUSENT)


def test_et_token_som_er_husket_verifiseres_paa_nytt_naar_klokken_er_stilt_tilbake(
    utsteder: DevUtsteder, knippe: Nokkelknippe, klokke: FastKlokke, kontroll: Tokenkontroll
) -> None:
    token = utsteder.produsent_token("app")
    kontroll.claims(token, Rolle.PRODUSENT)
    klokke.gaa(seconds=-1)
    kontroll.claims(token, Rolle.PRODUSENT)
    assert knippe.spurt == 2
    klokke.gaa(seconds=-KLOKKESLARK_SEKUNDER - 5)
    with pytest.raises(UgyldigToken):  # its nbf is still to come
        kontroll.claims(token, Rolle.PRODUSENT)


@pytest.mark.parametrize("endret", [0, 1, 2], ids=["header", "claims", "signature"])
def test_et_token_som_er_endret_er_ikke_det_som_er_husket(
    utsteder: DevUtsteder, kontroll: Tokenkontroll, endret: int
) -> None:
    token = utsteder.produsent_token("app")
    kontroll.claims(token, Rolle.PRODUSENT)
    deler: list[Any] = token.split(".")
    deler[endret] = deler[endret][:-3] + ("AAA" if not deler[endret].endswith("AAA") else "BBB")
    with pytest.raises(UgyldigToken):
        kontroll.claims(".".join(deler), Rolle.PRODUSENT)


def test_minnet_om_tokens_vokser_ikke_uten_grense(
    utsteder: DevUtsteder, kontroll: Tokenkontroll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.http.tokens.HUSKER_TOKENS", 3)
    for nummer in range(10):
        kontroll.claims(utsteder.produsent_token(f"app-{nummer}"), Rolle.PRODUSENT)
    assert len(kontroll._husket) <= 3
