"""A key in a header."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from adapters.signaturer.api_noekkel import ApiNoekkelOrdning
from gateway.plugin import Anmodning, UgyldigSignatur, UgyldigValg

NAA = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
NOEKKEL = "k" * 32


def verifiser(hoder: dict[str, str], **valg: Any) -> None:
    ApiNoekkelOrdning().med(valg).verifiser(Anmodning(hoder=hoder, kropp=b"{}"), ["gammel-og-lang-nok", NOEKKEL], NAA)


def test_noekkelen_staar_i_sitt_hode() -> None:
    verifiser({"x-api-key": NOEKKEL})
    verifiser({"x-api-key": "gammel-og-lang-nok"})
    verifiser({"ocp-apim-subscription-key": NOEKKEL}, hode="Ocp-Apim-Subscription-Key")
    verifiser({"authorization": f"ApiKey {NOEKKEL}"}, hode="Authorization", prefiks="ApiKey ")


@pytest.mark.parametrize(
    ("hoder", "valg", "grunn"),
    [
        ({}, {}, "the header X-API-Key is missing or empty"),
        ({"x-api-key": ""}, {}, "the header X-API-Key is missing or empty"),
        ({"x-api-key": NOEKKEL[:-1]}, {}, "X-API-Key holds no key of the source"),
        ({"x-api-key": NOEKKEL.upper()}, {}, "holds no key"),
        ({"x-api-key": f"{NOEKKEL},{NOEKKEL}"}, {}, "holds no key"),  # as a header that was sent twice comes
        ({"x-api-key": "\ud800\x00"}, {}, "holds no key"),
        ({"x-api-key": NOEKKEL}, {"hode": "X-Annen"}, "the header X-Annen is missing"),
        ({"authorization": NOEKKEL}, {"hode": "Authorization", "prefiks": "ApiKey "}, "must begin with `ApiKey `"),
    ],
)
def test_det_som_ikke_er_noekkelen_avvises_med_grunnen(hoder: dict[str, str], valg: dict[str, str], grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn) as feil:
        verifiser(hoder, **valg)
    assert NOEKKEL[:10] not in str(feil.value)


@pytest.mark.parametrize("hemmelighet", ["", "k" * 15, "k" * 16 + " ", "æ" * 16, "\udc80" * 16])
def test_en_hemmelighet_som_er_svak_eller_ubrukelig_avvises(hemmelighet: str) -> None:
    with pytest.raises(ValueError, match=r"at least 16 characters|ASCII without spaces|not UTF-8"):
        ApiNoekkelOrdning().kontroller(hemmelighet)
    ApiNoekkelOrdning().kontroller("k" * 16)


def test_et_hode_som_ikke_finnes_avvises_ved_start() -> None:
    with pytest.raises(UgyldigValg, match="hode must be the name of a header"):
        ApiNoekkelOrdning().med({"hode": "X API"})
    with pytest.raises(UgyldigValg, match="prefiks must be at most 50 characters"):
        ApiNoekkelOrdning().med({"prefiks": "x" * 51})
