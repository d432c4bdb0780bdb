"""What came of a drill: its figures, what was against a promise, and how it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from gateway.drill.http import Uteblitt
from gateway.drill.klienter import PER_SEKUND, Forsoek
from gateway.drill.oppgjoer import Oppgjoer
from gateway.drill.proever import LEVER, METRIKKER, Maalt

HELSE_INNEN_SEKUNDER = 1.0
# The load is served again from the moment on from which so much of its rate is answered usefully.
IGJEN_VED_ANDEL = 0.8
# So are events, of which there are two in five requests. One that is handled within this was not kept waiting.
HENDELSER_VED_ANDEL = 0.1
STRAKS_SEKUNDER = 2.0
FLEST_EKSEMPLER = 5
UVENTET = "500"


@dataclass(frozen=True, kw_only=True)
class Grenser:
    """What a drill must keep, beside what all must: nothing lost or doubled, no 500, and health within a second.

    Seconds from the fault's end (`nyttig_innen`, `arbeid_innen`), seconds that events may lie during it
    (`etterslep_under`), the share of requests that must be useful during it, and who may be down for a while.
    """

    nyttig_innen: float | None = None
    arbeid_innen: float | None = None
    etterslep_under: float | None = None
    nyttige_under: float | None = None
    faller: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Tidsrom:
    """The beginning of the load, that of the fault, its end, and the load's end; in seconds since 1970."""

    start: float
    feil: float
    tilbake: float
    slutt: float


