"""Bodies under way: read on the event loop, each with a deadline, and bounded by source address and in all.

Beyond a bound the one that has been longest under way is ended, not the newest refused: a body that comes at once is
read whatever the slow ones do.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from gateway.http.avvist import Avvist, Grunn


class Kropper:
    """All bodies that one process reads now. For the event loop's thread alone."""

    def __init__(self, *, stoerst: int, sekunder: float, per_adresse: int, i_alt: int) -> None:
        self._stoerst = stoerst
        self._sekunder = sekunder
        self._per_adresse = per_adresse
        self._i_alt = i_alt
        self._alle: OrderedDict[_Kropp, None] = OrderedDict()
        self._fra: dict[str, OrderedDict[_Kropp, None]] = {}

    def __len__(self) -> int:
        return len(self._alle)

    async def les(self, proto: Any, adresse: str, lengde: int | None) -> bytes:
        """The whole body. `lengde` is what the request tells, None when it comes in chunks. Raises Avvist."""
        if lengde is not None and lengde > self._stoerst:
            raise Avvist(Grunn.FOR_STOR)
        kropp = _Kropp(adresse)
        self._slipp_inn(kropp)
        try:
            async with asyncio.timeout(self._sekunder) as kropp.frist:
                return await (proto() if lengde is not None else self._les_deler(proto))
        except TimeoutError:
            raise Avvist(kropp.grunn) from None
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
        fra = self._fra.setdefault(kropp.adresse, OrderedDict())
        if len(fra) >= self._per_adresse:
            self._avslutt(next(iter(fra)), Grunn.MANGE_KROPPER_FRA_ADRESSEN)
        elif len(self._alle) >= self._i_alt:
            self._avslutt(next(iter(self._alle)), Grunn.MANGE_KROPPER)
        self._alle[kropp] = fra[kropp] = None

    def _avslutt(self, kropp: _Kropp, grunn: Grunn) -> None:
        kropp.grunn = grunn
        if kropp.frist is not None and not kropp.frist.expired():
            kropp.frist.reschedule(asyncio.get_running_loop().time())
        self._slipp_ut(kropp)

    def _slipp_ut(self, kropp: _Kropp) -> None:
        self._alle.pop(kropp, None)
        fra = self._fra.get(kropp.adresse)
        if fra is not None:
            fra.pop(kropp, None)
            if not fra:
                del self._fra[kropp.adresse]


class _Kropp:
    __slots__ = ("adresse", "frist", "grunn")

    def __init__(self, adresse: str) -> None:
        self.adresse = adresse
        self.frist: asyncio.Timeout | None = None
        self.grunn = Grunn.TREG_KROPP
