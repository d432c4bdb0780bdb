"""Why an event did not go through, and which way on it has: one table for all that can go wrong with one event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.domain.feil import Avslag, MottakerUtenforSaken
from gateway.domain.hendelse import Feilklasse
from gateway.handling.utfoer import Stegavslag
from gateway.inbox.lager import LagerFullt
from gateway.inbox.oppslag import OppslagFeilet
from gateway.vertskap.feil import (
    MANGLER_KONFIGURASJON,
    NYERE_LAGER,
    OVERSETTELSESFEIL,
    Bruddkode,
    Grensebrudd,
    Oversettelsesfeil,
)

FORSOEK_VED_GRENSEBRUDD = 3
FORSOEK_VED_UKJENT_FEIL = 8
FORSOEK_VED_OPPSLAG = 12
FORSOEK_VED_FULLT_LAGER = 12
UKJENT_FEIL = "UkjentFeil"

_KONFIGURASJON = (
    *("UgyldigMerkelapp", "UgyldigMottaker", "VilkaarIkkeGodkjent", "UkjentProdusent"),
    *("PluginMangler", "PluginErOedelagt", MANGLER_KONFIGURASJON, NYERE_LAGER),
    *("OppslagMangler", "OppslagUtenHemmelighet", "OppslagUtenAdgang"),
)
_KONFLIKT = (
    *("Konflikt", "DuplikatEksternIdOgMerkelapp", "DuplikatGrupperingsid", "DuplikatGrupperingsidEtterDelete"),
    *("SakFinnesIkke", "NotifikasjonFinnesIkke", "VarselFinnesIkke", "OppgavenErAlleredeUtfoert"),
    "KomAldri",
)
_VARIG = (
    *("Valideringsfeil", "UgyldigPaaminnelseTidspunkt", "UgyldigKalenderavtale", "UkjentHendelsestype"),
    *("IngenTilgang", "HendelseFinnesIkke", "KildeFinnesIkke", OVERSETTELSESFEIL, "Uidentifisert"),
    *(Bruddkode.FOR_MANGE_KOMMANDOER, Bruddkode.FOR_STORT, Bruddkode.FOR_MYE_LAGER, "DelerFeilet"),
    *("ForMangeOppslag", "OppslagForStort", "UgyldigOppslag", "OppslagAvvist"),
)
_MIDLERTIDIG = (
    *(Bruddkode.TIDSGRENSE, Bruddkode.MINNEGRENSE, Bruddkode.PROSESSEN_DOEDE, UKJENT_FEIL, "LagerFullt"),
    *("OppslagOpptatt", "OppslagPauset", "OppslagSvarerIkke", "OppslagUlesbart"),
)

# Each feilkode has one class, and so one way on; but for UgyldigMottaker, where it is the sak that has others.
KLASSER: Mapping[str, Feilklasse] = {
    str(kode): klasse
    for klasse, koder in (
        (Feilklasse.KONFIGURASJON, _KONFIGURASJON),
        (Feilklasse.KONFLIKT, _KONFLIKT),
        (Feilklasse.VARIG, _VARIG),
        (Feilklasse.MIDLERTIDIG, _MIDLERTIDIG),
    )
    for kode in koder
}


@dataclass(frozen=True, kw_only=True)
class Funn:
    """`melding` may be logged. `mer` may repeat what the event said, and is kept with the event only.

    `forsoek` is how many tries one that is MIDLERTIDIG has; the last one ends in KARANTENE. `vent`: how long whoever
    is asked for it wants to be left alone.
    """

    kode: str
    melding: str
    mer: str = ""
    forsoek: int = 1
    vent: dt.timedelta | None = None
    # Where the fault is told by another's kode, and has a class of its own.
    egen_klasse: Feilklasse | None = None

    @property
    def klasse(self) -> Feilklasse:
        """VARIG for what the table does not know: nobody may be told that it passes."""
        return self.egen_klasse or KLASSER.get(self.kode, Feilklasse.VARIG)

    @property
    def tekst(self) -> str:
        return "\n".join(filter(None, (self.melding, self.mer)))


PLUGIN_ER_OEDELAGT = Funn(kode="PluginErOedelagt", melding="The plugin is broken; see /drift.")
PLUGIN_MANGLER = Funn(
    kode="PluginMangler",
    melding="The event was accepted, and no worker has a plugin that declares its type now; see /drift.",
)
KOM_ALDRI = Funn(
    kode="KomAldri",
    melding="The event waited for what never came, and its mapping asked to wait once more. Try it again when that "
    "has come, or drop it.",
)
UIDENTIFISERT = Funn(
    kode="Uidentifisert",
    melding="The plugin's identitet does not say what the message is. Correct the plugin and try it again, or drop it.",
)


class MedFunn(Exception):
    """What raises it knows what is to be said of the event."""

    def __init__(self, funn: Funn) -> None:
        super().__init__(funn.kode)
        self.funn = funn


def funn_av(feil: Exception) -> Funn:
    """What the exception says of the event."""
    match feil:
        case MedFunn():
            return feil.funn
        case Stegavslag(avslag=avslag):
            utenfor = isinstance(avslag, MottakerUtenforSaken)
            return Funn(
                kode=avslag.kode,
                melding=f"{feil.sted}: {avslag.detalj}",
                mer=_felter(avslag.felter),
                egen_klasse=Feilklasse.KONFLIKT if utenfor else None,
            )
        case Avslag():
            return Funn(kode=feil.kode, melding=feil.detalj, mer=_felter(feil.felter))
        case Oversettelsesfeil():
            mer = "\n".join(filter(None, (feil.utdyping, feil.spor)))
            return Funn(kode=feil.kode, melding=feil.melding, mer=mer)
        case OppslagFeilet():
            return Funn(kode=feil.kode, melding=feil.melding, forsoek=FORSOEK_VED_OPPSLAG, vent=feil.vent)
        case LagerFullt():
            return Funn(kode="LagerFullt", melding=str(feil), forsoek=FORSOEK_VED_FULLT_LAGER)
        case Grensebrudd():
            forsoek = 1 if feil.varig else FORSOEK_VED_GRENSEBRUDD
            return Funn(kode=feil.kode, melding=str(feil), forsoek=forsoek)
    return Funn(kode=UKJENT_FEIL, melding=type(feil).__name__, forsoek=FORSOEK_VED_UKJENT_FEIL)


def _felter(felter: Mapping[str, Any] | None) -> str:
    return msgspec.json.encode(felter).decode() if felter else ""