@dataclass(kw_only=True)
class Resultat:
    navn: str
    per_sekund: int = PER_SEKUND
    grenser: Grenser
    tid: Tidsrom
    forsoek: Sequence[Forsoek]
    ventet: Sequence[float]
    avvist: Counter[str]
    ubesvart: int
    oppgjoer: Oppgjoer
    helse: Sequence[Maalt]
    grunner: Sequence[str] = ()
    alarmer: Sequence[str] = ()
    logg: Counter[str] = field(default_factory=Counter)
    sett: Sequence[str] = ()
    # Against a promise of this drill's own.
    andre_brudd: Sequence[str] = ()

    # --- figures -----------------------------------------------------------------------------------------------

    @property
    def utfall(self) -> Counter[str]:
        return Counter(str(ett.utfall) for ett in self.forsoek)

    @property
    def under(self) -> list[Forsoek]:
        """The tries that ended while the fault stood."""
        return [ett for ett in self.forsoek if self.tid.feil <= ett.til < self.tid.tilbake]

    @property
    def nyttig_etter(self) -> float | None:
        """Seconds from the fault's end until the load was served again; None when it never was."""
        nyttige = [ett.til for ett in self.forsoek if ett.nyttig]
        return igjen(nyttige, self.tid.tilbake, int(IGJEN_VED_ANDEL * self.per_sekund))

    @property
    def arbeid_etter(self) -> float | None:
        """Seconds from the fault's end until events are handled again, several a second; None when they never are."""
        return igjen(
            (til for _, til in self.oppgjoer.hendelser),
            self.tid.tilbake,
            max(1, int(HENDELSER_VED_ANDEL * self.per_sekund)),
        )

    @property
    def a_jour_etter(self) -> float | None:
        """Seconds from the fault's end until an event came that was handled at once; None when none was."""
        straks = (inn for inn, ut in self.oppgjoer.hendelser if inn >= self.tid.tilbake and ut - inn < STRAKS_SEKUNDER)
        return min((inn - self.tid.tilbake for inn in straks), default=None)

    def etterslep(self, fra: float, til: float) -> float:
        """The longest that an event lay that came in that time."""
        return max((ut - inn for inn, ut in self.oppgjoer.hendelser if fra <= inn < til), default=0.0)

    @property
    def verste_helse(self) -> Maalt | None:
        """The slowest answer of a health probe; one that never came counts as long as was waited for it."""
        svar = [ett for ett in self.helse if ett.sti != METRIKKER and not _borte(ett)]
        return max(svar, key=lambda ett: ett.sekunder, default=None)

    # --- what was promised -------------------------------------------------------------------------------------

    def brudd(self) -> list[str]:
        """What was not as promised, in words."""
        feil = [f"lost: {ett}" for ett in _noen(self.oppgjoer.tapt)]
        feil += [f"doubled: {ett}" for ett in _noen(self.oppgjoer.doblet)]
        feil += [f"refused for good: {hva}, {antall} times" for hva, antall in self.avvist.items()]
        if uventet := self.utfall[UVENTET]:
            feil.append(f"answered {UVENTET}, {uventet} times: a fault that is known to come is told as temporary")
        if self.oppgjoer.uferdige:
            feil.append(f"{self.oppgjoer.uferdige} acknowledged events are not handled, and nothing is done any more")
        if self.ubesvart:
            feil.append(f"{self.ubesvart} requests were never answered")
        return [*feil, *self._helsebrudd(), *self._tidsbrudd(), *self.andre_brudd]

    def _helsebrudd(self) -> Iterable[str]:
        trege = [ett for ett in self.helse if ett.sti != METRIKKER and not _borte(ett)]
        trege = [ett for ett in trege if ett.sekunder > HELSE_INNEN_SEKUNDER]
        for (navn, sti), antall in Counter((ett.navn, ett.sti) for ett in trege).items():
            yield f"health: {navn}{sti} took more than {HELSE_INNEN_SEKUNDER:.0f} s, {antall} times"
        borte = Counter(ett.navn for ett in self.helse if _borte(ett) and ett.navn not in self.grenser.faller)
        for navn, antall in borte.items():
            yield f"health: {navn} was gone, {antall} times"
        feil = Counter((ett.navn, str(ett.utfall)) for ett in self.helse if ett.sti == LEVER and _sykt(ett))
        for (navn, status), antall in feil.items():
            yield f"health: {navn}{LEVER} answered {status}, {antall} times"

    def _tidsbrudd(self) -> Iterable[str]:
        grenser = self.grenser
        for hva, maks, tok in (
            ("useful answers", grenser.nyttig_innen, self.nyttig_etter),
            ("work", grenser.arbeid_innen, self.arbeid_etter),
        ):
            if maks is not None and (tok is None or tok > maks):
                yield f"{hva} came {_sekunder(tok)} after the fault; it must be within {maks:g} s"
        lengst = self.etterslep(self.tid.feil, self.tid.tilbake)
        if grenser.etterslep_under is not None and lengst > grenser.etterslep_under:
            yield f"an event lay {lengst:.1f} s during the fault; it must be at most {grenser.etterslep_under:g} s"
        andel = nyttige(self.under)
        if grenser.nyttige_under is not None and andel < grenser.nyttige_under:
            yield f"{100 * andel:.1f} % was useful during the fault; it must be {100 * grenser.nyttige_under:g} %"

    # --- how it is told ----------------------------------------------------------------------------------------

    def linjer(self) -> list[str]:
        """The report, for people."""
        tid, brudd, verst, oppgjoer = self.tid, self.brudd(), self.verste_helse, self.oppgjoer
        foer = [ett for ett in self.forsoek if ett.til < tid.feil]
        etter = [ett for ett in self.forsoek if ett.til >= tid.tilbake]
        deler = {"before": foer, "during": self.under, "after": etter}
        p99 = ", ".join(f"{prosentil([ett.sekunder for ett in del_]):.0f} ms {navn}" for navn, del_ in deler.items())
        laa = [
            self.etterslep(*rom) for rom in ((tid.start, tid.feil), (tid.feil, tid.tilbake), (tid.tilbake, tid.slutt))
        ]
        return [
            f"{self.navn}: {'NOT KEPT' if brudd else 'kept'}   (the fault stood {tid.tilbake - tid.feil:.1f} s)",
            *(f"  {navn:<10} {_som_tekst(Counter(str(ett.utfall) for ett in del_))}" for navn, del_ in deler.items()),
            f"  p99        {p99}; until through {prosentil(self.ventet) / 1000:.1f} s",
            f"  recovery   useful answers {_sekunder(self.nyttig_etter)}, work {_sekunder(self.arbeid_etter)},"
            f" all work done {_sekunder(self.a_jour_etter)} after it",
            f"  events     lay at most {', '.join(f'{ett:.1f} s' for ett in laa)} before, during, after",
            f"  reckoning  {len(oppgjoer.tapt)} lost and {len(oppgjoer.doblet)} doubled of "
            + _som_tekst(oppgjoer.kvittert),
            f"  mail       {oppgjoer.like_eposter} again under the same Message-ID, {oppgjoer.venter} still to be sent",
            "  health     "
            + (f"at worst {verst.sekunder:.2f} s ({verst.navn}{verst.sti})" if verst else "no probe was answered"),
            f"  metrics    answered {self._metrikker()}; reasons: {', '.join(self.grunner) or 'none'}",
            f"  alarms     {', '.join(self.alarmer) or 'none'}",
            f"  log        {_som_tekst(self.logg)}",
            *(f"  seen       {ett}" for ett in self.sett),
            *(f"  NOT KEPT   {ett}" for ett in brudd),
        ]

    def som_json(self) -> dict[str, Any]:
        """The same, for programs."""
        verst, tid = self.verste_helse, self.tid
        return {
            "navn": self.navn,
            "holdt": not self.brudd(),
            "brudd": self.brudd(),
            "svar": dict(self.utfall),
            "nyttigeUnder": nyttige(self.under),
            "p99Ms": {
                "under": prosentil([ett.sekunder for ett in self.under]),
                "alle": prosentil([ett.sekunder for ett in self.forsoek]),
            },
            "nyttigEtterSekunder": self.nyttig_etter,
            "arbeidEtterSekunder": self.arbeid_etter,
            "aJourEtterSekunder": self.a_jour_etter,
            "hendelserLaaSekunder": self.etterslep(tid.start, tid.slutt),
            "kvittert": dict(self.oppgjoer.kvittert),
            "uferdige": self.oppgjoer.uferdige,
            "tapt": len(self.oppgjoer.tapt),
            "doblet": len(self.oppgjoer.doblet),
            "likeEposter": self.oppgjoer.like_eposter,
            "verstehelseSekunder": verst.sekunder if verst else None,
            "grunner": list(self.grunner),
            "alarmer": list(self.alarmer),
            "logg": dict(self.logg),
            "sett": list(self.sett),
        }

    def _metrikker(self) -> str:
        alle = [ett for ett in self.helse if ett.sti == METRIKKER]
        return f"{sum(ett.utfall == 200 for ett in alle)} of {len(alle)}"


