"""Webhooks with a key in a header."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.signaturer.hemmeligheter import er_en_av, krev_hemmeligheter, krev_styrke
from adapters.signaturer.ordning import Ordning, krev_hode
from adapters.signaturer.valg import Hodenavn, KortTekst
from gateway.plugin import Anmodning, Dekning, Signert, UgyldigSignatur
from gateway.plugin.oppsett import Konfigskjema

HODE = "X-API-Key"
_SYNLIG = re.compile(r"[!-~]*")


class ApiNoekkelValg(Konfigskjema):
    hode = Hodenavn(load_default=HODE)
    prefiks = KortTekst(load_default="", hoeyst=50)


class ApiNoekkelOrdning(Ordning):
    navn = "api-noekkel"
    dekker = Dekning(dekker_hoder=True)
    skjema = ApiNoekkelValg

    def __init__(self, hode: str = HODE, prefiks: str = "") -> None:
        self._hode = hode
        self._prefiks = prefiks

    def med(self, valg: Mapping[str, Any]) -> ApiNoekkelOrdning:
        return ApiNoekkelOrdning(**self.les_valg(valg))

    def kontroller(self, hemmelighet: str) -> None:
        krev_styrke(self.navn, hemmelighet)
        if not _SYNLIG.fullmatch(hemmelighet):
            raise ValueError("a hemmelighet for api-noekkel must be ASCII without spaces, to fit in a header")

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        del naa
        krev_hemmeligheter(hemmeligheter)
        hode = krev_hode(anmodning, self._hode)
        if not hode.startswith(self._prefiks):
            raise UgyldigSignatur(f"{self._hode} must begin with `{self._prefiks}`, before the key")
        sendt = hode.removeprefix(self._prefiks).encode(errors="replace")
        if not er_en_av(sendt, (hemmelighet.encode() for hemmelighet in hemmeligheter)):
            raise UgyldigSignatur(f"{self._hode} holds no key of the source")

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del kropp, id_, naa
        return Signert(hoder={self._hode.lower(): f"{self._prefiks}{hemmelighet}"})
