"""The bench for tests of plugins: a whole gateway of one producer, with the real engine and no server.

What is sent goes the way of any event: taken in, keyed, looked up, mapped in the plugin's own process, and carried out
on a database. Time stands still until it is moved.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from gateway.domain.hendelse import Feilklasse
from gateway.domain.hendelsesdata import Format
from gateway.domain.innhold import fra_json
from gateway.domain.kommandoer import Kommando, Notifikasjonsreferanse, Saksreferanse
from gateway.domain.noekkelring import Noekkelring
from gateway.domain.produsent import Produsent
from gateway.domain.varsel import Varseltype
from gateway.inbox.format import LestHendelse
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.inbox.lager import Lager
from gateway.inbox.oppslag import OppslagFeilet, Oppslagstjeneste
from gateway.kjerne import Kjerne, StilleDoerklokke, ny_id
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import Produsentregister
from gateway.plugin.hendelser import Oppslag
from gateway.plugin.kanaler import Sendt as SendtVarsel
from gateway.plugin.kanaler import VarigFeil, VarselTilSending
from gateway.reading import produsent as lesing
from gateway.reading.produsent import LestNotifikasjon, LestSak
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass
from gateway.store.database import Database, aapne
from gateway.store.logg import Hvem
from gateway.store.migrering import migrer
from gateway.store.tabeller import TABELLER, Hendelse, Notifikasjon, Sak
from gateway.verktoey.eksempler import les_eksempel
from gateway.verktoey.pakke import Pluginpakke
from gateway.verktoey.proeving import HEMMELIGHET, proeving
from gateway.verktoey.utproeving import proev_alle
from gateway.verktoey.utskrift import kommando_av
from gateway.vertskap.erklaering import Erklaering, Plugins
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter, lagerhash

START = dt.datetime(2026, 1, 15, 8, 0, tzinfo=dt.UTC)  # a Thursday, 09:00 in Oslo
# What still finds something to do after so many times never comes to an end.
FLEST_OMGANGER = 100


class Proeveklokke:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._naa = START

    def naa(self) -> dt.datetime:
        return self._naa

    def still(self, naa: dt.datetime) -> None:
        self._naa = naa


class Proevekanal:
    """Takes all varsler, and sends none; or refuses them, when it was told to."""

    navn = "proevebenk"
    typer = frozenset(Varseltype)

    def __init__(self) -> None:
        self.sendte: list[VarselTilSending] = []
        self.feilkode: str | None = None

    def send(self, varsel: VarselTilSending) -> SendtVarsel:
        if self.feilkode is not None:
            raise VarigFeil(self.feilkode, "refused by the bench")
        self.sendte.append(varsel)
        return SendtVarsel(kode="PROEVE")


class Proeveoppslag(Oppslagstjeneste):
    """Answers what the test has declared, and asks nobody."""

    def __init__(self, kjerne: Kjerne, naa: Callable[[], dt.datetime]) -> None:
        super().__init__(kjerne, naa)
        self.svarene: dict[str, Any] = {}
        self.spurt: list[Oppslag] = []

    def svar(self, produsent: str, spoersmaal: Sequence[Oppslag]) -> Mapping[str, Any]:
        """Raises OppslagFeilet for a service that the test has no answer of."""
        del produsent  # there is one
        self.spurt += spoersmaal
        return {ett.navn: self._svar(ett) for ett in spoersmaal}

    def _svar(self, oppslag: Oppslag) -> Any:
        if oppslag.tjeneste not in self.svarene:
            if oppslag.valgfritt:
                return None
            raise OppslagFeilet(
                "OppslagMangler",
                Feilklasse.KONFIGURASJON,
                f"the test says no answer of {oppslag.tjeneste}; say one with proevebenk.svar_paa",
            )
        svar = self.svarene[oppslag.tjeneste]
        return svar(oppslag) if callable(svar) else svar


class Proeveplass(Arbeidsplass):
    """Where the bench's rounds work."""

    @cached_property
    def oppslag(self) -> Proeveoppslag:
        return Proeveoppslag(self.kjerne, self.sann_tid.naa)


@dataclass(frozen=True, kw_only=True)
class Sendt:
    """What has become of an event that was sent. `ny`: it was not a repeat of one that came before.

    `tilstand` is MOTTATT, BEHANDLET, PAA_VENT, KARANTENE or FORKASTET; `feilkode` and `feilmelding` say why it is not
    BEHANDLET. `kommandoer` are those that the plugin made of it; `svar` is the same written out as in files of
    expectations, with what was passed over; `utfall` what became of each.
    """

    id: UUID
    ny: bool
    tilstand: str
    feilkode: str | None
    feilklasse: str | None
    feilmelding: str | None
    kommandoer: Sequence[Kommando]
    svar: Sequence[Mapping[str, Any]]
    utfall: Sequence[Mapping[str, Any]]
    merknader: Sequence[str]
    hoppet_over: str | None
    ferdige_deler: Sequence[str]
    venter: bool