def igjen(tidspunkter: Iterable[float], tilbake: float, nok: int) -> float | None:
    """Seconds from `tilbake` to the beginning of the first second with so many of them; None when there is none."""
    tider = sorted(ett for ett in tidspunkter if ett >= tilbake)
    for foerst, sist in zip(tider, tider[nok - 1 :], strict=False):
        if sist - foerst < 1.0:
            return foerst - tilbake
    return None


def nyttige(forsoek: Sequence[Forsoek]) -> float:
    """The share of the tries that were useful; all when there is none."""
    return sum(ett.nyttig for ett in forsoek) / len(forsoek) if forsoek else 1.0


def prosentil(sekunder: Sequence[float], prosent: int = 99) -> float:
    """Milliseconds that so many per cent stayed within."""
    if len(sekunder) < 2:
        return 1000 * sum(sekunder)
    return 1000 * quantiles(sekunder, n=100, method="inclusive")[prosent - 1]


def _borte(ett: Maalt) -> bool:
    """Nobody was there; a process that is there and does not answer is another matter."""
    return ett.utfall in (Uteblitt.NEKTET, Uteblitt.BRUTT)


def _sykt(ett: Maalt) -> bool:
    return isinstance(ett.utfall, int) and ett.utfall != 200


def _noen(alle: Sequence[str]) -> list[str]:
    flere = len(alle) - FLEST_EKSEMPLER
    return [*alle[:FLEST_EKSEMPLER], *([f"and {flere} more"] if flere > 0 else [])]


def _som_tekst(antall: Counter[str]) -> str:
    return ", ".join(f"{ganger} × {hva}" for hva, ganger in antall.most_common(8)) or "none"


def _sekunder(tok: float | None) -> str:
    return "never" if tok is None else f"{tok:.1f} s"
