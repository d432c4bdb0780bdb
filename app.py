"""The composition root: settings → database → plugins → adapters → Flask. Also what each web process serves."""

from __future__ import annotations

import logging
import os
import pkgutil
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from multiprocessing.util import Finalize
from pathlib import Path

import click
from flask import Flask
from prometheus_client import CollectorRegistry, multiprocess
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

import plugins as pluginpakken
from adapters.registrer import Adaptere
from adapters.testpersoner import Testperson, les_testpersoner
from gateway.api.doer import api
from gateway.cli import cli
from gateway.dev.omlesing import Omlesing
from gateway.dev.oppstart import redis_url
from gateway.domain.noekkelring import Noekkelring
from gateway.domain.prosess import Pluginstand, Rolle
from gateway.drift.doer import drift
from gateway.drift.livstegn import Livstegn, pluginstand
from gateway.drift.maalinger import Etterslepsmaaler
from gateway.drift.proever import Databaseproeve, roede_grunner
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.inngang import Inngang, grenser
from gateway.http.internserver import start_internserver
from gateway.http.jwks import JwksNoekler, hentede_noekler
from gateway.http.prosesser import foelg_forelderen
from gateway.http.tjener import tjen
from gateway.http.tokens import DevUtsteder, Tokenkontroll, Utsteder, skriv_hemmelig
from gateway.http.vakt import Proeve, Vakt
from gateway.inbox.kilder import Kilder, les_kilder
from gateway.inbox.oppslag import Oppslagstjeneste
from gateway.inbox.proevested import Proevested
from gateway.kjerne import Doerklokke, Kjerne, Oppsettstand, StilleDoerklokke
from gateway.klokke import FlyttbarKlokke, Klokke, Systemklokke, sann_tid
from gateway.oppsett.innstillinger import Innstillinger, Innstillingsfeil, les_innstillinger
from gateway.oppsett.loggoppsett import sett_opp_logging
from gateway.oppsett.produsentregister import Produsentregister, les_register
from gateway.oppsett.tokenoppsett import utstedere as tokenutstedere
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass
from gateway.store.database import Database, Tidsgrenser, Utilgjengelig, aapne, innebygd_url
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.vertskap.adaptere import Adaptere as LastedeAdaptere
from gateway.vertskap.adaptere import last_adaptere
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.lasting import ALLE, installerte_plugins, last_plugins, pakkens_sted
from gateway.vertskap.oversetter import Oversetter
from gateway.web.doer import web
from gateway.web.innlogging import Person
from jobs.arbeider import TRAADER_MED_DATABASE, Arbeider, arbeid
from jobs.doerklokke import RqDoerklokke, koble_til
from jobs.koeinnhold import koeinnhold
from jobs.maalinger import REGISTER as JOBBREGISTER
from jobs.maalinger import Hendelsesmaaler, Rundemaaler
from jobs.timeplan import Timeplanholder

logger = logging.getLogger(__name__)

VERSJON = version("produsentgateway")
RUNDER_FAAR_MER_TID = 3
EPOSTFANGER_VARIABLER = ("EPOSTFANGER_SMTP_PORT", "EPOSTFANGER_SIDE_PORT", "EPOSTFANGER_NOEKKEL")


# Rooms that stay as they are when the configuration is read anew; all others are made again.
VARIGE = ("innstillinger", "_database", "traader", "tidsgrenser", "klokke", "redis", "doerklokke", "tokens")


