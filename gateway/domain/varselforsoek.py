"""How often, and for how long, a varsel is tried: every one has an end."""

from __future__ import annotations

import datetime as dt

from gateway.domain.aapningstider import Sendevindu, aapen_tid
from gateway.domain.pause import Pauser
from gateway.domain.varsel import Sendetidspunkt

PAUSER = Pauser(foerste=dt.timedelta(seconds=2), lengste=dt.timedelta(hours=1))
# More than the pauses let into the usual lifetime: for a channel that asks to be tried again at once.
FLEST_FORSOEK = 200
# After an outcome that is unclear the receiver may have it: each new try may be a second copy.
PAUSER_NAAR_UKLART = (dt.timedelta(minutes=15), dt.timedelta(hours=1))
# What a receiver has taken over is asked for this long.
LENGST_OVERLATT = dt.timedelta(days=14)
KORTEST_MELLOM_SJEKK = dt.timedelta(minutes=1)
LENGST_MELLOM_SJEKK = dt.timedelta(hours=6)


def er_utloept(sendetidspunkt: Sendetidspunkt, klar: dt.datetime, naa: dt.datetime, levetid: dt.timedelta) -> bool:
    """Whether a varsel that could first be sent at `klar` is too old to be tried again.

    Only time in which it may go out counts, so a closed window makes nothing older.
    """
    return aapen_tid(sendetidspunkt.sendevindu or Sendevindu.LOEPENDE, klar, naa, hoeyst=levetid) >= levetid


def pause_naar_uklart(uklare: int) -> dt.timedelta | None:
    """The pause after that many unclear outcomes; None when it may not be tried again."""
    return PAUSER_NAAR_UKLART[uklare - 1] if uklare <= len(PAUSER_NAAR_UKLART) else None


def neste_sjekk(overlatt: dt.datetime, naa: dt.datetime) -> dt.datetime | None:
    """When to ask next for what a receiver took over at `overlatt`: ever more seldom; None when it is given up."""
    alder = naa - overlatt
    if alder >= LENGST_OVERLATT:
        return None
    return naa + min(max(alder / 4, KORTEST_MELLOM_SJEKK), LENGST_MELLOM_SJEKK)
