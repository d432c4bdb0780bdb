"""How fast workers handle events on PostgreSQL, from stored to done, by real worker processes; and where time goes."""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from gateway.bench.maaleplass import kjerne_paa
from gateway.bench.tidsbruk import Del, per_del
from gateway.domain.hendelsesdata import Format
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.format import LestHendelse
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.klokke import Systemklokke
from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import les_register
from gateway.vertskap.erklaering import Erklaering, Plugins, Pluginsted
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter

KILDE = "bench"
# So many are handled before the measurement begins: processes that start, statements that are made.
OPPVARMING = 0.15
SLUTT = 0.95
SE_ETTER_SEKUNDER = 0.1
FERDIG_INNEN_SEKUNDER = 300.0
STOPP_SEKUNDER = 15
# Nobody answers there: a worker goes on by itself when Redis is gone.
UTEN_REDIS = "redis://127.0.0.1:1/0"
TAKT = os.sysconf("SC_CLK_TCK")


class Slag(StrEnum):
    ENKEL = "enkel"
    INNTEKTSMELDING = "inntektsmelding"


PRODUSENT = {Slag.ENKEL: "permittering", Slag.INNTEKTSMELDING: "inntektsmelding"}
MINST_PER_SEKUND = {Slag.ENKEL: 400, Slag.INNTEKTSMELDING: 250}
# Promised with so many workers on as many cores.
LOFTE_ARBEIDERE = 2


@dataclass(frozen=True, kw_only=True)
class Tall:
    """What the workers did between warm and nearly done. `cpu_ms` is for each event, by what used it."""

    slag: Slag
    arbeidere: int
    per_sekund: float
    cpu_ms: Mapping[str, float]
    tilstander: Mapping[str, int]
    tidsbruk: Sequence[Del]


def maal(database_url: str, slag: Slag, *, antall: int, arbeidere: int) -> Tall:
    """Store `antall` events on an empty, migrated database, and let `arbeidere` processes handle them."""
    plugins = _plugins(slag)
    _fyll(database_url, plugins, slag, antall)
    per_sekund, cpu_ms = _kjoer_arbeidere(database_url, antall, arbeidere)
    tilstander = _tilstander(database_url)
    return Tall(
        slag=slag,
        arbeidere=arbeidere,
        per_sekund=per_sekund,
        cpu_ms=cpu_ms,
        tilstander=tilstander,
        tidsbruk=_tidsbruk(database_url, plugins, slag, min(antall, 600)),
    )


def rapport(tall: Tall) -> list[str]:
    """The figures, a line each."""
    cpu = ", ".join(f"{hva} {ms:.2f}" for hva, ms in tall.cpu_ms.items())
    return [
        f"{tall.slag:<16} {tall.per_sekund:>7.0f} events/s with {tall.arbeidere} workers on {os.cpu_count()} cores   "
        f"CPU ms an event: {cpu}, together {sum(tall.cpu_ms.values()):.2f}",
        *(f"    {ett.andel:>4.0%} {ett.hva}" for ett in tall.tidsbruk if ett.andel >= 0.01),
    ]


def brudd(tall: Tall) -> list[str]:
    """What was not as promised, in words."""
    feil = [f"{antall} events ended as {ett}" for ett, antall in tall.tilstander.items() if ett != "BEHANDLET"]
    minst = MINST_PER_SEKUND[tall.slag]
    if tall.arbeidere >= LOFTE_ARBEIDERE and tall.per_sekund < minst:
        feil.append(f"{tall.per_sekund:.0f} {tall.slag} events/s; {tall.arbeidere} workers must do {minst}/s")
    return feil


# --- the load ----------------------------------------------------------------------------------------------------