class Gateway:
    """The house, put together room by room when a command first asks for it."""

    stand = Oppsettstand()

    def lest_paa_nytt(self) -> Gateway:
        """A house beside this one, with what the configuration says now. Raises Innstillingsfeil when it says what
        cannot be used, also when a plugin that works here would be broken there.
        """
        ny = Gateway()
        ny.__dict__ |= {rom: self.__dict__[rom] for rom in VARIGE if rom in self.__dict__}
        ny.stand = Oppsettstand(nummer=self.stand.nummer + 1)
        ny.kilder, ny.testpersoner  # noqa: B018 - read here, so that a fault is told here
        ville_gaa_i_stykker = [
            ett for produsent, ett in ny.plugins.oedelagte.items() if produsent in self.plugins.lastet
        ]
        if ville_gaa_i_stykker:
            raise Innstillingsfeil("\n".join(f"plugin {ett.sted.navn}: {ett.feil}" for ett in ville_gaa_i_stykker))
        return ny

    def med_feil(self, feil: str) -> Gateway:
        """This house, telling what is wrong with what the configuration says now."""
        ny = Gateway()
        ny.__dict__ |= self.__dict__
        ny.stand = replace(self.stand, feil=feil)
        ny.kjerne = replace(self.kjerne, oppsett=ny.stand)
        return ny

    def lest_fra(self) -> list[Path]:
        """The files and folders that the configuration is read from: YAML, and what the plugins are made of."""
        valgt = self.innstillinger
        pakker = {pluginpakken.__name__, *(ett.modul.partition(".")[0] for ett in self._pluginsteder())}
        return [valgt.produsenter, valgt.kilder, valgt.personer, *filter(None, map(pakkens_sted, pakker))]

    @cached_property
    def innstillinger(self) -> Innstillinger:
        innstillinger = les_innstillinger()
        sett_opp_logging(json=not innstillinger.dev)
        return innstillinger

    # --- the core ----------------------------------------------------------------------------------------------

    def database(self) -> Database:
        return self._database

    @cached_property
    def traader(self) -> int:
        """How many threads of this process may want the database at once."""
        return self.innstillinger.web_traader

    @cached_property
    def _database(self) -> Database:
        url = self.innstillinger.database_url or innebygd_url(self.innstillinger.data)
        return aapne(url, traader=self.traader, grenser=self.tidsgrenser)

    @cached_property
    def tidsgrenser(self) -> Tidsgrenser:
        """How long this process waits for the database."""
        valgt = self.innstillinger
        return Tidsgrenser(
            forbind=valgt.database_forbind_sekunder, arbeid=valgt.database_sekunder, laas=valgt.database_laas_sekunder
        )

    @cached_property
    def klokke(self) -> Klokke:
        return FlyttbarKlokke(self.innstillinger.data) if self.innstillinger.dev else Systemklokke()

    @cached_property
    def register(self) -> Produsentregister:
        return les_register(self.innstillinger.produsenter, dev=self.innstillinger.dev)

    @cached_property
    def plugins(self) -> Plugins:
        return last_plugins(
            self._pluginsteder(), strenge=self.innstillinger.strenge_plugins, grenser=self.plugingrenser
        )

    @property
    def plugingrenser(self) -> Grenser:
        return Grenser(
            lastesekunder=self.innstillinger.plugin_lastesekunder,
            minne_mb=self.innstillinger.plugin_minne_mb,
            kommandoer=self.innstillinger.plugin_kommandoer,
            lager_noekler=self.innstillinger.plugin_lager_noekler,
            lager_bytes=self.innstillinger.plugin_lager_bytes,
        )

    @property
    def pluginmappe(self) -> Path:
        """Where the gateway's own plugins lie."""
        return Path(pluginpakken.__path__[0])

    def pluginmoduler(self) -> dict[str, str]:
        """The module of each plugin that is found, by its name: those of `plugins`, and of installed packages."""
        egne = {
            navn.name: f"{pluginpakken.__name__}.{navn.name}" for navn in pkgutil.iter_modules(pluginpakken.__path__)
        }
        return {**installerte_plugins(), **egne}

    def _pluginsteder(self) -> list[Pluginsted]:
        """Where the plugins are that the register names; one that is not found is told by its name."""
        moduler = self.pluginmoduler()
        tillatt = self.innstillinger.plugins
        return [
            Pluginsted(
                navn=ett.plugin.navn,
                modul=moduler.get(ett.plugin.navn, ""),
                produsent=ett.produsent.id,
                innstillinger=ett.plugin.innstillinger,
            )
            for ett in self.register.oppfoeringer.values()
            if ett.plugin and (ALLE in tillatt or ett.plugin.navn in tillatt)
        ]

    @cached_property
    def redis(self) -> Redis | None:
        url = self.innstillinger.redis_url or (redis_url(self.innstillinger) if self.innstillinger.dev else "")
        return koble_til(url) if url else None

    @cached_property
    def doerklokke(self) -> Doerklokke:
        return RqDoerklokke(self.redis) if self.redis else StilleDoerklokke()

    @cached_property
    def kjerne(self) -> Kjerne:
        return Kjerne(
            innstillinger=self.innstillinger,
            database=self._database,
            klokke=self.klokke,
            produsenter=self.register,
            plugins=self.plugins,
            doerklokke=self.doerklokke,
            noekkelring=self._noekkelring(),
            maaler=Hendelsesmaaler(),
            oppsett=self.stand,
        )

    def _noekkelring(self) -> Noekkelring:
        valgt = self.innstillinger
        return Noekkelring(
            gjeldende=self._hemmelig_noekkel(),
            neste=valgt.hemmelig_noekkel_neste.encode() or None,
            forrige=valgt.hemmelig_noekkel_forrige.encode() or None,
            eldre=tuple(ett.encode() for ett in valgt.hemmelig_noekkel_eldre),
        )

    def _hemmelig_noekkel(self) -> bytes:
        if self.innstillinger.hemmelig_noekkel:
            return self.innstillinger.hemmelig_noekkel.encode()
        fil = self.innstillinger.data / "hemmelig_noekkel"
        if not fil.exists():
            fil.parent.mkdir(parents=True, exist_ok=True)
            skriv_hemmelig(fil, secrets.token_hex(32))
        return fil.read_bytes()

    @cached_property
    def testpersoner(self) -> tuple[Testperson, ...]:
        return les_testpersoner(self.innstillinger.personer)

    # --- the adapters ------------------------------------------------------------------------------------------

    @cached_property
    def adaptere(self) -> LastedeAdaptere:
        egne = Adaptere(
            smtp_url=self.innstillinger.smtp_url,
            epost_avsender=self.innstillinger.epost_avsender,
            personer=self.testpersoner if self.innstillinger.dev else None,
            noekler=JwksNoekler,
        )
        return last_adaptere({"adaptere": egne})

    @cached_property
    def kilder(self) -> Kilder:
        ordninger = self.adaptere.signaturordninger
        return les_kilder(
            self.innstillinger.kilder,
            ordninger,
            self.register,
            formater=self.adaptere.formater,
            dev=self.innstillinger.dev,
        )

    @cached_property
    def tokens(self) -> Tokenkontroll:
        valgt = self.innstillinger
        utstedere = [
            Utsteder(ett.iss, ett.audience, hentede_noekler(ett.jwks)) for ett in tokenutstedere(valgt.tokenroller)
        ]
        if valgt.dev:
            utstedere.append(DevUtsteder(valgt.data).som_utsteder())
        return Tokenkontroll(utstedere)

    # --- what the commands start -------------------------------------------------------------------------------

    def flask(self) -> Flask:
        """The whole application; a new door is a folder in `gateway`, and its name here."""
        personer = [Person(fnr=ett.fnr, navn=ett.navn) for ett in self.testpersoner] if self.innstillinger.dev else None
        doerer = (api(self.kilder), drift, web(self.tokens, self.adaptere.tilgangskilde, personer))
        return lag_applikasjon(self.kjerne, tokens=self.tokens, doerer=doerer, proevested=self.proevested)

    def web(self) -> None:
        # A fault in the configuration is told here, and not by a worker process, which loads the plugins by itself.
        self._database, self.kilder, self._hemmelig_noekkel()
        if self.innstillinger.strenge_plugins:
            self.plugins  # noqa: B018
        tjen("app:lag_inngang", self.innstillinger)

    def vakt(self, kjerne: Callable[[], Kjerne]) -> Vakt:
        """The watch of a web process: it is ready with a database that is up to date, whether Redis answers or not."""
        register = CollectorRegistry()
        multiprocess.MultiProcessCollector(register)  # type: ignore[no-untyped-call]
        redis = self.redis
        return Vakt(
            rolle=Rolle.WEB,
            versjon=VERSJON,
            proever=[
                Proeve(navn="database", spoer=Databaseproeve(self._database)),
                *([Proeve(navn="redis", spoer=redis.ping, kreves=False)] if redis else []),
            ],
            register=register,
            fra_databasen=[Etterslepsmaaler(kjerne)],
            bilde=lambda: roede_grunner(kjerne()),
        )

    def worker(self) -> None:
        redis = self._krev_redis()  # before anything is made in a data folder where no gateway runs
        self.traader = max(self.traader, TRAADER_MED_DATABASE)
        # A batch that is given up is done over: on a slow database it must come to its end.
        self.tidsgrenser = replace(self.tidsgrenser, arbeid=self.tidsgrenser.arbeid * RUNDER_FAAR_MER_TID)
        gjeldende = Gjeldende(self)
        arbeider = Arbeider(self.arbeidsplass(), redis)
        livstegn = self.livstegn(Rolle.WORKER, pluginstand(self.plugins))
        self._vis_frem(Rolle.WORKER, redis, arbeider.doede, Rundemaaler(arbeider.tall, arbeider.hoerer))
        livstegn.start()
        if self.innstillinger.dev:
            gjeldende.foelg_med(livstegn, lambda hus: arbeider.bytt(hus.arbeidsplass()))
        arbeid(arbeider, til_slutt=livstegn.slutt)

    def arbeidsplass(self) -> Arbeidsplass:
        """Where the rounds of a worker work; whoever takes it ends it by `steng_plugins`."""
        return Arbeidsplass(
            kjerne=self.kjerne,
            oversetter=self.oversetter(self.plugins.steder),
            observatoerer=self.oversetter(self.plugins.steder),
            kanaler=self.adaptere.varselkanaler,
            sann_tid=Systemklokke(),
        )

    def oversetter(self, steder: Sequence[Pluginsted]) -> Oversetter:
        return Oversetter(
            steder,
            sekunder=self.innstillinger.oversett_sekunder,
            grenser=self.plugingrenser,
            hemmelighet=Produsentnoekler(self._database, self.kjerne.noekkelring),
        )

    @cached_property
    def proevested(self) -> Proevested:
        return Proevested(self.oversetter, oppslag=Oppslagstjeneste(self.kjerne, sann_tid))

    def scheduler(self) -> None:
        redis = self._krev_redis()
        timeplan = Timeplanholder(redis, RqDoerklokke(redis))
        livstegn = self.livstegn(Rolle.SCHEDULER)
        self._vis_frem(Rolle.SCHEDULER, redis, timeplan.doede)
        livstegn.start()
        timeplan.hold(til_slutt=livstegn.slutt)

    def livstegn(self, rolle: Rolle, plugins: Iterable[Pluginstand] = ()) -> Livstegn:
        """What a process of this role tells of itself in the database."""
        return Livstegn(self._database, rolle, VERSJON, Systemklokke(), plugins)

    def _vis_frem(self, rolle: Rolle, redis: Redis, doede: Callable[[], Sequence[str]], *maalere: Collector) -> None:
        """Serve `/internal` beside the work, where a port is set. Raises Innstillingsfeil when it is taken.

        The scheduler needs no database, so only its metrics tell of that.
        """
        port = self.innstillinger.intern_port
        if not port:
            return
        for maaler in maalere:
            JOBBREGISTER.register(maaler)
        vakt = Vakt(
            rolle=rolle,
            versjon=VERSJON,
            proever=[
                Proeve(navn="database", spoer=Databaseproeve(self._database), kreves=rolle is not Rolle.SCHEDULER),
                Proeve(navn="redis", spoer=redis.ping),
            ],
            register=JOBBREGISTER,
            doede=doede,
        )
        vakt.start()
        try:
            start_internserver(vakt, self.innstillinger.host, port)
        except OSError as feil:
            raise Innstillingsfeil(
                f"INTERN_PORT: {self.innstillinger.host}:{port} cannot be listened on ({feil.strerror}); give each "
                "process of a machine its own, or 0 for none."
            ) from None

    def _krev_redis(self) -> Redis:
        if self.redis is None:
            raise Innstillingsfeil("REDIS_URL: must be set; `gateway dev` starts a server and sets it.")
        return self.redis

    def koe(self) -> Iterable[tuple[str, bytes]]:
        return koeinnhold(self.redis) if self.redis else ()

    def ring(self) -> None:
        if self.redis is None:
            return
        klokke = RqDoerklokke(self.redis)
        try:
            for runde in RUNDER:
                klokke.ring_naa(runde)
        except RedisError:
            click.echo("Redis does not answer; the timetable will find what is due.", err=True)

    def epostfanger(self) -> None:
        from adapters.epostfanger import kjoer  # its SMTP server comes with the dev extra only

        smtp_port, side_port, noekkel = (os.environ[navn] for navn in EPOSTFANGER_VARIABLER)
        kjoer(self.innstillinger.data / "epost", int(smtp_port), int(side_port), noekkel)

    def pluginliste(self) -> Sequence[tuple[str, str, str, str]]:
        return [
            *((ett.navn, ett.versjon, ett.produsent, "") for ett in self.plugins.lastet.values()),
            *((ett.sted.navn, "?", ett.sted.produsent, ett.feil) for ett in self.plugins.oedelagte.values()),
        ]


