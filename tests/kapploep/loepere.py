"""A runner of races: work that is said as data, all of it started at the same moment, in this process or in others.

`python -m tests.kapploep.loepere URL` is a process that runs. Each line that it reads is a heat; it answers `klar`,
waits for the next line, which is the shot, and then prints what each piece of work answered.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import msgspec

from gateway.domain.feil import Avslag
from gateway.domain.innhold import fra_json, til_json
from gateway.domain.kommandoer import Kommando
from gateway.domain.varsel import Varseltype
from gateway.handling.utfoer import Steg, utfoer, utfoer_alle
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.plugin import Sendt, VarselTilSending
from gateway.runder.frister import utloep_frister
from gateway.runder.idempotens import glem_gamle
from gateway.runder.kalenderavtaler import avhold_forfalte
from gateway.runder.paaminnelser import send_forfalte
from gateway.runder.sletting import slett_forfalte
from gateway.store.database import aapne
from gateway.store.logg import Hvem
from gateway.varsling.utsending import Varselrunde
from gateway.vertskap.oversetter import Oversetter
from tests.verden import ROT, TAALMODIG, FastKlokke, aktoer, lag_kjerne, lest

Arbeid = Mapping[str, Any]
Svar = dict[str, Any]

TRAADER = 16
ET_MINUTT = dt.timedelta(minutes=1)
SVEIP: dict[str, Callable[[Kjerne, Hvem], int]] = {
    "frister": utloep_frister,
    "paaminnelser": send_forfalte,
    "kalenderavtaler": avhold_forfalte,
    "sletting": slett_forfalte,
    "idempotens": glem_gamle,
}


# --- work, said as data -------------------------------------------------------------------------------------------


def kommando(innhold: Kommando, som: str = "fager") -> Arbeid:
    """Carry out a kommando."""
    return {"arbeid": "kommando", "innhold": til_json(innhold), "som": som}


def sammen(*kommandoer: Kommando) -> Arbeid:
    """Carry out several in one transaction, as for an event; whatever is refused is passed over."""
    return {"arbeid": "sammen", "innhold": [til_json(en) for en in kommandoer]}


def runde(navn: str) -> Arbeid:
    """Do the round of this name until it finds nothing."""
    return {"arbeid": "runde", "navn": navn}


def med_runder(navn: str, *arbeid: Arbeid) -> list[Arbeid]:
    """Three workers at the round, among the others."""
    return [runde(navn), *arbeid[::2], runde(navn), *arbeid[1::2], runde(navn)]


def hendelse(data: Mapping[str, Any], som: str) -> Arbeid:
    """Take an event in."""
    return {"arbeid": "hendelse", "data": data, "som": som}


class Kvitterer:
    """A channel that takes whatever it is handed, and notes it."""

    navn = "kvitterer"
    typer = frozenset(Varseltype)

    def __init__(self) -> None:
        self.sendt: list[str] = []

    def send(self, varsel: VarselTilSending) -> Sendt:
        self.sendt.append(str(varsel.id))
        return Sendt(kode="250")


class Loeper:
    """Does work on a core."""

    def __init__(self, kjerne: Kjerne) -> None:
        self._kjerne = kjerne

    def gjoer(self, arbeid: Arbeid) -> Svar:
        """What it answered, as plain data: also when the domain refused it, or a fault came out (`feil`)."""
        try:
            svar: Svar = getattr(self, f"_{arbeid['arbeid']}")(arbeid)
        except Avslag as avslag:
            eksisterende = avslag.id_til_eksisterende
            return {"avslag": avslag.kode, "idTilEksisterende": str(eksisterende) if eksisterende else None}
        except Exception:  # noqa: BLE001 - told to whoever started the race, which may be another process
            return {"feil": traceback.format_exc()}
        return svar

    def lukk(self) -> None:
        if "_oversetter" in self.__dict__:
            self._oversetter.lukk()

    @cached_property
    def _oversetter(self) -> Oversetter:
        return Oversetter(self._kjerne.plugins.steder, sekunder=20)

    def _kommando(self, arbeid: Arbeid) -> Svar:
        utfall = utfoer(self._kjerne, fra_json(arbeid["innhold"]), aktoer(self._kjerne, arbeid["som"]))
        svar: Svar = msgspec.to_builtins(utfall)
        return svar

    def _sammen(self, arbeid: Arbeid) -> Svar:
        alle = frozenset(klasse.kode for klasse in Avslag.__subclasses__())
        steg = [Steg(kommando=fra_json(ett), tillatte_avslag=alle) for ett in arbeid["innhold"]]
        kjerne, naa = self._kjerne, self._kjerne.klokke.naa()
        utfall = kjerne.database.i_transaksjon(lambda: utfoer_alle(kjerne, steg, aktoer(kjerne), naa))
        return {"utfall": msgspec.to_builtins(utfall)}

    def _runde(self, arbeid: Arbeid) -> Svar:
        hvem, klokke, navn = Hvem(korrelasjonsid="kapploep"), Systemklokke(), arbeid["navn"]
        if navn == "varsler":
            kanal = Kvitterer()
            return {"antall": Varselrunde(self._kjerne, [kanal], klokke, hvem).kjoer(), "sendt": kanal.sendt}
        if navn == "innboks":
            return {"antall": Innboksrunde(self._kjerne, self._oversetter, klokke).kjoer(fortsett=lambda: True)}
        return {"antall": sum(iter(lambda: SVEIP[navn](self._kjerne, hvem), 0))}

    def _hendelse(self, arbeid: Arbeid) -> Svar:
        avsender = Avsender(produsent=arbeid["som"], applikasjon="test", korrelasjonsid="kapploep")
        mottak = ta_imot(self._kjerne, lest(arbeid["data"]), avsender)
        return {"id": str(mottak.id), "ny": mottak.ny}


def krev_ingen_feil(svar: Sequence[Svar]) -> None:
    """Whatever the database had to do over again, such as a deadlock, nobody was told of it."""
    assert not [ett["feil"] for ett in svar if "feil" in ett]


# --- starting all of it at the same moment ------------------------------------------------------------------------


def i_traader(loeper: Loeper, arbeid: Sequence[Arbeid], start: Callable[[], object] = lambda: None) -> list[Svar]:
    """Do each piece in a thread of its own, all from the moment when `start` returns."""
    skudd = threading.Barrier(len(arbeid) + 1)

    def ett(stykke: Arbeid) -> Svar:
        skudd.wait(30)
        return loeper.gjoer(stykke)

    with ThreadPoolExecutor(len(arbeid) + 1) as traader:
        svar = [traader.submit(ett, stykke) for stykke in arbeid]
        start()
        skudd.wait(30)
        return [ett.result() for ett in svar]


class Prosesser:
    """Processes of their own on one database, that stand ready for heats until they are closed."""

    def __init__(self, url: str, antall: int) -> None:
        self._prosesser = [
            subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", "tests.kapploep.loepere", url],
                cwd=ROT,
                env={**os.environ, "PYTHONPATH": str(ROT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(antall)
        ]

    def loep(self, klokken: dt.datetime, arbeid: Sequence[Arbeid]) -> list[Svar]:
        """Deal the work out, start all of it at the same moment, and give the answers in the order of the work."""
        antall = len(self._prosesser)
        deler = [arbeid[nummer::antall] for nummer in range(antall)]
        for prosess, del_ in zip(self._prosesser, deler, strict=True):
            _skriv(prosess, {"klokken": klokken.isoformat(), "arbeid": list(del_)})
        for prosess in self._prosesser:
            assert _les(prosess) == "klar"
        for prosess in self._prosesser:
            _skriv(prosess, "start")
        svar: list[Svar] = [{}] * len(arbeid)
        for nummer, prosess in enumerate(self._prosesser):
            svar[nummer::antall] = _les(prosess)
        return svar

    def lukk(self) -> None:
        for prosess in self._prosesser:
            assert prosess.stdin is not None
            prosess.stdin.close()
        for prosess in self._prosesser:
            prosess.wait(30)
            assert prosess.stdout is not None
            prosess.stdout.close()


def _skriv(prosess: subprocess.Popen[str], linje: object) -> None:
    assert prosess.stdin is not None
    prosess.stdin.write(json.dumps(linje) + "\n")
    prosess.stdin.flush()


def _les(prosess: subprocess.Popen[str]) -> Any:
    assert prosess.stdout is not None
    linje = prosess.stdout.readline()
    if not linje:
        raise ChildProcessError(f"the process went down with {prosess.wait(30)}")
    return json.loads(linje)


def main(url: str) -> None:
    database, klokke = aapne(url, traader=TRAADER, grenser=TAALMODIG), FastKlokke()
    loeper = Loeper(lag_kjerne(database, klokke))

    def si(linje: object) -> None:
        sys.stdout.write(json.dumps(linje) + "\n")
        sys.stdout.flush()

    for linje in iter(sys.stdin.readline, ""):
        heat = json.loads(linje)
        klokke.still(dt.datetime.fromisoformat(heat["klokken"]))

        def klar() -> None:
            si("klar")
            sys.stdin.readline()

        si(i_traader(loeper, heat["arbeid"], klar))
    loeper.lukk()
    database.lukk()


if __name__ == "__main__":
    main(sys.argv[1])
