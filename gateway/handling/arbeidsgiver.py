"""What an employer does by reading: opening the bell, clicking a notifikasjon. No kommando, and so not in the log."""

from __future__ import annotations

from uuid import UUID

from gateway.kjerne import Kjerne
from gateway.store.dialekt import laas_mot_sletting
from gateway.store.tabeller import Klikk, Notifikasjon, SistLest


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
    """Note that the person clicked a notifikasjon, which the caller has made sure it may see.

    Nothing is noted of one that was deleted meanwhile.
    """
    person, database = kjerne.noekkel_hash(fnr), kjerne.database

    def noter() -> None:
        den = Notifikasjon.select(Notifikasjon.id).where(Notifikasjon.id == notifikasjon_id)
        if laas_mot_sletting(den).first() is not None:
            Klikk.insert(person=person, notifikasjon=notifikasjon_id).on_conflict_ignore().execute()

    database.i_transaksjon(noter)
