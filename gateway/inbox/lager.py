"""A producer's keyed state as the engine works with it: read while events are mapped, written as they take effect.

What was read is compared again in the transaction that takes effect, with the keys held, also those that had nothing
under them: what is mapped of two events at once is as if one had come first. Who read something else maps again.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway.domain.feil import NotifikasjonFinnesIkke, SakFinnesIkke
from gateway.domain.kommandoer import Saksreferanse
from gateway.inbox.inntak import RUNDE
from gateway.kjerne import Kjerne
from gateway.store import lager
from gateway.store.oppslag import finn_notifikasjon, finn_sak
from gateway.vertskap.oversettelse import Lagring, LestVerdi, Oversettelse
from gateway.vertskap.svar import les_referanse

MIB = 1 << 20
# What the event is told, when what its state belongs to is gone.
EIEREN_ER_BORTE = "Det som skulle lagres, hører til noe som ikke finnes, og er ikke lagret."


class LagerEndret(Exception):
    """What the mapping read of the state has changed since; the event is to be mapped anew."""


class LagerFullt(Exception):
    """The producer keeps as much as it may; what is stored runs out, or the limit is raised."""


class Lager:
    """The state of one producer. For one batch at a time: what is mapped in it, those after it read."""

    def __init__(self, kjerne: Kjerne, produsent: str) -> None:
        self._kjerne, self._produsent = kjerne, produsent
        self._skrevet: dict[str, LestVerdi | None] = {}

    # --- while events are mapped, outside any transaction ------------------------------------------------------

    def les(self, noekkel: str) -> LestVerdi | None:
        """What is under the key, or will be. Raises Utilgjengelig."""
        if noekkel in self._skrevet:
            return self._skrevet[noekkel]
        with self._kjerne.database.tilkobling():
            rad = lager.les(self._produsent, noekkel, self._kjerne.klokke.naa())
        if rad is None:
            return None
        return LestVerdi(verdi=rad.verdi, skjemaversjon=rad.skjemaversjon, versjon=rad.versjon)

    def skrevet(self, oversettelse: Oversettelse) -> None:
        """Those that are mapped after this read what it stores."""
        for ett in oversettelse.lagre:
            self._skrevet[ett.noekkel] = _verdien(ett)

    # --- in the transaction in which they take effect ----------------------------------------------------------

    def hold(self, oversettelser: Sequence[Oversettelse]) -> None:
        """Hold all that these read, wait for and store, until the open transaction ends. Once in it, and first."""
        noekler = {noekkel for ett in oversettelser for noekkel in (*ett.lest, *(skr.noekkel for skr in ett.lagre))}
        lager.hold(self._produsent, noekler)

    def krev_uendret(self, oversettelse: Oversettelse) -> None:
        """Raises LagerEndret when what it read is not what is there now."""
        if not oversettelse.lest:
            return
        naa = lager.versjoner(self._produsent, oversettelse.lest, self._kjerne.klokke.naa())
        if any(naa.get(noekkel, 0) != versjon for noekkel, versjon in oversettelse.lest.items()):
            raise LagerEndret

    def skriv(self, oversettelse: Oversettelse) -> list[str]:
        """Store what it stores, once its kommandoer are carried out, and wake those that are parked for it.

        What belongs to an object that is not there is not stored, nor is what it would replace kept; that is answered,
        to be noted with the event. Raises LagerFullt; UgyldigMerkelapp for an object of another's.
        """
        if not oversettelse.lagre:
            return []
        naa = self._kjerne.klokke.naa()
        skrivinger: list[lager.Skriving] = []
        fjernes: list[str] = []
        uten_eier = False
        for ett in oversettelse.lagre:
            eier_id = self._eier(ett)
            borte = ett.hoerer_til is not None and eier_id is None
            uten_eier = uten_eier or (borte and ett.verdi is not None)
            if ett.verdi is None or borte or ett.utloeper_tidspunkt <= naa:
                fjernes.append(ett.noekkel)
            else:
                skrivinger.append(_skriving(ett, eier_id))
        lager.skriv(self._produsent, skrivinger, fjernes)
        if skrivinger:
            self._krev_plass()
            if lager.vekk(self._produsent, [ett.noekkel for ett in skrivinger], naa):
                self._kjerne.database.etter_commit(lambda: self._kjerne.doerklokke.ring(RUNDE))
        return [EIEREN_ER_BORTE] if uten_eier else []

    def _eier(self, lagring: Lagring) -> UUID | None:
        """What it is deleted with, held until the transaction ends; None for nothing, and for what is not there."""
        if lagring.hoerer_til is None:
            return None
        produsent = self._kjerne.produsenter.hent(self._produsent)
        referanse = les_referanse(lagring.hoerer_til)
        try:
            if isinstance(referanse, Saksreferanse):
                sak: UUID = finn_sak(referanse, produsent, self._kjerne.noekkelring, laast=True).id
                return sak
            notifikasjon: UUID = finn_notifikasjon(referanse, produsent, None, laast=True).id
        except (SakFinnesIkke, NotifikasjonFinnesIkke):
            return None
        return notifikasjon

    def _krev_plass(self) -> None:
        antall, byte = lager.bruk(self._produsent)
        grenser = self._kjerne.innstillinger
        if antall > grenser.lager_noekler:
            raise LagerFullt(f"The plugin's state would have {antall} keys; LAGER_NOEKLER is {grenser.lager_noekler}.")
        if byte > grenser.lager_mb * MIB:
            raise LagerFullt(f"The plugin's state would be {byte} bytes; LAGER_MB is {grenser.lager_mb} MiB.")


def _verdien(lagring: Lagring) -> LestVerdi | None:
    if lagring.verdi is None:
        return None
    return LestVerdi(verdi=lagring.verdi, skjemaversjon=lagring.skjemaversjon, versjon=lagring.versjon)


def _skriving(lagring: Lagring, objekt_id: UUID | None) -> lager.Skriving:
    return lager.Skriving(
        noekkel=lagring.noekkel,
        verdi=lagring.verdi,
        skjemaversjon=lagring.skjemaversjon,
        versjon=lagring.versjon,
        utloeper_tidspunkt=lagring.utloeper_tidspunkt,
        objekt_id=objekt_id,
    )