def _plugins(slag: Slag) -> Plugins:
    """The producer's plugin, as production has it."""
    register = les_register(Innstillinger().produsenter)
    (sted,) = (
        Pluginsted(
            navn=ett.plugin.navn,
            modul=f"plugins.{ett.plugin.navn}",
            produsent=ett.produsent.id,
            innstillinger=ett.plugin.innstillinger,
        )
        for ett in register.oppfoeringer.values()
        if ett.plugin and ett.produsent.id == PRODUSENT[slag]
    )
    return last_plugins([sted], strenge=True)


def _meldinger(slag: Slag, plugin: Erklaering, antall: int) -> Iterator[LestHendelse]:
    """The plugin's own examples, each with an id of its own; those of an inntektsmelding with its life after it."""
    loep = secrets.token_hex(6)
    eksempler = {navn: dict(type_.eksempel) for navn, type_ in plugin.hendelsestyper.items()}
    if slag is Slag.ENKEL:
        type_, data = next(iter(eksempler.items()))
        for nummer in range(antall):
            yield _lest(type_, {**data, "id": f"{loep}-{nummer}"}, f"{loep}-{nummer}")
        return
    liv = ("SAK_OG_OPPGAVE_OPPRETT_REQUESTED", "FORESPOERSEL_KASTET_TIL_INFOTRYGD", "FORESPOERSEL_BESVART")
    for steg, type_ in enumerate(liv):
        for nummer in range(steg, antall, len(liv)):
            forespoersel = f"{loep}-{nummer // len(liv)}"
            data = eksempler[type_]
            egen: dict[str, Any] = {"forespoersel_id": forespoersel}
            if "data" in data:
                egen = {"data": {**data["data"], **egen}}
            id_ = f"{forespoersel}-{steg}"
            yield _lest(type_, {**data, **egen, "@id": id_}, id_)


def _lest(type_: str, data: Mapping[str, Any], id_: str) -> LestHendelse:
    raa = json.dumps(data).encode()
    return LestHendelse(kilde=KILDE, id=id_, type=type_, noekkel=None, format=Format.JSON, raa=raa, data=data)


def _fyll(database_url: str, plugins: Plugins, slag: Slag, antall: int) -> None:
    kjerne = replace(kjerne_paa(database_url), plugins=plugins)
    avsender = Avsender(produsent=PRODUSENT[slag], applikasjon=KILDE, korrelasjonsid=KILDE)
    for lest in _meldinger(slag, plugins.lastet[PRODUSENT[slag]], antall):
        ta_imot(kjerne, lest, avsender)
    kjerne.database.lukk()


# --- the workers -------------------------------------------------------------------------------------------------


def _kjoer_arbeidere(database_url: str, antall: int, arbeidere: int) -> tuple[float, Mapping[str, float]]:
    """(events a second, CPU ms an event) while between OPPVARMING and SLUTT of the events were done."""
    with (
        tempfile.TemporaryDirectory(prefix="gateway-bench-") as mappe,
        _startet(database_url, Path(mappe), arbeidere) as prosesser,
        psycopg.connect(database_url, autocommit=True) as forbindelse,
    ):
        pid_er = [prosess.pid for prosess in prosesser]
        database = urlsplit(database_url).path.removeprefix("/")
        fra_antall = _vent_til(forbindelse, prosesser, int(antall * OPPVARMING))
        fra, cpu_fra = time.monotonic(), _cpu(pid_er, database)
        til_antall = _vent_til(forbindelse, prosesser, int(antall * SLUTT))
        til, cpu_til = time.monotonic(), _cpu(pid_er, database)
        _vent_til(forbindelse, prosesser, antall)
    gjort = til_antall - fra_antall
    if not gjort:
        raise RuntimeError(f"all of {antall} events were done between two looks; measure with more")
    cpu = {hva: 1000 * (cpu_til[hva] - cpu_fra[hva]) / gjort for hva in cpu_til}
    return gjort / (til - fra), cpu


