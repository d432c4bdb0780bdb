"""A plugin's process, seen from the gateway: started, asked, and stopped, and why it ended."""

from __future__ import annotations

import hmac
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

import msgspec

from gateway.plugin.hendelser import Hendelsestype
from gateway.vertskap.erklaering import Erklaering, Pluginsted
from gateway.vertskap.etterkommere import drep_alle, drep_gruppen
from gateway.vertskap.feil import Bruddkode, Grensebrudd, IkkeRukket, Oversettelsesfeil, Pluginfeil
from gateway.vertskap.grenser import UTEN_MINNE_KODE, Grenser
from gateway.vertskap.innstillinger import Hentet, hent, i_klartekst
from gateway.vertskap.oppdrag import (
    Bestilling,
    Hendelsessvar,
    Lagersporsmaal,
    Lagersvar,
    Lastesvar,
    Oppstart,
    Pluginsvar,
)
from gateway.vertskap.roer import Brutt, ForSein, ForStor, Roer

# Fresh, and without the program that started it: the process shares no connection, lock, thread or secret with us.
PROGRAM = (
    "import sys; fd = int(sys.argv[1]); sys.path[:] = sys.argv[2:]; from gateway.vertskap.barn import kjoer; kjoer(fd)"
)
MILJOE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
SLUTT_SEKUNDER = 1.0
Svar = TypeVar("Svar")
# What the process hashes with is no key of the gateway's own, nor the one that the state's keys are hashed with.
TIL_PLUGINEN = b"hashet"
# Made here, since two threads that first meet a class at once bring msgspec down.
LASTESVAR = msgspec.msgpack.Decoder(Lastesvar)
HENDELSESSVAR: msgspec.msgpack.Decoder[Hendelsessvar | Lagersporsmaal] = msgspec.msgpack.Decoder(
    Hendelsessvar | Lagersporsmaal
)
# A value of the state, by its key in clear. Raises Grensebrudd.
Lesing = Callable[[str], Lagersvar]


