"""How fast an oppgave is created by REST on PostgreSQL, beside a bare Flask endpoint with one insert, and why."""

from __future__ import annotations

import itertools
import json
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from gateway.bench import bar_flask
from gateway.bench.last import VERT, Maaling, mett, over_nettet
from gateway.bench.maaleplass import tjener
from gateway.bench.tidsbruk import Del, Foresporsel, tidsbruk
from gateway.http.tokens import DevUtsteder

STI = "/api/v1/oppgaver"
JSON = "application/json"
APPLIKASJON = "dev-gcp:fager:fager-demo"
OPPVARMING_SEKUNDER = 1.0
RUNDER = 3
PROSESSER = 2
MINSTE_FORHOLD = 0.35
MOTTAKER = {"altinnRessurs": {"ressursId": "nav_sykepenger_inntektsmelding"}}
OPPGAVE: Mapping[str, Any] = {
    "merkelapp": "Fager",
    "virksomhetsnummer": "312914174",
    "mottakere": [MOTTAKER],
    "tekst": "Innsending av inntektsmelding for en ansatt som er sykmeldt",
    "lenke": "https://arbeidsgiver.nav.no/im-dialog/b0a3c6f2-7d0e-4a0b-9b69-2b1f0c9d2f01",
    "frist": "2099-12-31",
}
_EPOST = {
    "mottaker": {"kontaktinfo": {"epostadresse": "post@example.com"}},
    "epostTittel": "Ny oppgave",
    "epostHtmlBody": "<p>Du har en ny oppgave.</p>",
}
_SENERE = {"sendetidspunkt": {"tidspunkt": "2099-12-01T08:00"}}  # nothing is sent meanwhile
MED_ALT: Mapping[str, Any] = {
    **OPPGAVE,
    "eksterneVarsler": [{"epost": {**_EPOST, **_SENERE}}] * 2,
    "paaminnelse": {
        "tidspunkt": {"foerFrist": "P5D"},
        "eksterneVarsler": [{"epost": {**_EPOST, "sendevindu": "NKS_AAPNINGSTID"}}],
    },
}


@dataclass
class Tall:
    """What one endpoint did under full load, and how many rows it left."""

    navn: str
    status: HTTPStatus
    maaling: Maaling = field(default_factory=Maaling)
    lagret: int = 0

    def feil(self) -> list[str]:
        """What makes its figures worthless: another answer, or one that left no row."""
        andre = {status: antall for status, antall in self.maaling.statuser.items() if status != self.status}
        feil = [
            f"{self.navn}: {antall} answers were {status} and not {self.status}" for status, antall in andre.items()
        ]
        if self.lagret != self.maaling.statuser[self.status]:
            feil.append(f"{self.navn}: {self.maaling.antall} were sent and {self.lagret} are in the database")
        return feil


@dataclass(frozen=True, kw_only=True)
class Resultat:
    oppgave: Tall
    med_alt: Tall
    bar: Tall
    deler: list[Del]

    @property
    def forhold(self) -> float:
        return self.oppgave.maaling.per_sekund / self.bar.maaling.per_sekund


def maal(database_url: str, *, sekunder: float, forbindelser: int, foresporsler: int) -> Resultat:
    """Measure in turn on an empty, migrated database; then look into `foresporsler` requests, one at a time."""
    oppgave = Tall("oppgave", HTTPStatus.CREATED)
    med_alt = Tall("with paaminnelse and two varsler", HTTPStatus.CREATED)
    bar = Tall("bare Flask", HTTPStatus.ACCEPTED)
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
            "WEB_PROSESSER": str(PROSESSER),
        }
        token = DevUtsteder(data).produsent_token(APPLIKASJON)
        web = [sys.executable, "-m", "gateway", "web"]
        gatewayport = stabel.enter_context(tjener(web, miljoe, mappe, klar="/internal/isready"))
        bar_kommando = [sys.executable, "-m", bar_flask.__name__]
        barport = stabel.enter_context(tjener(bar_kommando, miljoe, mappe, klar=bar_flask.KLAR))
        last = [
            (oppgave, gatewayport, _foresporsler(token, OPPGAVE, "enkel")),
            (bar, barport, _foresporsler(token, OPPGAVE, "bar")),
            (med_alt, gatewayport, _foresporsler(token, MED_ALT, "alt")),
        ]
        oppvarming = [
            mett(port, koe, forbindelser=forbindelser, sekunder=min(sekunder, OPPVARMING_SEKUNDER))
            for _, port, koe in last
        ]
        for _ in range(RUNDER):
            for tall, port, koe in last:
                tall.maaling += mett(port, koe, forbindelser=forbindelser, sekunder=sekunder)
    with psycopg.connect(database_url) as forbindelse:
        for tall, varm, sporring in zip((oppgave, bar, med_alt), oppvarming, _TELL, strict=True):
            rad = forbindelse.execute(sql.SQL(sporring)).fetchone()
            tall.lagret = (rad[0] if rad else 0) - varm.antall
    deler = tidsbruk(database_url, _tiden(), APPLIKASJON, foresporsler)
    return Resultat(oppgave=oppgave, med_alt=med_alt, bar=bar, deler=deler)


_TELL = (
    "SELECT count(*) FROM notifikasjon WHERE ekstern_id LIKE 'enkel-%'",
    f"SELECT count(*) FROM {bar_flask.TABELL}",  # noqa: S608 - no one's input
    "SELECT count(*) FROM notifikasjon WHERE ekstern_id LIKE 'alt-%'",
)


def _kropper(oppgave: Mapping[str, Any], slag: str) -> Iterator[bytes]:
    """Bodies with a key and a sak each."""
    loep = secrets.token_hex(6)
    for nummer in itertools.count():
        egne = {"eksternId": f"{slag}-{loep}-{nummer}", "grupperingsid": f"{slag}-{loep}-{nummer}"}
        yield json.dumps({**oppgave, **egne}, ensure_ascii=False).encode()


def _foresporsler(token: str, oppgave: Mapping[str, Any], slag: str) -> Iterator[bytes]:
    return (over_nettet(STI, JSON, kropp, Authorization=f"Bearer {token}") for kropp in _kropper(oppgave, slag))


def _tiden() -> Iterator[Foresporsel]:
    return (Foresporsel(sti=STI, innholdstype=JSON, kropp=kropp) for kropp in _kropper(OPPGAVE, "tid"))


def rapport(resultat: Resultat) -> list[str]:
    """The figures, a line each."""
    alle = (resultat.oppgave, resultat.med_alt, resultat.bar)
    linjer = [
        f"{tall.navn:<33} {tall.maaling.per_sekund:>6.0f} requests/s   p50 {tall.maaling.prosentil(50):>5.1f} ms   "
        f"p99 {tall.maaling.prosentil(99):>6.1f} ms   {tall.lagret} stored"
        for tall in alle
    ]
    return [
        *linjer,
        f"{'ratio':<33} {resultat.forhold:>6.2f} of the bare endpoint's requests/s, on {PROSESSER} web processes each",
        "where the time goes, one request at a time, under a profiler that makes Python slower than it is:",
        *(f"  {del_.hva:<31} {100 * del_.andel:>6.1f} %" for del_ in resultat.deler),
    ]


def brudd(resultat: Resultat) -> list[str]:
    """What was not as promised, in words."""
    feil = [*resultat.oppgave.feil(), *resultat.med_alt.feil(), *resultat.bar.feil()]
    if resultat.forhold < MINSTE_FORHOLD:
        feil.append(f"the ratio was {resultat.forhold:.2f}; it must be at least {MINSTE_FORHOLD}")
    return feil
