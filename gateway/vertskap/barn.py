"""The process of one plugin: loads it, says what it declares, and answers one question at a time.

It has the gateway's code and none of its secrets: no database, no Redis, no environment but the plain one. When the
gateway is gone, so is the other end of its socket, and it ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec

from gateway.domain.hendelsesdata import Format, data_av
from gateway.plugin.hendelser import Hendelse
from gateway.vertskap.etterkommere import samle_foreldreloese
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Pluginfeil
from gateway.vertskap.grenser import UTEN_MINNE_KODE, Grenser, begrens_prosessen, under_alarm, uten_alarm
from gateway.vertskap.innlesning import last
from gateway.vertskap.kjoering import Omgivelser, Pluginkjoering
from gateway.vertskap.lagersyn import Leser
from gateway.vertskap.oppdrag import (
    Bestilling,
    Endringsoppdrag,
    Hendelsessvar,
    Lagersporsmaal,
    Lagersvar,
    Lastesvar,
    Oppdrag,
    Oppstart,
    Pluginsvar,
    Sporsmaal,
)
from gateway.vertskap.roer import Brutt, Roer
from gateway.vertskap.spor import sendbar, spor
from gateway.vertskap.vern import vern_de_andre
from gateway.vertskap.versjoner import frosset

UTEN_MINNE = msgspec.msgpack.encode(Hendelsessvar(brudd=Bruddkode.MINNEGRENSE))  # made while there is memory for it
UTEN_MINNE_TIL_LASTING = msgspec.msgpack.encode(Lastesvar(brudd=Bruddkode.MINNEGRENSE))
BALLAST = 1 << 20
MED_LAGER = (Sporsmaal.OVERSETT, Sporsmaal.ENDRING)
# Taken while they are what they say: what a plugin does to the modules that it shares with this is its own business.
_monotonic, _slutt = time.monotonic, os._exit


def kjoer(fd: int) -> None:
    """Work on the socket until its other end is gone."""
    try:
        _kjoer(fd)
    except MemoryError:  # there was none left to tell of it
        _slutt(UTEN_MINNE_KODE)


def _kjoer(fd: int) -> None:
    roer = Roer(socket.socket(fileno=fd))
    oppstart: Oppstart = pickle.loads(roer.motta())  # noqa: S301 - from the gateway, which started this process
    begrens_prosessen(oppstart.grenser)
    samle_foreldreloese()
    vern_de_andre()
    os.register_at_fork(after_in_child=roer.lukk)  # a copy of this process has nothing to say to the gateway
    arbeider = _Barn(roer, oppstart.grenser, har_lager=oppstart.hashnoekkel is not None)
    with under_alarm(oppstart.grenser.lastesekunder):
        kjoering = arbeider.last(oppstart)
    leser = msgspec.msgpack.Decoder(Bestilling)
    while kjoering is not None:
        try:
            bestilling = leser.decode(roer.motta())
        except Brutt:
            return
        arbeider.svar_alle(kjoering, bestilling)


@dataclass(frozen=True)
class _Barn:
    roer: Roer
    grenser: Grenser
    har_lager: bool
    # Let go of when there is no memory left, to tell of it with.
    ballast: list[bytes] = field(default_factory=lambda: [bytes(BALLAST)])

    def last(self, oppstart: Oppstart) -> Pluginkjoering | None:
        """Load the plugin and tell what it declares; None when it cannot be used."""
        lastet: list[Pluginkjoering] = []

        def arbeid() -> Lastesvar:
            kjoering = last(
                oppstart.sted,
                self.grenser,
                referanser=oppstart.hemmelige,
                hashnoekkel=oppstart.hashnoekkel,
            )
            lastet.append(kjoering)
            return _lastesvar(kjoering)

        self._svar(Lastesvar, 0, arbeid, UTEN_MINNE_TIL_LASTING)
        return lastet[0] if lastet else None

    def svar_alle(self, kjoering: Pluginkjoering, bestilling: Bestilling) -> None:
        """Answer about each, in order, until there is no time to begin with another."""
        begynte = _monotonic()
        om: Sequence[Oppdrag | Endringsoppdrag] = bestilling.oppdrag or bestilling.endringer
        for nummer, oppdrag in enumerate(om, start=bestilling.fra):
            if bestilling.i_alt is not None and _monotonic() - begynte >= bestilling.i_alt:
                self.roer.send(msgspec.msgpack.encode(Hendelsessvar(nummer=nummer, ikke_rukket=True)))
                continue
            with under_alarm(bestilling.sekunder):
                med_lager = self.har_lager and bestilling.hva in MED_LAGER
                les = partial(self._les, bestilling.sekunder) if med_lager else None
                self._svar(Hendelsessvar, nummer, partial(_utfoer, kjoering, bestilling.hva, oppdrag, les), UTEN_MINNE)

    def _les(self, sekunder: float, noekkel: str) -> Lagersvar:
        """Ask the gateway for a value of the plugin's state. While the gateway looks, no time of the plugin's runs."""
        with uten_alarm(sekunder):
            self.roer.send(msgspec.msgpack.encode(Lagersporsmaal(noekkel=noekkel)))
            return msgspec.msgpack.decode(self.roer.motta(), type=Lagersvar)

    def _svar(
        self,
        form: type[Lastesvar | Hendelsessvar],
        nummer: int,
        arbeid: Callable[[], Lastesvar | Hendelsessvar],
        uten_minne: bytes,
    ) -> None:
        try:
            melding = _kodet(_forsoek(form, arbeid), nummer)
            if len(melding) > self.grenser.svar_bytes:
                grense = f"the answer is larger than {self.grenser.svar_bytes} bytes"
                melding = _kodet(form(brudd=Bruddkode.FOR_STORT, feil=grense), nummer)
            self.roer.send(melding)
        except MemoryError:
            self.ballast.clear()
            gc.collect()
            self.roer.send(uten_minne)
            _slutt(0)  # what the plugin holds on to is still there


def _forsoek(
    form: type[Lastesvar | Hendelsessvar], arbeid: Callable[[], Lastesvar | Hendelsessvar]
) -> Lastesvar | Hendelsessvar:
    try:
        return arbeid()
    except (MemoryError, Brutt):
        raise
    except Grensebrudd as brudd:
        return form(brudd=brudd.kode, feil=sendbar(str(brudd)))
    except BaseException as feil:  # noqa: BLE001 - everything that a plugin does wrong is told to the gateway
        sagt = feil if isinstance(feil, Pluginfeil) else Pluginfeil(type(feil).__name__)
        return form(
            feil=sendbar(sagt.melding),
            utdyping=sendbar(sagt.utdyping),
            spor=_spor(feil.__cause__ or feil),
            kode=sagt.kode,
            klasse=sagt.klasse,
            er_hendelsens=sagt.er_hendelsens,
        )


def _spor(feil: BaseException) -> str:
    try:
        return spor(feil)
    except MemoryError:
        raise
    except BaseException as annen:  # noqa: BLE001 - an exception of the plugin's may fail to be shown
        return f"{type(feil).__name__} (its traceback cannot be shown: {type(annen).__name__})\n"


def _kodet(svar: Pluginsvar, nummer: int) -> bytes:
    """The answer as bytes, whatever the plugin put into it."""
    try:
        return msgspec.msgpack.encode(msgspec.structs.replace(svar, nummer=nummer))
    except (TypeError, ValueError, OverflowError, RecursionError) as feil:
        grunn = f"its answer cannot be sent: {type(feil).__name__}"
        return msgspec.msgpack.encode(type(svar)(nummer=nummer, feil=grunn))


def _lastesvar(kjoering: Pluginkjoering) -> Lastesvar:
    erklaering = kjoering.erklaering
    return Lastesvar(
        versjon=erklaering.versjon,
        api=erklaering.api,
        lagerversjon=erklaering.lagerversjon,
        har_noekkel=erklaering.har_noekkel,
        har_identitet=erklaering.har_identitet,
        har_oppslag=erklaering.har_oppslag,
        har_observatoer=erklaering.har_observatoer,
        typer=[ett for versjoner in erklaering.typer.values() for ett in versjoner],
        hemmelige=[list(sti) for sti in kjoering.hemmelige],
    )


def _utfoer(
    kjoering: Pluginkjoering,
    hva: Sporsmaal,
    oppdrag: Oppdrag | Endringsoppdrag,
    les: Leser | None,
) -> Hendelsessvar:
    if isinstance(oppdrag, Endringsoppdrag):
        omgivelser = Omgivelser(naa=oppdrag.naa, les=les)
        return Hendelsessvar(resultat=kjoering.etter_endring(oppdrag.endring, omgivelser))
    data = data_av(Format(oppdrag.format), oppdrag.raa)
    hendelse = Hendelse(
        kilde=oppdrag.kilde,
        id=oppdrag.id,
        type=oppdrag.type,
        data=frosset(data),
        mottatt=oppdrag.mottatt,
        tid=oppdrag.tid,
    )
    if hva is Sporsmaal.NOEKKEL:
        return _noekkelsvar(kjoering, hendelse, data)
    omgivelser = Omgivelser(
        naa=oppdrag.naa or oppdrag.mottatt,
        oppslag=oppdrag.oppslag or {},
        ventet_forgjeves=oppdrag.ventet_forgjeves,
        les=les,
    )
    tilpasset = kjoering.tilpass(hendelse, data)
    if hva is Sporsmaal.OPPSLAG:
        return Hendelsessvar(oppslag=kjoering.oppslag(tilpasset, omgivelser))
    return Hendelsessvar(resultat=kjoering.oversett(tilpasset, omgivelser))


def _noekkelsvar(kjoering: Pluginkjoering, hendelse: Hendelse, data: Any) -> Hendelsessvar:
    """The key; and first who the event is, when that is not known: without an answer, it has no key either."""
    identitet = None
    if not hendelse.id:
        identitet = kjoering.identitet(hendelse, data)
        if identitet is None:
            return Hendelsessvar()
        hendelse = replace(hendelse, id=identitet.id, tid=hendelse.tid or identitet.tid)
    return Hendelsessvar(identitet=identitet, noekkel=kjoering.noekkel(hendelse, data))
