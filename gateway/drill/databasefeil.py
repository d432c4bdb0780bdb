"""Faults of the database: away, frozen, read-only, locked, migrated."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.bench.oppgave import OPPGAVE
from gateway.drill.forstyrrer import Modus
from gateway.drill.http import Svar, melding, send
from gateway.drill.klienter import FRIST_SEKUNDER, JSON
from gateway.drill.nesteversjon import NESTE_MIGRERING, neste_versjon
from gateway.drill.sted import (
    APPLIKASJON,
    MERKELAPP,
    RESSURS,
    Sted,
)

MIGRERT_INNEN_SEKUNDER = 60.0


@contextmanager
def postgres_omstart(sted: Sted, *, hvordan: signal.Signals) -> Iterator[None]:
    """The server ends and is away for a while."""
    sted.nett.gjoer(sted.foran_postgres.sett(Modus.NEKTER))
    sted.postgres.stopp(hvordan)
    try:
        yield
    finally:
        sted.postgres.start()
        sted.nett.gjoer(sted.foran_postgres.sett(Modus.GJENNOM))


@contextmanager
def postgres_frys(sted: Sted) -> Iterator[None]:
    """The time stops for the server: connections stand, and nobody answers."""
    sted.postgres.frys()
    try:
        yield
    finally:
        sted.postgres.tin()


@contextmanager
def postgres_les_bare(sted: Sted) -> Iterator[None]:
    """As after a failover to a standby: reads are answered, writes are refused."""
    sted.postgres.les_bare(True)
    try:
        yield
    finally:
        sted.postgres.les_bare(False)


@contextmanager
def laaste_rader(sted: Sted, *, rader: int = 4, klienter: int = 16) -> Iterator[None]:
    """A session holds the locks of some rows, and clients ask for a change of these, again and again."""
    hoder = {"Content-Type": JSON, "Authorization": f"Bearer {sted.utsteder.produsent_token(APPLIKASJON)}"}
    port = sted.porter[0]

    async def opprett(nummer: int) -> str:
        kropp = {
            **OPPGAVE,
            "merkelapp": MERKELAPP,
            "mottakere": [{"altinnRessurs": {"ressursId": RESSURS}}],
            "eksternId": f"laast-{nummer}",
        }
        svar = await send(port, melding("POST", "/api/v1/oppgaver", hoder, json.dumps(kropp).encode()), 10.0)
        if not isinstance(svar, Svar) or svar.status != 201:
            raise RuntimeError(f"an oppgave to be locked was not created: {svar}")
        return str(json.loads(svar.kropp)["id"])

    async def mas(id_: str, nummer: int) -> None:
        endring = json.dumps({"nyFrist": OPPGAVE["frist"]}).encode()
        while True:
            await send(
                sted.porter[nummer % 2],
                melding("PUT", f"/api/v1/oppgaver/{id_}/frist", hoder, endring),
                FRIST_SEKUNDER,
            )
            await asyncio.sleep(0.1)

    ider = [sted.nett.gjoer(opprett(nummer)) for nummer in range(rader)]
    with sted.postgres.koble_til() as laaser, laaser.transaction():
        laaser.execute("SELECT 1 FROM notifikasjon WHERE id = ANY(%s::uuid[]) FOR UPDATE", (ider,))
        gaar = [sted.nett.start(mas(ider[nummer % rader], nummer)) for nummer in range(klienter)]
        try:
            yield
        finally:
            for ett in gaar:
                ett.cancel()


@contextmanager
def migrering_bak_leser(sted: Sted) -> Iterator[None]:
    """The next version, with one more column, is migrated to behind a reader that does not end until the fault does."""
    neste = neste_versjon(sted.mappe)
    with sted.postgres.koble_til() as leser, leser.transaction():
        leser.execute("SELECT 1 FROM notifikasjon LIMIT 1")
        migrering = sted.kommando("migrate", mappe=neste)
        try:
            yield
        finally:
            if migrering.poll() is not None:
                sted.sett.append(f"migrate ended with {migrering.returncode} behind the reader")
    fra = time.monotonic()
    utskrift, _ = migrering.communicate(timeout=MIGRERT_INNEN_SEKUNDER)
    sted.sett.append(f"migrate ended {time.monotonic() - fra:.1f} s after the reader")
    if migrering.returncode or NESTE_MIGRERING not in utskrift:
        sted.brutt.append(f"migrate ended with {migrering.returncode}: {(utskrift.splitlines() or [''])[-1]}")
