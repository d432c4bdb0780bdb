"""How fast one web process accepts webhooks on PostgreSQL, beside a bare Flask endpoint with one insert."""

from __future__ import annotations

import hmac
import itertools
import json
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import psycopg
from psycopg import sql

from gateway.api.webhooks import EKSEMPEL
from gateway.bench import bar_flask
from gateway.bench.last import VERT, Maaling, jevnt, mett, over_nettet
from gateway.bench.maaleplass import tjener

KILDE = "permittering"
STI = f"/webhooks/{KILDE}"
RUNDER = 2
OPPVARMING_SEKUNDER = 1.0
MINST_PER_SEKUND = 500
MEST_P99_MS = 50
# A real message of the producer team, of which only the id differs.
MELDING = {felt: verdi for felt, verdi in EKSEMPEL.items() if felt != "id"}


@dataclass
class Tall:
    """What one endpoint did: under full load, and at the steady rate."""

    navn: str
    mettet: Maaling = field(default_factory=Maaling)
    jevnt: Maaling = field(default_factory=Maaling)
    oppvarming: Maaling = field(default_factory=Maaling)
    lagret: int = 0

    @property
    def alt(self) -> Maaling:
        return self.oppvarming + self.mettet + self.jevnt

    def feil(self) -> list[str]:
        """What makes its figures worthless: an answer other than 202, or one that left no row."""
        andre = {status: antall for status, antall in self.alt.statuser.items() if status != HTTPStatus.ACCEPTED}
        feil = [f"{self.navn}: {antall} answers were {status} and not 202" for status, antall in andre.items()]
        if self.lagret != self.alt.statuser[HTTPStatus.ACCEPTED]:
            feil.append(f"{self.navn}: {self.alt.antall} were sent and {self.lagret} are in the database")
        return feil


@dataclass(frozen=True, kw_only=True)
class Last:
    """How to load: the seconds of each part of a round, the requests a second of the steady part, the connections."""

    sekunder: float
    jevnt: int
    forbindelser: int


def maal(database_url: str, last: Last) -> tuple[Tall, Tall]:
    """Measure both endpoints in turn on an empty, migrated database: (the gateway, the bare one)."""
    hemmelighet = secrets.token_hex(16)
    gateway, bar = Tall("gateway"), Tall("bare Flask")
    with ExitStack() as stabel:
        mappe = Path(stabel.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        with psycopg.connect(database_url) as forbindelse:
            forbindelse.execute(sql.SQL(bar_flask.OPPRETT))
        miljoe = _miljoe(database_url, mappe, hemmelighet)
        web = [sys.executable, "-m", "gateway", "web"]
        gatewayport = stabel.enter_context(tjener(web, miljoe, mappe, klar="/internal/isready"))
        bar_kommando = [sys.executable, "-m", bar_flask.__name__]
        barport = stabel.enter_context(tjener(bar_kommando, miljoe, mappe, klar=bar_flask.KLAR))
        endepunkter = [(gateway, gatewayport), (bar, barport)]
        meldinger = _foresporsler(hemmelighet.encode())
        for tall, port in endepunkter:
            tall.oppvarming = mett(
                port, meldinger, forbindelser=last.forbindelser, sekunder=min(OPPVARMING_SEKUNDER, last.sekunder)
            )
        for _ in range(RUNDER):
            for tall, port in endepunkter:
                tall.mettet += mett(port, meldinger, forbindelser=last.forbindelser, sekunder=last.sekunder)
            for tall, port in endepunkter:
                tall.jevnt += jevnt(
                    port,
                    meldinger,
                    forbindelser=last.forbindelser,
                    per_sekund=last.jevnt,
                    sekunder=last.sekunder,
                )
    with psycopg.connect(database_url) as forbindelse:
        gateway.lagret = _antall(forbindelse, "hendelse")
        bar.lagret = _antall(forbindelse, bar_flask.TABELL)
    return gateway, bar


def rapport(gateway: Tall, bar: Tall, jevnt: int) -> list[str]:
    """The figures, a line each."""
    linjer = [
        f"{tall.navn:<12} {tall.mettet.per_sekund:>7.0f} requests/s   p99 {tall.mettet.prosentil(99):>6.1f} ms   "
        f"at {jevnt}/s: p50 {tall.jevnt.prosentil(50):.1f} ms, p99 {tall.jevnt.prosentil(99):.1f} ms, "
        f"max {tall.jevnt.lengst:.1f} ms   {tall.lagret} stored"
        for tall in (gateway, bar)
    ]
    forhold = gateway.mettet.per_sekund / bar.mettet.per_sekund
    return [*linjer, f"{'ratio':<12} {forhold:>7.2f} of the bare endpoint's requests/s"]


def brudd(gateway: Tall, bar: Tall, jevnt: int) -> list[str]:
    """What was not as promised, in words."""
    feil = [*gateway.feil(), *bar.feil()]
    if gateway.mettet.per_sekund < MINST_PER_SEKUND:
        feil.append(
            f"{gateway.mettet.per_sekund:.0f} webhooks/s were accepted; one process must take {MINST_PER_SEKUND}/s"
        )
    if (p99 := gateway.jevnt.prosentil(99)) > MEST_P99_MS:
        feil.append(f"p99 at {jevnt}/s was {p99:.0f} ms; it must be at most {MEST_P99_MS} ms")
    return feil


def _miljoe(database_url: str, mappe: Path, hemmelighet: str) -> dict[str, str]:
    """The settings of the gateway under load: one source, with a secret of this run, and no Redis."""
    kilder = mappe / "kilder.yaml"
    kilder.write_text(
        f"- {{navn: {KILDE}, produsent: permittering, adapter: github, hemmeligheter: [{hemmelighet!r}], "
        "type: type, id: id, noekkel: id}\n"
    )
    data = mappe / "data"
    return {
        "MILJOE": "dev",
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "HOST": VERT,
        "GATEWAY_DATA": str(data),
        "KILDER": str(kilder),
    }


def _foresporsler(hemmelighet: bytes) -> Iterator[bytes]:
    """Signed messages with an id each, as they go over the wire."""
    resten = json.dumps(MELDING, ensure_ascii=False).encode()[1:]
    loep = secrets.token_hex(8)
    for nummer in itertools.count():
        kropp = b'{"id": "%s-%d", %s' % (loep.encode(), nummer, resten)
        signatur = hmac.digest(hemmelighet, kropp, "sha256").hex()
        yield over_nettet(STI, "application/json", kropp, X_Hub_Signature_256=f"sha256={signatur}")


def _antall(forbindelse: psycopg.Connection, tabell: str) -> int:
    rad = forbindelse.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(tabell))).fetchone()
    return int(rad[0]) if rad else 0
