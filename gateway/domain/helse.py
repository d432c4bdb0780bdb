"""Whether the product does all that it should: red, yellow or green, by rules that stand here and nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

# The rounds come every few seconds; what has been due for this long is not being done.
FOR_GAMMELT = dt.timedelta(minutes=2)
# So many that wait, while none comes through, are no longer the fault of a few receivers.
FLERE = 5
# What expires is told of this long before.
UTLOEPER_SNART = dt.timedelta(days=21)
# Counting stops here: more than this is "many".
MANGE = 10_000


class Helse(StrEnum):
    """From the best to the worst."""

    GROENN = "groenn"
    GUL = "gul"
    ROED = "roed"


class Forhold(StrEnum):
    """What there may be to say."""

    PLUGIN_OEDELAGT = "plugin_oedelagt"
    PLUGIN_PAUSET = "plugin_pauset"
    RUNDE_HENGER = "runde_henger"
    TIL_SIDE = "til_side"
    KARANTENE = "karantene"
    PAA_VENT = "paa_vent"
    ANNET_INNHOLD = "annet_innhold"
    VARSLER_FEILET = "varsler_feilet"
    VARSLER_PROEVES_IGJEN = "varsler_proeves_igjen"
    KOMMER_IKKE_FRAM = "kommer_ikke_fram"
    VARSEL_UTEN_KANAL = "varsel_uten_kanal"
    INGEN_ARBEIDER = "ingen_arbeider"
    INGEN_TIMEPLAN = "ingen_timeplan"
    ULIKE_PLUGINS = "ulike_plugins"
    OPPSETT_FEIL = "oppsett_feil"
    UTLOEPER_SNART = "utloeper_snart"
    UTLOEPT = "utloept"


# Red: the gateway does not do its work. Yellow: somebody should look, and all else goes on.
REGLER: Mapping[Forhold, tuple[Helse, str]] = {
    Forhold.PLUGIN_OEDELAGT: (Helse.ROED, "Pluginen {navn} er ødelagt."),
    Forhold.PLUGIN_PAUSET: (Helse.ROED, "Pluginen {navn} feiler om og om igjen; hendelsene venter på den."),
    Forhold.RUNDE_HENGER: (Helse.ROED, "Det som venter, blir ikke gjort: {antall} {navn}."),
    Forhold.TIL_SIDE: (Helse.ROED, "Satt til side fordi det feilet: {antall} {navn}."),
    Forhold.KARANTENE: (Helse.GUL, "Hendelser i karantene: {antall}."),
    Forhold.PAA_VENT: (Helse.GUL, "Hendelser på vent: {antall}."),
    Forhold.ANNET_INNHOLD: (Helse.GUL, "Hendelser som siste døgn kom igjen med annet innhold: {antall}."),
    Forhold.VARSLER_FEILET: (Helse.GUL, "Varsler som har feilet det siste døgnet: {antall}."),
    Forhold.VARSLER_PROEVES_IGJEN: (Helse.GUL, "Varsler som prøves igjen: {antall}."),
    Forhold.KOMMER_IKKE_FRAM: (Helse.ROED, "Ingenting kommer fram: {antall} {navn} prøves om og om igjen."),
    Forhold.VARSEL_UTEN_KANAL: (Helse.ROED, "Varsler som ingen kanal kan sende, siste døgn: {antall} {navn}."),
    Forhold.INGEN_ARBEIDER: (Helse.ROED, "Ingen worker har gitt livstegn det siste minuttet."),
    Forhold.INGEN_TIMEPLAN: (Helse.ROED, "Ingen scheduler har gitt livstegn det siste minuttet."),
    Forhold.ULIKE_PLUGINS: (Helse.GUL, "Workerne har ikke samme versjon av pluginen {navn}."),
    Forhold.OPPSETT_FEIL: (Helse.GUL, "Endringen av oppsettet kan ikke brukes, og det forrige gjelder: {navn}"),
    Forhold.UTLOEPER_SNART: (Helse.GUL, "Utløper snart: {navn}."),
    Forhold.UTLOEPT: (Helse.ROED, "Har utløpt: {navn}."),
}


@dataclass(frozen=True, kw_only=True)
class Observasjon:
    """How many there are of something that has a rule; `navn` says of what, where there may be several."""

    forhold: Forhold
    antall: int
    navn: str = ""


@dataclass(frozen=True, kw_only=True)
class Grunn:
    """Why it is not green. `tekst` is Norwegian, for operators, and names nobody."""

    helse: Helse
    forhold: Forhold
    antall: int
    tekst: str


def henger(mulig_sekunder: float | None) -> bool:
    """Whether work whose oldest could have been done for so long is not being done."""
    return mulig_sekunder is not None and mulig_sekunder > FOR_GAMMELT.total_seconds()


def kommer_ikke_fram(antall: int, eldste_sekunder: float | None, sist_sekunder: float | None) -> bool:
    """Whether nothing of a kind gets through: several are tried again, the oldest for long, and none has since.

    `sist_sekunder`: since the last one got through, None for never. A few alone may have receivers that are away.
    """
    if antall < FLERE or eldste_sekunder is None or not henger(eldste_sekunder):
        return False
    return sist_sekunder is None or sist_sekunder >= eldste_sekunder


def utloep(utloeper: dt.date, i_dag: dt.date) -> Forhold | None:
    """What is to be said of something whose last day is `utloeper`."""
    if utloeper < i_dag:
        return Forhold.UTLOEPT
    return Forhold.UTLOEPER_SNART if utloeper - i_dag <= UTLOEPER_SNART else None


def grunner(observasjoner: Iterable[Observasjon]) -> list[Grunn]:
    """What is to be said of what was seen, the worst first."""
    funn = [_grunn(ett) for ett in observasjoner if ett.antall]
    return sorted(funn, key=lambda grunn: -list(Helse).index(grunn.helse))


def helse(grunner_: Iterable[Grunn]) -> Helse:
    return max((grunn.helse for grunn in grunner_), key=list(Helse).index, default=Helse.GROENN)


def antall_som_tekst(antall: int) -> str:
    return "mange" if antall >= MANGE else str(antall)


def _grunn(ett: Observasjon) -> Grunn:
    helse_, mal = REGLER[ett.forhold]
    tekst = mal.format(antall=antall_som_tekst(ett.antall), navn=ett.navn)
    return Grunn(helse=helse_, forhold=ett.forhold, antall=ett.antall, tekst=tekst)
