"""Bodies under way: read on the event loop, each with a deadline, and bounded by source address and in all.

Beyond a bound the one that has been longest under way is ended, not the newest refused: a body that comes at once is
read whatever the slow ones do.

A body that is refused is read to its end too, and dropped as it comes: a client that still sends would have its
connection reset by an answer that does not wait for it, and never see why.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from gateway.http.avvist import Avvist, Grunn

# Deadlines are looked at so often, by one timer for all: most bodies are here before it has gone once.
SE_ETTER_SEKUNDER = 0.25
# Of a refused body, as many times the largest that is taken are read; what is longer is answered at once and closed.
SLIPPES_GANGER = 4


class Kropper:
    """All bodies that one process reads now. For the event loop's thread alone."""

    def __init__(self, *, stoerst: int, sekunder: float, per_adresse: int, i_alt: int) -> None:
        self._stoerst = stoerst
        self._slippes = stoerst * SLIPPES_GANGER
        self._sekunder = sekunder
        self._per_adresse = per_adresse
        self._i_alt = i_alt
        self._alle: OrderedDict[_Kropp, None] = OrderedDict()
        self._fra: Counter[str] = Counter()
        self._ser_etter = False

    def __len__(self) -> int:
        return len(self._alle)

    def er_for_stor(self, lengde: int | None) -> bool:
        """Whether a body is refused for the length that is told of it; for one in chunks none is."""
        return lengde is not None and lengde > self._stoerst

    async def les(self, proto: Any, adresse: str, lengde: int | None) -> bytes:
        """The whole body. `lengde` is what the request tells, None when it comes in chunks. Raises Avvist."""
        with self._under_veis(adresse) as kropp:
            svar: bytes = await (proto() if lengde is not None else self._les_deler(proto, kropp))
            return svar

    async def slipp(self, proto: Any, adresse: str, lengde: int | None) -> None:
        """Read a body that is refused to its end, and keep nothing of it. Raises Avvist when the client is gone.

        It stands among the others, and under the same deadline; when it may come no further, that is the end.
        """
        if lengde is not None and lengde > self._slippes:
            return
        try:
            with self._under_veis(adresse):
                lest = 0
                async for del_ in proto:
                    lest += len(del_)
                    if lest > self._slippes:
                        return
        except Avvist as avvist:
            if avvist.grunn is Grunn.KLIENTEN_BORTE:
                raise

    @contextmanager
    def _under_veis(self, adresse: str) -> Iterator[_Kropp]:
        """Among those that are read now. Raises Avvist with the reason when this one is ended."""
        loop = asyncio.get_running_loop()
        kropp = _Kropp(adresse, loop.time(), asyncio.current_task())
        self._slipp_inn(kropp)
        if not self._ser_etter:
            self._ser_etter = True
            loop.call_later(SE_ETTER_SEKUNDER, self._se_etter, loop)
        try:
            yield kropp
        except asyncio.CancelledError:
            if kropp.grunn is None or kropp.oppgave is None:
                raise
            kropp.oppgave.uncancel()
            raise Avvist(kropp.grunn) from None
        except ProtocolClosed:
            raise Avvist(Grunn.KLIENTEN_BORTE) from None
        finally:
            self._slipp_ut(kropp)

    async def _les_deler(self, proto: Any, kropp: _Kropp) -> bytes:
        deler = bytearray()
        lest = tomme = 0
        async for del_ in proto:
            tomme = 0 if del_ else tomme + 1
            lest += len(del_)
            if lest <= self._stoerst:
                deler += del_
            elif lest <= self._slippes:
                deler.clear()
                kropp.for_stor = True
            else:
                break
        if lest > self._stoerst:
            raise Avvist(Grunn.FOR_STOR)
        # The server ends a body by one empty part. What broke off is such a part too, before that of the end.
        if tomme > 1:
            raise Avvist(Grunn.UFULLSTENDIG)
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
        kropp.grunn = Grunn.FOR_STOR if kropp.for_stor else grunn
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
    """`grunn`: why it was ended, once it is. `for_stor`: it is only read to its end."""

    __slots__ = ("adresse", "for_stor", "grunn", "kom", "oppgave")

    def __init__(self, adresse: str, kom: float, oppgave: asyncio.Task[Any] | None) -> None:
        self.adresse = adresse
        self.kom = kom
        self.oppgave = oppgave
        self.for_stor = False
        self.grunn: Grunn | None = None
