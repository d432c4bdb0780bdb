"""The way in: an event loop that reads requests, answers `/internal` itself, and hands the rest to a pool of threads.

The loop never does the application's work, and a thread is never held by a slow sender: it begins with a request when
all of its body is here. What cannot be served in time is refused at once, and told so.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from gateway.http import maalinger
from gateway.http.avvist import AVVISNINGER, Avvist, Grunn
from gateway.http.korrelasjon import velg_id
from gateway.http.kropper import Kropper
from gateway.http.problemer import PROBLEM, PROEV_IGJEN_OM_SEKUNDER, problemtekst
from gateway.http.prosesser import glem_doede, minne
from gateway.http.vakt import Internsvar, Vaktlag
from gateway.http.ventekoe import Ventekoe
from gateway.http.wsgi import Svarhode, adresse, environ, hoder, kjoer, kroppslengde, lukk, samlet, venter_paa_lov
from gateway.oppsett.innstillinger import Innstillinger
from gateway.store.database import Forbindelser

logger = logging.getLogger(__name__)

INTERNT = "/internal/"
MAALINGER = "/internal/metrics"
FRI_FOR_MELLOMLAGER = ("Cache-Control", "no-store")
# A client that reads no more of a streamed answer than this gives up its place.
STROEM_SEKUNDER = 10.0
TELL_HVERT_SEKUND = 1.0
# Who has waited so long is looked after; most never wait that long, and cost nothing.
SVEIP_SEKUNDER = 0.05
# Readings of the metrics that may be under way; beyond it the last one's answer is on its way to somebody else.
SAMTIDIGE_MAALINGER = 4


@dataclass(frozen=True, kw_only=True)
class Grenser:
    """What one process takes on. Seconds and bytes."""

    traader: int
    stoerste_kropp: int
    kropp_sekunder: float
    kropper_per_adresse: int
    kropper: int
    ventende: int
    vent_sekunder: float


def grenser(innstillinger: Innstillinger) -> Grenser:
    """What the settings say that a process takes on."""
    return Grenser(
        traader=innstillinger.web_traader,
        stoerste_kropp=innstillinger.maks_kropp,
        kropp_sekunder=innstillinger.kropp_sekunder,
        kropper_per_adresse=innstillinger.kropper_per_adresse,
        kropper=innstillinger.kropper,
        ventende=innstillinger.ventende_forespoersler,
        vent_sekunder=innstillinger.forespoersel_sekunder,
    )


class _Forespoersel:
    """One request, all of it here."""

    __slots__ = ("ankom", "borte", "ferdig", "hoder", "kropp", "proto", "scope")

    def __init__(
        self,
        scope: Any,
        proto: Any,
        hodene: list[tuple[str, str]],
        kropp: bytes | None,
        ankom: float,
        ferdig: asyncio.Future[None],
    ) -> None:
        self.scope = scope
        self.proto = proto
        self.hoder = hodene
        self.kropp = kropp
        self.ankom = ankom
        self.ferdig = ferdig
        self.borte: asyncio.Future[None] | None = None  # done when the client is gone


class Inngang:
    """The RSGI application of one process: a WSGI application behind a queue, and a watch beside it.

    `forbindelser` tells of the connections to the database.
    """

    def __init__(
        self,
        app: WSGIApplication,
        grenser: Grenser,
        vakt: Vaktlag | None = None,
        forbindelser: Callable[[], Forbindelser | None] = lambda: None,
    ) -> None:
        self._app = app
        self._grenser = grenser
        self._vakt = vakt
        self._forbindelser = forbindelser
        self._kropper = Kropper(
            stoerst=grenser.stoerste_kropp,
            sekunder=grenser.kropp_sekunder,
            per_adresse=grenser.kropper_per_adresse,
            i_alt=grenser.kropper,
        )
        self._koe: Ventekoe[_Forespoersel] = Ventekoe(grenser.ventende, time.perf_counter)
        self._sveiper = False
        self._opptatt = bytearray(grenser.traader)  # a byte for each thread, which alone writes it
        self._ferdige: deque[asyncio.Future[None]] = deque()
        self._under_veis = 0
        self._avvist: Counter[Grunn] = Counter()
        self._maaling = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._maalinger_under_veis = 0

    def bytt(self, app: WSGIApplication) -> None:
        """Serve this application from the next request on; those at hand end in the one that they began in."""
        self._app = app

    # --- called by Granian -----------------------------------------------------------------------------------------

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        for nummer in range(self._grenser.traader):
            threading.Thread(target=self._arbeid, args=(nummer,), name=f"web-{nummer}", daemon=True).start()
        threading.Thread(target=self._tell, name="web-tall", daemon=True).start()
        maalinger.starter.inc()

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        if scope.proto != "http":
            proto.close(1008)
            return
        ankom = time.perf_counter()
        if self._vakt is not None and scope.path.startswith(INTERNT):
            with suppress(Avvist):  # the client is gone
                await self._svar_internt(self._vakt, scope, proto)
            return
        self._under_veis += 1
        self._avslutt_ferdige()
        try:
            await self._slipp_inn(scope, proto, ankom)
        except Avvist as avvist:
            self._avvis(scope, proto, ankom, avvist.grunn)
        finally:
            self._under_veis -= 1

    # --- on the event loop -----------------------------------------------------------------------------------------

    async def _slipp_inn(self, scope: Any, proto: Any, ankom: float) -> None:
        """Read the request, and wait until it has been answered. Raises Avvist."""
        hodene = hoder(scope)
        lengde = kroppslengde(scope)
        if self._koe.full:
            await self._slipp_kroppen(scope, proto, lengde)
            raise Avvist(Grunn.FULLT)
        if self._kropper.er_for_stor(lengde):
            await self._slipp_kroppen(scope, proto, lengde)
            raise Avvist(Grunn.FOR_STOR)
        kropp = await self._kropper.les(proto, adresse(scope), lengde) if lengde != 0 else None
        if self._koe.full:
            raise Avvist(Grunn.FULLT)
        ferdig: asyncio.Future[None] = self._loop.create_future()
        ett = _Forespoersel(scope, proto, hodene, kropp, ankom, ferdig)
        self._koe.legg_i(ett, ankom)
        if not self._sveiper:
            self._sveiper = True
            self._loop.call_later(SVEIP_SEKUNDER, self._sveip)
        try:
            await ferdig
        finally:
            if ett.borte is not None:
                ett.borte.cancel()

    async def _slipp_kroppen(self, scope: Any, proto: Any, lengde: int | None) -> None:
        """Let a client whose request is refused send its body, so that it hears why. Raises Avvist when it is gone."""
        if lengde != 0 and not venter_paa_lov(scope):
            await self._kropper.slipp(proto, adresse(scope), lengde)

    def _avslutt_ferdige(self) -> None:
        """End what the threads have answered. The answers are sent; no client waits for this."""
        while self._ferdige:
            _ferdig(self._ferdige.popleft())

    def _sveip(self) -> None:
        """Look at those who still wait: the deadline ends it, and so does a client that is gone."""
        self._avslutt_ferdige()
        naa = time.perf_counter()
        venter = self._koe.alle()
        for ett in venter:
            if naa - ett.ankom > self._grenser.vent_sekunder:
                self._ta_ut(ett, Grunn.FRIST)
            elif ett.borte is None:
                ett.borte = asyncio.ensure_future(ett.proto.client_disconnect())
                ett.borte.add_done_callback(partial(self._klienten_borte, ett))
        self._sveiper = self._under_veis > 0
        if self._sveiper:
            self._loop.call_later(SVEIP_SEKUNDER, self._sveip)

    def _klienten_borte(self, ett: _Forespoersel, borte: asyncio.Future[None]) -> None:
        if not borte.cancelled():
            self._ta_ut(ett, Grunn.KLIENTEN_BORTE)

    def _ta_ut(self, ett: _Forespoersel, grunn: Grunn) -> None:
        if self._koe.trekk(ett) and not ett.ferdig.done():
            ett.ferdig.set_exception(Avvist(grunn))

    async def _svar_internt(self, vakt: Vaktlag, scope: Any, proto: Any) -> None:
        await self._slipp_kroppen(scope, proto, kroppslengde(scope))
        if scope.method not in ("GET", "HEAD"):
            self._svar_avvist(scope, proto, Grunn.METODE)
            return
        if scope.path != MAALINGER:
            svar = vakt.svar(scope.path)
        elif self._maalinger_under_veis >= SAMTIDIGE_MAALINGER:
            self._svar_avvist(scope, proto, Grunn.FULLT)
            return
        else:
            self._maalinger_under_veis += 1
            try:
                svar = await self._loop.run_in_executor(self._maaling, self._maal, vakt)
            finally:
                self._maalinger_under_veis -= 1
        if svar is None:
            kropp = problemtekst(404, "NotFound", "There is nothing here.", velg_id(scope.headers.get))
            svar = Internsvar(404, PROBLEM, kropp)
        self._svar(scope, proto, svar.status, svar.innholdstype, svar.kropp, svar.hoder)

    def _avvis(self, scope: Any, proto: Any, ankom: float, grunn: Grunn) -> None:
        self._avvist[grunn] += 1
        maalinger.avvist.labels(grunn.value).inc()
        if grunn is Grunn.KLIENTEN_BORTE:
            return
        status = self._svar_avvist(scope, proto, grunn)
        maalinger.varighet.labels(maalinger.metodemerke(scope.method), maalinger.AVVIST, str(status)).observe(
            time.perf_counter() - ankom
        )

    def _svar_avvist(self, scope: Any, proto: Any, grunn: Grunn) -> int:
        """The status that was answered."""
        svar = AVVISNINGER[grunn]
        kropp = problemtekst(svar.status, svar.kode, svar.detalj, velg_id(scope.headers.get))
        igjen = (("Retry-After", PROEV_IGJEN_OM_SEKUNDER),) if svar.igjen else ()
        tillatt = (("Allow", "GET, HEAD"),) if grunn is Grunn.METODE else ()
        self._svar(scope, proto, svar.status, PROBLEM, kropp, (*igjen, *tillatt))
        return svar.status

    def _svar(
        self,
        scope: Any,
        proto: Any,
        status: int,
        innholdstype: str,
        kropp: bytes,
        ekstra: Iterable[tuple[str, str]] = (),
    ) -> None:
        hodene = [
            ("Content-Type", innholdstype),
            ("Content-Length", str(len(kropp))),
            ("X-Correlation-ID", velg_id(scope.headers.get)),
            ("X-Content-Type-Options", "nosniff"),
            FRI_FOR_MELLOMLAGER,
            *ekstra,
        ]
        proto.response_bytes(status, hodene, b"" if scope.method == "HEAD" else kropp)

    # --- in the threads --------------------------------------------------------------------------------------------

    def _arbeid(self, nummer: int) -> None:
        while True:
            ett = self._koe.hent()
            self._opptatt[nummer] = 1
            try:
                self._betjen(ett)
            except Exception:
                logger.exception("a request ended without its answer")
                self._loop.call_soon_threadsafe(self._etter_feil, ett)
            else:
                self._ferdige.append(ett.ferdig)  # without waking the loop, which costs more than all else here
            finally:
                self._opptatt[nummer] = 0

    def _betjen(self, ett: _Forespoersel) -> None:
        begynte = time.perf_counter()
        maalinger.ventetid.observe(begynte - ett.ankom)
        miljoe = environ(ett.scope, ett.hoder, ett.kropp, ankom=ett.ankom, begynte=begynte)
        hode, deler = kjoer(self._app, miljoe)
        if hode.har_lengde or ett.scope.method == "HEAD" or isinstance(deler, list | tuple):
            ett.proto.response_bytes(hode.status, hode.hoder, samlet(deler))
        else:
            self._stroem(ett.proto, hode, deler)

    def _stroem(self, proto: Any, hode: Svarhode, deler: Iterable[bytes]) -> None:
        """Send the parts as they come, as long as somebody reads them."""
        try:
            stroem = None
            for del_ in deler:
                if stroem is None:
                    stroem = proto.response_stream(hode.status, hode.hoder)
                if del_:
                    asyncio.run_coroutine_threadsafe(_send(stroem, del_), self._loop).result(STROEM_SEKUNDER)
            if stroem is None:
                proto.response_bytes(hode.status, hode.hoder, b"")
        finally:
            lukk(deler)

    def _etter_feil(self, ett: _Forespoersel) -> None:
        try:
            self._svar_avvist(ett.scope, ett.proto, Grunn.FEIL)
        except Exception as aarsak:  # noqa: BLE001 - it had begun to answer, or the client is gone
            logger.info("no answer could be given", extra={"feil": type(aarsak).__name__})
        _ferdig(ett.ferdig)

    def _maal(self, vakt: Vaktlag) -> Internsvar | None:
        self._vis_tall()
        glem_doede()
        return vakt.svar(MAALINGER)

    def _tell(self) -> None:
        """Show how it is each second, and tell once of what was refused in it."""
        while True:
            time.sleep(TELL_HVERT_SEKUND)
            try:
                self._vis_tall()
                avvist, self._avvist = self._avvist, Counter()
                for grunn, antall in avvist.items():
                    logger.warning("requests were refused", extra={"grunn": grunn.value, "antall": antall})
            except Exception:
                logger.exception("the figures cannot be shown")

    def _vis_tall(self) -> None:
        forbindelser = self._forbindelser() or Forbindelser(i_bruk=0, ledige=0, mest=0)
        tall = {
            "prosesser": 1,
            "traader": self._grenser.traader,
            "i_arbeid": sum(self._opptatt),
            "under_veis": self._under_veis,
            "venter": len(self._koe),
            "kropper": len(self._kropper),
            "forbindelser": forbindelser.i_bruk,
            "mest_forbindelser": forbindelser.mest,
            "minne": minne(),
        }
        for navn, verdi in tall.items():
            maalinger.NAA[navn].set(verdi)


def _ferdig(fremtid: asyncio.Future[None]) -> None:
    if not fremtid.done():
        fremtid.set_result(None)


async def _send(stroem: Any, del_: bytes) -> None:
    await stroem.send_bytes(del_)