@dataclass
class Verksted:
    """What benches of one test run share, since it takes time to make: a database, and the plugins' processes."""

    mappe: Path
    _oversettere: dict[str, tuple[Erklaering, Oversetter]] = field(default_factory=dict)

    @cached_property
    def database(self) -> Database:
        database = aapne(f"sqlite:///{self.mappe / 'proevebenk.db'}", traader=40)
        migrer(database)
        return database

    def plugin(self, pakke: Pluginpakke) -> tuple[Erklaering, Oversetter]:
        """The plugin with its settings, loaded once. Raises Innstillingsfeil with all that is wrong with it."""
        sted = pakke.sted
        noekkel = msgspec.json.encode((sted.modul, sted.produsent, sted.innstillinger), order="sorted").decode()
        if noekkel not in self._oversettere:
            (erklaering,) = last_plugins([sted], strenge=True).lastet.values()
            oversetter = Oversetter([sted], sekunder=Innstillinger().oversett_sekunder, hemmelighet=_hemmelighet)
            self._oversettere[noekkel] = erklaering, oversetter
        return self._oversettere[noekkel]

    def toem(self) -> None:
        """Forget all that benches before have stored."""
        with self.database.tilkobling(), self.database.motor.atomic("IMMEDIATE"):
            for tabell in reversed(TABELLER):
                tabell.delete().execute()

    def lukk(self) -> None:
        for _, oversetter in self._oversettere.values():
            oversetter.lukk()
        if "database" in self.__dict__:
            self.database.lukk()


