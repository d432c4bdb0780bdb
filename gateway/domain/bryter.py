"""A breaker: who fails again and again is left alone for a while, then tried once, and let in again when that goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from gateway.domain.pause import Pauser


@dataclass(frozen=True, kw_only=True)
class Bryterregel:
    """`taaler` failures in a row, without a success between them, before the first pause."""

    taaler: int
    pauser: Pauser


@dataclass(frozen=True, kw_only=True)
class Bryter:
    """`feil` in a row; `pauset_til` is when one may try, None while all may."""

    feil: int = 0
    pauset_til: dt.datetime | None = None

    @property
    def er_pauset(self) -> bool:
        return self.pauset_til is not None

    def kan_proeve(self, naa: dt.datetime) -> bool:
        return self.pauset_til is None or self.pauset_til <= naa

    def etter_feil(self, regel: Bryterregel, naa: dt.datetime) -> Bryter:
        """One more failure; each trial that fails makes the pause longer."""
        feil = self.feil + 1
        if feil < regel.taaler:
            return replace(self, feil=feil)
        return Bryter(feil=feil, pauset_til=naa + regel.pauser.etter(feil - regel.taaler + 1))

    def paa_proeve(self, naa: dt.datetime, frist: dt.timedelta) -> Bryter:
        """One is let through, and has until `frist`; the others wait on."""
        return replace(self, pauset_til=naa + frist)


LUKKET = Bryter()
