"""Adapters: the source of employers' access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.plugin.felles import hookspec


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


@hookspec
def tilgangskilder() -> Sequence[Tilgangskilde]:
    """Bring the source of employers' access. Called once, at load; one source at most."""
    raise NotImplementedError
