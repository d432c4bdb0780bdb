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
    KALENDERAVTALE = "KALENDERAVTALE"


class Oppgavetilstand(StrEnum):
    NY = "NY"
    UTFOERT = "UTFOERT"
    UTGAATT = "UTGAATT"


class Oppgaveslutt(StrEnum):
    """How a producer ends an oppgave."""

    UTFOERT = "UTFOERT"
    UTGAATT = "UTGAATT"


class Kalenderavtaletilstand(StrEnum):
    VENTER_SVAR_FRA_ARBEIDSGIVER = "VENTER_SVAR_FRA_ARBEIDSGIVER"
    ARBEIDSGIVER_VIL_AVLYSE = "ARBEIDSGIVER_VIL_AVLYSE"
    ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED = "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED"
    ARBEIDSGIVER_HAR_GODTATT = "ARBEIDSGIVER_HAR_GODTATT"
    AVLYST = "AVLYST"
    AVHOLDT = "AVHOLDT"


Tilstand = Oppgavetilstand | Kalenderavtaletilstand


def tilstand_av(type_: Notifikasjonstype, lagret: str | None) -> Tilstand | None:
    """The tilstand of a notifikasjon of this type; a beskjed has none."""
    match type_:
        case Notifikasjonstype.OPPGAVE:
            return Oppgavetilstand(lagret or "")
        case Notifikasjonstype.KALENDERAVTALE:
            return Kalenderavtaletilstand(lagret or "")
        case Notifikasjonstype.BESKJED:
            return None
