"""What the gateway and a plugin's process say to one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from gateway.domain.hendelse import Feilklasse
from gateway.plugin.hendelser import Endring, Hendelsestype, Identitet, Oppslag
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import OVERSETTELSESFEIL, Bruddkode
from gateway.vertskap.grenser import Grenser


@dataclass(frozen=True, kw_only=True)
class Oppdrag:
    """One event to ask about, as it was kept. `id` is empty while nobody has said what it is.

    `oppslag` is what its look-ups gave; `naa`, unless said, is `mottatt`.
    """

    produsent: str
    kilde: str
    id: str
    type: str
    mottatt: dt.datetime
    format: str
    raa: bytes
    tid: dt.datetime | None = None
    oppslag: Mapping[str, Any] | None = None
    ventet_forgjeves: bool = False
    naa: dt.datetime | None = None


class Sporsmaal(StrEnum):
    NOEKKEL = "noekkel"
    OPPSLAG = "oppslag"
    OVERSETT = "oversett"
    ENDRING = "etter_endring"


class Endringsoppdrag(msgspec.Struct, frozen=True, array_like=True):
    """One change to tell the plugin of."""

    endring: Endring
    naa: dt.datetime


class Bestilling(msgspec.Struct, frozen=True, array_like=True):
    """A question about each of these, answered one by one in their order, and the seconds that each has.

    What is not begun within `i_alt` seconds is not begun. `fra` is the number of the first of them: no process is asked
    two things by the same, so that what it says too late, or twice, is never taken for the answer to another.
    """

    hva: Sporsmaal
    sekunder: float
    fra: int = 0
    i_alt: float | None = None
    oppdrag: list[Oppdrag] = []
    endringer: list[Endringsoppdrag] = []

    @property
    def antall(self) -> int:
        return len(self.oppdrag) or len(self.endringer)


@dataclass(frozen=True, kw_only=True)
class Oppstart:
    """The first that a process is told. The settings have their secrets, and `hemmelige` tells where those stand.

    `hashnoekkel` is what `kontekst.hashet` hashes with; without it, it cannot.
    """

    sted: Pluginsted
    grenser: Grenser
    hemmelige: tuple[tuple[str | int, ...], ...] = ()
    hashnoekkel: bytes | None = None


class Pluginsvar(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="svar"):
    """What a process answers: what was asked for, else a fault, else a limit that was broken.

    `nummer` is that of what it is the answer to.
    """

    nummer: int = 0
    feil: str | None = None
    utdyping: str = ""
    spor: str = ""
    kode: str = OVERSETTELSESFEIL
    klasse: Feilklasse = Feilklasse.VARIG
    er_hendelsens: bool = False
    brudd: Bruddkode | None = None
    ikke_rukket: bool = False


class Lastesvar(Pluginsvar, frozen=True, kw_only=True, omit_defaults=True, tag="lastet"):
    """What the plugin declares. `hemmelige`: where its settings are secrets, whether or not they are set."""

    versjon: str = ""
    api: int = 1
    lagerversjon: int = 1
    har_noekkel: bool = False
    har_identitet: bool = False
    har_oppslag: bool = False
    har_observatoer: bool = False
    typer: list[Hendelsestype] = []
    hemmelige: list[list[str | int]] = []


class Lagreoenske(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value to store. `levetid` is an ISO 8601 duration, `hoerer_til` a reference: its kind, and what it says."""

    noekkel: str
    verdi: Any
    levetid: str
    hoerer_til: dict[str, Any] | None = None


class Venteoenske(msgspec.Struct, frozen=True, kw_only=True):
    noekkel: str
    lengst: str


class Resultat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a mapping answered, checked, with the keys of the state still in clear."""

    steg: list[dict[str, Any]] = []
    lagre: list[Lagreoenske] = []
    merknader: list[str] = []
    hoppet_over: str | None = None
    venter_paa: Venteoenske | None = None


class Hendelsessvar(Pluginsvar, frozen=True, kw_only=True, omit_defaults=True, tag="hendelse"):
    """Of these the one that was asked for."""

    identitet: Identitet | None = None
    noekkel: str | None = None
    oppslag: list[Oppslag] = []
    resultat: Resultat | None = None


@dataclass(frozen=True, kw_only=True)
class Noekkelsvar:
    """What a plugin says of an event before its turn. `identitet` only of one whose id is not known; None for none.

    `noekkel` is what the hook `noekkel` says; None leaves it to `identitet`, then to the source.
    """

    identitet: Identitet | None = None
    noekkel: str | None = None


class Lagersporsmaal(msgspec.Struct, frozen=True, kw_only=True, tag="les"):
    """The plugin reads its state while it maps; answered by a Lagersvar."""

    noekkel: str


class Lagersvar(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    finnes: bool = False
    verdi: Any = None
    skjemaversjon: int = 1
