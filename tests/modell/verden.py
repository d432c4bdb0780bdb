"""A gateway on a database, with a channel that does as it is told, and its sweeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import Kommando
from gateway.domain.varsel import Varseltype
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil, VarselTilSending
from gateway.runder.frister import utloep_frister
from gateway.runder.idempotens import glem_gamle
from gateway.runder.kalenderavtaler import avhold_forfalte
from gateway.runder.paaminnelser import send_forfalte
from gateway.runder.sletting import slett_forfalte
from gateway.store.logg import Hvem
from gateway.varsling.utsending import Varselrunde
from tests.conftest import toem
from tests.modell.referanse import FEILMELDING, KANAL, KODER, Kanalsvar, Modell
from tests.verden import FastKlokke, aktoer

SWEEP = Hvem(korrelasjonsid="sweep")


@dataclass
class Kanal:
    """A channel that does as it is told for each type, and notes what it was handed."""

    svar: dict[Varseltype, Kanalsvar]
    vent: dt.timedelta
    navn: str = KANAL

    def __post_init__(self) -> None:
        self.sendt: list[UUID] = []
        self.typer = frozenset(type_ for type_, svar in self.svar.items() if svar is not Kanalsvar.MANGLER)

    def send(self, varsel: VarselTilSending) -> Sendt:
        self.sendt.append(varsel.id)
        svar = self.svar[varsel.type]
        if svar is Kanalsvar.VARIG:
            raise VarigFeil(KODER[svar], FEILMELDING)
        if svar is Kanalsvar.MIDLERTIDIG:
            raise MidlertidigFeil(KODER[svar], "prøv igjen", vent=self.vent)
        return Sendt(kode=KODER[svar])


@dataclass
class Verden:
    """A gateway on a database, and how producers and employers look at it."""

    kjerne: Kjerne
    klokke: FastKlokke
    klient: FlaskClient
    token: Callable[[str], dict[str, str]]

    def nullstill(self) -> None:
        toem(self.kjerne.database)

    def utfoer(self, kommando: Kommando, produsent: str) -> Utfall | Avslag:
        try:
            return utfoer(self.kjerne, kommando, aktoer(self.kjerne, produsent))
        except Avslag as avslag:
            return avslag

    def til_det_er_tomt(self, sveip: Callable[[Kjerne, Hvem], int]) -> int:
        return sum(iter(lambda: sveip(self.kjerne, SWEEP), 0))

    def send(self, kanal: Kanal) -> int:
        sann_tid = FastKlokke()
        return Varselrunde(self.kjerne, [kanal], sann_tid, SWEEP).kjoer()

    def les(self, sti: str, hoder: dict[str, str], **sporring: Any) -> tuple[int, dict[str, Any]]:
        svar = self.klient.get(f"/api/v1{sti}", query_string=sporring, headers=hoder)
        return svar.status_code, svar.get_json()

    def les_alle(self, sti: str, hoder: dict[str, str], **sporring: Any) -> list[dict[str, Any]]:
        """A list, page by page."""
        elementer: list[dict[str, Any]] = []
        etter: dict[str, str] = {}
        while True:
            status, side = self.les(sti, hoder, **sporring, **etter)
            assert status == 200, side
            elementer += side["elementer"]
            if side["neste"] is None:
                return elementer
            etter = {"etter": side["neste"]}


SVEIP: dict[str, tuple[Callable[[Kjerne, Hvem], int], Callable[[Modell], int] | None]] = {
    "frister": (utloep_frister, Modell.utloep_frister),
    "kalenderavtaler": (avhold_forfalte, Modell.avhold_forfalte),
    "paaminnelser": (send_forfalte, Modell.send_paaminnelser),
    "sletting": (slett_forfalte, Modell.slett_forfalte),
    "idempotens": (glem_gamle, None),  # nobody can see it
}