class Gjeldende:
    """The house that a process goes by now, and in `dev` the watch that puts another in its place."""

    def __init__(self, hus: Gateway) -> None:
        self.hus = hus
        self._omlesing: Omlesing | None = None
        if hus.innstillinger.dev:
            # What is there now counts as read: so this is made before anything is.
            self._omlesing = Omlesing(lambda: self.hus.lest_fra(), self._les, self._avvis)

    def foelg_med(
        self,
        livstegn: Livstegn,
        flytt_inn: Callable[[Gateway], None],
        fortell: Callable[[Gateway], None] = lambda _: None,
    ) -> None:
        """From now on `flytt_inn` is given each house that comes, and `fortell` this one with what is wrong with one
        that could not come.
        """
        self._livstegn, self._flytt_inn, self._fortell = livstegn, flytt_inn, fortell
        if self._omlesing:
            self._omlesing.start()

    def _les(self) -> None:
        ny = self.hus.lest_paa_nytt()
        # First: until others know what plugins are here, events accepted for them would be left to others.
        self._livstegn.bytt_plugins(pluginstand(ny.plugins))
        self._flytt_inn(ny)
        self.hus = ny
        logger.info("the configuration was read anew, and is in use", extra={"nummer": ny.stand.nummer})

    def _avvis(self, feil: str) -> None:
        self.hus = self.hus.med_feil(feil)
        self._fortell(self.hus)


def lag_inngang() -> Inngang:
    """What each process of `gateway web` serves, from the environment."""
    foelg_forelderen()
    gateway = Gateway()
    gjeldende = Gjeldende(gateway)
    app = gateway.flask()
    vakt = gateway.vakt(lambda: gjeldende.hus.kjerne)
    vakt.start()
    livstegn = gateway.livstegn(Rolle.WEB, pluginstand(gateway.plugins))
    livstegn.start()
    Finalize(None, livstegn.slutt, exitpriority=1)  # this process ends as multiprocessing's children do
    inngang = Inngang(app, grenser(gateway.innstillinger), vakt, gateway.database().forbindelser)
    if gateway.innstillinger.dev:
        gjeldende.foelg_med(livstegn, *[lambda hus: inngang.bytt(hus.flask())] * 2)
    return inngang


def main() -> None:
    """The `gateway` command."""
    try:
        cli(obj=Gateway())
    except Innstillingsfeil as feil:
        raise SystemExit(f"The configuration cannot be used:\n{feil}") from None
    except Utilgjengelig as feil:
        raad = "Run it again when they are done" if feil.laas else "Start the database, or correct DATABASE_URL"
        raise SystemExit(f"{feil}. {raad}.") from None


if __name__ == "__main__":
    main()
