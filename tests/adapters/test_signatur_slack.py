"""Slack's signature: `X-Slack-Signature` and `X-Slack-Request-Timestamp`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from adapters.signaturer.slack import STOERSTE_PROEVE, SlackSignatur
from gateway.plugin import Anmodning, UgyldigSignatur

# From Slack's page "Verifying requests from Slack".
HEMMELIGHET = "8f742231b10e8888abcd99yyyzzz85a5"
TID = dt.datetime.fromtimestamp(1531420618, dt.UTC)
HODER = {
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}
KROPP = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def verifiser(hoder: dict[str, str] = HODER, kropp: bytes = KROPP, naa: dt.datetime = TID) -> None:
    SlackSignatur().verifiser(Anmodning(hoder=hoder, kropp=kropp), [HEMMELIGHET], naa)


def test_stemmer_med_eksempelet_fra_slack() -> None:
    verifiser()


@pytest.mark.parametrize(("avvik", "grunn"), [(-300.1, "too far in the future"), (300.1, "too old")])
def test_en_melding_avvises_utenfor_tidsvinduet(avvik: float, grunn: str) -> None:
    verifiser(naa=TID + dt.timedelta(seconds=300 if avvik > 0 else -300))
    with pytest.raises(UgyldigSignatur, match=f"X-Slack-Request-Timestamp is {grunn}"):
        verifiser(naa=TID + dt.timedelta(seconds=avvik))


@pytest.mark.parametrize(
    ("hode", "verdi", "grunn"),
    [
        ("x-slack-signature", "", "X-Slack-Signature is missing"),
        ("x-slack-request-timestamp", "", "X-Slack-Request-Timestamp is missing"),
        ("x-slack-request-timestamp", "1531420618.5", "whole seconds"),
        ("x-slack-request-timestamp", "1531420619", "does not match"),
        ("x-slack-signature", HODER["x-slack-signature"].upper(), "must be `v0=`"),
        ("x-slack-signature", HODER["x-slack-signature"].replace("v0", "v1"), "must be `v0=`"),
        ("x-slack-signature", "v0=" + "0" * 64, "does not match"),
        ("x-slack-signature", f"{HODER['x-slack-signature']},{HODER['x-slack-signature']}", "must be `v0=`"),
        ("x-slack-signature", "\ud800", "must be `v0=`"),
    ],
)
def test_det_som_ikke_er_signaturen_avvises_med_grunnen(hode: str, verdi: str, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser({**HODER, hode: verdi})


def test_en_annen_kropp_avvises() -> None:
    with pytest.raises(UgyldigSignatur, match="does not match"):
        verifiser(kropp=KROPP + b"&mer")


def test_det_slack_sender_for_aa_se_om_adressen_er_vaar_faar_utfordringen_tilbake() -> None:
    anmodning = Anmodning(hoder={}, kropp=json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode())
    assert SlackSignatur().er_proeve(anmodning)
    assert SlackSignatur().proevesvar(anmodning) == {"challenge": "3eZbrw1aB"}


@pytest.mark.parametrize(
    "data",
    [
        {"type": "event_callback", "event": {"text": "url_verification"}},
        {"type": "url_verification"},
        {"type": "url_verification", "challenge": 7},
        {"type": "url_verification", "challenge": "x" * STOERSTE_PROEVE},
        ["url_verification"],
    ],
)
def test_en_annen_melding_er_ingen_proeve(data: Any) -> None:
    assert not SlackSignatur().er_proeve(Anmodning(hoder={}, kropp=json.dumps(data).encode()))


@pytest.mark.parametrize("kropp", [b'"url_verification', b"[" * 4000 + b'"url_verification"', b"\xff url_verification"])
def test_det_som_ikke_er_json_er_ingen_proeve(kropp: bytes) -> None:
    assert not SlackSignatur().er_proeve(Anmodning(hoder={}, kropp=kropp))
