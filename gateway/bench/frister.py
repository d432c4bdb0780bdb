"""What the sweep of frister costs among a million oppgaver, beside a bare update of as many rows."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import msgspec
import psycopg

from gateway.bench import sveip
from gateway.bench.fyll import FORFALTE_DAGER, fyll
from gateway.bench.sveip import Sveip
from gateway.domain.logg import Loggord
from gateway.klokke import sann_tid

I_DAG = dt.date(2026, 11, 23)
MEST_SEKUNDER = 4.0
MEST_MB = 200
MEST_TOM_MS = 10

_BAR_OPPDATERING = """
UPDATE notifikasjon SET tilstand = 'UTGAATT', utgaatt_tidspunkt = %s
WHERE tilstand = 'NY' AND frist >= %s AND frist < %s
"""


@dataclass(frozen=True, kw_only=True)
class Tall:
    """The sweep, the log entries that it left, and the bare update: its rows and seconds."""

    sveip: Sveip
    innslag: int
    bart_antall: int
    bart_sekunder: float


def maal(database_url: str, *, antall: int, forfalte: int) -> Tall:
    """Fill the empty, migrated database and measure."""
    fyll(database_url, antall=antall, forfalte=forfalte, i_dag=I_DAG)
    with psycopg.connect(database_url, autocommit=True) as forbindelse:
        forbindelse.execute("CHECKPOINT")
        funnet = _i_egen_prosess(database_url)
        rad = forbindelse.execute(
            "SELECT count(DISTINCT notifikasjon_id) FROM logg WHERE hva = %s AND korrelasjonsid = %s",
            (Loggord.FRIST_UTLOEPT, sveip.KORRELASJONSID),
        ).fetchone()
        forbindelse.execute("CHECKPOINT")
        start = time.perf_counter()
        bar = forbindelse.execute(
            _BAR_OPPDATERING,
            (sann_tid(), I_DAG, I_DAG + dt.timedelta(days=FORFALTE_DAGER)),
        )
        bart_sekunder = time.perf_counter() - start
    return Tall(sveip=funnet, innslag=rad[0] if rad else 0, bart_antall=bar.rowcount, bart_sekunder=bart_sekunder)


def _i_egen_prosess(database_url: str) -> Sveip:
    svar = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", sveip.__name__, I_DAG.isoformat()],
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(svar.stdout, type=Sveip)


def rapport(tall: Tall) -> list[str]:
    """The figures, a line each."""
    return [
        f"sweep        {tall.sveip.utloept} oppgaver in {tall.sveip.sekunder:.2f} s, {tall.innslag} in the log, "
        f"peak memory {tall.sveip.minne_mb:.0f} MB",
        f"none due     {tall.sveip.tom_ms:.1f} ms",
        f"bare update  {tall.bart_antall} rows in {tall.bart_sekunder:.2f} s",
        f"ratio        {tall.sveip.sekunder / tall.bart_sekunder:.2f} times the bare update's time",
    ]


def brudd(tall: Tall, forfalte: int) -> list[str]:
    """What was not as promised, in words."""
    feil = [
        f"{hva} {antall} oppgaver; {forfalte} were due"
        for hva, antall in (("the sweep expired", tall.sveip.utloept), ("the log tells of", tall.innslag))
        if antall != forfalte
    ]
    if tall.sveip.sekunder > MEST_SEKUNDER:
        feil.append(f"the sweep took {tall.sveip.sekunder:.1f} s; it may take {MEST_SEKUNDER:.0f} s")
    if tall.sveip.minne_mb > MEST_MB:
        feil.append(f"the sweep took {tall.sveip.minne_mb:.0f} MB; it may take {MEST_MB} MB")
    if tall.sveip.tom_ms > MEST_TOM_MS:
        feil.append(f"a sweep with none due took {tall.sveip.tom_ms:.1f} ms; it may take {MEST_TOM_MS} ms")
    return feil
