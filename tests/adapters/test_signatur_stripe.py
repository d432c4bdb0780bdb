"""Stripe's signature: `Stripe-Signature`, and what others that sign in the same way send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from adapters.signaturer.stripe import FLEST_SIGNATURER, StripeSignatur
from gateway.plugin import Anmodning, UgyldigSignatur

# The vector that Stripe's own library for .NET is tested with (stripe-dotnet, EventUtilityTest).
HEMMELIGHET = "webhook_secret"
TID = dt.datetime.fromtimestamp(1533204620, dt.UTC)
V1 = "f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613"
FASIT = f"t=1533204620,v1={V1},v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef"
KROPP = b"""{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "ii_123",
      "object": "invoiceitem",
      "amount": 1000,
      "currency": "usd",
      "customer": "cus_123",
      "date": 1533204620,
      "description": "Test Invoice Item",
      "discountable": false,
      "invoice": "in_123",
      "livemode": false,
      "metadata": {},
      "period": {
        "start": 1533204620,
        "end": 1533204620
      },
      "plan": null,
      "proration": false,
      "quantity": null,
      "subscription": null
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "invoiceitem.created"
}
"""
NULLER = "0" * 64


def verifiser(
    hode: str | None = FASIT,
    kropp: bytes = KROPP,
    hemmeligheter: Sequence[str] = (HEMMELIGHET,),
    naa: dt.datetime = TID,
) -> None:
    hoder = {} if hode is None else {"stripe-signature": hode}
    StripeSignatur().verifiser(Anmodning(hoder=hoder, kropp=kropp), hemmeligheter, naa)


def test_stemmer_med_vektoren_til_stripes_eget_bibliotek() -> None:
    verifiser()


def test_en_riktig_signatur_blant_flere_er_nok() -> None:
    verifiser(f"t=1533204620,v1={NULLER},v1={V1}")
    verifiser(f"v1={V1}, t=1533204620, v9=x")


@pytest.mark.parametrize("avvik", [-300, 0, 300])
def test_fem_minutter_hver_vei_er_tillatt(avvik: int) -> None:
    verifiser(naa=TID + dt.timedelta(seconds=avvik))


@pytest.mark.parametrize(("avvik", "grunn"), [(-300.1, "too far in the future"), (300.1, "too old")])
def test_en_melding_avvises_utenfor_tidsvinduet(avvik: float, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(naa=TID + dt.timedelta(seconds=avvik))


@pytest.mark.parametrize(
    ("hode", "grunn"),
    [
        (None, "Stripe-Signature is missing"),
        ("", "Stripe-Signature is missing"),
        (f"v1={V1}", "one `t="),
        (f"t=1533204620,{FASIT}", "one `t="),  # as a header that was sent twice comes
        ("t=1533204620", "1 to 10 signatures"),
        (f"t=1533204620,v0={V1}", "1 to 10 signatures"),
        ("t=1533204620" + f",v1={V1}" * (FLEST_SIGNATURER + 1), "1 to 10 signatures"),
        (f"t=1533204620.0,v1={V1}", "whole seconds"),
        (f"t=,v1={V1}", "whole seconds"),
        (f"t={'9' * 5000},v1={V1}", "whole seconds"),
        (f"t=01533204620,v1={V1}", "no v1 of Stripe-Signature matches"),
        (f"t=1533204621,v1={V1}", "no v1 of Stripe-Signature matches"),
        (f"t=1533204620,v1={V1.upper()}", "no v1 of Stripe-Signature matches"),
        (f"t=1533204620,v1={V1}\n", "no v1 of Stripe-Signature matches"),
        (f"t=1533204620,v1={NULLER}", "no v1 of Stripe-Signature matches"),
        ("t=1533204620,v1=\ud800", "no v1 of Stripe-Signature matches"),
    ],
)
def test_det_som_ikke_er_signaturen_avvises_med_grunnen(hode: str | None, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(hode)


def test_andre_som_signerer_slik_har_sitt_eget_hode() -> None:
    ordning = StripeSignatur().med({"hode": "X-Annen-Signature"})
    ordning.verifiser(Anmodning(hoder={"x-annen-signature": FASIT}, kropp=KROPP), [HEMMELIGHET], TID)
    with pytest.raises(UgyldigSignatur, match="the header X-Annen-Signature is missing"):
        ordning.verifiser(Anmodning(hoder={"stripe-signature": FASIT}, kropp=KROPP), [HEMMELIGHET], TID)
