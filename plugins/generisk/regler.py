"""One configured kommando: when it applies, and where each of its fields comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.plugin import Avslag, Kommando, Tillat, Uttrykk, Uttrykksfeil, kommandofelter, les_kommando

IDEMPOTENSNOEKKEL = "idempotensnoekkel"


@dataclass(frozen=True, kw_only=True)
class Kommandoregel:
    kommando: str
    felter: Mapping[str, Any]
    naar: Uttrykk | None
    tillat: tuple[type[Avslag], ...]
    avslutter: bool

    def gjelder(self, melding: Any) -> bool:
        return self.naar is None or er_sann(self.naar, melding)

    def svar(self, melding: Any, idempotensnoekkel: str) -> Kommando | Tillat:
        """The kommando for a message; an update without a key of its own gets this one. Raises ValueError."""
        felter = {navn: verdi for navn, felt in self.felter.items() if (verdi := _verdi(felt, melding)) is not None}
        if IDEMPOTENSNOEKKEL in kommandofelter(self.kommando):
            felter.setdefault(IDEMPOTENSNOEKKEL, idempotensnoekkel)
        kommando = les_kommando(self.kommando, felter)
        if not self.tillat:
            return kommando
        return Tillat(kommando=kommando, avslag=self.tillat, avslutter=self.avslutter)


def er_sann(naar: Uttrykk, melding: Any) -> bool:
    """As JMESPath has it: nothing, false, and what is empty are false. Raises Uttrykksfeil."""
    return naar.finn(melding) not in (None, False, "", [], {})


def les_kommandoregel(
    kommando: str, felter: Any, naar: Uttrykk | None, tillat: tuple[type[Avslag], ...], *, avslutter: bool
) -> Kommandoregel:
    """Raises ValueError, which begins with the place under the kommando."""
    try:
        kjente = kommandofelter(kommando)
    except ValueError as feil:
        raise ValueError(f"kommando: {feil}") from None
    if not isinstance(felter, Mapping):
        raise ValueError("felter: must be a mapping of the kommando's fields")  # noqa: TRY004 - told as the others
    if ukjente := sorted(set(felter) - set(kjente)):
        raise ValueError(f"felter.{ukjente[0]}: is no field of {kommando}; those are {', '.join(kjente)}")
    if mangler := [navn for navn, paakrevd in kjente.items() if paakrevd and navn not in felter]:
        raise ValueError(f"felter.{mangler[0]}: {kommando} must have it; add it")
    return Kommandoregel(
        kommando=kommando,
        felter={navn: _les_felt(verdi, f"felter.{navn}") for navn, verdi in felter.items()},
        naar=naar,
        tillat=tillat,
        avslutter=avslutter,
    )


def _les_felt(verdi: Any, sted: str) -> Any:
    if isinstance(verdi, Mapping):
        return {navn: _les_felt(ledd, f"{sted}.{navn}") for navn, ledd in verdi.items()}
    if isinstance(verdi, str):
        try:
            return Uttrykk(verdi)
        except Uttrykksfeil as feil:
            raise ValueError(f"{sted}: `{verdi}` {feil}") from None
    if isinstance(verdi, Sequence):
        return [_les_felt(ledd, f"{sted}[{nr}]") for nr, ledd in enumerate(verdi)]
    raise ValueError(f"{sted}: must be a JMESPath expression, such as orgnr or \"'a text'\"")


def _verdi(felt: Any, melding: Any) -> Any:
    """What the field is for this message; what is nothing is left out."""
    if isinstance(felt, Uttrykk):
        return felt.finn(melding)
    if isinstance(felt, Mapping):
        verdier = {navn: verdi for navn, ledd in felt.items() if (verdi := _verdi(ledd, melding)) is not None}
        return verdier or None
    return [verdi for ledd in felt if (verdi := _verdi(ledd, melding)) is not None]
