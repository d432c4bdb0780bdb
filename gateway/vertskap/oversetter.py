"""Asking the producers' plugins about events: a process each, so that one that hangs costs its own producer only."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from gateway.domain.hendelse import Feilklasse
from gateway.domain.tid import etter
from gateway.plugin.hendelser import Endring, Oppslag
from gateway.vertskap.erklaering import Erklaering, Pluginsted
from gateway.vertskap.feil import (
    Bruddkode,
    Grensebrudd,
    IkkeRukket,
    Oversettelsesfeil,
    Pluginfeil,
    Stoppet,
)
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.oppdrag import (
    Bestilling,
    Endringsoppdrag,
    Hendelsessvar,
    Lagersvar,
    Noekkelsvar,
    Oppdrag,
    Resultat,
    Sporsmaal,
)
from gateway.vertskap.oversettelse import Lagerleser, Lagring, LestVerdi, Oversettelse, Venting
from gateway.vertskap.prosess import Lesing, Pluginprosess

# So much is put to a process at a time.
OM_GANGEN = 100
BYTE_OM_GANGEN = 1 << 20
# The producer's own secret, by its id. It never changes: what was hashed with it is found again.
Hemmelighet = Callable[[str], bytes]
TIL_LAGERET = b"lager"
Svar = TypeVar("Svar")
Om = TypeVar("Om", Oppdrag, Endringsoppdrag)


class Oversetter:
    """Asks about events. Those of one producer take turns; those of different producers never wait for one another.

    Every question is about many events at once, and answered for each: a fault is one event's, and told in its place
    as Oversettelsesfeil or Grensebrudd. When a process dies, those that it had not come to are put to a new one. With
    `senest`, an instant of `time.monotonic`, those that are not begun by then are told as IkkeRukket. All raise Stoppet
    once the host is closed.

    `hemmelighet` gives the producer's secret; without it nothing is hashed, and no state is read or stored.
    """

    def __init__(
        self,
        steder: Iterable[Pluginsted],
        *,
        sekunder: float,
        grenser: Grenser | None = None,
        hemmelighet: Hemmelighet | None = None,
    ) -> None:
        self._sekunder = sekunder
        self._plasser = {sted.produsent: _Plass(sted, grenser or Grenser(), hemmelighet) for sted in steder}

    def noekler(
        self, produsent: str, oppdrag: Sequence[Oppdrag], *, senest: float | None = None
    ) -> list[Noekkelsvar | Exception]:
        """The ordering keys of events; and first who they are, of those whose `id` is empty."""

        return self._spoer(produsent, Sporsmaal.NOEKKEL, oppdrag, senest, lambda svar, _: _noekkelsvar(svar))

    def oppslag(
        self, produsent: str, oppdrag: Sequence[Oppdrag], *, senest: float | None = None
    ) -> list[Sequence[Oppslag] | Exception]:
        """What must be looked up outside before the events are mapped."""
        return self._spoer(produsent, Sporsmaal.OPPSLAG, oppdrag, senest, lambda svar, _: svar.oppslag)

    def oversett_alle(
        self, produsent: str, oppdrag: Sequence[Oppdrag], lager: Lagerleser, *, senest: float | None = None
    ) -> list[Oversettelse | Exception]:
        """What the events become, mapped in order: each reads of the state what those before it store.

        Raises what `lager` raises.
        """
        bruk = self._lagerbruk(produsent, lager)
        return self._spoer(
            produsent,
            Sporsmaal.OVERSETT,
            oppdrag,
            senest,
            lambda svar, ett: bruk.oversettelse(svar, naa=ett.naa or ett.mottatt, mottatt=ett.mottatt),
            bruk,
        )

    def endringer(
        self,
        produsent: str,
        endringer: Sequence[Endring],
        lager: Lagerleser,
        *,
        naa: dt.datetime,
        senest: float | None = None,
    ) -> list[Oversettelse | Exception]:
        """What the plugin answers to what the gateway did, told in order. Raises what `lager` raises."""
        bruk = self._lagerbruk(produsent, lager)
        return self._spoer(
            produsent,
            Sporsmaal.ENDRING,
            [Endringsoppdrag(endring=ett, naa=naa) for ett in endringer],
            senest,
            lambda svar, _: bruk.oversettelse(svar, naa=naa, mottatt=naa),
            bruk,
        )

    def lukk(self) -> None:
        """Stop all processes at once, for good; calls under way, and those that come, raise Stoppet."""
        for plass in self._plasser.values():
            plass.stopp()
        for plass in self._plasser.values():
            plass.rydd()

    def _lagerbruk(self, produsent: str, lager: Lagerleser) -> _Lagerbruk:
        return _Lagerbruk(self._plasser[produsent], lager)

    def _spoer(
        self,
        produsent: str,
        hva: Sporsmaal,
        om: Sequence[Om],
        senest: float | None,
        tolk: Callable[[Hendelsessvar, Om], Svar],
        bruk: _Lagerbruk | None = None,
    ) -> list[Svar | Exception]:
        svar: list[Svar | Exception] = []
        with self._plasser[produsent].tur() as plass:
            while len(svar) < len(om):
                igjen = om[len(svar) :]
                i_alt = None if senest is None else senest - time.monotonic()
                if i_alt is not None and i_alt <= 0:
                    svar += [IkkeRukket()] * len(igjen)
                    break
                bestilling = _bestilling(hva, igjen, self._sekunder, i_alt)
                try:
                    for raatt in plass.spoer(bestilling, bruk.ny if bruk else _uten_lager):
                        svar.append(_tolket(raatt, om[len(svar)], tolk))
                except Grensebrudd as brudd:
                    svar.append(brudd)
                except _KanIkkeLastes as feil:
                    svar += [feil.hvorfor] * len(igjen)
        return svar


class _KanIkkeLastes(Exception):
    """The plugin was loaded as the gateway started, and cannot be now: no fault of any event."""

    def __init__(self, hvorfor: Grensebrudd | Oversettelsesfeil) -> None:
        super().__init__(str(hvorfor))
        self.hvorfor = hvorfor


class _Plass:
    """One producer's plugin, and its process while there is one: started when first needed, replaced when lost."""

    def __init__(self, sted: Pluginsted, grenser: Grenser, hemmelighet: Hemmelighet | None) -> None:
        self.sted, self.grenser = sted, grenser
        self._hent_hemmelighet = hemmelighet
        self._hemmelighet: bytes | None = None
        self._tur = threading.Lock()
        self._laas = threading.Lock()  # for the two below; never held while the plugin works
        self._prosess: Pluginprosess | None = None
        self._stoppet = False
        self.erklaering: Erklaering | None = None

    @contextmanager
    def tur(self) -> Iterator[_Plass]:
        """Have the plugin to oneself. Raises Stoppet, in the work too."""
        with self._tur:
            try:
                yield self
            except Exception as feil:
                if self._stoppet:
                    raise Stoppet from feil
                raise
            if self._stoppet:
                raise Stoppet

    def spoer(
        self, bestilling: Bestilling, les: Callable[[], Lesing]
    ) -> Iterator[Hendelsessvar | Oversettelsesfeil | Grensebrudd | IkkeRukket]:
        """As Pluginprosess.spoer. Raises _KanIkkeLastes, Stoppet."""
        yield from self._klar().spoer(bestilling, les)

    def hemmelighet(self) -> bytes | None:
        """The producer's secret, asked for once. Raises what the asking raises."""
        if self._hemmelighet is None and self._hent_hemmelighet is not None:
            self._hemmelighet = self._hent_hemmelighet(self.sted.produsent)
        return self._hemmelighet

    def stopp(self) -> None:
        with self._laas:
            self._stoppet = True
            if self._prosess is not None:
                self._prosess.drep()

    def rydd(self) -> None:
        with self._tur:
            self._slipp()

    def _klar(self) -> Pluginprosess:
        """A process with the plugin loaded. Raises _KanIkkeLastes, Stoppet."""
        if self._prosess is not None and self._prosess.lever and not self._stoppet:
            return self._prosess
        try:
            hemmelighet = self.hemmelighet()
        except Pluginfeil as feil:
            raise _KanIkkeLastes(Oversettelsesfeil(feil.melding, kode=feil.kode, klasse=feil.klasse)) from feil
        self._slipp()
        with self._laas:
            if self._stoppet:
                raise Stoppet
            prosess = self._prosess = Pluginprosess(self.sted, self.grenser, hemmelighet=hemmelighet)
        try:
            self.erklaering = prosess.last()
        except Pluginfeil as feil:
            self._slipp()
            melding = f"{self.sted.navn}: its process could not load it again: {feil}"
            if feil.klasse is Feilklasse.KONFIGURASJON:
                raise _KanIkkeLastes(Oversettelsesfeil(melding, kode=feil.kode, klasse=feil.klasse)) from feil
            raise _KanIkkeLastes(Grensebrudd(Bruddkode.PROSESSEN_DOEDE, melding)) from feil
        except Grensebrudd as brudd:
            self._slipp()
            raise _KanIkkeLastes(brudd) from brudd
        return prosess

    def _slipp(self) -> None:
        with self._laas:
            prosess, self._prosess = self._prosess, None
        if prosess is not None:
            prosess.lukk()


