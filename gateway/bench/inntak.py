"""How fast one web process takes in batches of events on PostgreSQL, beside a bare insert of each batch, and why."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psycopg
from psycopg import sql

from gateway.bench import bar_flask
from gateway.bench.last import VERT, Maaling, mett, over_nettet
from gateway.bench.maaleplass import tjener
from gateway.bench.tidsbruk import Del, Foresporsel, tidsbruk
from gateway.bench.webhook import MELDING
from gateway.http.tokens import DevUtsteder
from gateway.inbox.format import SATSVIS
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import les_register
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.lasting import last_plugins

STI = "/api/v1/hendelser"
PRODUSENT = "permittering"
TYPE = "MASSEOPPSIGELSE"
RUNDER = 3
OPPVARMING_SEKUNDER = 1.0
MINST_PER_SEKUND = 5_000
# So many events follow one another under a key, as those of a case do.
PER_NOEKKEL = 4
_PLASS = "LOEPENUMMER"


@dataclass(frozen=True, kw_only=True)
class Resultat:
    """What came of the batches, of `i_hver` events each; what the bare endpoint did; and where the time goes."""

    i_hver: int
    satser: Maaling
    bar: Maaling
    sendt: int
    lagret: int
    deler: list[Del]

    @property
    def per_sekund(self) -> float:
        return self.satser.per_sekund * self.i_hver


def maal(database_url: str, *, sekunder: float, forbindelser: int, i_hver: int, foresporsler: int) -> Resultat:
    """Measure in turn on an empty, migrated database; then look into `foresporsler` batches, one at a time."""
    register = les_register(Innstillinger().produsenter).oppfoeringer[PRODUSENT]
    applikasjon = register.produsent.applikasjoner[0]
    satser, bar = Maaling(), Maaling()
    with ExitStack() as stabel:
        mappe = Path(stabel.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        with psycopg.connect(database_url) as forbindelse:
            forbindelse.execute(sql.SQL(bar_flask.OPPRETT))
        data = mappe / "data"
        miljoe = {
            "MILJOE": "dev",
            "DATABASE_URL": database_url,
            "REDIS_URL": "",
            "HOST": VERT,
            "GATEWAY_DATA": str(data),
        }
        token = DevUtsteder(data).produsent_token(applikasjon)
        web = [sys.executable, "-m", "gateway", "web"]
        gatewayport = stabel.enter_context(tjener(web, miljoe, mappe, klar="/internal/isready"))
        bar_kommando = [sys.executable, "-m", bar_flask.__name__]
        barport = stabel.enter_context(tjener(bar_kommando, miljoe, mappe, klar=bar_flask.KLAR))
        koe = (over_nettet(STI, SATSVIS, kropp, Authorization=f"Bearer {token}") for kropp in _kropper(i_hver))
        varm = mett(gatewayport, koe, forbindelser=forbindelser, sekunder=min(sekunder, OPPVARMING_SEKUNDER))
        mett(barport, koe, forbindelser=forbindelser, sekunder=min(sekunder, OPPVARMING_SEKUNDER))
        for _ in range(RUNDER):
            satser += mett(gatewayport, koe, forbindelser=forbindelser, sekunder=sekunder)
            bar += mett(barport, koe, forbindelser=forbindelser, sekunder=sekunder)
    with psycopg.connect(database_url) as forbindelse:
        rad = forbindelse.execute("SELECT count(*) FROM hendelse").fetchone()
    return Resultat(
        i_hver=i_hver,
        satser=satser,
        bar=bar,
        sendt=(varm.antall + satser.antall) * i_hver,
        lagret=rad[0] if rad else 0,
        deler=tidsbruk(database_url, _tiden(i_hver), applikasjon, foresporsler, _plugins()),
    )


def _plugins() -> Plugins:
    """As the web process has it, so that the events are known."""
    valg = les_register(Innstillinger().produsenter).oppfoeringer[PRODUSENT].plugin
    if valg is None:
        raise RuntimeError(f"{PRODUSENT} has no plugin in the produsentregister; give it one to measure with.")
    sted = Pluginsted(
        navn=valg.navn, modul=f"plugins.{valg.navn}", produsent=PRODUSENT, innstillinger=valg.innstillinger
    )
    return last_plugins([sted], strenge=True)


def _kropper(i_hver: int) -> Iterator[bytes]:
    """Batches whose events have an id each; made by putting one word into a text, so that making them costs little."""
    hendelser = [
        {
            "specversion": "1.0",
            "id": f"{_PLASS}-{nummer}",
            "source": "/bench",
            "type": TYPE,
            "subject": f"{_PLASS}-{nummer // PER_NOEKKEL}",
            "time": "2026-11-02T10:19:30.000Z",
            "data": {**MELDING, "id": f"{_PLASS}-{nummer}"},
        }
        for nummer in range(i_hver)
    ]
    mal = json.dumps(hendelser, ensure_ascii=False).encode()
    while True:
        yield mal.replace(_PLASS.encode(), secrets.token_hex(8).encode())


def _tiden(i_hver: int) -> Iterator[Foresporsel]:
    return (Foresporsel(sti=STI, innholdstype=SATSVIS, kropp=kropp) for kropp in _kropper(i_hver))


def rapport(resultat: Resultat) -> list[str]:
    """The figures, a line each."""
    satser, bar = resultat.satser, resultat.bar
    return [
        f"{'batches of ' + str(resultat.i_hver):<33} {resultat.per_sekund:>6.0f} events/s   "
        f"p50 {satser.prosentil(50):.0f} ms, p99 {satser.prosentil(99):.0f} ms a batch   {resultat.lagret} stored",
        f"{'bare Flask, a row for a batch':<33} {bar.per_sekund:>6.0f} batches/s",
        f"{'ratio':<33} {satser.per_sekund / bar.per_sekund:>6.2f} of the bare endpoint's batches/s, "
        "on one web process each",
        "where the time goes, one batch at a time, under a profiler that makes Python slower than it is:",
        *(f"  {del_.hva:<36} {100 * del_.andel:>6.1f} %" for del_ in resultat.deler),
    ]


def brudd(resultat: Resultat) -> list[str]:
    """What was not as promised, in words."""
    andre = {status: antall for status, antall in resultat.satser.statuser.items() if status != HTTPStatus.ACCEPTED}
    feil = [f"{antall} batches were answered {status} and not 202" for status, antall in andre.items()]
    if resultat.lagret != resultat.sendt:
        feil.append(f"{resultat.sendt} events were sent and {resultat.lagret} are in the database")
    if resultat.per_sekund < MINST_PER_SEKUND:
        feil.append(f"{resultat.per_sekund:.0f} events/s were taken in; one process must take {MINST_PER_SEKUND}/s")
    return feil
