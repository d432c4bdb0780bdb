"""Mapping events under a time limit that holds: in a process of its own, which is killed when it has had its time.

A mapping that hangs, eats its time in C or brings its process down costs itself only.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from gateway.domain.innhold import fra_json, til_json
from gateway.handling.utfoer import Steg
from gateway.inbox.format import Format, data_av
from gateway.plugin import Hendelse
from gateway.plugins import Pluginfeil, Plugins, Pluginsted, frosset, last_plugins

OPPSTART_SEKUNDER = 30.0


class Grensebrudd(Exception):
    """The mapping went beyond a limit, or its process went down. `varig`: it will again."""

    def __init__(self, kode: str, melding: str, *, varig: bool = False) -> None:
        super().__init__(melding)
        self.kode = kode
        self.varig = varig


class Stoppet(Exception):
    """The mapper was closed while it worked: nothing is known of the event."""


class Oversettelsesfeil(Exception):
    """The mapping failed, and will fail again. `spor` is the plugin's traceback; it may hold data, so never log it."""

    def __init__(self, melding: str, spor: str = "") -> None:
        super().__init__(melding)
        self.spor = spor


@dataclass(frozen=True, kw_only=True)
class Oppdrag:
    """One event to map, as it was kept."""

    produsent: str
    kilde: str
    id: str
    type: str
    mottatt: dt.datetime
    format: str
    raa: bytes


@dataclass(frozen=True, kw_only=True)
class Spoersmaal:
    hook: str
    oppdrag: Oppdrag


@dataclass(frozen=True, kw_only=True)
class Svar:
    steg: list[dict[str, Any]] | None = None
    noekkel: str | None = None
    feil: str | None = None
    spor: str = ""


class Oversetter:
    """Maps events in child processes, one for each producer, which do not wait for one another."""

    def __init__(self, steder: Sequence[Pluginsted], *, sekunder: float) -> None:
        self._steder = list(steder)
        self._sekunder = sekunder
        self._tur = threading.Lock()
        self._barn: dict[str, _Barn] = {}

    def oversett(self, oppdrag: Oppdrag) -> list[dict[str, Any]]:
        """The steps of the event as JSON, see `les_steg`. Raises Oversettelsesfeil, Grensebrudd, Stoppet."""
        return self._spoer("oversett", oppdrag).steg or []

    def noekkel(self, oppdrag: Oppdrag) -> str | None:
        """The plugin's own key of the event. Raises Oversettelsesfeil, Grensebrudd, Stoppet."""
        return self._spoer("noekkel", oppdrag).noekkel

    def lukk(self) -> None:
        """Stop the processes."""
        with self._tur:
            barn = list(self._barn.values())
        for ett in barn:
            ett.lukk()

    def _spoer(self, hook: str, oppdrag: Oppdrag) -> Svar:
        with self._tur:
            if oppdrag.produsent not in self._barn:
                steder = [sted for sted in self._steder if sted.produsent == oppdrag.produsent]
                self._barn[oppdrag.produsent] = _Barn(steder, sekunder=self._sekunder)
            barn = self._barn[oppdrag.produsent]
        svar = barn.spoer(Spoersmaal(hook=hook, oppdrag=oppdrag))
        if svar.feil is not None:
            raise Oversettelsesfeil(svar.feil, svar.spor)
        return svar


