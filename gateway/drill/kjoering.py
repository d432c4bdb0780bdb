"""Running one drill: the load comes first, then the fault, then its end, and in the end the reckoning."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.drill.alarmer import alarmer
from gateway.drill.klienter import PER_SEKUND, Klienter
from gateway.drill.loekke import loekke
from gateway.drill.oevelser import Oevelse
from gateway.drill.oppgjoer import gjoer_opp
from gateway.drill.proever import Prober
from gateway.drill.resultat import Resultat, Tidsrom
from gateway.drill.sted import APPLIKASJON, Sted, ledig_port, oppsatt, til_fil
from gateway.drill.vent import vent_til

GI_OPP_ETTER_SEKUNDER = 60.0
VERDT_AA_SI = ("warning", "error", "critical")


@dataclass(frozen=True, kw_only=True)
class Belastning:
    """New requests a second, the seconds before and after the fault, and the share of its time that it stands."""

    per_sekund: int = PER_SEKUND
    foer: float = 6.0
    etter: float = 12.0
    andel: float = 1.0


def kjoer(oevelse: Oevelse, belastning: Belastning, logger: Path | None = None) -> Resultat:
    """Make the place, the load and the fault, and tell what came of it. Raises RuntimeError when nothing starts.

    What the processes write is kept in the folder `logger`, if given.
    """
    with (
        oppsatt(oevelse.web_prosesser) as sted,
        _kopiert(sted, logger),
        alarmer(sted.mappe, ledig_port(), sted.maal, til_fil(sted.mappe)) as alarmene,
        loekke("klienter") as klientloekke,
        loekke("prober") as probeloekke,
    ):
        klienter = Klienter(
            sted.porter, lambda: sted.utsteder.ferskt_token(APPLIKASJON), sted.hemmelighet, belastning.per_sekund
        )
        prober = Prober(list(sted.maal))
        probingen = [probeloekke.start(prober.gaa()), probeloekke.start(alarmene.gaa())]
        start, lasten = time.time(), klientloekke.start(klienter.gaa())
        time.sleep(belastning.foer)
        alarmene.sett.clear()  # those of the start, when nothing had been scraped yet
        feil = time.time()
        with oevelse.feil(sted):
            time.sleep(oevelse.sekunder * belastning.andel)
        tilbake = time.time()
        time.sleep(belastning.etter)
        klientloekke.gjoer(klienter.stopp())
        slutt = time.time()
        if not vent_til(lasten.done, GI_OPP_ETTER_SEKUNDER):
            klientloekke.gjoer(klienter.gi_opp())
        lasten.result()
        oppgjoer = gjoer_opp(sted, klienter)
        for ett in probingen:
            if not ett.cancel():
                ett.result()  # it ended by itself, and tells why
        return Resultat(
            navn=oevelse.navn,
            per_sekund=belastning.per_sekund,
            grenser=oevelse.grenser,
            tid=Tidsrom(start=start, feil=feil, tilbake=tilbake, slutt=slutt),
            forsoek=klienter.forsoek,
            ventet=[ett.ventet for ett in klienter.kvittert],
            avvist=Counter(f"{slag} {status} {kode}" for slag, status, kode in klienter.avvist),
            ubesvart=len(klienter.ubesvart),
            oppgjoer=oppgjoer,
            helse=[ett for ett in prober.maalt if ett.fra < slutt],
            grunner=_naar(prober.grunner, feil),
            alarmer=_naar(alarmene.sett, feil) or [alarmene.uten],
            logg=Counter(_sagt(sted)),
            sett=sted.sett,
            andre_brudd=sted.brutt,
        )


@contextmanager
def _kopiert(sted: Sted, logger: Path | None) -> Iterator[None]:
    """Copy the logs of the place in the end, however it ends."""
    try:
        yield
    finally:
        if logger:
            logger.mkdir(parents=True, exist_ok=True)
            for fil in sted.mappe.glob("*.log"):
                shutil.copy(fil, logger)


def _naar(foerst: Mapping[str, float], feil: float) -> list[str]:
    """What was seen, and when for the first time, by the fault's beginning."""
    return [f"{navn} ({tid - feil:+.0f} s)" for navn, tid in foerst.items()]


def _sagt(sted: Sted) -> Iterator[str]:
    """What the processes warned of: who, and the words, which hold nobody's data."""
    for navn in sted.prosesser:
        for linje in sted.logg(navn):
            if linje.startswith("{"):
                innslag = json.loads(linje)
                if innslag.get("level") in VERDT_AA_SI:
                    # The first line: some put a whole traceback here.
                    yield f"{navn}: {innslag['event'].partition(chr(10))[0]}"
            elif "started again" in linje or "has not stopped" in linje:
                yield f"{navn}: {linje}"
