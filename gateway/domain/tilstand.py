"""The states that employers and producers see."""

from __future__ import annotations

from enum import StrEnum


class Saksstatus(StrEnum):
    MOTTATT = "MOTTATT"
    UNDER_BEHANDLING = "UNDER_BEHANDLING"
    FERDIG = "FERDIG"

    @property
    def standardtekst(self) -> str:
        """What the employer reads when the producer gave no text of its own."""
        return self.value.replace("_", " ").capitalize()


class Notifikasjonstype(StrEnum):
    BESKJED = "BESKJED"
    OPPGAVE = "OPPGAVE"


class Oppgavetilstand(StrEnum):
    NY = "NY"
    UTFOERT = "UTFOERT"
    UTGAATT = "UTGAATT"
