"""`gateway bench`: measures what is promised, beside a bare reference, and fails when it is not kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from gateway.bench import frister as fristmaaling
from gateway.bench import hendelser as hendelsesmaaling
from gateway.bench import inntak as inntaksmaaling
from gateway.bench import lesing as lesemaaling
from gateway.bench import oppgave as oppgavemaaling
from gateway.bench import webhook as webhookmaaling
from gateway.bench.maaleplass import egen_database

database_url = click.option(
    "--database-url",
    default="",
    help="A PostgreSQL server, where a database is made and dropped again. [default: an embedded one]",
)


@click.group()
def bench() -> None:
    """Measure what is promised on PostgreSQL; exit status 1 when it is not kept."""


@bench.command()
@click.option("--sekunder", default=10.0, show_default=True, help="Seconds of each part; there are eight.")
@click.option("--jevnt", default=200, show_default=True, help="Requests a second of the steady parts.")
@click.option("--forbindelser", default=16, show_default=True, help="Kept-alive connections.")
@database_url
def webhook(sekunder: float, jevnt: int, forbindelser: int, database_url: str) -> None:
    """Accept signed webhooks with one web process."""
    last = webhookmaaling.Last(sekunder=sekunder, jevnt=jevnt, forbindelser=forbindelser)
    with egen_database(database_url) as url:
        gateway, bar = webhookmaaling.maal(url, last)
    _avslutt(webhookmaaling.rapport(gateway, bar, jevnt), webhookmaaling.brudd(gateway, bar, jevnt))


@bench.command()
@click.option("--antall", default=1_000_000, show_default=True, help="Oppgaver in the database.")
@click.option("--forfalte", default=50_000, show_default=True, help="How many of them are overdue.")
@database_url
def frister(antall: int, forfalte: int, database_url: str) -> None:
    """Expire the oppgaver whose frist is over, among many."""
    if antall < 2 * forfalte:
        raise click.BadParameter("must be at least twice --forfalte.", param_hint="--antall")
    with egen_database(database_url) as url:
        tall = fristmaaling.maal(url, antall=antall, forfalte=forfalte)
    _avslutt(fristmaaling.rapport(tall), fristmaaling.brudd(tall, forfalte))


@bench.command()
@click.option("--workere", default=2, show_default=True, help="Worker processes.")
@click.option(
    "--slag",
    type=click.Choice([str(slag) for slag in hendelsesmaaling.Slag]),
    multiple=True,
    help="Only these kinds of events. [default: all]",
)
@click.option("--antall", default=4_000, show_default=True, help="Events of each kind.")
@database_url
def hendelser(workere: int, slag: tuple[str, ...], antall: int, database_url: str) -> None:
    """Handle events with worker processes, and tell where the time goes."""
    rapport: list[str] = []
    brudd: list[str] = []
    for ett in map(hendelsesmaaling.Slag, slag or hendelsesmaaling.Slag):
        with egen_database(database_url, f"hendelser_{ett}") as url:
            tall = hendelsesmaaling.maal(url, ett, antall=antall, arbeidere=workere)
        rapport += hendelsesmaaling.rapport(tall)
        brudd += hendelsesmaaling.brudd(tall)
    _avslutt(rapport, brudd)


@bench.command()
@click.option("--sekunder", default=5.0, show_default=True, help="Seconds of each part; there are nine.")
@click.option("--forbindelser", default=16, show_default=True, help="Kept-alive connections.")
@click.option("--foresporsler", default=300, show_default=True, help="Requests to look into.")
@database_url
def oppgave(sekunder: float, forbindelser: int, foresporsler: int, database_url: str) -> None:
    """Create oppgaver by REST, and tell where the time goes."""
    with egen_database(database_url) as url:
        tall = oppgavemaaling.maal(url, sekunder=sekunder, forbindelser=forbindelser, foresporsler=foresporsler)
    _avslutt(oppgavemaaling.rapport(tall), oppgavemaaling.brudd(tall))


@bench.command()
@click.option("--sekunder", default=5.0, show_default=True, help="Seconds of each part; there are six.")
@click.option("--forbindelser", default=8, show_default=True, help="Kept-alive connections.")
@click.option("--i-hver", default=500, show_default=True, help="Events in a batch.")
@click.option("--foresporsler", default=20, show_default=True, help="Batches to look into.")
@database_url
def inntak(sekunder: float, forbindelser: int, i_hver: int, foresporsler: int, database_url: str) -> None:
    """Take in batches of events with one web process, and tell where the time goes."""
    with egen_database(database_url) as url:
        resultat = inntaksmaaling.maal(
            url, sekunder=sekunder, forbindelser=forbindelser, i_hver=i_hver, foresporsler=foresporsler
        )
    _avslutt(inntaksmaaling.rapport(resultat), inntaksmaaling.brudd(resultat))


@bench.command()
@click.option("--faa", default=10_000, show_default=True, help="Notifikasjoner in the small database.")
@click.option("--mange", default=5_000_000, show_default=True, help="Notifikasjoner in the large one.")
@database_url
def lesing(faa: int, mange: int, database_url: str) -> None:
    """Read pages of notifikasjoner and of the change feed among few rows and among many."""
    if faa < 1_000 or mange < faa:
        raise click.BadParameter("must be 1,000 or more, and at most --mange.", param_hint="--faa")
    with egen_database(database_url, "faa") as liten, egen_database(database_url, "mange") as stor:
        lesemaaling.fyll_begge(liten, stor, faa=faa, mange=mange)
        sider = lesemaaling.maal(liten, stor)
    _avslutt(lesemaaling.rapport(sider, faa, mange), lesemaaling.brudd(sider))


def _avslutt(rapport: Sequence[str], brudd: Sequence[str]) -> None:
    for linje in rapport:
        click.echo(linje)
    for linje in brudd:
        click.echo(f"not kept: {linje}", err=True)
    if brudd:
        sys.exit(1)
    click.echo("kept")
