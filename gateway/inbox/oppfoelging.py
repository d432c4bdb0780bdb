"""What a person decides about an event: try it again, or drop it."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.feil import HendelseFinnesIkke, Konflikt
from gateway.domain.produsent import Produsent
from gateway.inbox.inntak import RUNDE, Hendelsestilstand
from gateway.kjerne import Kjerne
from gateway.store.dialekt import laas
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel

VENTER = (Hendelsestilstand.KARANTENE, Hendelsestilstand.PAA_VENT)


def paa_nytt(kjerne: Kjerne, produsent: Produsent, hendelse_id: UUID) -> Hendelse:
    """Map and carry out a quarantined event anew, in its old place within its key.

    Raises HendelseFinnesIkke; Konflikt for an event that is not in quarantine.
    """

    def arbeid() -> Hendelse:
        rad = _laast(kjerne, produsent, hendelse_id)
        if rad.tilstand != Hendelsestilstand.KARANTENE:
            raise Konflikt(f"The hendelse is {rad.tilstand}; only one in KARANTENE can be tried again.")
        rad.tilstand, rad.kommandoer, rad.forsoek = Hendelsestilstand.MOTTATT, None, 0
        rad.feilkode = rad.feilmelding = None
        rad.save()
        Hendelsesnoekkel.update(klar_tidspunkt=kjerne.klokke.naa()).where(
            Hendelsesnoekkel.produsent == rad.produsent, Hendelsesnoekkel.noekkel == rad.noekkel
        ).execute()
        kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
        return rad

    return kjerne.database.i_transaksjon(arbeid)


def forkast(kjerne: Kjerne, produsent: Produsent, hendelse_id: UUID, grunn: str) -> Hendelse:
    """Drop an event that waits or is in quarantine, for the given reason.

    Raises HendelseFinnesIkke; Konflikt for an event that has been handled or dropped.
    """

    def arbeid() -> Hendelse:
        rad = _laast(kjerne, produsent, hendelse_id)
        if rad.tilstand not in VENTER:
            raise Konflikt(f"The hendelse is {rad.tilstand}; only one in KARANTENE or PAA_VENT can be dropped.")
        rad.tilstand, rad.feilkode, rad.feilmelding = Hendelsestilstand.FORKASTET, "Forkastet", grunn
        rad.neste_forsoek = None
        rad.save()
        return rad

    return kjerne.database.i_transaksjon(arbeid)


def _laast(kjerne: Kjerne, produsent: Produsent, hendelse_id: UUID) -> Hendelse:
    # The key's row first, as the round does, so that the two cannot wait for one another.
    hvor = (Hendelse.id == hendelse_id) & (Hendelse.produsent == produsent.id)
    rad = Hendelse.get_or_none(hvor)
    if rad is None:
        raise HendelseFinnesIkke("No such hendelse of yours; check the id.")
    noekkel = Hendelsesnoekkel.select().where(
        Hendelsesnoekkel.produsent == rad.produsent, Hendelsesnoekkel.noekkel == rad.noekkel
    )
    list(laas(kjerne.database, noekkel))
    laast: Hendelse = Hendelse.get(hvor)
    return laast
