"""The tombstone of a sak: its key is never used again, and nothing of what it said is kept."""

from __future__ import annotations

import datetime as dt

from gateway.domain.feil import DuplikatGrupperingsidEtterDelete
from gateway.kjerne import Kjerne
from gateway.store.ferdig import Ferdig, plass
from gateway.store.tabeller import SlettetSak

_SLETTET = Ferdig(lambda: [SlettetSak.select().where(SlettetSak.noekkel_hash == plass(SlettetSak.noekkel_hash))])


def sett_gravstein(kjerne: Kjerne, merkelapp: str, grupperingsid: str, naa: dt.datetime) -> None:
    """Remember that the sak is deleted, in the transaction that deletes it."""
    SlettetSak.insert(noekkel_hash=kjerne.noekkel_hash(_tekst(merkelapp, grupperingsid)), tidspunkt=naa).execute()


def krev_ikke_slettet(kjerne: Kjerne, merkelapp: str, grupperingsid: str) -> None:
    """Raises DuplikatGrupperingsidEtterDelete."""
    hasher = kjerne.noekkelring.hasher(_tekst(merkelapp, grupperingsid))
    if any(_SLETTET.foerste(SlettetSak, noekkel_hash=hash_) is not None for hash_ in hasher):
        raise DuplikatGrupperingsidEtterDelete(
            "A sak with this merkelapp and grupperingsid was deleted; use another grupperingsid."
        )


def _tekst(merkelapp: str, grupperingsid: str) -> str:
    return f"sak\0{merkelapp}\0{grupperingsid}"
