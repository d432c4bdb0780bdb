"""Webhooks signed as Stripe does: `Stripe-Signature: t=<seconds>,v1=<hex of the HMAC-SHA256 of "t.body">`."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.signaturer.hemmeligheter import en_stemmer, krev_hemmeligheter, krev_styrke
from adapters.signaturer.ordning import Ordning, krev_hode
from adapters.signaturer.tidsvindu import krev_form, krev_innenfor
from adapters.signaturer.valg import Hodenavn
from gateway.plugin import Anmodning, Dekning, Signert, UgyldigSignatur
from gateway.plugin.oppsett import Konfigskjema

HODE = "Stripe-Signature"
FLEST_SIGNATURER = 10
_HEX = re.compile(r"[0-9a-f]{64}")


class StripeValg(Konfigskjema):
    """`hode`: where the signature stands, for others that sign in the same way."""

    hode = Hodenavn(load_default=HODE)


class StripeSignatur(Ordning):
    navn = "stripe"
    dekker = Dekning(dekker_tid=True)
    skjema = StripeValg

    def __init__(self, hode: str = HODE) -> None:
        self._hode = hode

    def med(self, valg: Mapping[str, Any]) -> StripeSignatur:
        return StripeSignatur(**self.les_valg(valg))

    def kontroller(self, hemmelighet: str) -> None:
        krev_styrke(self.navn, hemmelighet)

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        krev_hemmeligheter(hemmeligheter)
        tidspunkt, signaturer = self._les(krev_hode(anmodning, self._hode))
        sted = f"t of {self._hode}"
        krev_innenfor(sted, krev_form(sted, tidspunkt), naa)
        ventede = (_signer(hemmelighet, tidspunkt, anmodning.kropp) for hemmelighet in hemmeligheter)
        if not en_stemmer(ventede, signaturer):
            raise UgyldigSignatur(f"no v1 of {self._hode} matches; check the hemmelighet, sign `t.body`, of raw bytes")

    def _les(self, hode: str) -> tuple[str, list[bytes]]:
        """The time, and the signatures of the version that is known here."""
        deler = [del_.partition("=") for del_ in hode.split(",")]
        tider = [verdi for navn, _, verdi in deler if navn.strip() == "t"]
        if len(tider) != 1:
            raise UgyldigSignatur(f"{self._hode} must hold one `t=<seconds since 1970>`")
        signaturer = [verdi for navn, _, verdi in deler if navn.strip() == "v1"]
        if not 1 <= len(signaturer) <= FLEST_SIGNATURER:
            raise UgyldigSignatur(f"{self._hode} must hold 1 to {FLEST_SIGNATURER} signatures `v1=<hex>`")
        return tider[0], [ett.encode() for ett in signaturer if _HEX.fullmatch(ett)]

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del id_
        tidspunkt = str(int(naa.timestamp()))
        signatur = _signer(hemmelighet, tidspunkt, kropp).decode()
        return Signert(hoder={self._hode.lower(): f"t={tidspunkt},v1={signatur}"})


def _signer(hemmelighet: str, tidspunkt: str, kropp: bytes) -> bytes:
    return hmac.digest(hemmelighet.encode(), f"{tidspunkt}.".encode() + kropp, "sha256").hex().encode()
