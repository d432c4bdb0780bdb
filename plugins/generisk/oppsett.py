"""The configured mapping, read from the producer's settings: each fault is told with its place and a remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.plugin import Hendelsestype, Uttrykk, Uttrykksfeil, avslag_ved_navn
from plugins.generisk.regler import Kommandoregel, er_sann, les_kommandoregel


class Oppsettsfeil(ValueError):
    """The settings cannot be used; the text says where, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Hopp:
    """Events that are passed over, and why."""

    naar: Uttrykk
    grunn: str

    def gjelder(self, melding: Any) -> bool:
        return er_sann(self.naar, melding)


@dataclass(frozen=True, kw_only=True)
class Typeregler:
    hopp_over: Sequence[Hopp]
    kommandoer: Sequence[Kommandoregel]


@dataclass(frozen=True, kw_only=True)
class Oppsett:
    hendelsestyper: Sequence[Hendelsestype]
    regler: Mapping[str, Typeregler]


TYPEFELTER = {"navn", "beskrivelse", "skjema", "eksempel", "versjon", "id", "noekkel", "tid", "hoppOver", "kommandoer"}
PAAKREVDE = {"navn", "beskrivelse", "skjema", "eksempel", "kommandoer"}


def les_oppsett(innstillinger: Mapping[str, Any]) -> Oppsett:
    """Raises Oppsettsfeil."""
    typer = _felt(innstillinger, "innstillinger", {"typer"}, {"typer"})["typer"]
    lest = [_les_type(ett, f"typer[{nr}]") for nr, ett in enumerate(_liste(typer, "typer"))]
    regler = {type_.navn: regel for type_, regel in lest}
    return Oppsett(hendelsestyper=[type_ for type_, _ in lest], regler=regler)


def _les_type(verdi: Any, sted: str) -> tuple[Hendelsestype, Typeregler]:
    felt = _felt(verdi, sted, TYPEFELTER, PAAKREVDE)
    type_ = Hendelsestype(
        **{
            navn: felt[navn]
            for navn in ("navn", "beskrivelse", "skjema", "eksempel", "versjon", "id", "noekkel", "tid")
            if navn in felt
        }
    )
    regler = Typeregler(
        hopp_over=[
            _les_hopp(ett, f"{sted}.hoppOver[{nr}]")
            for nr, ett in enumerate(_liste(felt.get("hoppOver", []), f"{sted}.hoppOver"))
        ],
        kommandoer=[
            _les_kommando(ett, f"{sted}.kommandoer[{nr}]")
            for nr, ett in enumerate(_liste(felt["kommandoer"], f"{sted}.kommandoer"))
        ],
    )
    return type_, regler


def _les_hopp(verdi: Any, sted: str) -> Hopp:
    felt = _felt(verdi, sted, {"naar", "grunn"}, {"naar", "grunn"})
    if not isinstance(felt["grunn"], str) or not felt["grunn"].strip():
        raise Oppsettsfeil(f"{sted}.grunn: must be a text")
    return Hopp(naar=uttrykk(felt["naar"], f"{sted}.naar"), grunn=felt["grunn"])


def _les_kommando(verdi: Any, sted: str) -> Kommandoregel:
    felt = _felt(verdi, sted, {"kommando", "naar", "felter", "tillat", "avslutter"}, {"kommando", "felter"})
    tillat = []
    for nr, kode in enumerate(_liste(felt.get("tillat", []), f"{sted}.tillat")):
        try:
            tillat.append(avslag_ved_navn(str(kode)))
        except ValueError as feil:
            raise Oppsettsfeil(f"{sted}.tillat[{nr}]: {feil}") from None
    avslutter = felt.get("avslutter", False)
    if not isinstance(avslutter, bool):
        raise Oppsettsfeil(f"{sted}.avslutter: must be true or false")
    naar = uttrykk(felt["naar"], f"{sted}.naar") if "naar" in felt else None
    try:
        return les_kommandoregel(str(felt["kommando"]), felt["felter"], naar, tuple(tillat), avslutter=avslutter)
    except ValueError as feil:
        raise Oppsettsfeil(f"{sted}.{feil}") from None


def uttrykk(verdi: Any, sted: str) -> Uttrykk:
    """Raises Oppsettsfeil."""
    if not isinstance(verdi, str):
        raise Oppsettsfeil(f"{sted}: must be a JMESPath expression, as a text")
    try:
        return Uttrykk(verdi)
    except Uttrykksfeil as feil:
        raise Oppsettsfeil(f"{sted}: `{verdi}` {feil}") from None


def _felt(verdi: Any, sted: str, kjente: set[str], paakrevde: set[str]) -> Mapping[str, Any]:
    if not isinstance(verdi, Mapping):
        raise Oppsettsfeil(f"{sted}: must be a mapping")
    if ukjente := sorted(set(verdi) - kjente):
        raise Oppsettsfeil(f"{sted}.{ukjente[0]}: is not a field here; those are {', '.join(sorted(kjente))}")
    if mangler := sorted(paakrevde - set(verdi)):
        raise Oppsettsfeil(f"{sted}.{mangler[0]}: is missing; add it")
    return verdi


def _liste(verdi: Any, sted: str) -> Sequence[Any]:
    if not isinstance(verdi, Sequence) or isinstance(verdi, str):
        raise Oppsettsfeil(f"{sted}: must be a list")
    return verdi
