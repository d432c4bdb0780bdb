"""What an employer does by reading: opening the bell, clicking a notifikasjon. No kommando, and so not in the log."""

from __future__ import annotations

from uuid import UUID

from gateway.kjerne import Kjerne
from gateway.store.tabeller import Klikk, SistLest


def bjelle_aapnet(kjerne: Kjerne, fnr: str) -> None:
    """Note that the person opened the bell now."""
    person, naa = kjerne.noekkel_hash(fnr), kjerne.klokke.naa()
    kjerne.database.i_transaksjon(
        lambda: (
            SistLest.insert(person=person, tidspunkt=naa)
            .on_conflict(conflict_target=[SistLest.person], update={SistLest.tidspunkt: naa})
            .execute()
        )
    )


def klikket(kjerne: Kjerne, fnr: str, notifikasjon_id: UUID) -> None:
    """Note that the person clicked a notifikasjon, which the caller has made sure it may see."""
    person = kjerne.noekkel_hash(fnr)
    kjerne.database.i_transaksjon(
        lambda: Klikk.insert(person=person, notifikasjon=notifikasjon_id).on_conflict_ignore().execute()
    )