class Proevebenk:
    """A gateway of one producer and its plugin, empty at the start of each test. `kanal` is what its varsler go to."""

    def __init__(self, pakke: Pluginpakke, verksted: Verksted) -> None:
        self.pakke = pakke
        self.kanal = Proevekanal()
        self._verksted = verksted
        self._klokke = Proeveklokke()
        self._nummer = itertools.count(1)
        self.plugin, self._oversetter = verksted.plugin(pakke)
        verksted.toem()
        self._kjerne = Kjerne(
            innstillinger=Innstillinger(),
            database=verksted.database,
            klokke=self._klokke,
            produsenter=Produsentregister([pakke.oppfoering]),
            plugins=Plugins([pakke.sted], [self.plugin]),
            doerklokke=StilleDoerklokke(),
            noekkelring=Noekkelring(gjeldende=HEMMELIGHET),
        )
        self._plass = Proeveplass(
            kjerne=self._kjerne,
            oversetter=self._oversetter,
            observatoerer=self._oversetter,
            kanaler=[self.kanal],
            sann_tid=self._klokke,
        )
        if self.plugin.har_observatoer:
            self.kjoer()  # an observer is told of what happens after it was first seen

    def med(self, **innstillinger: Any) -> Proevebenk:
        """An empty bench, on which the producer has other settings: those that are named. This one is done with."""
        return Proevebenk(self.pakke.med(**innstillinger), self._verksted)

    # --- time ------------------------------------------------------------------------------------------------------

    @property
    def naa(self) -> dt.datetime:
        """The time on the bench, an instant."""
        return self._klokke.naa()

    def gaa(self, **tid: float) -> None:
        """Move the time on (`gaa(days=3)`), and do all that is due then: frister, paaminnelser, tries, deletions."""
        self._klokke.still(self.naa + dt.timedelta(**tid))
        self.kjoer()

    def kjoer(self) -> None:
        """Do all that is due now."""
        hvem = Hvem(korrelasjonsid=f"proevebenk-{ny_id()}")
        for _ in range(FLEST_OMGANGER):
            if not sum(runde.gjoer(self._plass, hvem, lambda: True) for runde in RUNDER.values()):
                return
        raise AssertionError(f"the rounds still find something to do after {FLEST_OMGANGER} times")

    # --- events ----------------------------------------------------------------------------------------------------

    def send(self, type_: str, data: Any, **om: Any) -> Sendt:
        """Send an event, and do all that is due. Arguments as in `legg_inn`."""
        mottatt = self.legg_inn(type_, data, **om)
        self.kjoer()
        return self.les(mottatt)

    def legg_inn(
        self, type_: str, data: Any, *, id: str | None = None, kilde: str = "proevebenk", noekkel: str | None = None
    ) -> Sendt:
        """Take in an event, and leave it: what follows first, when `kjoer` is called.

        `id` and `noekkel`, unless given, are what the type's own expressions find in the data; an event without an id
        gets one of its own. Raises what REST would refuse it with.
        """
        funnet = self.plugin.finn(type_, data)
        lest = LestHendelse(
            kilde=kilde,
            id=id or funnet.id or f"hendelse-{next(self._nummer)}",
            type=type_,
            noekkel=noekkel or funnet.noekkel,
            format=Format.JSON,
            raa=msgspec.json.encode(data),
            data=data,
        )
        avsender = Avsender(
            produsent=self.produsent.id, applikasjon=self.produsent.applikasjoner[0], korrelasjonsid=f"test-{ny_id()}"
        )
        mottak = ta_imot(self._kjerne, lest, avsender)
        return self._sendt(mottak.id, ny=mottak.ny)

    def send_eksempel(self, navn: str) -> Sendt:
        """Send the message of `eksempler/<navn>.json`, as the type that is expected of it."""
        eksempel = les_eksempel(self.pakke.eksempelmappe / f"{navn}.json")
        return self.send(eksempel.type_av(self.plugin), eksempel.data, id=eksempel.konvolutt.get("id"))

    def les(self, sendt: Sendt) -> Sendt:
        """What has become of the event by now."""
        return self._sendt(sendt.id, ny=sendt.ny)

    def _sendt(self, hendelse_id: UUID, *, ny: bool) -> Sendt:
        with self._kjerne.database.tilkobling():
            rad: Hendelse = Hendelse.get_by_id(hendelse_id)
        steg = rad.kommandoer or []
        notert = rad.merknader or {}
        return Sendt(
            id=rad.id,
            ny=ny,
            tilstand=rad.tilstand,
            feilkode=rad.feilkode,
            feilklasse=rad.feilklasse,
            feilmelding=rad.feilmelding,
            kommandoer=[fra_json(ett) for ett in steg],
            svar=[kommando_av(ett) for ett in steg],
            utfall=rad.utfall or [],
            merknader=notert.get("merknader") or [],
            hoppet_over=notert.get("hoppetOver"),
            ferdige_deler=rad.ferdige_deler or [],
            venter=rad.venter_paa is not None,
        )

    # --- what came of it -------------------------------------------------------------------------------------------

    @property
    def produsent(self) -> Produsent:
        return self.pakke.oppfoering.produsent

    def saker(self) -> list[LestSak]:
        """The producer's saker, in the order in which they came."""
        with self._kjerne.database.tilkobling():
            ider = [rad.id for rad in Sak.select(Sak.id).order_by(Sak.id)]
        return [lesing.sak(self._kjerne, self.produsent, Saksreferanse(id=ett)) for ett in ider]

    def notifikasjoner(self) -> list[LestNotifikasjon]:
        """The producer's beskjeder, oppgaver and kalenderavtaler, in the order in which they came."""
        with self._kjerne.database.tilkobling():
            ider = [rad.id for rad in Notifikasjon.select(Notifikasjon.id).order_by(Notifikasjon.id)]
        return [lesing.notifikasjon(self._kjerne, self.produsent, Notifikasjonsreferanse(id=ett)) for ett in ider]

    def svar_paa(self, tjeneste: str, svar: Any) -> None:
        """What look-ups of a service are answered from now on: a value, or a function of the `Oppslag`.

        One that is `valgfritt`, of a service without an answer, gets None.
        """
        self._plass.oppslag.svarene[tjeneste] = svar

    @property
    def spurt(self) -> Sequence[Oppslag]:
        """The look-ups that were asked, in order."""
        return self._plass.oppslag.spurt

    @property
    def lager(self) -> Mapping[str, Any]:
        """The plugin's state, by key, as the plugin itself reads it: what has run out is not there."""
        return _Lageret(Lager(self._kjerne, self.produsent.id))

    def krev_eksemplene(self) -> None:
        """Map every example beside the plugin. Raises AssertionError with what is not as expected, or missing."""
        with proeving(self.pakke, sekunder=Innstillinger().oversett_sekunder, grenser=Grenser()) as pluginen:
            utproeving = proev_alle(pluginen)
        galt = [
            f"{ett.eksempel.navn}: not as expected\n" + "\n".join([*ett.forskjell(), ett.spor])
            for ett in utproeving.proevd
            if not ett.stemmer
        ]
        if galt or utproeving.mangler:
            raise AssertionError("\n".join([*galt, *utproeving.mangler]))


@dataclass(frozen=True)
class _Lageret(Mapping[str, Any]):
    """The state of a bench; its keys are kept hashed, so it is read by key, and cannot be listed."""

    _lager: Lager

    def __getitem__(self, noekkel: str) -> Any:
        funnet = self._lager.les(lagerhash(HEMMELIGHET, noekkel))
        if funnet is None:
            raise KeyError(noekkel)
        return funnet.verdi

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the state is read by key; its keys are kept hashed, and cannot be listed")

    def __len__(self) -> int:
        raise TypeError("the state is read by key; its keys are kept hashed, and cannot be listed")


def _hemmelighet(_: str) -> bytes:
    return HEMMELIGHET
