"""Adapters: how a webhook proves that it comes from its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from gateway.plugin.felles import hookspec


class UgyldigSignatur(Exception):
    """The request does not prove that it comes from its source. The text says which check failed, and no secret.

    `utfordring` is what the answer's `WWW-Authenticate` says, for schemes that HTTP knows: some senders give their
    password only when they are asked for it.
    """

    def __init__(self, detalj: str, *, utfordring: str | None = None) -> None:
        super().__init__(detalj)
        self.utfordring = utfordring


class KanIkkeVerifiseres(Exception):
    """What it takes to verify cannot be had now: the same request may be verified later. Answered with 503."""


class KanIkkeSignere(Exception):
    """The scheme cannot prove a body by what the source has. The text says why, and what to do instead."""


class UgyldigValg(ValueError):
    """Options that a scheme cannot be used with: what is wrong with each, by its key, and what to give instead."""

    def __init__(self, feil: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{valg} {hva}" for valg, hva in feil.items()))
        self.feil = dict(feil)


class Bevis(StrEnum):
    """What proves who sends."""

    HEMMELIGHET = "HEMMELIGHET"  # a secret of the source, or a public key of the sender: one or more stand in its list
    HEMMELIG_STI = "HEMMELIG_STI"  # such a secret, in the path: the source is served there, and nowhere else
    UTSTEDER = "UTSTEDER"  # a token of an issuer: the source has no secret of its own


@dataclass(frozen=True, kw_only=True)
class Dekning:
    """What a verified request is proven to be: the raw body always, and what is said here.

    What identifies an event is read from what is proven, and from nothing else.
    """

    # The header, in lower case, that holds a signed id of the message.
    id_hode: str | None = None
    # The headers are the sender's too (`ce-` headers may be believed): the proof is of the caller, and TLS of the rest.
    dekker_hoder: bool = False
    # It is proven when it was sent, and what is old is refused: without it an old request stays valid for ever.
    dekker_tid: bool = False
    bevis: Bevis = Bevis.HEMMELIGHET


@dataclass(frozen=True, kw_only=True)
class Anmodning:
    """A request as it came. `repr` shows nothing of it: it holds secrets and personal data.

    `hoder` has lower-case names. A header that was sent twice is one value, its parts joined by commas (RFC 9110): no
    scheme takes that for either of them. One whose value is not ASCII is empty. `hemmelig_sti` is what follows
    `/webhooks/<kilde>/` in the path, decoded; None where nothing does.
    """

    hoder: Mapping[str, str] = field(repr=False)
    kropp: bytes = field(repr=False)
    hemmelig_sti: str | None = field(default=None, repr=False)
    metode: str = "POST"


@dataclass(frozen=True, kw_only=True)
class Signert:
    """What proves a body: headers, by their names in lower case, and what follows `/webhooks/<kilde>/` in the path."""

    hoder: Mapping[str, str] = field(default_factory=dict, repr=False)
    hemmelig_sti: str | None = field(default=None, repr=False)


class Signaturordning(Protocol):
    """One way in which webhooks are proven; `navn` is what `adapter:` in kilder.yaml says."""

    navn: str
    dekker: Dekning

    def med(self, valg: Mapping[str, Any]) -> Signaturordning:
        """The scheme with a source's own options: what `signatur:` in kilder.yaml says, empty where it says nothing.

        Called once a source, at start, whether it has options or not; `dekker` of the answer is what counts. Raises
        ValueError that names key and remedy; UgyldigValg where the line of each key can be told. A scheme without
        options refuses any.
        """

    def kontroller(self, hemmelighet: str) -> None:
        """Raise ValueError, without the secret, for one that cannot be used, or is too weak. Called once, at start."""

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        """Return if the request is proven by one of the secrets; else raise UgyldigSignatur, or KanIkkeVerifiseres.

        `naa` is real time, in UTC, for replay windows. Runs before anything is parsed, for whoever can reach the
        gateway: in constant time as to the secrets, and in bounded time and memory whatever is sent. Nothing else may
        be raised for any request.
        """

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        """What the sender would send this body with: for whoever tries a source out.

        `id_` is the message's own, where the scheme signs one. Raises KanIkkeSignere where only the sender itself can,
        or nobody by this secret.
        """

    def er_proeve(self, anmodning: Anmodning) -> bool:
        """Whether a verified request only tries the connection: it is answered, and nothing is kept."""

    def proevesvar(self, anmodning: Anmodning) -> Mapping[str, Any]:
        """What such a try is answered with, as JSON."""


@hookspec
def signaturordninger() -> Sequence[Signaturordning]:
    """Bring ways to verify webhooks. Called once, at load."""
    raise NotImplementedError
