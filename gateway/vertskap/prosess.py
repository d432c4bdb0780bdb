"""A plugin's process, seen from the gateway: started, asked, and stopped, and why it ended."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from types import MappingProxyType
from typing import TypeVar

import msgspec

from gateway.vertskap.erklaering import Erklaering, Pluginsted
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Oversettelsesfeil, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.oppdrag import Bestilling, Hendelsessvar, Lastesvar, Oppdrag, Oppstart, Pluginsvar, Sporsmaal
from gateway.vertskap.roer import Brutt, ForSein, ForStor, Roer

# Fresh, and without the program that started it: the process shares no connection, lock, thread or secret with us.
PROGRAM = (
    "import sys; fd = int(sys.argv[1]); sys.path[:] = sys.argv[2:]; from gateway.vertskap.barn import kjoer; kjoer(fd)"
)
MILJOE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
SLUTT_SEKUNDER = 1.0
Svar = TypeVar("Svar", bound=Pluginsvar)
# Made here, since two threads that first meet a class at once bring msgspec down.
LASTESVAR = msgspec.msgpack.Decoder(Lastesvar)
HENDELSESSVAR = msgspec.msgpack.Decoder(Hendelsessvar)


class Pluginprosess:
    """One process with one plugin. It is asked from one thread at a time; `drep` may come from any."""

    def __init__(self, sted: Pluginsted, grenser: Grenser) -> None:
        self._sted, self._grenser = sted, grenser
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
        oppstart = pickle.dumps(Oppstart(sted=self._sted, grenser=self._grenser))
        svar = self._spoer(oppstart, LASTESVAR, self._grenser.lastesekunder, "loading it")
        if svar.feil is not None:
            raise Pluginfeil(svar.feil)
        return Erklaering(
            navn=self._sted.navn,
            versjon=svar.versjon,
            produsent=self._sted.produsent,
            har_noekkel=svar.har_noekkel,
            hendelsestyper=MappingProxyType({type_.navn: type_ for type_ in svar.hendelsestyper}),
        )

    def spoer(self, hva: Sporsmaal, oppdrag: Oppdrag, sekunder: float) -> Hendelsessvar:
        """Raises Oversettelsesfeil; and Grensebrudd, after which the process may be of no more use, see `lever`."""
        bestilling = msgspec.msgpack.encode(Bestilling(hva=hva, oppdrag=oppdrag, sekunder=sekunder))
        svar = self._spoer(bestilling, HENDELSESSVAR, sekunder, hva.value)
        if svar.feil is not None:
            raise Oversettelsesfeil(svar.feil, svar.spor, svar.utdyping)
        return svar

    def drep(self) -> None:
        """Stop it at once, and all that it has started. Whoever waits for it finds that it is gone."""
        self._roer.vekk()
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended by itself
            os.killpg(self._prosess.pid, signal.SIGKILL)
        self._prosess.wait()

    def lukk(self) -> None:
        """Stop it, and let go of what it held here; nobody may be asking it."""
        self.drep()
        self._roer.lukk()

    def _spoer(self, melding: bytes, leser: msgspec.msgpack.Decoder[Svar], sekunder: float, hva: str) -> Svar:
        frist = time.monotonic() + sekunder
        try:
            self._roer.send(melding, frist)
            raatt = self._roer.motta(frist, self._grenser.svar_bytes)
        except ForSein:
            raise self._brudd(Bruddkode.TIDSGRENSE, f"{hva} took more than {sekunder:g} s and was stopped") from None
        except ForStor:
            raise self._brudd(
                Bruddkode.FOR_STORT, f"{hva}: the answer is larger than {self._grenser.svar_bytes} bytes"
            ) from None
        except Brutt:
            raise self._gravlagt(hva, sekunder) from None
        try:
            svar = leser.decode(raatt)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._brudd(Bruddkode.PROSESSEN_DOEDE, f"{hva}: the process answered what is no answer") from None
        if svar.brudd is Bruddkode.MINNEGRENSE:
            raise self._brudd(
                svar.brudd, f"{hva} used more than {self._grenser.minne_mb} MiB of memory and was stopped"
            )
        if svar.brudd is not None:
            raise Grensebrudd(svar.brudd, f"{self._sted.navn}: {svar.feil}")
        return svar

    @property
    def lever(self) -> bool:
        return self._prosess.poll() is None

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
        if kode == -signal.SIGALRM:
            return self._brudd(Bruddkode.TIDSGRENSE, f"{hva} took more than {sekunder:g} s and stopped itself")
        hvordan = f"was killed by {_signal(-kode)}" if kode < 0 else f"ended with exit code {kode}"
        return self._brudd(Bruddkode.PROSESSEN_DOEDE, f"{hva}: its process {hvordan}")


def _signal(nummer: int) -> str:
    return signal.Signals(nummer).name if nummer in set(signal.Signals) else f"signal {nummer}"
