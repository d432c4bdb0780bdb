"""What a kommando is carried out with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.domain.produsent import Aktoer
from gateway.kjerne import Kjerne
from gateway.store import logg
from gateway.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Sammenheng:
    """The core, who asks, and the moment: one moment for all kommandoer of an event."""

    kjerne: Kjerne
    aktoer: Aktoer
    naa: dt.datetime

    @property
    def database(self) -> Database:
        return self.kjerne.database

    def loggfoer(self, *innslag: logg.Innslag) -> None:
        """Write the log entries of the change, in its transaction."""
        logg.skriv(logg.Hvem.fra(self.aktoer), self.naa, innslag)
