"""The drills: every fault, and what the gateway must keep while it stands and after it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

from gateway.drill.databasefeil import (
    laaste_rader,
    migrering_bak_leser,
    postgres_frys,
    postgres_les_bare,
    postgres_omstart,
)
from gateway.drill.forstyrrer import Modus
from gateway.drill.nabofeil import (
    foran_postgres,
    foran_redis,
    foran_smtp,
    forstyrret,
    jwks_syk,
    redis_toemt,
    smtp_ikke_naa,
)
from gateway.drill.prosessfeil import alt_drept, arbeider_ved_siden, drept, stopp_under_frys
from gateway.drill.resultat import STRAKS_SEKUNDER, Grenser
from gateway.drill.sted import WEBER, Sted
from gateway.drill.webfeil import barn_drept, forelder_drept, to_paa_en_port, treg_kropp

# What a fault that does not concern the answers must leave of them.
SAA_GODT_SOM_ALLE = 0.98
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


# Nothing that clients and events need is at fault.
UBEROERT = Grenser(nyttig_innen=STRAKS_SEKUNDER, nyttige_under=SAA_GODT_SOM_ALLE, etterslep_under=STRAKS_SEKUNDER)
DATABASEN_BORTE = Grenser(nyttig_innen=2.0, arbeid_innen=5.0)
REDIS_BORTE = Grenser(nyttig_innen=STRAKS_SEKUNDER, arbeid_innen=5.0, nyttige_under=SAA_GODT_SOM_ALLE)
# What was acknowledged and not done is taken up within half a minute, whoever had it.
ALT_FALLER = Grenser(nyttig_innen=5.0, arbeid_innen=30.0, faller=frozenset({*WEBER, "worker"}))
# A worker that lacks something beside one that has it.
VED_SIDEN = Grenser(nyttig_innen=2.0, arbeid_innen=5.0, nyttige_under=SAA_GODT_SOM_ALLE)
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
        feil=partial(forstyrret, hvem=foran_postgres, modus=Modus.HENGER),
        sekunder=20,
        grenser=DATABASEN_BORTE,
    ),
    Oevelse(
        navn="postgres-treg",
        mening="Every piece to and from PostgreSQL takes 20 ms more.",
        feil=partial(forstyrret, hvem=foran_postgres, modus=Modus.GJENNOM, forsinkelse=0.02),
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
        # Those who want the rows wait for them, in the threads of the rest.
        grenser=Grenser(nyttig_innen=STRAKS_SEKUNDER, nyttige_under=0.5),
    ),
    Oevelse(
        navn="migrering-bak-leser",
        mening="The next version's migration waits behind a long reader.",
        feil=migrering_bak_leser,
        sekunder=15,
        # While it asks for its lock, a second at a time, the rest wait behind it.
        grenser=Grenser(nyttig_innen=STRAKS_SEKUNDER, nyttige_under=0.95, etterslep_under=5.0),
    ),
    Oevelse(
        navn="redis-borte",
        mening="Redis is away for 70 seconds.",
        feil=partial(forstyrret, hvem=foran_redis, modus=Modus.NEKTER),
        sekunder=70,
        grenser=REDIS_BORTE,
    ),
    Oevelse(
        navn="redis-frys",
        mening="Redis takes connections and never answers.",
        feil=partial(forstyrret, hvem=foran_redis, modus=Modus.HENGER),
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
        feil=partial(forstyrret, hvem=foran_smtp, modus=Modus.HENGER),
        sekunder=25,
        grenser=UBEROERT,
    ),
    Oevelse(
        navn="smtp-borte",
        mening="The mail server refuses connections.",
        feil=partial(forstyrret, hvem=foran_smtp, modus=Modus.NEKTER),
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
        # A probe that the killed child held is broken off; the other child answers the next.
        grenser=Grenser(nyttig_innen=2.0, faller=frozenset(WEBER)),
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
    *(
        Oevelse(
            navn=f"drap-{ganger}",
            mening=f"A web process, the worker and Valkey are killed {ganger} times each, and Redis is emptied.",
            feil=partial(alt_drept, ganger=ganger),
            sekunder=2,
            grenser=ALT_FALLER,
        )
        for ganger in (3, 20)
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
        grenser=VED_SIDEN,
    ),
    Oevelse(
        navn="worker-med-oedelagt-plugin",
        mening="A worker whose plugin does not load works beside one whose does.",
        feil=partial(arbeider_ved_siden, PLUGIN_LASTESEKUNDER="0.001"),
        sekunder=20,
        grenser=VED_SIDEN,
    ),
)
