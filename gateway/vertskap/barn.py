"""The process of one plugin: loads it, says what it declares, and answers one question at a time.

It has the gateway's code and none of its secrets: no database, no Redis, no environment but the plain one. When the
gateway is gone, so is the other end of its socket, and it ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import socket
from collections.abc import Callable
from typing import Any

import msgspec

from gateway.domain.hendelsesdata import Format, data_av
from gateway.domain.innhold import fra_json, til_json
from gateway.plugin.hendelser import Hendelse, Tillat
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Pluginfeil
from gateway.vertskap.grenser import Grenser, begrens_prosessen, under_alarm
from gateway.vertskap.kjoering import Pluginkjoering, frosset, last
from gateway.vertskap.oppdrag import Bestilling, Hendelsessvar, Lastesvar, Oppdrag, Oppstart, Pluginsvar, Sporsmaal
from gateway.vertskap.roer import Brutt, Roer
from gateway.vertskap.spor import sendbar, setning, spor

UTEN_MINNE = msgspec.msgpack.encode(Pluginsvar(brudd=Bruddkode.MINNEGRENSE))  # made while there is memory for it
UKOMMANDO = (msgspec.ValidationError, TypeError, AttributeError, KeyError, ValueError, OverflowError)


def kjoer(fd: int) -> None:
    """Work on the socket until its other end is gone."""
    roer = Roer(socket.socket(fileno=fd))
    oppstart: Oppstart = pickle.loads(roer.motta())  # noqa: S301 - from the gateway, which started this process
    begrens_prosessen(oppstart.grenser)
    kjoering: list[Pluginkjoering] = []
    with under_alarm(oppstart.grenser.lastesekunder):
        _svar(roer, oppstart.grenser, lambda: _last(oppstart, kjoering))
    leser = msgspec.msgpack.Decoder(Bestilling)
    while kjoering:
        try:
            bestilling = leser.decode(roer.motta())
        except Brutt:
            return
        with under_alarm(bestilling.sekunder):
            _svar(roer, oppstart.grenser, lambda: _utfoer(kjoering[0], bestilling, oppstart.grenser))  # noqa: B023


def _svar(roer: Roer, grenser: Grenser, arbeid: Callable[[], Pluginsvar]) -> None:
    try:
        melding = _kodet(_forsoek(arbeid))
        if len(melding) > grenser.svar_bytes:
            grense = f"the answer is larger than {grenser.svar_bytes} bytes"
            melding = msgspec.msgpack.encode(Pluginsvar(brudd=Bruddkode.FOR_STORT, feil=grense))
        roer.send(melding)
    except MemoryError:
        gc.collect()
        roer.send(UTEN_MINNE)
        os._exit(0)  # what the plugin holds on to is still there


def _forsoek(arbeid: Callable[[], Pluginsvar]) -> Pluginsvar:
    try:
        return arbeid()
    except MemoryError:
        raise
    except Grensebrudd as brudd:
        return Pluginsvar(brudd=brudd.kode, feil=str(brudd))
    except BaseException as feil:  # noqa: BLE001 - everything that a plugin does wrong is told to the gateway
        sagt = feil if isinstance(feil, Pluginfeil) else Pluginfeil(type(feil).__name__)
        return Pluginsvar(
            feil=sendbar(sagt.melding), utdyping=sendbar(sagt.utdyping), spor=spor(feil.__cause__ or feil)
        )


def _kodet(svar: Pluginsvar) -> bytes:
    """The answer as bytes, whatever the plugin put into it."""
    try:
        return msgspec.msgpack.encode(svar)
    except (TypeError, ValueError, OverflowError, RecursionError) as feil:
        return msgspec.msgpack.encode(Pluginsvar(feil=f"its answer cannot be sent: {type(feil).__name__}"))


def _last(oppstart: Oppstart, kjoering: list[Pluginkjoering]) -> Lastesvar:
    lastet = last(oppstart.sted)
    kjoering.append(lastet)
    erklaering = lastet.erklaering
    return Lastesvar(
        versjon=erklaering.versjon,
        har_noekkel=erklaering.har_noekkel,
        hendelsestyper=list(erklaering.hendelsestyper.values()),
    )


def _utfoer(kjoering: Pluginkjoering, bestilling: Bestilling, grenser: Grenser) -> Hendelsessvar:
    oppdrag = bestilling.oppdrag
    data = data_av(Format(oppdrag.format), oppdrag.raa)
    hendelse = _hendelse(oppdrag, data)
    if bestilling.hva is Sporsmaal.NOEKKEL:
        return Hendelsessvar(noekkel=_noekkel(kjoering, hendelse))
    kjoering.kontroller_data(hendelse, data)
    tillatte = kjoering.oversett(hendelse, maks=grenser.kommandoer)
    return Hendelsessvar(steg=[_steg(kjoering.navn, nummer, tillat) for nummer, tillat in enumerate(tillatte)])


def _hendelse(oppdrag: Oppdrag, data: Any) -> Hendelse:
    return Hendelse(kilde=oppdrag.kilde, id=oppdrag.id, type=oppdrag.type, data=frosset(data), mottatt=oppdrag.mottatt)


def _noekkel(kjoering: Pluginkjoering, hendelse: Hendelse) -> str | None:
    noekkel = kjoering.noekkel(hendelse)
    try:
        msgspec.msgpack.encode(noekkel)
    except ValueError as feil:
        raise Pluginfeil(f"{kjoering.navn}.noekkel answered text that is no Unicode") from feil
    return noekkel


def _steg(navn: str, nummer: int, tillat: Tillat) -> dict[str, Any]:
    """The step as it is kept. Raises Pluginfeil."""
    try:
        kommando = til_json(tillat.kommando)
        fra_json(kommando)
        steg = {
            **kommando,
            "tillatteAvslag": sorted(avslag.kode for avslag in tillat.avslag),
            "avslutter": bool(tillat.avslutter),
        }
        msgspec.msgpack.encode(steg)
    except UKOMMANDO as feil:
        raise Pluginfeil(
            f"{navn}.oversett: what it returned as number {nummer} is no kommando", setning(str(feil))
        ) from feil
    return steg
