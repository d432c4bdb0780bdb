"""Webhooks signed as Slack does: `X-Slack-Signature: v0=<hex of the HMAC-SHA256 of "v0:time:body">`."""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.signaturer.hemmeligheter import en_stemmer, krev_hemmeligheter, krev_styrke
from adapters.signaturer.ordning import Ordning, krev_hode
from adapters.signaturer.tidsvindu import krev_form, krev_innenfor
from gateway.plugin import Anmodning, Dekning, Signert, UgyldigSignatur

SIGNATUR, TIDSPUNKT = "X-Slack-Signature", "X-Slack-Request-Timestamp"
PROEVE = "url_verification"
STOERSTE_PROEVE = 4096
_FORM = re.compile(r"v0=[0-9a-f]{64}")


class SlackSignatur(Ordning):
    navn = "slack"
    dekker = Dekning(dekker_tid=True)

    def med(self, valg: Mapping[str, Any]) -> SlackSignatur:
        self.les_valg(valg)
        return self

    def kontroller(self, hemmelighet: str) -> None:
        krev_styrke(self.navn, hemmelighet)

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        krev_hemmeligheter(hemmeligheter)
        tidspunkt, signatur = krev_hode(anmodning, TIDSPUNKT), krev_hode(anmodning, SIGNATUR)
        krev_innenfor(TIDSPUNKT, krev_form(TIDSPUNKT, tidspunkt), naa)
        if not _FORM.fullmatch(signatur):
            raise UgyldigSignatur(f"{SIGNATUR} must be `v0=` and 64 lower-case hex digits")
        ventede = (_signer(hemmelighet, tidspunkt, anmodning.kropp) for hemmelighet in hemmeligheter)
        if not en_stemmer(ventede, [signatur.encode()]):
            raise UgyldigSignatur(
                f"{SIGNATUR} does not match; check the hemmelighet, sign `v0:time:body`, of raw bytes"
            )

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del id_
        tidspunkt = str(int(naa.timestamp()))
        hoder = {TIDSPUNKT.lower(): tidspunkt, SIGNATUR.lower(): _signer(hemmelighet, tidspunkt, kropp).decode()}
        return Signert(hoder=hoder)

    def er_proeve(self, anmodning: Anmodning) -> bool:
        return "challenge" in _proeve(anmodning.kropp)

    def proevesvar(self, anmodning: Anmodning) -> Mapping[str, Any]:
        return {"challenge": _proeve(anmodning.kropp)["challenge"]}


def _signer(hemmelighet: str, tidspunkt: str, kropp: bytes) -> bytes:
    return b"v0=" + hmac.digest(hemmelighet.encode(), f"v0:{tidspunkt}:".encode() + kropp, "sha256").hex().encode()


def _proeve(kropp: bytes) -> Mapping[str, Any]:
    """What Slack sends to see whether the address is ours; empty for any other message."""
    if len(kropp) > STOERSTE_PROEVE or PROEVE.encode() not in kropp:
        return {}
    try:
        data = json.loads(kropp)
    except (ValueError, RecursionError):
        return {}
    er_proeve = isinstance(data, dict) and data.get("type") == PROEVE and isinstance(data.get("challenge"), str)
    return data if er_proeve else {}
