"""What an employer does by reading: opening the bell, clicking a notifikasjon. No kommando, and so not in the log."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

import peewee

from gateway.kjerne import Kjerne
from gateway.store.dialekt import laas_mot_sletting
from gateway.store.tabeller import Klikk, Notifikasjon, SistLest

logger = logging.getLogger(__name__)


def bjelle_aapnet(kjerne: Kjerne, fnr: str) -> None:
    """Note that the person opened the bell now.

    What is known of the person under a secret of before is kept under that of now from here on.
    """
    person, naa = kjerne.noekkel_hash(fnr), kjerne.klokke.naa()
    avloeste = kjerne.noekkelring.avloeste(fnr)

    def noter() -> None:
        SistLest.insert(person=person, tidspunkt=naa).on_conflict(
            conflict_target=[SistLest.person], update={SistLest.tidspunkt: naa}
        ).execute()
        if avloeste:
            SistLest.delete().where(SistLest.person.in_(avloeste)).execute()

    kjerne.database.i_transaksjon(noter)
    for gammel in avloeste:
        try:
            kjerne.database.i_transaksjon(partial(_flytt_klikk, gammel, person))
        except peewee.IntegrityError:
            logger.info("a click came while the others were moved; the next opening moves them")


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


def _flytt_klikk(fra: str, til: str) -> None:
    ny = Klikk.alias()
    alt_flyttet = ny.select(ny.notifikasjon).where(ny.person == til)
    Klikk.delete().where(Klikk.person == fra, Klikk.notifikasjon.in_(alt_flyttet)).execute()
    Klikk.update(person=til).where(Klikk.person == fra).execute()
