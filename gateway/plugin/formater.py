"""Adapters: the formats in which sources send, and in which they are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.domain.hendelsesdata import (
    DYPESTE,
    Format,
    UgyldigJson,
    Uleselig,
    les_json,
    skriv_json,
)
from gateway.plugin.felles import hookspec
from gateway.plugin.signaturer import UgyldigValg
from gateway.plugin.uttrykk import LENGSTE, Uttrykk, Uttrykksfeil

__all__ = [
    "DYPESTE",
    "LENGSTE",
    "Egne",
    "Finner",
    "ForMangeHendelser",
    "Format",
    "Formatsvar",
    "Innhold",
    "Lest",
    "Melding",
    "Meldingsdel",
    "Meldingsformat",
    "Svarinnhold",
    "Uforstaatt",
    "UgyldigJson",
    "UgyldigValg",
    "UkjentInnholdstype",
    "Uleselig",
    "Uttrykk",
    "Uttrykksfeil",
    "formater",
    "les_json",
    "skriv_json",
]


class UkjentInnholdstype(Exception):
    """The content type is not one that is read here. The text names those that are."""


class ForMangeHendelser(Exception):
    """One message carries more events than its source may send at once. The text says how many that is."""


@dataclass(frozen=True, kw_only=True)
class Melding:
    """A verified message. `repr` shows nothing of it: it holds personal data.

    `hoder` has lower-case names, and only those that were proven with the body; nobody has signed `innholdstype`,
    unless the scheme covers the headers too. `maks` is how many events the message may carry.
    """

    kropp: bytes = field(repr=False)
    innholdstype: str = ""
    hoder: Mapping[str, str] = field(default_factory=dict, repr=False)
    maks: int = 10_000


@dataclass(frozen=True, kw_only=True)
class Egne:
    """What an event says of itself, in a format that has places for it; it goes before what the source says."""

    id: Any
    type: Any
    noekkel: Any = None
    tid: Any = None


@dataclass(frozen=True, kw_only=True)
class Innhold:
    """One event of a message.

    `data` is what the plugin is given, and `raa` what is kept of it, which holds the data as `format` says: the bytes
    that were sent where they are JSON, else the data as JSON. `soekes` is what the source's expressions look in.
    `sted` says where in the message it stands (`line 17`), and is empty for one that is alone. `original` gives what
    was sent of it, in a form that the format reads as one message: it is kept when the event cannot be identified.
    """

    data: Any = field(repr=False)
    raa: bytes = field(repr=False)
    soekes: Any = field(repr=False)
    format: Format = Format.JSON
    egne: Egne | None = field(default=None, repr=False)
    sted: str = ""
    original: Callable[[], bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Uforstaatt:
    """A part of a message that is not as the format says; it stops no other part.

    `raa` is what was sent of it, as for `Innhold.original`. `grunn` is a sentence that repeats nothing of it.
    """

    raa: bytes = field(repr=False)
    grunn: str
    sted: str = ""
    format: Format = Format.ORIGINAL


Meldingsdel = Innhold | Uforstaatt


@dataclass(frozen=True, kw_only=True)
class Lest:
    """The events of a message, in its order. `flere`: it may carry many, so that each is answered in its place."""

    deler: Sequence[Meldingsdel]
    flere: bool = False


@dataclass(frozen=True, kw_only=True)
class Svarinnhold:
    """What a sender is answered. `innhold` is the JSON of the answer: of a problem (RFC 9457) where `status` is 400 up.

    `innholdstype` and `melding` are those of the request: they tell which version of a format its sender speaks. They
    may be unverified, and `melding` empty.
    """

    status: int
    innhold: Mapping[str, Any]
    innholdstype: str = ""
    melding: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class Formatsvar:
    """An answer as it goes over the wire."""

    kropp: bytes
    innholdstype: str


class Finner(Protocol):
    """An expression of a source, that finds where type, id, key or time stands."""

    @property
    def tekst(self) -> str:
        """As the source has it."""

    def finn(self, soekes: Any) -> Any:
        """What it finds: a text, a number, a truth; None for nothing. Raises Uttrykksfeil, also when it takes long."""


class Meldingsformat(Protocol):
    """One format; `navn` is what `format:` in kilder.yaml says.

    `standarder` are the expressions (`type`, `id`, `noekkel`, `tid`, `ignorer`) that rule where a source gives none.
    `sier_hva_de_er`: each event has `egne`, so that a source need not say where its type stands. `har_svar`: senders
    are answered in a form of its own.
    """

    navn: str
    standarder: Mapping[str, str]
    sier_hva_de_er: bool
    har_svar: bool

    def med(self, valg: Mapping[str, Any]) -> Meldingsformat:
        """The format with a source's own options. Called once a source, at start.

        Raises ValueError that names key and remedy; UgyldigValg where the line of each key can be told.
        """

    def uttrykk(self, tekst: str) -> Finner:
        """An expression of a source. Called at start. Raises Uttrykksfeil, which says what to give."""

    def les(self, melding: Melding) -> Lest:
        """The events of a verified message, in bounded time and memory, whatever it is.

        Raises Uleselig, UkjentInnholdstype, ForMangeHendelser; nothing else may be raised for any message.
        """

    def svar(self, svar: Svarinnhold) -> Formatsvar | None:
        """The answer in the format, for one that has a form of its own; None for JSON. Asked where `har_svar`."""


@hookspec
def formater() -> Sequence[Meldingsformat]:
    """Bring formats in which sources send. Called once, at load."""
    raise NotImplementedError
