"""An inbox to send events to, and a plugin that does everything that a plugin can do wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import AVVIS, Avsender, Mottak, Mottaksregler, ta_imot
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse
from gateway.vertskap.oversetter import Oversetter
from tests.verden import FastKlokke, lest

PLUGIN = """
import os
from gateway.plugin import *

VERSJON = "1"

@hookimpl
def hendelsestyper():
    return [
        Hendelsestype(navn=navn, beskrivelse=navn, skjema={"type": "object"}, eksempel={})
        for navn in (
            "SLETT", "BESKJED", "HENGER", "DOER", "FEILER", "TULL", "TO_TING", "NUL", "NUL_I_TEKST", "DROEYER",
            "FREMMED",
            "UMULIG_NOEKKEL",
        )
    ] + [
        Hendelsestype(navn="EKKO", beskrivelse="x", skjema={"type": "object"}, eksempel={}),
        Hendelsestype(
            navn="STRENG", beskrivelse="x", eksempel={},
            skjema={"type": "object", "additionalProperties": {"type": "string"}},
        ),
    ]

@hookimpl
def noekkel(hendelse):
    match hendelse.data.get("noekkel"):
        case "umulig":
            raise LookupError("no key")
        case "henger":
            while True:
                pass
        case noekkel:
            return noekkel

def beskjed(ekstern_id, merkelapp="Fager", tekst="Hei"):
    return NyBeskjed(
        merkelapp=merkelapp, ekstern_id=ekstern_id, virksomhetsnummer="312914174", tekst=tekst, lenke="https://nav.no",
        mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="nav_sykepenger_inntektsmelding")),),
    )

@hookimpl
def oversett(hendelse, kontekst):
    if hendelse.type == "HENGER":
        while True:
            try:
                pass
            except BaseException:
                pass
    if hendelse.type == "DOER":
        os._exit(3)
    if hendelse.type == "FEILER":
        raise LookupError("secret of Ola Nordmann")
    if hendelse.type == "TULL":
        return [{"not": "a kommando"}]
    if hendelse.type == "EKKO":
        return [NySak(
            merkelapp="Fager", grupperingsid="g", virksomhetsnummer="312914174", tittel="Hei", mottakere=(),
            initiell_status=hendelse.data["navn"],
        )]
    if hendelse.type == "NUL":
        raise ValueError("a\\x00b \\ud800")
    if hendelse.type == "NUL_I_TEKST":
        return [beskjed(hendelse.id, tekst="a\\x00b")]
    if hendelse.type == "UMULIG_NOEKKEL":
        umulig = {"nul": "a\\x00b", "halv": "a\\ud800"}[hendelse.data["tegn"]]
        den = Saksreferanse(merkelapp="Fager", saksnoekkel=umulig)
        return [EndreNesteSteg(sak=den, neste_steg="x"), SlettSak(sak=den), beskjed("x")]
    if hendelse.type == "DROEYER":
        from pathlib import Path
        Path(hendelse.data["fil"]).touch()
        while Path(hendelse.data["fil"]).exists():
            pass
    if hendelse.type == "SLETT":
        return [SlettNotifikasjon(notifikasjon=Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="felles"))]
    if hendelse.type == "TO_TING":
        return [beskjed(hendelse.id), beskjed("annens", tekst="")]
    if hendelse.type == "FREMMED":
        return [beskjed(hendelse.id, merkelapp="Permittering")]
    return [beskjed(hendelse.data.get("ekstern_id", hendelse.id))]
"""


class Innboks:
    """Sends events in, and lets a worker do rounds."""

    def __init__(self, kjerne: Kjerne, produsent: str, sann_tid: FastKlokke) -> None:
        self.kjerne, self.produsent, self.sann_tid = kjerne, produsent, sann_tid
        self.oversetter = Oversetter(kjerne.plugins.steder, sekunder=1.0)

    @property
    def avsender(self) -> Avsender:
        return Avsender(produsent=self.produsent, applikasjon="test", korrelasjonsid="k")

    def inn(self, data: dict[str, Any], regler: Mottaksregler = AVVIS, **felter: Any) -> Mottak:
        return ta_imot(self.kjerne, lest(data, **felter), self.avsender, regler=regler)

    def hendelse(self, type_: str, id_: str, **data: Any) -> Mottak:
        return self.inn({"type": type_, "id": id_, **data})

    def ny_runde(self) -> Innboksrunde:
        return Innboksrunde(self.kjerne, self.oversetter, self.sann_tid)

    def runde(self) -> int:
        return self.ny_runde().kjoer(fortsett=lambda: True)

    def kjerne_som_ringer(self, ringt: list[str]) -> Kjerne:
        """The same core, with a doorbell that notes for what it is rung."""

        class Noterer:
            def ring(self, runde: str) -> None:
                ringt.append(runde)

        return replace(self.kjerne, doerklokke=Noterer())

    def tilstander(self) -> dict[str, str]:
        with self.kjerne.database.tilkobling():
            return {rad.ekstern_id: rad.tilstand for rad in Hendelse.select()}

    def les(self, mottak: Mottak) -> Any:
        with self.kjerne.database.tilkobling():
            return Hendelse.get_by_id(mottak.id)
