"""A kommando with its keys in their one form, so that it means the same whichever way in and however it was typed."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeVar

from gateway.domain.kommandoer import Kommando, Notifikasjonsreferanse, Saksinnhold, Saksreferanse
from gateway.domain.noekkel import normalisert

T = TypeVar("T", bound="Kommando | Saksreferanse | Notifikasjonsreferanse | Saksinnhold")
NOEKLER = ("merkelapp", "grupperingsid", "saksnoekkel", "ekstern_id", "idempotensnoekkel")
# What holds keys of its own: references, and the sak of a kommando that creates one.
MED_NOEKLER = ("sak", "oppgave", "kalenderavtale", "notifikasjon")


def i_normalform(sagt: T) -> T:
    """The same with its keys, and those by which it names its object, in NFC."""
    klasse: Any = type(sagt)
    noekler, med_noekler = _felter(klasse)
    endret: dict[str, Any] = {}
    for navn in noekler:
        tekst = getattr(sagt, navn)
        if isinstance(tekst, str) and not tekst.isascii():
            endret[navn] = normalisert(tekst)
    for navn in med_noekler:
        endret[navn] = i_normalform(getattr(sagt, navn))
    return replace(sagt, **endret) if endret else sagt


@cache
def _felter(klasse: type[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of its fields are keys, and which hold keys."""
    alle = [felt.name for felt in fields(klasse)]
    return tuple(navn for navn in alle if navn in NOEKLER), tuple(navn for navn in alle if navn in MED_NOEKLER)
