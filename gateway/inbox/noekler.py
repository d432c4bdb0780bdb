"""The keys of events that a worker has for a while, and what it writes of them and their events under that lease."""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import peewee
from peewee import SQL, Case, fn

from gateway.domain.hendelse import Hendelsestilstand
from gateway.inbox.funn import UKJENT_FEIL
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.store.database import Utilgjengelig
from gateway.store.dialekt import blant, instant, laas, neste_i_hver
from gateway.store.innboks import KOE, kilder_med_klare, klare_hos_produsentene
from gateway.store.leie import Leie, Leiebok
from gateway.store.tabeller import SKAL_BEHANDLES, STOPPER_NOEKKELEN, Hendelse, Hendelsesnoekkel

logger = logging.getLogger(__name__)

# A worker that dies gives its keys back when the lease runs out: well within the promised 30 seconds. What is done
# under it renews it, and nothing may take longer than this before it does.
LEIE = dt.timedelta(seconds=15)
NOEKLER_OM_GANGEN = 32
# So many events are read at once, however many keys they are of.
HENDELSER_OM_GANGEN = 64


class Noekler:
    """Claims keys, reads their events, and lets go of them."""

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

    def ta(self, produsent: str, utenom: Collection[str] = (), antall: int = NOEKLER_OM_GANGEN) -> list[Leie]:
        """Lease some of the producer's keys that are ready, but `utenom` and its queue.

        Sources take turns, and within each the key that has been ready longest is first.
        """
        naa = self._kjerne.klokke.naa()
        with self._database.tilkobling():
            kilder = kilder_med_klare(produsent, naa)
        random.shuffle(kilder)  # where there are more of them than keys to take
        leier: list[Leie] = []
        for nummer, kilde in enumerate(kilder):
            igjen = antall - len(leier)
            if igjen <= 0:
                break
            hver = -(-igjen // (len(kilder) - nummer))
            leier += self._bok.ta(
                _klare(produsent, naa)
                .where(Hendelsesnoekkel.kilde == kilde, Hendelsesnoekkel.noekkel.not_in([KOE, *utenom]))
                .order_by(Hendelsesnoekkel.klar_tidspunkt)
                .limit(hver)
            )
        return leier

    def ta_koeen(self, produsent: str) -> Leie | None:
        """Lease the producer's queue, if anything is ready in it."""
        leier = self._bok.ta(_klare(produsent, self._kjerne.klokke.naa()).where(Hendelsesnoekkel.noekkel == KOE))
        return leier[0] if leier else None

    def slipp(self, leier: Sequence[Leie]) -> None:
        """Give the keys back, to be taken by whoever comes."""
        if leier:
            self._bok.slipp(leier)

    def frisk(self, leier: Sequence[Leie]) -> list[Leie]:
        """The leases, renewed if they are no longer young enough for one thing more; without those that were lost."""
        if not leier or min(leie.til for leie in leier) - self._sann_tid.naa() > LEIE * 2 / 3:
            return list(leier)
        return self._bok.forny(leier)

    def under(self, leie: Leie, arbeid: Callable[[], Any]) -> Any:
        """Do `arbeid` in a transaction that renews the lease, and so holds the key. Raises MistetLeie."""
        return self._bok.under(leie, arbeid)

    def hold(self, leier: Sequence[Leie]) -> set[str]:
        """The keys that are ours still, held until the open transaction ends, and with them all of their events."""
        return {leie.rad.noekkel for leie in self._bok.hold(leier)}

    def lukk(self, produsent: str, noekler: Mapping[str, dt.datetime | None]) -> None:
        """Let go of keys that are held, which are to be looked at again at that time, or when something wakes them.

        In the open transaction: whoever stores an event under a key, or decides about one, holds its row as well, so
        nothing can come between.
        """
        for klar, navn in _etter_tid(noekler).items():
            Hendelsesnoekkel.update(leie_til=None, klar_tidspunkt=klar).where(_er(produsent, navn)).execute()

    def lukk_ferdige(self, produsent: str, noekler: Collection[str]) -> None:
        """Let go of keys that are held: to sleep where nothing is left, else to the end of the line. As `lukk`."""
        igjen = fn.EXISTS(
            Hendelse.select(SQL("1")).where(
                Hendelse.produsent == Hendelsesnoekkel.produsent,
                Hendelse.noekkel == Hendelsesnoekkel.noekkel,
                SKAL_BEHANDLES,
            )
        )
        if noekler:
            naa = instant(self._kjerne.klokke.naa())
            Hendelsesnoekkel.update(leie_til=None, klar_tidspunkt=Case(None, [(igjen, naa)])).where(
                _er(produsent, noekler)
            ).execute()

    # --- events ------------------------------------------------------------------------------------------------

    def neste(
        self, produsent: str, leier: Sequence[Leie], i_alt: int = HENDELSER_OM_GANGEN
    ) -> dict[str, list[Hendelse]]:
        """The next events of each key, in its order. One whose row cannot be read is set aside, with its reason."""
        noekler = [leie.rad.noekkel for leie in leier]
        hver = max(1, i_alt // max(1, len(noekler)))
        per_noekkel: dict[str, list[Hendelse]] = {noekkel: [] for noekkel in noekler}
        try:
            with self._database.tilkobling():
                for rad in neste_i_hver(produsent, noekler, hver):
                    per_noekkel[rad.noekkel].append(rad)
        except (Utilgjengelig, peewee.OperationalError, peewee.InterfaceError):
            raise
        except Exception:
            logger.exception("the row of an event cannot be read")
            for leie in leier:
                per_noekkel[leie.rad.noekkel] = self._neste_som_kan_leses(leie)
        return per_noekkel

    def stoppede(self, produsent: str, leier: Sequence[Leie]) -> set[str]:
        """The keys that wait for a person to decide about an event in KARANTENE."""
        if not leier:
            return set()
        with self._database.tilkobling():
            rader = Hendelse.select(Hendelse.noekkel).where(
                Hendelse.produsent == produsent,
                Hendelse.noekkel.in_([leie.rad.noekkel for leie in leier]),
                STOPPER_NOEKKELEN,
            )
            return {noekkel for (noekkel,) in rader.tuples()}

    def uavgjorte(self, hendelser: Sequence[Hendelse]) -> set[UUID]:
        """Those that are still to be handled, held until the open transaction ends: none that a person has dropped
        meanwhile, nor one whose payload went with what it was about."""
        toemt = fn.LENGTH(Hendelse.raa) == 0
        rader = laas(
            Hendelse.select(Hendelse.id, toemt.alias("toemt")).where(
                blant(Hendelse.id, [hendelse.id for hendelse in hendelser]), SKAL_BEHANDLES
            )
        )
        naa_toemt = dict(rader.tuples())
        return {ett.id for ett in hendelser if ett.id in naa_toemt and not (naa_toemt[ett.id] and ett.raa)}

    def la_vente(self, produsent: str, noekler: Collection[str]) -> None:
        """Those behind in these keys, which are held, wait with the event that waits."""
        if noekler:
            Hendelse.update(tilstand=Hendelsestilstand.PAA_VENT).where(
                Hendelse.produsent == produsent,
                Hendelse.noekkel.in_(list(noekler)),
                Hendelse.tilstand == Hendelsestilstand.MOTTATT,
                SKAL_BEHANDLES,
            ).execute()

    def _neste_som_kan_leses(self, leie: Leie) -> list[Hendelse]:
        while True:
            try:
                with self._database.tilkobling():
                    return neste_i_hver(leie.rad.produsent, [leie.rad.noekkel], 1)
            except (Utilgjengelig, peewee.OperationalError, peewee.InterfaceError):
                raise
            except Exception as feil:
                logger.exception("the row of an event cannot be read")
                self._sett_til_side(leie, feil)

    def _sett_til_side(self, leie: Leie, feil: Exception) -> None:
        """Raises `feil` when there is no such row: then it was something else."""
        hos = (Hendelse.produsent == leie.rad.produsent) & (Hendelse.noekkel == leie.rad.noekkel)
        foerste = Hendelse.select(fn.MIN(Hendelse.loepenummer)).where(hos, SKAL_BEHANDLES)

        def arbeid() -> None:
            tilside = Hendelse.update(
                tilstand=Hendelsestilstand.KARANTENE,
                feilkode=UKJENT_FEIL,
                feilmelding=f"The row cannot be read: {type(feil).__name__}",
                kommandoer=None,
                utfall=None,
                neste_forsoek=None,
                behandlet_tidspunkt=None,
                oversettelse=None,
                oppslag=None,
                tid=None,
                vent_til=None,
            ).where(hos, Hendelse.loepenummer == foerste.scalar())
            if not tilside.execute():
                raise feil

        self._bok.under(leie, arbeid)


def _klare(produsent: str, naa: dt.datetime) -> Any:
    return Hendelsesnoekkel.select(Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel).where(
        Hendelsesnoekkel.produsent == produsent, Hendelsesnoekkel.klar_tidspunkt <= naa
    )


def _er(produsent: str, noekler: Collection[str]) -> Any:
    return (Hendelsesnoekkel.produsent == produsent) & Hendelsesnoekkel.noekkel.in_(list(noekler))


def _etter_tid(noekler: Mapping[str, dt.datetime | None]) -> dict[dt.datetime | None, list[str]]:
    etter: defaultdict[dt.datetime | None, list[str]] = defaultdict(list)
    for navn, klar in noekler.items():
        etter[klar].append(navn)
    return etter
