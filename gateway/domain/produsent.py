"""A producer, and what it may do: the access rules of the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.domain.bevaring import Bevaring
from gateway.domain.feil import MottakerUtenforSaken, UgyldigMerkelapp, UgyldigMottaker, VilkaarIkkeGodkjent
from gateway.domain.mottaker import Mottaker
from gateway.domain.vilkaar import VERSJONER, Vilkaarsversjon, gjeldende, holder


@dataclass(frozen=True, kw_only=True)
class Vilkaar:
    """The terms of use that a producer accepted."""

    versjon: str
    dato: dt.date


@dataclass(frozen=True, kw_only=True)
class Produsent:
    """An entry of the produsentregister."""

    id: str
    applikasjoner: tuple[str, ...]
    merkelapper: tuple[str, ...]
    ressurser: tuple[str, ...]
    naermeste_leder: bool
    vilkaar_godkjent: Vilkaar | None
    bevaring: Bevaring = field(default_factory=Bevaring)

    def krev_merkelapp(self, merkelapp: str) -> None:
        """Raises UgyldigMerkelapp for another's merkelapp."""
        if merkelapp not in self.merkelapper:
            raise UgyldigMerkelapp(
                f"merkelapp is not one of the produsent's own. {self.id} may use: {', '.join(self.merkelapper)}."
            )

    def krev_mottakere(self, mottakere: Iterable[Mottaker]) -> None:
        """Raises UgyldigMottaker for a mottaker that the register does not give this producer."""
        for nummer, mottaker in enumerate(mottakere):
            if mottaker.altinn_ressurs is not None and mottaker.altinn_ressurs.ressurs_id not in self.ressurser:
                raise UgyldigMottaker(
                    f"mottakere[{nummer}].altinnRessurs.ressursId is not one of the produsent's own. "
                    f"{self.id} may use: {', '.join(self.ressurser) or 'none'}."
                )
            if mottaker.naermeste_leder is not None and not self.naermeste_leder:
                raise UgyldigMottaker(
                    f"mottakere[{nummer}] is a naermesteLeder, which the register does not allow {self.id}."
                )

    def krev_vilkaar(self, i_dag: dt.date, versjoner: Sequence[Vilkaarsversjon] = VERSJONER) -> None:
        """Raises VilkaarIkkeGodkjent when the producer has not accepted the terms of use that hold on the day."""
        if self.vilkaar_godkjent is None:
            raise VilkaarIkkeGodkjent(
                f"{self.id} has not accepted the terms of use; read them at /kom-i-gang, and add vilkaarGodkjent with "
                f"versjon {gjeldende(versjoner)} and dato to its entry in the produsentregister."
            )
        if not holder(self.vilkaar_godkjent.versjon, i_dag, versjoner):
            raise VilkaarIkkeGodkjent(
                f"{self.id} has accepted version {self.vilkaar_godkjent.versjon} of the terms of use, which has been "
                f"replaced; read version {gjeldende(versjoner)} at /kom-i-gang, and write it with its dato under "
                "vilkaarGodkjent in the produsentregister."
            )


@dataclass(frozen=True, kw_only=True)
class Krets:
    """Whom an object is for: a virksomhet, and those in it who may see it."""

    virksomhetsnummer: str
    mottakere: Iterable[Mottaker]


def krev_innenfor(notifikasjonen: Krets, sakens: Krets) -> None:
    """A notifikasjon is for its sak's virksomhet, and each of its mottakere is one of the sak's.

    Raises UgyldigMottaker.
    """
    if notifikasjonen.virksomhetsnummer != sakens.virksomhetsnummer:
        raise MottakerUtenforSaken(
            "virksomhetsnummer is not that of the sak with the same merkelapp and grupperingsid; use the sak's."
        )
    lovlige = set(sakens.mottakere)
    for nummer, mottaker in enumerate(notifikasjonen.mottakere):
        if mottaker not in lovlige:
            raise MottakerUtenforSaken(
                f"mottakere[{nummer}] is not one of those of the sak with the same merkelapp and grupperingsid; "
                "use those of the sak."
            )


@dataclass(frozen=True, kw_only=True)
class Aktoer:
    """Who makes a change: for the access rules and for the log."""

    produsent: Produsent
    applikasjon: str
    korrelasjonsid: str
    plugin: str | None = None
