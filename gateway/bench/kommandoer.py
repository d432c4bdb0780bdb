"""`gateway bench`: measures what is promised, beside a bare reference, and fails when it is not kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from gateway.bench import frister as fristmaaling
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


def _avslutt(rapport: Sequence[str], brudd: Sequence[str]) -> None:
    for linje in rapport:
        click.echo(linje)
    for linje in brudd:
        click.echo(f"not kept: {linje}", err=True)
    if brudd:
        sys.exit(1)
    click.echo("kept")
