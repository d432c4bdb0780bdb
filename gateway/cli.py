"""The `gateway` command: everything that a person or a platform starts."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

import click

from gateway.bench.kommandoer import bench
from gateway.dev.datamappe import kjoerer, krev_gateway
from gateway.dev.kildekommandoer import kildegruppe, webhook
from gateway.dev.oppstart import start_alt
from gateway.dev.proever import kjoer_tester
from gateway.domain.produsent import Vilkaar
from gateway.domain.tid import oslo
from gateway.domain.vilkaar import gjeldende
from gateway.drift.kommandoer import hendelser
from gateway.drill.kommandoer import drill
from gateway.http.tokens import DevUtsteder
from gateway.inbox.kilder import Kilder
from gateway.inbox.proevested import Proevested
from gateway.kjerne import Kjerne
from gateway.klokke import FlyttbarKlokke, still_klokken
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.ny_produsent import NyProdusent, skriv_inn
from gateway.reading.spor import spor as finn_spor
from gateway.store.database import Database
from gateway.store.migrering import mangler
from gateway.store.migrering import migrer as bring_a_jour
from gateway.store.sted import krev_sqlite_sted
from gateway.verktoey.kommandoer import Pluginhus, plugin
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.oversetter import Oversetter

# Every row may be read, and nobody else waits for it.
SPOR_SEKUNDER = 3600


class Hus(Pluginhus, Protocol):
    """What `app.py` puts together, for the commands to start. Nothing is opened before it is asked for."""

    def database(self) -> Database: ...

    @property
    def kjerne(self) -> Kjerne: ...

    @property
    def kilder(self) -> Kilder: ...

    @property
    def proevested(self) -> Proevested:
        """Where events are tried for people's questions."""

    def oversetter(self, steder: Sequence[Pluginsted]) -> Oversetter:
        """What asks plugins at these places."""

    def koe(self) -> Iterable[tuple[str, bytes]]:
        """All that the queue holds: the names, and what is kept under each."""

    def ring(self) -> None:
        """Ring for all rounds, if Redis is there."""

    def web(self) -> None: ...

    def worker(self) -> None: ...

    def scheduler(self) -> None: ...

    def epostfanger(self) -> None: ...


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The producer gateway of Min side – arbeidsgiver."""


@cli.command()
@click.option("--reset", is_flag=True, help="Start from empty: forget all data of the data folder.")
@click.pass_obj
def dev(hus: Hus, reset: bool) -> None:
    """Start everything in this terminal; Ctrl-C stops it all."""
    _krev_dev(hus)
    sys.exit(start_alt(hus.innstillinger, reset=reset))


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("pytest_argumenter", nargs=-1, type=click.UNPROCESSED)
def test(pytest_argumenter: tuple[str, ...]) -> None:
    """Run all tests, on SQLite and on PostgreSQL; arguments go to pytest."""
    sys.exit(kjoer_tester(list(pytest_argumenter)))


@cli.command()
@click.pass_obj
def web(hus: Hus) -> None:
    """Serve HTTP in the foreground; SIGTERM lets the requests at hand end."""
    hus.web()


@cli.command()
@click.pass_obj
def worker(hus: Hus) -> None:
    """Work in the foreground; SIGTERM lets the round at hand end."""
    hus.worker()


@cli.command()
@click.pass_obj
def scheduler(hus: Hus) -> None:
    """Keep the timetable in the foreground. More than one does no harm."""
    hus.scheduler()


@cli.command(hidden=True)
@click.pass_obj
def epostfanger(hus: Hus) -> None:
    """Catch mail, in dev; started by `gateway dev`."""
    _krev_dev(hus)
    hus.epostfanger()


@cli.command()
@click.pass_obj
def migrate(hus: Hus) -> None:
    """Bring the database up to date; safe to run from several places at once."""
    krev_sqlite_sted(hus.innstillinger, lages=True)
    for navn in bring_a_jour(hus.database(), fortell=lambda tekst: click.echo(tekst, err=True)):
        click.echo(navn)


@cli.command()
@click.pass_obj
def config(hus: Hus) -> None:
    """Print every setting: its variable, the value in force, and its meaning. Secrets are hidden."""
    for navn, verdi, mening in hus.innstillinger.vis():
        click.echo(f"{navn}={verdi}\n    {mening}")


@cli.group()
def token() -> None:
    """Print a development token, and nothing else."""


@token.command()
@click.argument("app")
@click.pass_obj
def produsent(hus: Hus, app: str) -> None:
    """A token of the application APP, such as dev-gcp:fager:fager-demo."""
    click.echo(_utsteder(hus).produsent_token(app))


@token.command()
@click.argument("fnr")
@click.pass_obj
def person(hus: Hus, fnr: str) -> None:
    """A token of the employer with the fødselsnummer FNR."""
    click.echo(_utsteder(hus).person_token(fnr))


@token.command()
@click.argument("ident")
@click.option("--gruppe", "grupper", multiple=True, help="A group that the employee is in; may be repeated.")
@click.pass_obj
def ansatt(hus: Hus, ident: str, grupper: tuple[str, ...]) -> None:
    """A token of the employee with the NAV-ident IDENT, such as Z990001."""
    click.echo(_utsteder(hus).ansatt_token(ident, grupper))


@cli.group("produsent")
def produsentene() -> None:
    """The produsentregister."""


@produsentene.command("ny")
@click.option("--id", "id_", prompt="id (lower-case letters, digits and hyphens)", help="The producer's name here.")
@click.option("--applikasjon", "applikasjoner", multiple=True, help="An azp_name of its tokens; may be repeated.")
@click.option("--merkelapp", "merkelapper", multiple=True, help="A label that it may use; may be repeated.")
@click.option("--ressurs", "ressurser", multiple=True, help="An Altinn resource it may send to; may be repeated.")
@click.option("--naermeste-leder", is_flag=True, help="It may send to a naermeste leder.")
@click.option("--plugin", help="The plugin that maps its events.")
@click.option("--vilkaar", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it accepted the terms of use.")
@click.pass_obj
def ny(
    hus: Hus,
    id_: str,
    applikasjoner: tuple[str, ...],
    merkelapper: tuple[str, ...],
    ressurser: tuple[str, ...],
    naermeste_leder: bool,
    plugin: str | None,
    vilkaar: dt.datetime | None,
) -> None:
    """Write a new producer into the register, with questions for what no option gives; nothing else in it changes."""
    spoer = not applikasjoner or not merkelapper
    if not applikasjoner:
        applikasjoner = _flere("applikasjoner (azp_name of its tokens, with commas between)")
    if not merkelapper:
        merkelapper = _flere("merkelapper (with commas between)")
    if spoer and not ressurser:
        ressurser = _flere("Altinn resources it may send to (with commas between; empty for none)", default="")
    if spoer and not naermeste_leder:
        naermeste_leder = click.confirm("May it send to a naermeste leder?", default=False)
    if spoer and plugin is None:
        plugin = click.prompt("plugin that maps its events (empty for none)", default="", show_default=False) or None
    if (
        spoer
        and vilkaar is None
        and click.confirm(f"Has it accepted version {gjeldende()} of the terms?", default=False)
    ):
        vilkaar = click.prompt("on which day", type=click.DateTime(["%Y-%m-%d"]))
    fil = hus.innstillinger.produsenter
    skrevet = skriv_inn(
        fil,
        NyProdusent(
            id=id_,
            applikasjoner=applikasjoner,
            merkelapper=merkelapper,
            ressurser=ressurser,
            naermeste_leder=naermeste_leder,
            plugin=plugin,
            vilkaar=Vilkaar(versjon=gjeldende(), dato=vilkaar.date()) if vilkaar else None,
        ),
    )
    click.echo(skrevet, nl=False)
    click.echo(f"Written to {fil}. A token to try it with: gateway token produsent {applikasjoner[0]}", err=True)
    if vilkaar is None:
        click.echo("In production it also needs vilkaarGodkjent; the terms stand at /kom-i-gang.", err=True)


def _flere(spoersmaal: str, *, default: str | None = None) -> tuple[str, ...]:
    svar: str = click.prompt(spoersmaal, default=default, show_default=False)
    return tuple(ledd for ett in svar.split(",") if (ledd := ett.strip()))


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("til")
@click.pass_obj
def klokke(hus: Hus, til: str) -> None:
    """Move the clock of dev: +3d, +2h, a moment in Oslo such as 2026-12-24T00:01, or naa for real time."""
    _krev_dev(hus)
    data = hus.innstillinger.data
    krev_gateway(data)
    try:
        naa = still_klokken(FlyttbarKlokke(data), til)
    except (ValueError, OverflowError) as feil:
        raise click.BadParameter(str(feil)) from None
    except OSError as feil:
        raise Innstillingsfeil(f"GATEWAY_DATA: {data.absolute()} cannot be written to ({feil.strerror}).") from None
    hus.ring()
    click.echo(naa.isoformat())
    pid = kjoerer(data)
    hvem = f"the `gateway dev` with process id {pid} goes by it" if pid else "no `gateway dev` runs"
    click.echo(f"{hvem} in {data.absolute()} now", err=True)


@cli.command()
@click.argument("objekt_id", type=click.UUID)
@click.option("--tekst", "tekster", multiple=True, help="A text of the object, to be looked for everywhere.")
@click.pass_obj
def spor(hus: Hus, objekt_id: UUID, tekster: tuple[str, ...]) -> None:
    """Tell what is left of the object OBJEKT_ID in tables and queue, and until when; exit status 1 if any content is.

    An object is a sak, a notifikasjon, a varsel or a hendelse. What has no time stays until somebody ends it.

    With --tekst every row is read: for a person with a question, not for a clock.
    """
    krev_sqlite_sted(hus.innstillinger, lages=False)
    database = hus.database()
    if mangler(database):
        raise click.ClickException("the database is not up to date; run `gateway migrate`, or correct DATABASE_URL.")
    with database.uten_hast(SPOR_SEKUNDER):
        funnet = finn_spor(database, objekt_id, tekster, hus.koe())
    for ett in funnet:
        til = f", until {oslo(ett.bevares_til):%Y-%m-%d %H:%M} (Oslo)" if ett.bevares_til else ""
        click.echo(f"{ett.sted}: {ett.antall} {'with content' if ett.innhold else 'without content'}{til}")
    if any(ett.innhold for ett in funnet):
        sys.exit(1)
    click.echo("no content is left")


cli.add_command(bench)
cli.add_command(webhook)
cli.add_command(kildegruppe)
cli.add_command(drill)
cli.add_command(plugin)
cli.add_command(hendelser)


def _utsteder(hus: Hus) -> DevUtsteder:
    _krev_dev(hus)
    krev_gateway(hus.innstillinger.data)
    return DevUtsteder(hus.innstillinger.data)


def _krev_dev(hus: Hus) -> None:
    if not hus.innstillinger.dev:
        raise click.ClickException("this is for dev only, and MILJOE is prod.")
