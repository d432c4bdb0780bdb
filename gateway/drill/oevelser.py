"""The drills: every fault, how it is made with real processes, and what the gateway must keep while it stands."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.bench.last import VERT
from gateway.bench.oppgave import OPPGAVE
from gateway.drill.forstyrrer import Forstyrrer, Modus
from gateway.drill.http import Svar, melding, send
from gateway.drill.klienter import FRIST_SEKUNDER, JSON
from gateway.drill.nesteversjon import NESTE_MIGRERING, neste_versjon
from gateway.drill.proever import KLAR, Maal, svarer
from gateway.drill.resultat import STRAKS_SEKUNDER, Grenser
from gateway.drill.sted import (
    APPLIKASJON,
    KLAR_INNEN_SEKUNDER,
    MERKELAPP,
    RESSURS,
    SLUTT_INNEN_SEKUNDER,
    WEBER,
    Sted,
    ledig_port,
)
from gateway.drill.vent import vent_til

# What a fault that does not concern the answers must leave of them.
SAA_GODT_SOM_ALLE = 0.98
MIGRERT_INNEN_SEKUNDER = 60.0
Feil = Callable[[Sted], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Oevelse:
    """One fault: it stands for `sekunder`, from when it has been made until its end is begun."""

    navn: str
    mening: str
    feil: Feil
    sekunder: float
    grenser: Grenser
    web_prosesser: int = 1


# --- the web server ------------------------------------------------------------------------------------------------


@contextmanager
def treg_kropp(sted: Sted, *, antall: int) -> Iterator[None]:
    """To each web process `antall` connections that send a byte of a body every other second, half of them chunked."""

    async def drypp(port: int, i_biter: bool) -> None:
        hoder = "Transfer-Encoding: chunked" if i_biter else "Content-Length: 500"
        hode = f"POST /webhooks/permittering HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\n{hoder}\r\n\r\n"
        while True:
            try:
                leser, skriver = await asyncio.open_connection(VERT, port)
                try:
                    skriver.write(hode.encode())
                    while not leser.at_eof() and not skriver.is_closing():
                        skriver.write(b"1\r\n{\r\n" if i_biter else b"{")
                        await skriver.drain()
                        await asyncio.sleep(2.0)
                finally:
                    skriver.transport.abort()
            except OSError:  # it was shut out
                pass
            await asyncio.sleep(0.5)  # and comes again

    gaar = [sted.nett.start(drypp(port, nummer % 2 == 1)) for port in sted.porter for nummer in range(antall)]
    try:
        yield
    finally:
        for ett in gaar:
            ett.cancel()


@contextmanager
def barn_drept(sted: Sted) -> Iterator[None]:
    """SIGKILL to a child of each web process in turn; its parent goes on."""
    import psutil  # of the test extra only

    for navn in WEBER:
        barna = psutil.Process(sted.pid(navn)).children()
        if not barna:
            sted.sett.append(f"{navn} has no child")
            continue
        offer = max(barna, key=lambda ett: ett.memory_info().rss)
        offer.kill()
        borte = vent_til(lambda barna=barna, navn=navn: _barn_i_alt(sted, navn) >= len(barna), 15.0)  # type: ignore[misc]
        sted.sett.append(f"{navn}: a killed child was {'replaced' if borte else 'NOT replaced'}")
        if not borte:
            sted.brutt.append(f"{navn}: a killed child is not replaced")
    yield


def _barn_i_alt(sted: Sted, navn: str) -> int:
    import psutil  # of the test extra only

    try:
        return len([ett for ett in psutil.Process(sted.pid(navn)).children() if ett.status() != psutil.STATUS_ZOMBIE])
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def forelder_drept(sted: Sted) -> Iterator[None]:
    """SIGKILL to the parent of a third web process: none of its children may be left."""
    import psutil  # of the test extra only

    maal = Maal("web3", ledig_port())
    web = sted.kommando("web", PORT=str(maal.port), INTERN_PORT=str(ledig_port()))
    if not vent_til(lambda: svarer(maal, KLAR), KLAR_INNEN_SEKUNDER):
        sted.brutt.append("the third web process did not become ready")
    barn = psutil.Process(web.pid).children(recursive=True)
    web.kill()
    web.wait()
    _, igjen = psutil.wait_procs(barn, SLUTT_INNEN_SEKUNDER)
    if igjen:
        sted.brutt.append(f"{len(igjen)} of {len(barn)} children outlive their killed parent")
        for ett in igjen:
            ett.kill()
    yield


@contextmanager
def to_paa_en_port(sted: Sted) -> Iterator[None]:
    """A third web process on the port of the first: it is refused, and tells why."""
    web = sted.kommando("web", PORT=str(sted.porter[0]), INTERN_PORT=str(ledig_port()))
    if vent_til(lambda: web.poll() is not None, 20.0) and web.returncode:
        utskrift, _ = web.communicate()
        sted.sett.append(f"refused: {(utskrift.strip().splitlines() or ['(no word)'])[-1]}")
    else:
        sted.brutt.append("a second `gateway web` on the same port is not refused")
        web.terminate()
        web.wait()
    yield


# --- processes that die --------------------------------------------------------------------------------------------


@contextmanager
def drept(sted: Sted, *, navn: str, ganger: int = 1) -> Iterator[None]:
    """SIGKILL to a process and its children, which is started again, as by a platform."""
    for _ in range(ganger):
        os.killpg(sted.pid(navn), signal.SIGKILL)
        time.sleep(2.0)
    yield


@contextmanager
def stopp_under_frys(sted: Sted) -> Iterator[None]:
    """SIGTERM to all kinds while the database hangs: each must end within ten seconds."""
    sted.postgres.frys()
    time.sleep(3.0)
    navn = ("web1", "worker", "scheduler")
    tider: dict[str, float] = {}

    def stopp(ett: str) -> None:
        fra = time.monotonic()
        sted.prosesser[ett].stopp()
        tider[ett] = time.monotonic() - fra

    traader = [threading.Thread(target=stopp, args=(ett,)) for ett in navn]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join()
    sted.sett.append(", ".join(f"{ett} ended in {sekunder:.1f} s" for ett, sekunder in tider.items()))
    sted.brutt += [
        f"{ett} did not end within {SLUTT_INNEN_SEKUNDER:.0f} s of SIGTERM"
        for ett, sekunder in tider.items()
        if sekunder >= SLUTT_INNEN_SEKUNDER
    ]
    sted.postgres.tin()
    for ett in navn:
        sted.start_igjen(ett)
    yield


@contextmanager
def arbeider_ved_siden(sted: Sted, **miljoe: str) -> Iterator[None]:
    """A second worker beside the first, with other settings, as in the middle of a rolling deploy."""
    ved_siden = sted.start("worker2", "worker", INTERN_PORT=str(ledig_port()), **miljoe)
    try:
        yield
    finally:
        ved_siden.stopp()


# --- PostgreSQL ----------------------------------------------------------------------------------------------------


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


# --- the other neighbours ------------------------------------------------------------------------------------------


@contextmanager
def forstyrret(
    sted: Sted, *, hvem: Callable[[Sted], Forstyrrer], modus: Modus, forsinkelse: float = 0.0
) -> Iterator[None]:
    """The proxy before a neighbour makes the fault."""
    sted.nett.gjoer(hvem(sted).sett(modus, forsinkelse=forsinkelse))
    try:
        yield
    finally:
        sted.nett.gjoer(hvem(sted).sett(Modus.GJENNOM))


@contextmanager
def redis_toemt(sted: Sted) -> Iterator[None]:
    """All that Redis holds is thrown away, every half second."""
    ferdig = threading.Event()

    def toem() -> None:
        while not ferdig.wait(0.5):
            sted.redis.flushall()

    traad = threading.Thread(target=toem, daemon=True)
    traad.start()
    try:
        yield
    finally:
        ferdig.set()
        traad.join()


@contextmanager
def smtp_ikke_naa(sted: Sted) -> Iterator[None]:
    """The mail server says of each mail: not now."""
    sted.post.nekter = True
    try:
        yield
    finally:
        sted.post.nekter = False


@contextmanager
def jwks_syk(sted: Sted, *, modus: Modus = Modus.GJENNOM, tull: bool = False) -> Iterator[None]:
    """The JWKS server hangs, or serves what is no JWKS, while somebody comes with a made-up `kid`, again and again."""
    oppdiktet = melding("GET", "/api/v1/notifikasjoner", _bearer(sted.utsteder.oppdiktet_token(APPLIKASJON)))
    svar: list[Any] = []

    async def mas(port: int) -> None:
        while True:
            ett = await send(port, oppdiktet, FRIST_SEKUNDER)
            svar.append(ett.status if isinstance(ett, Svar) else ett)
            await asyncio.sleep(0.5)

    sted.utsteder.tull = tull
    sted.nett.gjoer(sted.foran_jwks.sett(modus))
    gaar = [sted.nett.start(mas(port)) for port in sted.porter]
    try:
        yield
    finally:
        for ett in gaar:
            ett.cancel()
        sted.nett.gjoer(sted.foran_jwks.sett(Modus.GJENNOM))
        sted.utsteder.tull = False
        sted.sett.append("a made-up kid was answered " + ", ".join(sorted({str(ett) for ett in svar})))
        if any(isinstance(ett, int) and ett < 400 for ett in svar):
            sted.brutt.append("a token with a made-up kid was let in")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _foran_postgres(sted: Sted) -> Forstyrrer:
    return sted.foran_postgres


def _foran_redis(sted: Sted) -> Forstyrrer:
    return sted.foran_redis


def _foran_smtp(sted: Sted) -> Forstyrrer:
    return sted.foran_smtp


# --- all of them ---------------------------------------------------------------------------------------------------

# Nothing that clients and events need is at fault.
UBEROERT = Grenser(nyttig_innen=STRAKS_SEKUNDER, nyttige_under=SAA_GODT_SOM_ALLE, etterslep_under=STRAKS_SEKUNDER)
DATABASEN_BORTE = Grenser(nyttig_innen=2.0, arbeid_innen=5.0)
REDIS_BORTE = Grenser(nyttig_innen=STRAKS_SEKUNDER, arbeid_innen=5.0, nyttige_under=SAA_GODT_SOM_ALLE)
OEVELSER = (
    Oevelse(navn="ingen-feil", mening="Nothing is wrong.", feil=lambda _: nullcontext(), sekunder=15, grenser=UBEROERT),
    Oevelse(
        navn="treg-kropp",
        mening="Nine connections to each web process drip a body.",
        feil=partial(treg_kropp, antall=9),
        sekunder=20,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="treg-kropp-200",
        mening="Two hundred do.",
        feil=partial(treg_kropp, antall=200),
        sekunder=20,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="postgres-omstart",
        mening="PostgreSQL ends in order and is away.",
        feil=partial(postgres_omstart, hvordan=signal.SIGINT),
        sekunder=5,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="postgres-drept",
        mening="PostgreSQL is killed, and recovers from its log.",
        feil=partial(postgres_omstart, hvordan=signal.SIGKILL),
        sekunder=5,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="postgres-frys",
        mening="PostgreSQL stands still for 20 seconds (SIGSTOP).",
        feil=postgres_frys,
        sekunder=20,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="postgres-svarer-ikke",
        mening="PostgreSQL takes TCP connections and never answers.",
        feil=partial(forstyrret, hvem=_foran_postgres, modus=Modus.HENGER),
        sekunder=20,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="postgres-treg",
        mening="Every piece to and from PostgreSQL takes 20 ms more.",
        feil=partial(forstyrret, hvem=_foran_postgres, modus=Modus.GJENNOM, forsinkelse=0.02),
        sekunder=20,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="postgres-les-bare",
        mening="PostgreSQL may only be read.",
        feil=postgres_les_bare,
        sekunder=15,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="laaste-rader",
        mening="Four rows are locked, and sixteen clients want them.",
        feil=laaste_rader,
        sekunder=16,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="migrering-bak-leser",
        mening="The next version's migration waits behind a long reader.",
        feil=migrering_bak_leser,
        sekunder=15,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="redis-borte",
        mening="Redis is away for 70 seconds.",
        feil=partial(forstyrret, hvem=_foran_redis, modus=Modus.NEKTER),
        sekunder=70,
        grenser=REDIS_BORTE,
    ),
    Oevelse(
        navn="redis-frys",
        mening="Redis takes connections and never answers.",
        feil=partial(forstyrret, hvem=_foran_redis, modus=Modus.HENGER),
        sekunder=25,
        grenser=REDIS_BORTE,
    ),
    Oevelse(
        navn="redis-toemt",
        mening="Redis forgets everything, twice a second.",
        feil=redis_toemt,
        sekunder=15,
        grenser=REDIS_BORTE,
    ),
    Oevelse(
        navn="smtp-henger",
        mening="The mail server takes connections and never answers.",
        feil=partial(forstyrret, hvem=_foran_smtp, modus=Modus.HENGER),
        sekunder=25,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="smtp-borte",
        mening="The mail server refuses connections.",
        feil=partial(forstyrret, hvem=_foran_smtp, modus=Modus.NEKTER),
        sekunder=15,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="smtp-ikke-naa",
        mening="The mail server answers 451 to each mail.",
        feil=smtp_ikke_naa,
        sekunder=15,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="jwks-henger",
        mening="The JWKS server never answers, and tokens with a made-up kid come.",
        feil=partial(jwks_syk, modus=Modus.HENGER),
        sekunder=35,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="jwks-tull",
        mening="The JWKS server answers 200 with what is no JWKS, and tokens with a made-up kid come.",
        feil=partial(jwks_syk, tull=True),
        sekunder=35,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="web-drept",
        mening="A web process is killed with its children.",
        feil=partial(drept, navn="web1"),
        sekunder=8,
        grenser=Grenser(nyttig_innen=2.0, faller=frozenset({"web1"})),
    ),
    Oevelse(
        navn="web-barn-drept",
        mening="A child of each web process is killed.",
        feil=barn_drept,
        sekunder=8,
        grenser=Grenser(nyttig_innen=2.0),
        web_prosesser=2,
    ),
    Oevelse(
        navn="web-forelder-drept",
        mening="The parent of a third web process is killed; its children must go too.",
        feil=forelder_drept,
        sekunder=5,
        grenser=Grenser(nyttig_innen=2.0),
    ),
    Oevelse(
        navn="to-paa-en-port",
        mening="A third web process is started on the port of the first.",
        feil=to_paa_en_port,
        sekunder=5,
        grenser=Grenser(nyttig_innen=2.0),
    ),
    Oevelse(
        navn="worker-drept",
        mening="The worker is killed, three times.",
        feil=partial(drept, navn="worker", ganger=3),
        sekunder=15,
        grenser=Grenser(
            nyttig_innen=2.0, arbeid_innen=5.0, nyttige_under=SAA_GODT_SOM_ALLE, faller=frozenset({"worker"})
        ),
    ),
    Oevelse(
        navn="scheduler-drept",
        mening="The scheduler is killed, three times.",
        feil=partial(drept, navn="scheduler", ganger=3),
        sekunder=10,
        grenser=Grenser(
            nyttig_innen=2.0,
            arbeid_innen=5.0,
            nyttige_under=SAA_GODT_SOM_ALLE,
            etterslep_under=STRAKS_SEKUNDER,
            faller=frozenset({"scheduler"}),
        ),
    ),
    Oevelse(
        navn="stopp-under-frys",
        mening="Web, worker and scheduler are told to end while PostgreSQL stands still.",
        feil=stopp_under_frys,
        sekunder=5,
        grenser=Grenser(faller=frozenset({"web1", "worker", "scheduler"})),
    ),
    Oevelse(
        navn="worker-uten-plugin",
        mening="A worker that does not have the plugin works beside one that has.",
        feil=partial(arbeider_ved_siden, PLUGINS="inntektsmelding"),
        sekunder=20,
        grenser=Grenser(nyttig_innen=2.0, arbeid_innen=5.0, nyttige_under=SAA_GODT_SOM_ALLE),
    ),
    Oevelse(
        navn="worker-med-oedelagt-plugin",
        mening="A worker whose plugin does not load works beside one whose does.",
        feil=partial(arbeider_ved_siden, PLUGIN_LASTESEKUNDER="0.001"),
        sekunder=20,
        grenser=Grenser(nyttig_innen=2.0, arbeid_innen=5.0, nyttige_under=SAA_GODT_SOM_ALLE),
    ),
)