class _Barn:
    """One child process; one event at a time."""

    def __init__(self, steder: Sequence[Pluginsted], *, sekunder: float) -> None:
        self._steder = list(steder)
        self._sekunder = sekunder
        self._tur = threading.Lock()
        self._lukket = threading.Event()
        self._prosess: Any = None
        self._roer: Connection | None = None

    def spoer(self, spoersmaal: Spoersmaal) -> Svar:
        """Raises Grensebrudd, Stoppet."""
        with self._tur:
            self._lukket.clear()
            roer = self._roer or self._start()
            try:
                roer.send_bytes(msgspec.msgpack.encode(spoersmaal))
                if not roer.poll(self._sekunder):
                    raise Grensebrudd("Tidsgrense", f"the mapping took more than {self._sekunder} s and was stopped")
                svar: Svar = msgspec.msgpack.decode(roer.recv_bytes(), type=Svar)
            except (EOFError, OSError) as feil:
                self._stopp()
                if self._lukket.is_set():
                    raise Stoppet from None
                raise Grensebrudd("ProsessenDoede", "the process of the mapping went down") from feil
            except BaseException:
                self._stopp()
                raise
        return svar

    def lukk(self) -> None:
        """Stop the process, also while it works."""
        self._lukket.set()
        if prosess := self._prosess:
            prosess.kill()
        with self._tur:
            self._stopp()

    def _start(self) -> Connection:
        # spawn: the child shares no connection, lock or thread with the worker.
        kontekst = multiprocessing.get_context("spawn")
        vaar_ende, barnets_ende = kontekst.Pipe()
        self._prosess = kontekst.Process(target=_kjoer, args=(barnets_ende, self._steder), daemon=True)
        self._prosess.start()
        barnets_ende.close()
        self._roer = vaar_ende
        if not vaar_ende.poll(OPPSTART_SEKUNDER):
            self._stopp()
            raise Grensebrudd("ProsessenDoede", "the process of the mapping did not start")
        vaar_ende.recv_bytes()
        return vaar_ende

    def _stopp(self) -> None:
        if self._prosess is not None:
            self._prosess.kill()
            self._prosess.join()
        if self._roer is not None:
            self._roer.close()
        self._prosess = self._roer = None


def les_steg(data: list[dict[str, Any]]) -> list[Steg]:
    """The steps that were kept with an event. Raises msgspec.ValidationError."""
    return [
        Steg(kommando=fra_json(ett), tillatte_avslag=frozenset(ett["tillatteAvslag"]), avslutter=ett["avslutter"])
        for ett in data
    ]


def _kjoer(roer: Connection, steder: list[Pluginsted]) -> None:
    plugins = last_plugins(steder)
    roer.send_bytes(b"klar")
    while True:
        try:
            spoersmaal = msgspec.msgpack.decode(roer.recv_bytes(), type=Spoersmaal)
        except EOFError:
            return
        roer.send_bytes(msgspec.msgpack.encode(_svar(plugins, spoersmaal)))


def _svar(plugins: Plugins, spoersmaal: Spoersmaal) -> Svar:
    try:
        if spoersmaal.hook == "noekkel":
            noekkel = _noekkel(plugins, spoersmaal.oppdrag)
            return Svar(noekkel=_sendbar(noekkel) if noekkel else None)
        return Svar(steg=_oversett(plugins, spoersmaal.oppdrag))
    except Exception as feil:  # noqa: BLE001 - everything a mapping does wrong is told to the worker
        melding = str(feil) if isinstance(feil, Pluginfeil) else type(feil).__name__
        return Svar(feil=_sendbar(melding), spor=_sendbar(traceback.format_exc()))


def _sendbar(tekst: str) -> str:
    """The text without lone surrogates, which no encoding can carry to the worker."""
    return tekst.encode(errors="backslashreplace").decode()


def _noekkel(plugins: Plugins, oppdrag: Oppdrag) -> str | None:
    return plugins.lastet[oppdrag.produsent].noekkel(_hendelse(oppdrag, data_av(Format(oppdrag.format), oppdrag.raa)))


def _hendelse(oppdrag: Oppdrag, data: Any) -> Hendelse:
    return Hendelse(kilde=oppdrag.kilde, id=oppdrag.id, type=oppdrag.type, data=frosset(data), mottatt=oppdrag.mottatt)


def _oversett(plugins: Plugins, oppdrag: Oppdrag) -> list[dict[str, Any]]:
    plugin = plugins.lastet[oppdrag.produsent]
    data = data_av(Format(oppdrag.format), oppdrag.raa)
    hendelse = _hendelse(oppdrag, data)
    plugin.kontroller_data(hendelse, data)
    steg = []
    for nummer, tillat in enumerate(plugin.oversett(hendelse)):
        try:
            kommando = til_json(tillat.kommando)
            fra_json(kommando)
            tillatte = sorted(avslag.kode for avslag in tillat.avslag)
            msgspec.msgpack.encode((kommando, tillatte))
        except (msgspec.ValidationError, TypeError, AttributeError, KeyError, ValueError, OverflowError) as feil:
            raise Pluginfeil(
                f"{plugin.navn}.oversett: what it returned as number {nummer} is no kommando: {feil}"
            ) from feil
        steg.append({**kommando, "tillatteAvslag": tillatte, "avslutter": tillat.avslutter})
    return steg
