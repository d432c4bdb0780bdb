"""The pages' source over the core: each question is asked with the access that the person has now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from gateway.handling.arbeidsgiver import bjelle_aapnet, klikket
from gateway.kjerne import Kjerne
from gateway.plugin import Tilganger, Tilgangskilde
from gateway.reading import arbeidsgiver
from gateway.reading.visning import Bjelle, Saksliste


@dataclass(frozen=True)
class Kjernekilde:
    """Without a source of access nothing can be shown, and the page says so."""

    kjerne: Kjerne
    tilgangskilde: Tilgangskilde | None

    def bjelle(self, fnr: str) -> Bjelle:
        return arbeidsgiver.bjelle(self.kjerne, fnr, self._tilganger(fnr))

    def bjelle_aapnet(self, fnr: str) -> Bjelle:
        foer = self.bjelle(fnr)
        bjelle_aapnet(self.kjerne, fnr)
        return foer

    def saker(self, fnr: str, antall: int) -> Saksliste:
        return arbeidsgiver.saker(self.kjerne, fnr, self._tilganger(fnr), antall)

    def klikket(self, fnr: str, notifikasjon_id: UUID) -> str | None:
        lenke = arbeidsgiver.kan_se(self.kjerne, fnr, self._tilganger(fnr), notifikasjon_id)
        if lenke is not None:
            klikket(self.kjerne, fnr, notifikasjon_id)
        return lenke

    def naa(self) -> dt.datetime:
        return self.kjerne.klokke.naa()

    def _tilganger(self, fnr: str) -> Tilganger:
        if self.tilgangskilde is None:
            return Tilganger(feil_altinn=True, feil_digisyfo=True)
        return self.tilgangskilde.tilganger(fnr)
