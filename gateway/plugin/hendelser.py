"""A producer team's plugin: what it declares, what it is given, what it may answer, and its hooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import Kommando, Notifikasjonsreferanse, Saksreferanse
from gateway.plugin.felles import hookspec

# The surface that this gateway gives to plugins. A plugin says `API = 1`; without it, 1 is meant.
API = 1


@dataclass(frozen=True, kw_only=True)
class Hendelsestype:
    """One version of one type of event that a plugin understands.

    `navn` is the type as it stands in the message; it belongs to the producer. `skjema` is a JSON Schema (2020-12)
    that the data must follow, `eksempel` is data that follows it, `beskrivelse` one line for Swagger UI. Several
    versions of a type may be declared side by side: an event is of the newest whose schema it follows.
    `id`, `noekkel` and `tid` are JMESPath over the message: its identity, its ordering key, when it happened. They
    rule where neither the event itself (a CloudEvent) nor its source says so.
    """

    navn: str
    beskrivelse: str
    skjema: Mapping[str, Any]
    eksempel: Mapping[str, Any]
    versjon: int = 1
    id: str | None = None
    noekkel: str | None = None
    tid: str | None = None


@dataclass(frozen=True, kw_only=True)
class Hendelse:
    """One event as a plugin sees it. `data` is frozen: nested mappings and tuples.

    `kilde` and `id` identify the event for ever; `mottatt` is the instant (UTC) at which it was stored; `tid` is when
    it happened, as the message says it, else None. `versjon` is that of its type, after `oppgraderinger`. In
    `identitet`, `id` is not known yet, and empty.
    """

    kilde: str
    id: str
    type: str
    data: Any
    mottatt: dt.datetime
    tid: dt.datetime | None = None
    versjon: int = 1


@dataclass(frozen=True, kw_only=True)
class Kontekst:
    """What a plugin may know beside the event; all of it frozen.

    `innstillinger` are the producer's settings. `naa` is the gateway's clock (UTC). `lager` is the plugin's keyed
    state, read as it is used. `oppslag` holds what the look-ups gave, by their navn; None where one that is optional
    gave nothing. `ventet_forgjeves`: the event was parked by `VentPaa`, and what it waited for did not come in time.
    """

    innstillinger: Mapping[str, Any]
    naa: dt.datetime
    lager: Mapping[str, Any] = field(default_factory=dict)
    oppslag: Mapping[str, Any] = field(default_factory=dict)
    ventet_forgjeves: bool = False
    hashing: Callable[[str], str] = field(default=str, repr=False)

    def hashet(self, tekst: str) -> str:
        """A keyed hash of what may not stand in clear, such as a fødselsnummer: the same text gives the same, always.

        For an id, a key, an eksternId or a grupperingsid. Different for every producer.
        """
        return self.hashing(tekst)


@dataclass(frozen=True, kw_only=True)
class Identitet:
    """What `identitet` says of a message. `noekkel` and `tid` as in Hendelsestype; None leaves them to the source."""

    id: str
    noekkel: str | None = None
    tid: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Oppslag:
    """A question to a service outside, that the gateway asks before the mapping.

    `tjeneste` is a name under `oppslag:` of the plugin's entry in the produsentregister, which holds the address, the
    secret and the limits. `sti` and `parametre` are added to the address; what must not stand in one, such as a
    fødselsnummer, goes in `hoder`. `navn` is what the answer is called in `kontekst.oppslag`. `valgfritt`: when there
    is no answer after all tries, the mapping goes on with None.
    """

    navn: str
    tjeneste: str
    sti: str = ""
    parametre: Mapping[str, str] = field(default_factory=dict, repr=False)
    hoder: Mapping[str, str] = field(default_factory=dict, repr=False)
    valgfritt: bool = False


@dataclass(frozen=True, kw_only=True)
class Tillat:
    """Carry out `kommando`, and pass over these refusals of it: they are noted with the event, and nothing is wrong.

    `avslutter`: when it is refused so, the kommandoer after it are left out.
    """

    kommando: Kommando
    avslag: tuple[type[Avslag], ...]
    avslutter: bool = False


@dataclass(frozen=True)
class Lagre:
    """Keep `verdi` (JSON) under `noekkel` in the plugin's state, in the transaction of the event; None removes it.

    It is forgotten after `levetid` (an ISO 8601 duration), and before that when the object it belongs to is deleted.
    Keys are kept hashed.
    """

    noekkel: str
    verdi: Any
    levetid: str = "P90D"
    hoerer_til: Saksreferanse | Notifikasjonsreferanse | None = None


@dataclass(frozen=True)
class VentPaa:
    """Park the event until something is stored under `noekkel` in the plugin's state; then it is mapped anew.

    After `lengst` (an ISO 8601 duration from when it came in) it is mapped once more, with
    `kontekst.ventet_forgjeves`; if that waits again, it goes to KARANTENE. Those behind it in its key wait with it.
    It must be all that the mapping answers.
    """

    noekkel: str
    lengst: str = "P1D"


@dataclass(frozen=True)
class HoppOver:
    """Nothing is to be done, for this reason, which is noted with the event and counted at `/drift`.

    `grunn` is a fixed text that names nobody. It must be all that the mapping answers, but for `Merknad`.
    """

    grunn: str


@dataclass(frozen=True)
class Merknad:
    """Note this with the event, and count it at `/drift`. `tekst` is a fixed text that names nobody."""

    tekst: str


@dataclass(frozen=True)
class Del:
    """A part of an event that succeeds or fails alone: all its kommandoer take effect, or none.

    For one event that concerns many virksomheter. `navn` tells it from the other parts. What has been done is not done
    again when the event is tried anew. An event in parts has no kommando outside them.
    """

    navn: str
    kommandoer: Sequence[Kommando | Tillat]


Svar = Kommando | Tillat | Lagre | VentPaa | HoppOver | Merknad | Del


class Endringsslag(StrEnum):
    """What observers are told of."""

    OPPGAVE_UTGAATT = "OPPGAVE_UTGAATT"
    PAAMINNELSE_SENDT = "PAAMINNELSE_SENDT"
    KALENDERAVTALE_AVHOLDT = "KALENDERAVTALE_AVHOLDT"
    VARSEL_SENDT = "VARSEL_SENDT"
    VARSEL_FEILET = "VARSEL_FEILET"
    SLETTET = "SLETTET"


@dataclass(frozen=True, kw_only=True)
class Endring:
    """What the gateway itself did to an object of the producer, some time after it was committed.

    `id` is the same each time that it is told: give it as idempotensnoekkel. `tidspunkt` is an instant (UTC).
    `feilkode` is the receiver's, for VARSEL_FEILET. The object may have changed again, or be gone, since.
    """

    id: str
    slag: Endringsslag
    tidspunkt: dt.datetime
    merkelapp: str
    sak_id: UUID | None = None
    grupperingsid: str | None = None
    notifikasjon_id: UUID | None = None
    ekstern_id: str | None = None
    varsel_id: UUID | None = None
    feilkode: str | None = None


Oppgradering = Callable[[Any], Any]


@hookspec
def hendelsestyper(innstillinger: Mapping[str, Any]) -> Sequence[Hendelsestype]:
    """Declare the event types that this plugin understands. Called as the plugin's process starts."""
    raise NotImplementedError