class Pluginprosess:
    """One process with one plugin. It is asked from one thread at a time; `drep` may come from any.

    `hemmelighet` is the producer's own, of which the process gets a derivative.
    """

    def __init__(self, sted: Pluginsted, grenser: Grenser, *, hemmelighet: bytes | None = None) -> None:
        self._sted, self._grenser, self._hemmelighet = sted, grenser, hemmelighet
        self._hentet = Hentet(innstillinger={}, hemmelige={})
        self._neste_nummer = 1
        vaar_ende, barnets_ende = socket.socketpair()
        with barnets_ende:
            self._prosess = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-c", PROGRAM, str(barnets_ende.fileno()), *sys.path],
                pass_fds=(barnets_ende.fileno(),),
                # What a plugin prints may be somebody's data, and is nobody's log.
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={navn: os.environ[navn] for navn in MILJOE if navn in os.environ},
                start_new_session=True,  # so that what it starts can be stopped with it
            )
        self._roer = Roer(vaar_ende)

    def last(self) -> Erklaering:
        """Let it load the plugin. Raises Pluginfeil, Grensebrudd; then the process is of no more use."""
        self._hentet = hent(self._sted.navn, self._sted.innstillinger)
        oppstart = Oppstart(
            sted=replace(self._sted, innstillinger=self._hentet.innstillinger),
            grenser=self._grenser,
            hemmelige=tuple(self._hentet.hemmelige),
            hashnoekkel=self._hemmelighet and hmac.digest(self._hemmelighet, TIL_PLUGINEN, "sha256"),
        )
        hva, sekunder = "loading it", self._grenser.lastesekunder
        frist = time.monotonic() + sekunder
        self._send(pickle.dumps(oppstart), frist, hva, sekunder)
        svar = self._motta(LASTESVAR, frist, hva, sekunder)
        self._krev_innenfor(svar, hva)
        if svar.feil is not None:
            raise Pluginfeil(self._hentet.skjul(svar.feil), klasse=svar.klasse, kode=svar.kode)
        if galt := i_klartekst(self._sted.innstillinger, [tuple(sti) for sti in svar.hemmelige]):
            raise Pluginfeil("; ".join(f"{self._sted.navn}: {ett}" for ett in galt))
        return Erklaering(
            navn=self._sted.navn,
            versjon=svar.versjon,
            produsent=self._sted.produsent,
            typer=_etter_navn(svar.typer),
            har_noekkel=svar.har_noekkel,
            har_identitet=svar.har_identitet,
            har_oppslag=svar.har_oppslag,
            har_observatoer=svar.har_observatoer,
            api=svar.api,
            lagerversjon=svar.lagerversjon,
        )

    def spoer(
        self, bestilling: Bestilling, les: Callable[[], Lesing]
    ) -> Iterator[Hendelsessvar | Oversettelsesfeil | Grensebrudd | IkkeRukket]:
        """The answers, as they come, each within its time. `les` gives what reads the state, anew for each.

        Raises Grensebrudd when the process is of no more use, for the event that would have been the next; and whatever
        reading the state raises, after which it is of no more use either.
        """
        hva, sekunder = bestilling.hva.value, bestilling.sekunder
        fra = self._neste_nummer
        self._neste_nummer += bestilling.antall
        nummerert = msgspec.structs.replace(bestilling, fra=fra)
        self._send(msgspec.msgpack.encode(nummerert), time.monotonic() + sekunder, hva, sekunder)
        for nummer in range(fra, self._neste_nummer):
            yield self._ett_svar(nummer, hva, sekunder, les())

    def drep(self) -> None:
        """Stop it at once, and all that it has started. Whoever waits for it finds that it is gone."""
        self._roer.vekk()
        if self.lever:
            drep_alle(self._prosess.pid)
            self._prosess.wait()

    def lukk(self) -> None:
        """Stop it, and let go of what it held here; nobody may be asking it."""
        self.drep()
        self._roer.lukk()

    @property
    def lever(self) -> bool:
        return self._prosess.poll() is None

    def _ett_svar(
        self, nummer: int, hva: str, sekunder: float, les: Lesing
    ) -> Hendelsessvar | Oversettelsesfeil | Grensebrudd | IkkeRukket:
        frist = time.monotonic() + sekunder
        while True:
            svar = self._motta(HENDELSESSVAR, frist, hva, sekunder)
            if not isinstance(svar, Lagersporsmaal):
                break
            fra = time.monotonic()
            self._send(msgspec.msgpack.encode(self._les(les, svar.noekkel)), frist + sekunder, hva, sekunder)
            frist += time.monotonic() - fra  # the plugin has its time to itself
        if svar.brudd is Bruddkode.MINNEGRENSE:  # written before it was known for which
            self._krev_innenfor(svar, hva)
        if svar.nummer != nummer:
            raise self._brudd(Bruddkode.PROSESSEN_DOEDE, f"{hva}: the process answered what it was not asked")
        if svar.ikke_rukket:
            return IkkeRukket()
        if svar.brudd is not None:
            return Grensebrudd(svar.brudd, self._hentet.skjul(f"{self._sted.navn}: {svar.feil}"))
        if svar.feil is not None:
            skjul = self._hentet.skjul
            return Oversettelsesfeil(
                skjul(svar.feil),
                skjul(svar.spor),
                skjul(svar.utdyping),
                kode=svar.kode,
                klasse=svar.klasse,
                er_hendelsens=svar.er_hendelsens,
            )
        return svar

    def _les(self, les: Lesing, noekkel: str) -> Lagersvar:
        try:
            return les(noekkel)
        except Grensebrudd as brudd:
            raise self._brudd(brudd.kode, str(brudd)) from None
        except BaseException:
            self.drep()  # it waits for an answer that does not come
            raise

    def _send(self, melding: bytes, frist: float, hva: str, sekunder: float) -> None:
        try:
            self._roer.send(melding, frist)
        except ForSein:
            raise self._for_sein(hva, sekunder) from None
        except Brutt:
            raise self._gravlagt(hva, sekunder) from None

    def _motta(self, leser: msgspec.msgpack.Decoder[Svar], frist: float, hva: str, sekunder: float) -> Svar:
        """Raises Grensebrudd, once the process is gone."""
        try:
            raatt = self._roer.motta(frist, self._grenser.svar_bytes)
        except ForSein:
            raise self._for_sein(hva, sekunder) from None
        except ForStor:
            raise self._brudd(
                Bruddkode.FOR_STORT, f"{hva}: the answer is larger than {self._grenser.svar_bytes} bytes"
            ) from None
        except Brutt:
            raise self._gravlagt(hva, sekunder) from None
        try:
            return leser.decode(raatt)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise self._brudd(Bruddkode.PROSESSEN_DOEDE, f"{hva}: the process answered what is no answer") from None

    def _krev_innenfor(self, svar: Pluginsvar, hva: str) -> None:
        if svar.brudd is Bruddkode.MINNEGRENSE:
            raise self._brudd(svar.brudd, self._minnebrudd(hva))
        if svar.brudd is not None:
            raise Grensebrudd(svar.brudd, self._hentet.skjul(f"{self._sted.navn}: {svar.feil}"))

    def _minnebrudd(self, hva: str) -> str:
        return f"{hva} used more than {self._grenser.minne_mb} MiB of memory and was stopped"

    def _for_sein(self, hva: str, sekunder: float) -> Grensebrudd:
        return self._brudd(Bruddkode.TIDSGRENSE, f"{hva} took more than {sekunder:g} s and was stopped")

    def _brudd(self, kode: Bruddkode, melding: str) -> Grensebrudd:
        """The breach, once the process that made it is gone."""
        self.drep()
        return Grensebrudd(kode, f"{self._sted.navn}: {melding}")

    def _gravlagt(self, hva: str, sekunder: float) -> Grensebrudd:
        """Why the other end is gone, as the operating system says it."""
        try:
            kode = self._prosess.wait(SLUTT_SEKUNDER)
        except subprocess.TimeoutExpired:
            return self._brudd(Bruddkode.PROSESSEN_DOEDE, f"{hva}: its process closed the connection, and was stopped")
        drep_gruppen(self._prosess.pid)  # what it has left behind
        if kode == -signal.SIGALRM:
            return self._brudd(Bruddkode.TIDSGRENSE, f"{hva} took more than {sekunder:g} s and stopped itself")
        if kode == UTEN_MINNE_KODE:
            return self._brudd(Bruddkode.MINNEGRENSE, self._minnebrudd(hva))
        hvordan = f"was killed by {_signal(-kode)}" if kode < 0 else f"ended with exit code {kode}"
        return self._brudd(Bruddkode.PROSESSEN_DOEDE, f"{hva}: its process {hvordan}")


def _etter_navn(typer: list[Hendelsestype]) -> MappingProxyType[str, tuple[Hendelsestype, ...]]:
    per_navn: defaultdict[str, list[Hendelsestype]] = defaultdict(list)
    for type_ in typer:  # in the order of the plugin's process: the newest of each first
        per_navn[type_.navn].append(type_)
    return MappingProxyType({navn: tuple(versjoner) for navn, versjoner in per_navn.items()})


def _signal(nummer: int) -> str:
    return signal.Signals(nummer).name if nummer in set(signal.Signals) else f"signal {nummer}"
