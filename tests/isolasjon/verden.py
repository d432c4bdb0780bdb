"""Two teams: one whose plugin misbehaves in every way, and one whose events must go through all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import AVVIS, UIDENTIFISERT, Avsender, ta_imot
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Plugins
from gateway.vertskap.oversetter import Oversetter
from tests.isolasjon.maater import MAATER, OND, Maate, Sted
from tests.verden import FastKlokke, lest

SYK, NABO = "fager", "permittering"
HODE = (
    """
import os

def beskjed(**felter):
    return NyBeskjed(**{
        "merkelapp": "Fager", "ekstern_id": "b", "virksomhetsnummer": "312914174", "tekst": "Hei",
        "lenke": "https://nav.no",
        "mottakere": (Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="nav_sykepenger_inntektsmelding")),), **felter,
    })
"""
    + OND
)
FRISK = "FRISK"
STARTTID_SEKUNDER = 20
NABOENS_TID_SEKUNDER = 2.0


def syk_modul() -> str:
    """One plugin with every way of its hooks: an event's type says which."""
    i_hookene = [maate for maate in MAATER if maate.sted not in (Sted.IMPORT, Sted.ERKLAERING, Sted.OBSERVATOER)]
    kode = HODE
    for nummer, maate in enumerate(i_hookene):
        kode += f"def m{nummer}(hendelse, kontekst):\n    {maate.kode}\n"
    tabell = {(maate.sted.value, type_(maate)): f"m{nummer}" for nummer, maate in enumerate(i_hookene)}
    kode += "GJOER = {" + ", ".join(f"{noekkel!r}: {navn}" for noekkel, navn in tabell.items()) + "}\n"
    typer = sorted({navn for _, navn in tabell} | {FRISK})
    kode += f"""
@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn=n, beskrivelse="x", skjema={{"type": "object"}}, eksempel={{}}) for n in {typer!r}]
"""
    ellers = {"identitet": "Identitet(id=hendelse.type)", "noekkel": "None", "oppslag": "[]", "oversett": "[]"}
    for hook, svar in ellers.items():
        kode += f"""
@hookimpl
def {hook}(hendelse, kontekst):
    gjoer = GJOER.get(("{hook}", hendelse.type))
    return gjoer(hendelse, kontekst) if gjoer else {svar}
"""
    return kode


def type_(maate: Maate) -> str:
    return f"{maate.sted}: {maate.hva}"


class Gateway:
    """A worker's inbox at work on both teams' events."""

    def __init__(self, kjerne: Kjerne, plugins: Plugins, oversetter: Oversetter) -> None:
        self.kjerne = replace(kjerne, plugins=plugins)
        self.oversetter = oversetter
        self.sann_tid = FastKlokke()

    @contextmanager
    def i_arbeid(self) -> Iterator[None]:
        """Rounds are done, one after the other, as a worker does them."""
        slutt = threading.Event()
        feil: list[BaseException] = []

        def arbeid() -> None:
            try:
                while not slutt.is_set():
                    runde = Innboksrunde(self.kjerne, self.oversetter, self.sann_tid)
                    runde.kjoer(fortsett=lambda: not slutt.is_set())
                    slutt.wait(0.01)
            except BaseException as ett:  # noqa: BLE001 - told where the test waits
                feil.append(ett)

        traad = threading.Thread(target=arbeid, name="arbeider")
        traad.start()
        try:
            yield
        finally:
            slutt.set()
            traad.join(STARTTID_SEKUNDER)
        assert not traad.is_alive()
        assert feil == []

    def send(self, produsent: str, melding: dict[str, Any]) -> Any:
        avsender = Avsender(produsent=produsent, applikasjon="test", korrelasjonsid="k")
        return ta_imot(self.kjerne, lest(melding), avsender, regler=AVVIS).id

    def send_syk(self, type_: str, *, uidentifisert: bool = False) -> Any:
        id_ = self.send(SYK, {"id": type_, "type": type_})
        if uidentifisert:  # as what takes in events leaves one that only its plugin can tell apart
            self.kjerne.database.i_transaksjon(
                lambda: Hendelse.update(feilkode=UIDENTIFISERT).where(Hendelse.id == id_).execute()
            )
        return id_

    def les(self, id_: Any) -> Any:
        with self.kjerne.database.tilkobling():
            return Hendelse.get_by_id(id_)


def vent_til(er: Callable[[], bool], sekunder: float, hva: str) -> None:
    """Look again and again, for so long."""
    frist = time.monotonic() + sekunder
    vekker = threading.Event()
    while not er():
        assert time.monotonic() < frist, hva
        vekker.wait(0.01)
