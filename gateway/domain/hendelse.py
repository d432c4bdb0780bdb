"""The life of an event: which step may follow which, whoever asks for it."""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.feil import Konflikt


class Hendelsestilstand(StrEnum):
    """MOTTATT until it is tried, PAA_VENT until it is tried again, KARANTENE until a person decides."""

    MOTTATT = "MOTTATT"
    BEHANDLET = "BEHANDLET"
    PAA_VENT = "PAA_VENT"
    KARANTENE = "KARANTENE"
    FORKASTET = "FORKASTET"


class Feilklasse(StrEnum):
    """What kind of fault it is, and so which way on there is."""

    MIDLERTIDIG = "MIDLERTIDIG"  # tried again by itself, a bounded number of times
    VARIG = "VARIG"  # KARANTENE at once
    KONFLIKT = "KONFLIKT"  # the state of things is another than the event takes for granted: KARANTENE, and told so
    KONFIGURASJON = "KONFIGURASJON"  # waits for whoever configures, and goes on by itself


# What a round takes up by itself.
TIL_BEHANDLING = frozenset({Hendelsestilstand.MOTTATT, Hendelsestilstand.PAA_VENT})
# BEHANDLET and FORKASTET are for good.
_ETTER_ET_FORSOEK = frozenset(Hendelsestilstand) - {Hendelsestilstand.MOTTATT}
STEG = {
    Hendelsestilstand.MOTTATT: _ETTER_ET_FORSOEK,
    Hendelsestilstand.PAA_VENT: _ETTER_ET_FORSOEK,
    Hendelsestilstand.KARANTENE: frozenset({Hendelsestilstand.MOTTATT, Hendelsestilstand.FORKASTET}),
    Hendelsestilstand.BEHANDLET: frozenset(),
    Hendelsestilstand.FORKASTET: frozenset(),
}


def er_avsluttet(tilstand: Hendelsestilstand) -> bool:
    """Whether nothing can become of the event any more."""
    return not STEG[tilstand]


def kan_bli(fra: Hendelsestilstand, til: Hendelsestilstand) -> bool:
    """Whether the step may be taken."""
    return til in STEG[fra]


def skal_behandles(tilstand: Hendelsestilstand) -> bool:
    """Whether a round still has it to do: not when it was dropped, or done, while it was being mapped."""
    return tilstand in TIL_BEHANDLING


def krev_kan_forkastes(tilstand: Hendelsestilstand) -> None:
    """Every unfinished event can be dropped by a person. Raises Konflikt for one that is finished."""
    if not kan_bli(tilstand, Hendelsestilstand.FORKASTET):
        raise Konflikt(f"The hendelse is {tilstand}; only one that is not finished can be dropped.")


def krev_kan_proeves_paa_nytt(tilstand: Hendelsestilstand, *, har_innhold: bool) -> None:
    """Raises Konflikt for one that is not in quarantine, or whose payload went with what it was about."""
    if not kan_bli(tilstand, Hendelsestilstand.MOTTATT):
        raise Konflikt(f"The hendelse is {tilstand}; only one in KARANTENE can be tried again.")
    if not har_innhold:
        raise Konflikt("What the hendelse was about has been deleted, and its payload with it; it can only be dropped.")
