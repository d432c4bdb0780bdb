"""The public surface for authors of plugins and adapters: import from here, and from nothing else in `gateway`.

A producer team's plugin declares its event types and maps each event to kommandoer; an adapter brings a signature
scheme, a channel for varsler, or a source of employers' access. See `hooks.md` beside this file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

import pluggy

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.feil import Avslag
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    KansellerVarsel,
    Kommando,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    NySak,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Saksstatus
from gateway.domain.varsel import Altinnressurs, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varseltype

PROSJEKT = "gateway"
hookspec = pluggy.HookspecMarker(PROSJEKT)
hookimpl = pluggy.HookimplMarker(PROSJEKT)


# --- producer teams' plugins ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Hendelsestype:
    """One type of event that a plugin understands.

    `navn` is the type as it stands in the message; no two plugins may declare the same. `skjema` is a JSON Schema
    (2020-12) that the data must follow, `eksempel` is data that follows it, `beskrivelse` one line for Swagger UI.
    """

    navn: str
    beskrivelse: str
    skjema: Mapping[str, Any]
    eksempel: Mapping[str, Any]
    versjon: int = 1


@dataclass(frozen=True, kw_only=True)
class Hendelse:
    """One event as a mapping sees it. `data` is frozen: nested mappings and tuples.

    `kilde` and `id` identify the event for ever; `mottatt` is the instant (UTC) at which it was stored.
    """

    kilde: str
    id: str
    type: str
    data: Any
    mottatt: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Kontekst:
    """What a mapping may know beside the event: the plugin's own settings, frozen."""

    innstillinger: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tillat:
    """Carry out `kommando`, and pass over these refusals of it: they are noted with the event, and nothing is wrong.

    `avslutter`: when it is refused so, the kommandoer after it are left out.
    """

    kommando: Kommando
    avslag: tuple[type[Avslag], ...]
    avslutter: bool = False


# --- adapters ------------------------------------------------------------------------------------------------------


class UgyldigSignatur(Exception):
    """The request does not prove that it comes from its source. The text says which check failed, and no secret."""


