"""What the schemes have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.signaturer.valg import les_valg
from gateway.plugin import Anmodning, Dekning, UgyldigSignatur
from gateway.plugin.oppsett import Konfigskjema


class Ordning:
    """A scheme as most are: without options, and without messages that only try the connection."""

    navn: str
    dekker = Dekning()
    # The options that a source may give, where the scheme has any.
    skjema: ClassVar[type[Konfigskjema] | None] = None

    def er_proeve(self, anmodning: Anmodning) -> bool:
        del anmodning
        return False

    def proevesvar(self, anmodning: Anmodning) -> Mapping[str, Any]:
        del anmodning
        return {}

    def les_valg(self, valg: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a source, checked, with their defaults. Raises UgyldigValg."""
        return les_valg(self.navn, self.skjema() if self.skjema else None, valg)


def krev_hode(anmodning: Anmodning, navn: str) -> str:
    """The value of a header. Raises UgyldigSignatur for one that is missing, or empty."""
    verdi = anmodning.hoder.get(navn.lower())
    if not verdi:
        raise UgyldigSignatur(f"the header {navn} is missing or empty")
    return verdi
