"""Messages between the gateway and a plugin's process: each whole, with a deadline, and with a bound on its size."""

from __future__ import annotations

import socket
import struct
import time

LENGDE = struct.Struct(">I")
STYKKE = 1 << 16


class Brutt(Exception):
    """The other end is gone."""


class ForSein(Exception):
    """The deadline passed before the message was through."""


class ForStor(Exception):
    """The message is larger than this end takes."""


class Roer:
    """One end of a socket. `frist` is an instant of `time.monotonic`; without one, it waits for as long as it takes."""

    def __init__(self, sokkel: socket.socket) -> None:
        self._sokkel = sokkel
        self._lest = bytearray()

    def send(self, melding: bytes, frist: float | None = None) -> None:
        """Raises Brutt, ForSein."""
        self._vent_til(frist)
        try:
            self._sokkel.sendall(LENGDE.pack(len(melding)) + melding)
        except TimeoutError:
            raise ForSein from None
        except OSError:
            raise Brutt from None

    def motta(self, frist: float | None = None, maks: int | None = None) -> bytes:
        """The next message. Raises Brutt, ForSein, ForStor."""
        self._les_til(LENGDE.size, frist)
        (lengde,) = LENGDE.unpack_from(self._lest)
        if maks is not None and lengde > maks:
            raise ForStor
        slutt = LENGDE.size + lengde
        self._les_til(slutt, frist)
        melding = bytes(self._lest[LENGDE.size : slutt])
        del self._lest[:slutt]
        return melding

    def vekk(self) -> None:
        """Let whoever sends or waits at this end, in any thread, find it broken."""
        try:
            self._sokkel.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is gone already

    def lukk(self) -> None:
        self._sokkel.close()

    def _les_til(self, lengde: int, frist: float | None) -> None:
        while len(self._lest) < lengde:
            self._vent_til(frist)
            try:
                stykke = self._sokkel.recv(STYKKE)
            except TimeoutError:
                raise ForSein from None
            except OSError:
                raise Brutt from None
            if not stykke:
                raise Brutt
            self._lest += stykke

    def _vent_til(self, frist: float | None) -> None:
        igjen = None if frist is None else frist - time.monotonic()
        if igjen is not None and igjen <= 0:
            raise ForSein
        try:
            self._sokkel.settimeout(igjen)
        except OSError:
            raise Brutt from None