@contextmanager
def _startet(database_url: str, mappe: Path, arbeidere: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    miljoe = {
        **os.environ,
        "MILJOE": "dev",
        "DATABASE_URL": database_url,
        "REDIS_URL": UTEN_REDIS,
        "GATEWAY_DATA": str(mappe / "data"),
        "GATEWAY_UTEN_VENV": "1",
        "INTERN_PORT": "0",
    }
    utskrift = (mappe / "arbeidere.log").open("wb")
    prosesser = [
        subprocess.Popen(
            [sys.executable, "-m", "gateway", "worker"], env=miljoe, stdout=utskrift, stderr=subprocess.STDOUT
        )
        for _ in range(arbeidere)
    ]
    try:
        yield prosesser
    finally:
        for prosess in prosesser:
            prosess.terminate()
        for prosess in prosesser:
            try:
                prosess.wait(STOPP_SEKUNDER)
            except subprocess.TimeoutExpired:
                prosess.kill()
                prosess.wait()
        utskrift.close()


def _vent_til(forbindelse: psycopg.Connection[Any], prosesser: Sequence[subprocess.Popen[bytes]], antall: int) -> int:
    """Wait until so many are done; how many are. Raises RuntimeError when they never are."""
    frist = time.monotonic() + FERDIG_INNEN_SEKUNDER
    while time.monotonic() < frist and all(prosess.poll() is None for prosess in prosesser):
        rad = forbindelse.execute(
            "SELECT count(*) FROM hendelse WHERE tilstand NOT IN ('MOTTATT', 'PAA_VENT')"
        ).fetchone()
        if rad and rad[0] >= antall:
            return int(rad[0])
        time.sleep(SE_ETTER_SEKUNDER)
    raise RuntimeError(f"{antall} events were not done in {FERDIG_INNEN_SEKUNDER:g} s, or a worker ended.")


def _tilstander(database_url: str) -> Mapping[str, int]:
    with psycopg.connect(database_url) as forbindelse:
        return dict(forbindelse.execute("SELECT tilstand, count(*) FROM hendelse GROUP BY 1").fetchall())


def _cpu(arbeidere: Sequence[int], database: str) -> dict[str, float]:
    """CPU seconds until now of the workers, of their plugins' processes, and of what serves the database."""
    brukt = {"workers": 0.0, "plugins": 0.0, "database": 0.0}
    for mappe in Path("/proc").glob("[0-9]*"):
        try:
            kommando = (mappe / "cmdline").read_bytes()
            felter = (mappe / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        forelder, sekunder = int(felter[1]), (int(felter[11]) + int(felter[12])) / TAKT
        if int(mappe.name) in arbeidere:
            brukt["workers"] += sekunder
        elif forelder in arbeidere:
            brukt["plugins"] += sekunder
        elif kommando.startswith(b"postgres:") and database.encode() in kommando:
            brukt["database"] += sekunder
    return brukt


# --- where the time goes -----------------------------------------------------------------------------------------


def _tidsbruk(database_url: str, plugins: Plugins, slag: Slag, antall: int) -> list[Del]:
    """The parts of one worker's thread that handles events, in this process, the largest first."""
    _fyll(database_url, plugins, slag, antall)
    kjerne = replace(kjerne_paa(database_url), plugins=plugins)
    oversetter = Oversetter(plugins.steder, sekunder=kjerne.innstillinger.oversett_sekunder)
    profil = cProfile.Profile()

    class IProfil(Innboksrunde):
        """Profiles the thread that works, and not the one that waits for it."""

        def _ta_noekler(self, *args: Any) -> Any:
            profil.enable()
            try:
                return super()._ta_noekler(*args)
            finally:
                profil.disable()

    try:
        IProfil(kjerne, oversetter, Systemklokke()).kjoer(fortsett=lambda: True)
    finally:
        oversetter.lukk()
        kjerne.database.lukk()
    tider = per_del(pstats.Stats(profil))
    alt = sum(tider.values())
    return [Del(hva=hva, andel=tid / alt) for hva, tid in tider.most_common()]