@hookspec
def oppgraderinger() -> Mapping[tuple[str, int], Oppgradering]:
    """For a type's navn and an old version of it: what makes its data into that of the next version.

    Optional. Called as the plugin's process starts. With it, `oversett` sees the newest version only.
    """
    raise NotImplementedError


@hookspec
def lageroppgraderinger() -> Mapping[int, Oppgradering]:
    """For an old version of the plugin's state (its `LAGERVERSJON`, 1 unless said): what makes a value into the next.

    Optional. Called as the plugin's process starts; what it answers, as a value is read.
    """
    raise NotImplementedError


@hookspec
def identitet(hendelse: Hendelse, kontekst: Kontekst) -> Identitet | None:
    """Return the identity of a message for which neither its source nor its type says it; None keeps it in KARANTENE.

    Optional. `kontekst` has settings and `hashet` only. Runs under the same limits as `oversett`.
    """
    raise NotImplementedError


@hookspec
def noekkel(hendelse: Hendelse, kontekst: Kontekst) -> str | None:
    """Return the ordering key of an event: events of the same key are handled in the order of arrival.

    Optional. None, or no such hook, means that the source's own key rules, else that the event stands alone. Runs
    in the plugin's process, under the same limits as `oversett`, so it must only read the event. `kontekst` has
    settings and `hashet` only.
    """
    raise NotImplementedError


@hookspec
def oppslag(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Oppslag]:
    """Say what must be looked up outside before the event is mapped. Optional. Runs as `oversett` does.

    The gateway asks, in a worker, outside any transaction; the answers are kept with the event, so that a later try
    maps the same.
    """
    raise NotImplementedError


@hookspec
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    """Map one event, whose data follows its schema, to the kommandoer that carry it out; none, if it calls for none.

    Pure: no I/O, no clock, the same answer every time. Runs in the plugin's own process, under limits
    of time, memory, number of kommandoer and size.
    All kommandoer of one event, and all that it stores, take effect together or not at all, but for `Del`.
    """
    raise NotImplementedError


@hookspec
def etter_endring(endring: Endring, kontekst: Kontekst) -> Sequence[Kommando | Tillat | Lagre]:
    """Observe what the gateway did to an object of the producer; may answer with kommandoer. Optional.

    Runs after commit, at least once for each, off the way of events, in the order of the log for each object.
    """
    raise NotImplementedError
