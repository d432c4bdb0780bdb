"""Webhooks from senders that can do no more than call an address: the secret is the end of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.signaturer.hemmeligheter import er_en_av, krev_hemmeligheter
from adapters.signaturer.ordning import Ordning
from gateway.plugin import Anmodning, Bevis, Dekning, Signert, UgyldigSignatur

# As many characters as 128 bits are in base64; none that an address would have to write in another way.
_FORM = re.compile(r"[A-Za-z0-9_-]{22,200}")


class HemmeligSti(Ordning):
    navn = "hemmelig-sti"
    dekker = Dekning(dekker_hoder=True, bevis=Bevis.HEMMELIG_STI)

    def med(self, valg: Mapping[str, Any]) -> HemmeligSti:
        self.les_valg(valg)
        return self

    def kontroller(self, hemmelighet: str) -> None:
        if not _FORM.fullmatch(hemmelighet):
            raise ValueError(
                "a hemmelighet for hemmelig-sti must be 22 to 200 letters (a to z), digits, `-` and `_`; make one with "
                "`openssl rand -hex 32`, and give the sender the address /webhooks/<kilde>/<hemmelighet>"
            )

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        del naa
        krev_hemmeligheter(hemmeligheter)
        sti = anmodning.hemmelig_sti or ""
        if not er_en_av(sti.encode(errors="replace"), (hemmelighet.encode() for hemmelighet in hemmeligheter)):
            raise UgyldigSignatur("the path does not end in the secret of the source")

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        del kropp, id_, naa
        return Signert(hemmelig_sti=hemmelighet)