class _Lagerbruk:
    """What one call reads of a plugin's state, for one event at a time, and what it stores there.

    Keys are hashed here: neither the plugin's process nor the database can tell what stands for which.
    """

    def __init__(self, plass: _Plass, lager: Lagerleser) -> None:
        self._plass, self._lager = plass, lager
        self._lest: dict[str, int] = {}

    def ny(self) -> Lesing:
        """What the next event reads by."""
        self._lest = {}
        return self._les

    def oversettelse(self, svar: Hendelsessvar, *, naa: dt.datetime, mottatt: dt.datetime) -> Oversettelse:
        """What the answer comes to; later events read what it stores. Raises Oversettelsesfeil."""
        resultat = svar.resultat or Resultat()
        venting = None
        if (venter := resultat.venter_paa) is not None:
            noekkel = self._hash(venter.noekkel)
            self._slaa_opp(noekkel)  # whether it is there: what is stored there before this is parked, is seen then
            venting = Venting(noekkel=noekkel, til=etter(mottatt, venter.lengst))
        oversettelse = Oversettelse(
            steg=resultat.steg,
            lagre=[
                Lagring(
                    noekkel=self._hash(ett.noekkel),
                    verdi=ett.verdi,
                    skjemaversjon=self._plass.erklaering.lagerversjon if self._plass.erklaering else 1,
                    versjon=1 + secrets.randbelow((1 << 63) - 1),
                    utloeper_tidspunkt=etter(naa, ett.levetid),
                    hoerer_til=ett.hoerer_til,
                )
                for ett in resultat.lagre
            ],
            merknader=resultat.merknader,
            hoppet_over=resultat.hoppet_over,
            venter_paa=venting,
            lest=dict(self._lest),
        )
        self._lager.skrevet(oversettelse)
        return oversettelse

    def _les(self, noekkel: str) -> Lagersvar:
        """Raises Grensebrudd, and what the reading raises."""
        hash_ = self._hash(noekkel)
        if hash_ not in self._lest and len(self._lest) >= self._plass.grenser.lager_noekler:
            raise Grensebrudd(
                Bruddkode.FOR_MYE_LAGER,
                f"it reads more than {self._plass.grenser.lager_noekler} keys of its state for one event, and was "
                "stopped; split the event",
            )
        funnet = self._slaa_opp(hash_)
        if funnet is None:
            return Lagersvar()
        return Lagersvar(finnes=True, verdi=funnet.verdi, skjemaversjon=funnet.skjemaversjon)

    def _slaa_opp(self, hash_: str) -> LestVerdi | None:
        funnet = self._lager.les(hash_)
        self._lest.setdefault(hash_, funnet.versjon if funnet else 0)
        return funnet

    def _hash(self, noekkel: str) -> str:
        hemmelighet = self._plass.hemmelighet()
        if hemmelighet is None:
            raise Oversettelsesfeil(f"{self._plass.sted.navn}: this gateway was started without the producer's key")
        return lagerhash(hemmelighet, noekkel)


