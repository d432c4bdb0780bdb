"""The small world that the tests play in: a clock that stands still, the demo producers, and things they send."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from gateway.domain.hendelsesdata import Format
from gateway.domain.kommandoer import NyBeskjed, NyOppgave, NySak
from gateway.domain.mottaker import AltinnRessurs, Mottaker
from gateway.domain.noekkelring import Noekkelring
from gateway.domain.produsent import Aktoer
from gateway.domain.tilstand import Saksstatus
from gateway.inbox.format import LestHendelse
from gateway.kjerne import Kjerne, StilleDoerklokke
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import Produsentregister, les_register
from gateway.plugin import Tilganger, Virksomhetstilgang
from gateway.store.database import Database, Tidsgrenser
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.lasting import last_plugins

ROT = Path(__file__).resolve().parent.parent
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)  # a Monday, 10:00 in Oslo

GLAD_TORSK = "312914174"
BIFF_OG_BULJONG = "910825526"
RESSURS = "nav_sykepenger_inntektsmelding"
LEDER, ANSATT = "15488510042", "21459310093"
# For tests that are not about time: many threads on a slow machine may wait long for one another.
TAALMODIG = Tidsgrenser(arbeid=60, laas=30)
SYKEPENGER = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS))


class FastKlokke:
    """Stands still until it is moved."""

    def __init__(self, naa: dt.datetime = START) -> None:
        self._naa = naa

    def naa(self) -> dt.datetime:
        return self._naa

    def gaa(self, **tid: float) -> None:
        """Move on: `gaa(days=3)`."""
        self._naa += dt.timedelta(**tid)

    def still(self, naa: dt.datetime) -> None:
        self._naa = naa


@cache
def registeret() -> Produsentregister:
    return les_register(ROT / "config" / "produsenter.yaml")


def pluginsteder(register: Produsentregister) -> list[Pluginsted]:
    return [
        Pluginsted(
            navn=ett.plugin.navn,
            modul=f"plugins.{ett.plugin.navn}",
            produsent=ett.produsent.id,
            innstillinger=ett.plugin.innstillinger,
        )
        for ett in register.oppfoeringer.values()
        if ett.plugin
    ]


@cache
def _pluginene() -> Plugins:
    return last_plugins(pluginsteder(registeret()), strenge=True)


def lag_kjerne(database: Database, klokke: FastKlokke, **annet: Any) -> Kjerne:
    """A core on a database; `annet` replaces parts of it."""
    kjerne = Kjerne(
        innstillinger=Innstillinger(),
        database=database,
        klokke=klokke,
        produsenter=registeret(),
        plugins=_pluginene(),
        doerklokke=StilleDoerklokke(),
        noekkelring=Noekkelring(gjeldende=b"en noekkel som bare tester bruker"),
    )
    return replace(kjerne, **annet)


def aktoer(kjerne: Kjerne, produsent: str = "fager") -> Aktoer:
    funnet = kjerne.produsenter.hent(produsent)
    return Aktoer(produsent=funnet, applikasjon=funnet.applikasjoner[0], korrelasjonsid="test")


def en_sak(**felter: Any) -> NySak:
    return replace(
        NySak(
            grupperingsid="sak-1",
            merkelapp="Fager",
            virksomhetsnummer=GLAD_TORSK,
            mottakere=(SYKEPENGER,),
            tittel="Søknad om støtte",
            initiell_status=Saksstatus.MOTTATT,
        ),
        **felter,
    )


def en_beskjed(**felter: Any) -> NyBeskjed:
    return replace(
        NyBeskjed(
            merkelapp="Fager",
            ekstern_id="beskjed-1",
            virksomhetsnummer=GLAD_TORSK,
            mottakere=(SYKEPENGER,),
            tekst="Du har fått svar",
            lenke="https://arbeidsgiver.nav.no/1",
        ),
        **felter,
    )


def en_oppgave(**felter: Any) -> NyOppgave:
    return replace(
        NyOppgave(
            merkelapp="Fager",
            ekstern_id="oppgave-1",
            virksomhetsnummer=GLAD_TORSK,
            mottakere=(SYKEPENGER,),
            tekst="Svar på spørsmålet",
            lenke="https://arbeidsgiver.nav.no/2",
        ),
        **felter,
    )


def melding(navn: str) -> dict[str, Any]:
    """A real message of a producer team: `inntektsmelding/1_opprett`."""
    plugin, _, fil = navn.partition("/")
    svar: dict[str, Any] = json.loads((ROT / "plugins" / plugin / "eksempler" / f"{fil}.json").read_text("utf-8"))
    return svar


def lest(data: dict[str, Any], **felter: Any) -> LestHendelse:
    """The message as an adapter reads it."""
    return replace(
        LestHendelse(
            kilde="test",
            id=data.get("@id") or data["id"],
            type=data.get("@event_name") or data["type"],
            noekkel=None,
            format=Format.JSON,
            raa=json.dumps(data).encode(),
            data=data,
        ),
        **felter,
    )


def ser_glad_torsk() -> Tilganger:
    """The access of an employer that sees GLAD TORSK's sykepenger."""
    virksomhet = Virksomhetstilgang(virksomhetsnummer=GLAD_TORSK, navn="GLAD TORSK AS", ressurser=frozenset({RESSURS}))
    return Tilganger(virksomheter=(virksomhet,))
