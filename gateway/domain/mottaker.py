"""Who may see an object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AltinnRessurs:
    """Everyone with access to the Altinn resource for the virksomhet."""

    ressurs_id: str


@dataclass(frozen=True, kw_only=True)
class NaermesteLeder:
    """One leader for one employee, by their fødselsnummer."""

    naermeste_leder_fnr: str
    ansatt_fnr: str


@dataclass(frozen=True, kw_only=True)
class Mottaker:
    """Exactly one of the two kinds."""

    altinn_ressurs: AltinnRessurs | None = None
    naermeste_leder: NaermesteLeder | None = None

    @property
    def tilgang(self) -> str:
        """The access that an employer must have to see the object, beside the virksomhet: a key to look up by."""
        if self.altinn_ressurs is not None:
            return tilgang_til_ressurs(self.altinn_ressurs.ressurs_id)
        if self.naermeste_leder is not None:
            return tilgang_som_leder(self.naermeste_leder.naermeste_leder_fnr, self.naermeste_leder.ansatt_fnr)
        raise ValueError("a mottaker names exactly one of altinnRessurs and naermesteLeder")


def tilgang_til_ressurs(ressurs_id: str) -> str:
    return f"ressurs:{ressurs_id}"


def tilgang_som_leder(leder_fnr: str, ansatt_fnr: str) -> str:
    return f"leder:{leder_fnr}:{ansatt_fnr}"
