"""Adapters: how signed webhooks are verified."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.plugin.felles import hookspec


class UgyldigSignatur(Exception):
    """The request does not prove that it comes from its source. The text says which check failed, and no secret."""


@dataclass(frozen=True, kw_only=True)
class Dekning:
    """What the signatures of a scheme cover: the raw body always, and the message's own id where the scheme has one.

    What identifies an event is read from what is covered, and from nothing else. `id_hode` is the header, in lower
    case, that holds the signed id.
    """

    id_hode: str | None = None


class Signaturordning(Protocol):
    """One way in which webhooks are signed; `navn` is what `adapter:` in kilder.yaml says."""

    navn: str
    dekker: Dekning

    def kontroller(self, hemmelighet: str) -> None:
        """Raise ValueError, without the secret, for one that cannot be used. Called once, at start."""

    def verifiser(self, hoder: Mapping[str, str], kropp: bytes, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        """Return if the raw bytes are signed with one of the secrets; else raise UgyldigSignatur.

        `hoder` has lower-case names. `naa` is real time, in UTC, for replay windows. Runs before anything is parsed.
        """

    def er_proeve(self, hoder: Mapping[str, str]) -> bool:
        """Whether a verified request only tries the connection: it is answered, and nothing is kept."""


@hookspec
def signaturordninger() -> Sequence[Signaturordning]:
    """Bring ways to verify signed webhooks. Called once, at load."""
    raise NotImplementedError
