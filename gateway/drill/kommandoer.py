"""`gateway drill`: makes every fault with real processes under load, and fails when a promise is not kept."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gateway.drill.kjoering import Belastning, kjoer
from gateway.drill.klienter import PER_SEKUND
from gateway.drill.oevelser import OEVELSER, Oevelse
from gateway.drill.resultat import Resultat


@click.command()
@click.argument("navn", nargs=-1)
@click.option("--liste", is_flag=True, help="List the drills, and make none.")
@click.option("--json", "som_json", is_flag=True, help="Print one JSON object a drill instead of the report.")
@click.option("--per-sekund", default=PER_SEKUND, show_default=True, help="New requests a second.")
@click.option("--foer", default=6.0, show_default=True, help="Seconds of load before the fault.")
@click.option("--etter", default=12.0, show_default=True, help="Seconds of load after it.")
@click.option("--andel", default=1.0, show_default=True, help="How much of its own time each fault stands.")
@click.option(
    "--logger",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for what the processes write, one folder a drill.  [default: thrown away]",
)
def drill(
    navn: tuple[str, ...],
    liste: bool,
    som_json: bool,
    per_sekund: int,
    foer: float,
    etter: float,
    andel: float,
    logger: Path | None,
) -> None:
    """Make the faults NAVN…, or all, each in a place of its own, and tell what came of each.

    Two web processes, a worker and a scheduler in prod, with PostgreSQL, Valkey, an issuer and a mail server of their
    own, under 50 requests a second; nothing else is touched. Exit status 1 when a promise is not kept.
    """
    valgte = _velg(navn)
    if liste:
        for oevelse in valgte:
            click.echo(f"{oevelse.navn:<28} {oevelse.mening}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    resultater = []
    for oevelse in valgte:
        resultat = kjoer(
            oevelse,
            Belastning(per_sekund=per_sekund, foer=foer, etter=etter, andel=andel),
            logger and logger / oevelse.navn,
        )
        resultater.append(resultat)
        for linje in [json.dumps(resultat.som_json(), ensure_ascii=False)] if som_json else resultat.linjer():
            click.echo(linje)
    if not som_json and len(resultater) > 1:
        for linje in tabell(resultater):
            click.echo(linje)
    if any(resultat.brudd() for resultat in resultater):
        sys.exit(1)


def tabell(resultater: Sequence[Resultat]) -> list[str]:
    """All of them at a glance, a line each."""
    hode = "drill                          p99 ms  useful  back s  work s  lost  doubled  health s"
    linjer = [
        f"{ett.navn:<28} {tall['p99Ms']['alle']:>8.0f} {100 * tall['nyttigeUnder']:>6.0f}% "
        f"{_tall(tall['nyttigEtterSekunder']):>7} {_tall(tall['arbeidEtterSekunder']):>7} {tall['tapt']:>5} "
        f"{tall['doblet']:>8} {_tall(tall['verstehelseSekunder']):>9}  {'kept' if tall['holdt'] else 'NOT KEPT'}"
        for ett, tall in ((ett, ett.som_json()) for ett in resultater)
    ]
    return ["", hode, *linjer]


def _tall(sekunder: float | None) -> str:
    return "never" if sekunder is None else f"{sekunder:.1f}"


def _velg(navn: Sequence[str]) -> list[Oevelse]:
    """Those named, in their order here; all when none is."""
    finnes = {ett.navn: ett for ett in OEVELSER}
    if ukjente := [ett for ett in navn if ett not in finnes]:
        raise click.BadParameter(f"{', '.join(ukjente)}; `gateway drill --liste` tells which there are.")
    return [ett for ett in OEVELSER if not navn or ett.navn in navn]