class Signaturordning(Protocol):
    """One way in which webhooks are signed; `navn` is what `adapter:` in kilder.yaml says."""

    navn: str

    def kontroller(self, hemmelighet: str) -> None:
        """Raise ValueError, without the secret, for one that cannot be used. Called once, at start."""

    def verifiser(self, hoder: Mapping[str, str], kropp: bytes, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        """Return if the raw bytes are signed with one of the secrets; else raise UgyldigSignatur.

        `hoder` has lower-case names. `naa` is real time, in UTC, for replay windows. Runs before anything is parsed.
        """


@dataclass(frozen=True, kw_only=True)
class VarselTilSending:
    """A varsel handed to a channel. `id` is the same at every try: the idempotency id."""

    id: UUID
    type: Varseltype
    virksomhetsnummer: str
    varsel: EksterntVarsel = field(repr=False)
    forsoek: int


@dataclass(frozen=True, kw_only=True)
class Sendt:
    """The receiver took it. `kode` is the receiver's own code, for the history."""

    kode: str


@dataclass(frozen=True, kw_only=True)
class Overlatt:
    """The receiver has taken it over, and tells the outcome later: the channel's `sjekk` is asked for `ref`.

    `ref` names it at the receiver and holds no personal data; `kode` is the receiver's code, for the history.
    """

    ref: str
    kode: str


class MidlertidigFeil(Exception):
    """The sending may succeed later. `kode` is the receiver's code; neither it nor `melding` holds personal data."""

    def __init__(self, kode: str, melding: str, *, vent: dt.timedelta | None = None) -> None:
        super().__init__(f"{kode}: {melding}")
        self.kode = kode
        self.melding = melding
        self.vent = vent


class VarigFeil(Exception):
    """The sending will never succeed; the varsel ends in FEILET with this code and text, free of personal data."""

    def __init__(self, kode: str, melding: str) -> None:
        super().__init__(f"{kode}: {melding}")
        self.kode = kode
        self.melding = melding


class UklartUtfall(Exception):
    """The receiver may have taken it, and has not said so. It is tried again rarely, and few times.

    `melding` holds no personal data.
    """

    kode = "UKLART_UTFALL"

    def __init__(self, melding: str) -> None:
        super().__init__(f"{self.kode}: {melding}")
        self.melding = melding


class Varselkanal(Protocol):
    """A way out for varsler of some types. Channels do not wait for one another."""

    navn: str
    typer: frozenset[Varseltype]

    def send(self, varsel: VarselTilSending) -> Sendt | Overlatt:
        """Hand the varsel to the receiver. Raises MidlertidigFeil, VarigFeil or UklartUtfall; anything else counts as
        temporary.

        Called outside any transaction, possibly again for the same id. Must give up within 75 seconds; what takes
        longer counts as unclear.
        """


@runtime_checkable
class Utfallskanal(Varselkanal, Protocol):
    """A channel whose receiver takes over first, and tells the outcome later."""

    def sjekk(self, ref: str) -> Sendt | None:
        """Ask what became of what was taken over as `ref`; None while that is not known. Raises VarigFeil when it was
        not delivered, and MidlertidigFeil when it could not be asked.

        Asked ever more seldom, for 14 days. Called as `send` is.
        """


@dataclass(frozen=True, kw_only=True)
class Virksomhetstilgang:
    """What an employer may act for: a virksomhet, its name, and the Altinn resources held there."""

    virksomhetsnummer: str
    navn: str
    ressurser: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Lederforhold:
    """An employee whose nærmeste leder the person is now."""

    virksomhetsnummer: str
    ansatt_fnr: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Tilganger:
    """All that an employer may see, asked at each request. `feil_*`: the source was down or partial."""

    virksomheter: tuple[Virksomhetstilgang, ...] = ()
    leder_for: tuple[Lederforhold, ...] = ()
    feil_altinn: bool = False
    feil_digisyfo: bool = False


class Tilgangskilde(Protocol):
    def tilganger(self, fnr: str) -> Tilganger:
        """The access of the person now. Never raises for a source that is down: it says so in the answer."""


__all__ = [
    "AltinnRessurs",
    "Altinnressurs",
    "Avslag",
    "EksterntVarsel",
    "EndreNesteSteg",
    "EndrePaaminnelse",
    "EndreTilleggsinformasjon",
    "Epost",
    "Hendelse",
    "Hendelsestype",
    "Kalenderavtaletilstand",
    "KansellerVarsel",
    "Kommando",
    "Kontekst",
    "Lederforhold",
    "Lokasjon",
    "MidlertidigFeil",
    "Mottaker",
    "NaermesteLeder",
    "Notifikasjonsreferanse",
    "Notifikasjonstype",
    "NyBeskjed",
    "NyKalenderavtale",
    "NyOppgave",
    "NySak",
    "NySlettetid",
    "NyStatus",
    "OppdaterKalenderavtale",
    "OppgaveUtfoert",
    "OppgaveUtgaatt",
    "Overlatt",
    "Paaminnelse",
    "Paaminnelsestidspunkt",
    "Saksreferanse",
    "Saksstatus",
    "Sendetidspunkt",
    "Sendevindu",
    "Sendt",
    "Signaturordning",
    "SlettNotifikasjon",
    "SlettSak",
    "Slettestrategi",
    "Slettetidspunkt",
    "Sms",
    "Tilganger",
    "Tilgangskilde",
    "Tillat",
    "UgyldigSignatur",
    "UklartUtfall",
    "Utfallskanal",
    "UtsettFrist",
    "VarigFeil",
    "VarselTilSending",
    "Varselkanal",
    "Varseltype",
    "Virksomhetstilgang",
    "hookimpl",
]
