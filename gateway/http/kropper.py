"""Bodies under way: read on the event loop, each with a deadline, and bounded by source address and in all.

Beyond a bound the one that has been longest under way is ended, not the newest refused: a body that comes at once is
read whatever the slow ones do.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from gateway.http.avvist import Avvist, Grunn

# Deadlines are looked at so often, by one timer for all: most bodies are here before it has gone once.
SE_ETTER_SEKUNDER = 0.25


class Kropper:
    """All bodies that one process reads now. For the event loop's thread alone."""

    def __init__(self, *, stoerst: int, sekunder: float, per_adresse: int, i_alt: int) -> None:
        self._stoerst = stoerst
        self._sekunder = sekunder
        self._per_adresse = per_adresse
        self._i_alt = i_alt
        self._alle: OrderedDict[_Kropp, None] = OrderedDict()
        self._fra: Counter[str] = Counter()
        self._ser_etter = False

    def __len__(self) -> int:
        return len(self._alle)

    async def les(self, proto: Any, adresse: str, lengde: int | None) -> bytes:
        """The whole body. `lengde` is what the request tells, None when it comes in chunks. Raises Avvist."""
        if lengde is not None and lengde > self._stoerst:
            raise Avvist(Grunn.FOR_STOR)
        loop = asyncio.get_running_loop()
        kropp = _Kropp(adresse, loop.time(), asyncio.current_task())
        self._slipp_inn(kropp)
        if not self._ser_etter:
            self._ser_etter = True
            loop.call_later(SE_ETTER_SEKUNDER, self._se_etter, loop)
        try:
            svar: bytes = await (proto() if lengde is not None else self._les_deler(proto))
            return svar
        except asyncio.CancelledError:
            if kropp.grunn is None or kropp.oppgave is None:
                raise
            kropp.oppgave.uncancel()
            raise Avvist(kropp.grunn) from None
        except ProtocolClosed:
            raise Avvist(Grunn.KLIENTEN_BORTE) from None
        finally:
            self._slipp_ut(kropp)

    async def _les_deler(self, proto: Any) -> bytes:
        deler = bytearray()
        async for del_ in proto:
            deler += del_
            if len(deler) > self._stoerst:
                raise Avvist(Grunn.FOR_STOR)
        return bytes(deler)

    def _slipp_inn(self, kropp: _Kropp) -> None:
        if self._fra[kropp.adresse] >= self._per_adresse:
            eldste = next(ett for ett in self._alle if ett.adresse == kropp.adresse)
            self._avslutt(eldste, Grunn.MANGE_KROPPER_FRA_ADRESSEN)
        elif len(self._alle) >= self._i_alt:
            self._avslutt(next(iter(self._alle)), Grunn.MANGE_KROPPER)
        self._alle[kropp] = None
        self._fra[kropp.adresse] += 1

    def _se_etter(self, loop: asyncio.AbstractEventLoop) -> None:
        """End those whose time is out; they stand in the order in which they came."""
        for kropp in list(self._alle):
            if loop.time() - kropp.kom < self._sekunder:
                break
            self._avslutt(kropp, Grunn.TREG_KROPP)
        self._ser_etter = bool(self._alle)
        if self._ser_etter:
            loop.call_later(SE_ETTER_SEKUNDER, self._se_etter, loop)

    def _avslutt(self, kropp: _Kropp, grunn: Grunn) -> None:
        kropp.grunn = grunn
        if kropp.oppgave is not None:
            kropp.oppgave.cancel()
        self._slipp_ut(kropp)

    def _slipp_ut(self, kropp: _Kropp) -> None:
        if kropp not in self._alle:
            return
        del self._alle[kropp]
        self._fra[kropp.adresse] -= 1
        if not self._fra[kropp.adresse]:
            del self._fra[kropp.adresse]


class _Kropp:
    """`grunn`: why it was ended, once it is."""

    __slots__ = ("adresse", "grunn", "kom", "oppgave")

    def __init__(self, adresse: str, kom: float, oppgave: asyncio.Task[Any] | None) -> None:
        self.adresse = adresse
        self.kom = kom
        self.oppgave = oppgave
        self.grunn: Grunn | None = None
