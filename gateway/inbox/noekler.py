"""The keys of events that a worker has for a while, and what it writes of their events under that lease."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Any

import peewee
from peewee import fn

from gateway.domain.feil import UkjentHendelsestype
from gateway.domain.hendelse import TIL_BEHANDLING, Hendelsestilstand, skal_behandles
from gateway.domain.pause import Pauser
from gateway.domain.tekst import alt_escapet, escapet
from gateway.inbox.funn import UKJENT_FEIL, Funn
from gateway.inbox.objekter import knytt, omtalte
from gateway.inbox.steg import les_steg
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.store.database import Utilgjengelig
from gateway.store.dialekt import laas, uten_aa_vente_paa_disken
from gateway.store.innboks import klare_hos_produsentene
from gateway.store.leie import Leie, Leiebok, MistetLeie
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel

logger = logging.getLogger(__name__)

# A worker that dies gives its keys back when the lease runs out: well within the promised 30 seconds. Each event
# renews it, and no event may take longer than this.
LEIE = dt.timedelta(seconds=15)
NOEKLER_OM_GANGEN = 25
PAUSER = Pauser(foerste=dt.timedelta(seconds=1), lengste=dt.timedelta(minutes=10))
VENTER_PAA_PLUGIN = dt.timedelta(seconds=10)


class ErAvgjort(Exception):
    """A person has dropped the event meanwhile, or it is done; nothing more is to be written of it."""


class Noekler:
    """Claims keys, and writes what becomes of their events, each time in one transaction that renews the lease."""

    def __init__(self, kjerne: Kjerne, sann_tid: Klokke) -> None:
        self._kjerne = kjerne
        self._database = kjerne.database
        self._sann_tid = sann_tid
        self._bok = Leiebok(kjerne.database, Hendelsesnoekkel, LEIE, sann_tid.naa)

    # --- keys --------------------------------------------------------------------------------------------------

    def produsenter(self) -> Sequence[str]:
        """The producers that have events to handle."""
        with self._database.tilkobling():
            return list(klare_hos_produsentene(self._kjerne.klokke.naa()))

    def ta(self, produsent: str, utenom: Sequence[str] = ()) -> list[Leie]:
        """Lease some of the producer's keys that are ready, but `utenom`, the one that has been so longest first."""
        return self._bok.ta(
            Hendelsesnoekkel.select(Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel)
            .where(
                Hendelsesnoekkel.produsent == produsent,
                Hendelsesnoekkel.klar_tidspunkt <= self._kjerne.klokke.naa(),
                *([Hendelsesnoekkel.noekkel.not_in(utenom)] if utenom else []),
            )
            .order_by(Hendelsesnoekkel.klar_tidspunkt)
            .limit(NOEKLER_OM_GANGEN)
        )

    def slipp(self, leier: Sequence[Leie]) -> None:
        """Give the keys back, to be taken by whoever comes."""
        if leier:
            self._bok.slipp(leier)

    def rekker_mer(self, leie: Leie) -> bool:
        """Whether the lease is young enough for one thing more before it is renewed."""
        return leie.til - self._sann_tid.naa() > LEIE * 2 / 3

    def under(self, leie: Leie, arbeid: Callable[[], Any]) -> Any:
        """Do `arbeid` in a transaction that renews the lease, and so holds the key. Raises MistetLeie."""
        return self._bok.under(leie, arbeid)

    # --- events ------------------------------------------------------------------------------------------------

    def neste(self, leie: Leie, antall: int = 1) -> list[Hendelse]:
        """The key's next events. One whose row cannot be read is set aside, with its reason. Raises MistetLeie."""
        while True:
            try:
                with self._database.tilkobling():
                    return list(_uferdige(leie).order_by(Hendelse.loepenummer).limit(antall))
            except (Utilgjengelig, peewee.OperationalError, peewee.InterfaceError):
                raise
            except Exception as feil:
                if antall == 1:
                    logger.exception("the row of an event cannot be read")
                    self._sett_til_side(leie, feil)
                antall = 1

    def lukk_tom(self, leie: Leie) -> bool:
        """Let go of a key that has nothing left; False when something came in meanwhile. Raises MistetLeie."""

        def arbeid() -> bool:
            # The key's row is held by whoever stores an event under it, so nothing can come between.
            if _uferdige(leie).exists():
                return False
            self._gi_slipp(leie, klar_tidspunkt=None)
            return True

        tom: bool = self._bok.under(leie, arbeid)
        return tom

    def husk_steg(self, hendelse: Hendelse, leie: Leie, plugin: str, steg: list[dict[str, Any]]) -> None:
        """Keep what the mapping returned, before it is carried out. Raises MistetLeie, ErAvgjort."""

        def arbeid() -> None:
            # What is carried out commits after this, so this is kept whenever that is.
            uten_aa_vente_paa_disken()
            _oppdater(hendelse, plugin=plugin, kommandoer=steg)

        self._bok.under(leie, arbeid)
        hendelse.plugin, hendelse.kommandoer = plugin, steg

    def krev_uavgjort(self, hendelse: Hendelse) -> None:
        """Raises ErAvgjort. In the transaction that holds the key, as whoever drops an event does."""
        rad = laas(Hendelse.select(Hendelse.tilstand).where(Hendelse.id == hendelse.id)).get()
        if not skal_behandles(Hendelsestilstand(rad.tilstand)):
            raise ErAvgjort

    def avslutt(self, hendelse: Hendelse, leie: Leie, funn: Funn) -> bool:
        """Write why the event did not go through: to be tried again, or for a person. Whether the next may follow.

        Raises MistetLeie, ErAvgjort.
        """
        if hendelse.forsoek + 1 < funn.forsoek:
            igjen = self._kjerne.klokke.naa() + PAUSER.etter(hendelse.forsoek + 1)
            return self.sett_paa_vent(hendelse, leie, funn, igjen, forsoek=hendelse.forsoek + 1)
        logger.warning("event goes to quarantine", extra={**self._hva(hendelse, funn), "feil": funn.melding})
        try:
            self._bok.under(leie, lambda: self._skriv_karantene(hendelse, funn))
        except (Utilgjengelig, MistetLeie, ErAvgjort):
            raise
        except Exception:
            # Whatever could not be written is left out: no event may stop those behind it.
            logger.exception("the reason of a quarantine cannot be written")
            self._bok.under(
                leie, lambda: _oppdater(hendelse, tilstand=Hendelsestilstand.KARANTENE, feilkode=UKJENT_FEIL)
            )
        return True

    def _hva(self, hendelse: Hendelse, funn: Funn) -> dict[str, Any]:
        """What the log says of the event: its type only if a plugin declares it, since the rest is a sender's text."""
        try:
            deklarert = self._kjerne.plugins.for_hendelse(hendelse.produsent, hendelse.type) is not None
        except UkjentHendelsestype:
            deklarert = False
        return {"kode": funn.kode, "type": hendelse.type if deklarert else None, "produsent": hendelse.produsent}

    def sett_paa_vent(
        self, hendelse: Hendelse, leie: Leie, funn: Funn, igjen: dt.datetime, *, forsoek: int | None = None
    ) -> bool:
        """Try the event again later; those behind it in the key wait for it, and the key is let go of."""
        logger.info("event is tried again later", extra=self._hva(hendelse, funn))

        def arbeid() -> None:
            _oppdater(
                hendelse,
                tilstand=Hendelsestilstand.PAA_VENT,
                forsoek=hendelse.forsoek if forsoek is None else forsoek,
                neste_forsoek=igjen,
                feilkode=funn.kode,
                feilmelding=escapet(funn.tekst),
            )
            Hendelse.update(tilstand=Hendelsestilstand.PAA_VENT).where(
                Hendelse.produsent == leie.rad.produsent,
                Hendelse.noekkel == leie.rad.noekkel,
                Hendelse.tilstand == Hendelsestilstand.MOTTATT,
            ).execute()
            # In this transaction, so that who drops the event, and wakes the key, comes before it or after it.
            self._gi_slipp(leie, klar_tidspunkt=igjen)

        self._bok.under(leie, arbeid)
        return False

    def vent_paa_plugin(self, hendelse: Hendelse, leie: Leie, funn: Funn) -> bool:
        """Wait for the plugin, which is no try."""
        return self.sett_paa_vent(hendelse, leie, funn, self._kjerne.klokke.naa() + VENTER_PAA_PLUGIN)

    def _gi_slipp(self, leie: Leie, **endring: Any) -> None:
        Hendelsesnoekkel.update(leie_til=None, **endring).where(
            Hendelsesnoekkel.produsent == leie.rad.produsent, Hendelsesnoekkel.noekkel == leie.rad.noekkel
        ).execute()

    def _skriv_karantene(self, hendelse: Hendelse, funn: Funn) -> None:
        _oppdater(
            hendelse,
            tilstand=Hendelsestilstand.KARANTENE,
            forsoek=hendelse.forsoek + 1,
            neste_forsoek=None,
            feilkode=funn.kode,
            feilmelding=escapet(funn.tekst),
            plugin=hendelse.plugin,
            kommandoer=alt_escapet(hendelse.kommandoer),
        )
        if hendelse.kommandoer:
            produsent = self._kjerne.produsenter.hent(hendelse.produsent)
            knytt(hendelse, omtalte(les_steg(hendelse.kommandoer), produsent, self._kjerne.noekkelring))

    def _sett_til_side(self, leie: Leie, feil: Exception) -> None:
        """Raises `feil` when there is no such row: then it was something else."""
        foerste = _uferdige(leie).select(fn.MIN(Hendelse.loepenummer))

        def arbeid() -> None:
            tilside = Hendelse.update(
                tilstand=Hendelsestilstand.KARANTENE,
                feilkode=UKJENT_FEIL,
                feilmelding=f"The row cannot be read: {type(feil).__name__}",
                kommandoer=None,
                utfall=None,
                neste_forsoek=None,
                behandlet_tidspunkt=None,
            ).where(
                Hendelse.produsent == leie.rad.produsent,
                Hendelse.noekkel == leie.rad.noekkel,
                Hendelse.loepenummer == foerste.scalar(),
            )
            if not tilside.execute():
                raise feil

        self._bok.under(leie, arbeid)


def _uferdige(leie: Leie) -> Any:
    return Hendelse.select().where(
        Hendelse.produsent == leie.rad.produsent,
        Hendelse.noekkel == leie.rad.noekkel,
        Hendelse.tilstand.in_(TIL_BEHANDLING),
    )


def _oppdater(hendelse: Hendelse, **felter: Any) -> None:
    """Raises ErAvgjort. In a transaction that holds the event's key."""
    endret = Hendelse.update(**felter).where(Hendelse.id == hendelse.id, Hendelse.tilstand.in_(TIL_BEHANDLING))
    if not endret.execute():
        raise ErAvgjort
