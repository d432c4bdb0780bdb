"""Adapters: how what a person configured is read and refused, and the rule of fødselsnumre for test persons."""

from __future__ import annotations

from gateway.domain.personnummer import er_gyldig as er_gyldig_personnummer
from gateway.konfigfil import les_konfig
from gateway.settings import Innstillingsfeil

__all__ = ["Innstillingsfeil", "er_gyldig_personnummer", "les_konfig"]
