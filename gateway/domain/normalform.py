"""A kommando with its keys in their one form, so that it means the same whichever way in and however it was typed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from gateway.domain.kommandoer import Kommando, Notifikasjonsreferanse, Saksreferanse
from gateway.domain.noekkel import normalisert

T = TypeVar("T", bound="Kommando | Saksreferanse | Notifikasjonsreferanse")
NOEKLER = ("merkelapp", "grupperingsid", "ekstern_id", "idempotensnoekkel")
REFERANSER = ("sak", "oppgave", "kalenderavtale", "notifikasjon")


def i_normalform(sagt: T) -> T:
    """The same with its keys, and those by which it names its object, in NFC."""
    endret: dict[str, Any] = {}
    for navn in NOEKLER:
        tekst = getattr(sagt, navn, None)
        if isinstance(tekst, str) and not tekst.isascii():
            endret[navn] = normalisert(tekst)
    for navn in REFERANSER:
        referanse = getattr(sagt, navn, None)
        if isinstance(referanse, Saksreferanse | Notifikasjonsreferanse):
            endret[navn] = i_normalform(referanse)
    return replace(sagt, **endret) if endret else sagt
