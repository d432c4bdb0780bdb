"""What a person decides about an event: try it again, or drop it."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.bevaring import slutt
from gateway.domain.feil import HendelseFinnesIkke, Konflikt
from gateway.domain.hendelse import Hendelsestilstand, krev_kan_forkastes, krev_kan_proeves_paa_nytt
from gateway.domain.tekst import escapet
from gateway.inbox.format import Uidentifisert
from gateway.inbox.inntak import RUNDE, UIDENTIFISERT, innhold_hash, plugin_som_identifiserer
from gateway.inbox.kilder import Leser
from gateway.kjerne import Kjerne
from gateway.store.dialekt import laas
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel


def paa_nytt(kjerne: Kjerne, produsent_id: str, hendelse_id: UUID, les: Leser) -> Hendelse:
    """Map and carry out a quarantined event anew, in its old place within its key.

    One that could not be identified is first read again. Raises HendelseFinnesIkke; Konflikt for an event that is not
    in quarantine, has lost its payload, or still cannot be identified.
    """

    def arbeid() -> Hendelse:
        rad = _laast(produsent_id, hendelse_id)
        krev_kan_proeves_paa_nytt(Hendelsestilstand(rad.tilstand), har_innhold=bool(rad.raa))
        rad.tilstand, rad.kommandoer, rad.forsoek = Hendelsestilstand.MOTTATT, None, 0
        if rad.feilkode != UIDENTIFISERT or _identifiser(kjerne, rad, les):
            rad.feilkode = rad.feilmelding = rad.feilklasse = None
        rad.oversettelse = rad.oppslag = rad.vent_til = None
        rad.save()
        _vekk_noekkelen(kjerne, rad)
        return rad

    return kjerne.database.i_transaksjon(arbeid)


def forkast(kjerne: Kjerne, produsent_id: str, hendelse_id: UUID, grunn: str) -> Hendelse:
    """Drop an event that is not finished, for the given reason; those behind it go on at once.

    Raises HendelseFinnesIkke; Konflikt for an event that has been handled or dropped.
    """

    def arbeid() -> Hendelse:
        rad = _laast(produsent_id, hendelse_id)
        krev_kan_forkastes(Hendelsestilstand(rad.tilstand))
        rad.tilstand, rad.feilkode, rad.feilmelding = Hendelsestilstand.FORKASTET, "Forkastet", escapet(grunn)
        rad.neste_forsoek = rad.kilde_noekkel = rad.feilklasse = None
        rad.oversettelse = rad.oppslag = rad.venter_paa = rad.vent_til = None
        _avslutt(kjerne, rad)
        rad.save()
        _vekk_noekkelen(kjerne, rad)
        return rad

    return kjerne.database.i_transaksjon(arbeid)


def _identifiser(kjerne: Kjerne, rad: Hendelse, les: Leser) -> bool:
    """Read the event by its source's expressions of now, in its place in the queue.

    False for one that only its plugin can identify: the queue asks it. Raises Konflikt.
    """
    lesning = les(rad)
    if lesning is None:
        raise Konflikt("The source that the hendelse came from is not configured any more; it can only be dropped.")
    lest = lesning.hendelse
    rad.format, rad.raa, rad.tid, rad.stopper_noekkelen = lest.format, lest.raa, lest.tid, lest.stopper_noekkelen
    if isinstance(lest, Uidentifisert):
        plugin = plugin_som_identifiserer(kjerne.plugins, rad.produsent, lest)
        if plugin is None:
            raise Konflikt(f"The hendelse can still not be identified. {lest.grunn}")
        rad.type, rad.plugin, rad.kilde_noekkel = lest.type, plugin.id, lest.noekkel
        return False
    finnes = (
        Hendelse.select(Hendelse.id)
        .where(
            Hendelse.produsent == rad.produsent,
            Hendelse.kilde == lest.kilde,
            Hendelse.ekstern_id == lest.id,
            Hendelse.id != rad.id,
        )
        .first()
    )
    if finnes is not None:
        raise Konflikt(
            "The hendelse is one that was taken in already; it can only be dropped.", id_til_eksisterende=finnes.id
        )
    rad.ekstern_id, rad.type, rad.kilde_noekkel = lest.id, lest.type, lest.noekkel
    rad.innhold_hash = innhold_hash(kjerne, rad.produsent, lest)
    if lesning.ignorert:
        rad.tilstand, rad.kilde_noekkel = Hendelsestilstand.FORKASTET, None
        _avslutt(kjerne, rad)
    return True


def _avslutt(kjerne: Kjerne, rad: Hendelse) -> None:
    """From now on it is kept for so long as its producer says."""
    bevaring = kjerne.produsenter.bevaring(rad.produsent)
    naa = kjerne.klokke.naa()
    sluttet = slutt(bevaring, Hendelsestilstand(rad.tilstand), plugin=rad.plugin, naa=naa)
    rad.avsluttet_tidspunkt, rad.bevares_til = sluttet.avsluttet_tidspunkt, sluttet.bevares_til


def _vekk_noekkelen(kjerne: Kjerne, rad: Hendelse) -> None:
    """Have a round look at the key now, whatever it was waiting for."""
    Hendelsesnoekkel.update(klar_tidspunkt=kjerne.klokke.naa()).where(
        Hendelsesnoekkel.produsent == rad.produsent, Hendelsesnoekkel.noekkel == rad.noekkel
    ).execute()
    kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))


def _laast(produsent_id: str, hendelse_id: UUID) -> Hendelse:
    """The event, whose key is held until the transaction ends. Raises HendelseFinnesIkke."""
    # The key's row first, as the round does, so that the two cannot wait for one another; again if a round moved the
    # event from the queue to its key meanwhile.
    hvor = (Hendelse.id == hendelse_id) & (Hendelse.produsent == produsent_id)
    noekkel = None
    while True:
        rad: Hendelse | None = Hendelse.get_or_none(hvor)
        if rad is None:
            raise HendelseFinnesIkke("No such hendelse of yours; check the id.")
        if rad.noekkel == noekkel:
            return rad
        noekkel = rad.noekkel
        list(
            laas(
                Hendelsesnoekkel.select().where(
                    Hendelsesnoekkel.produsent == rad.produsent, Hendelsesnoekkel.noekkel == noekkel
                ),
            )
        )
