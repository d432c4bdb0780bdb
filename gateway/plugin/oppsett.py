"""Adapters: how what a person configured is read and refused, and the rule of fødselsnumre for test persons."""

from __future__ import annotations

from gateway.domain.personnummer import er_gyldig as er_gyldig_personnummer
from gateway.nabo import utrygg
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.konfigfil import UKJENT, Gjentatt, Konfigskjema, Liste, les_konfig
from gateway.oppsett.yamlfil import Sti

__all__ = [
    "UKJENT",
    "Gjentatt",
    "Innstillingsfeil",
    "Konfigskjema",
    "Liste",
    "Sti",
    "er_gyldig_personnummer",
    "les_konfig",
    "utrygg",
]