def lagerhash(hemmelighet: bytes, noekkel: str) -> str:
    """What a key of the state is kept as, by the producer's secret."""
    til_lageret = hmac.digest(hemmelighet, TIL_LAGERET, "sha256")
    return hmac.digest(til_lageret, noekkel.encode(), "sha256").hex()


def _uten_lager() -> Lesing:
    return _les_ingenting


def _les_ingenting(_: str) -> Lagersvar:
    raise Grensebrudd(Bruddkode.PROSESSEN_DOEDE, "its process asked for the state, which it cannot be given here")


def _bestilling(hva: Sporsmaal, om: Sequence[Any], sekunder: float, i_alt: float | None) -> Bestilling:
    """As many of them as are put at a time."""
    antall, plass = 0, BYTE_OM_GANGEN
    while antall < min(len(om), OM_GANGEN) and (plass > 0 or not antall):
        plass -= len(getattr(om[antall], "raa", b""))
        antall += 1
    noen = list(om[:antall])
    if hva is Sporsmaal.ENDRING:
        return Bestilling(hva=hva, sekunder=sekunder, i_alt=i_alt, endringer=noen)
    return Bestilling(hva=hva, sekunder=sekunder, i_alt=i_alt, oppdrag=noen)


def _tolket(
    raatt: Hendelsessvar | Oversettelsesfeil | Grensebrudd | IkkeRukket,
    om: Om,
    tolk: Callable[[Hendelsessvar, Om], Svar],
) -> Svar | Exception:
    if not isinstance(raatt, Hendelsessvar):
        return raatt
    try:
        return tolk(raatt, om)
    except (Oversettelsesfeil, ValueError) as feil:  # a time that leads outside the calendar
        return feil if isinstance(feil, Oversettelsesfeil) else Oversettelsesfeil(f"what it answered {feil}")


def _noekkelsvar(svar: Hendelsessvar) -> Noekkelsvar:
    return Noekkelsvar(identitet=svar.identitet, noekkel=svar.noekkel)
