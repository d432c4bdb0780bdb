"""Who may issue tokens, and of which role: read from the settings, and checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.nabo import utrygg


class Rolle(StrEnum):
    """Which door a token is for. A token has one role, whatever else it claims."""

    PRODUSENT = "PRODUSENT"
    PERSON = "PERSON"
    ANSATT = "ANSATT"


@dataclass(frozen=True, kw_only=True)
class Rolleoppsett:
    """The settings of a role: its issuers, where the keys of each are, and the audiences that all of them may name."""

    utstedere: tuple[str, ...]
    jwks: tuple[str, ...]
    audience: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Utstederoppsett:
    """One issuer: where its keys are, and which audiences make a token of it one of which role."""

    iss: str
    jwks: str
    audience: Mapping[Rolle, tuple[str, ...]]


def utstedere(roller: Mapping[Rolle, Rolleoppsett]) -> list[Utstederoppsett]:
    """Each issuer once. The settings must be without `avvik`."""
    jwks = {iss: url for ett in roller.values() for iss, url in zip(ett.utstedere, ett.jwks, strict=True)}
    return [
        Utstederoppsett(
            iss=iss,
            jwks=url,
            audience={rolle: ett.audience for rolle, ett in roller.items() if iss in ett.utstedere},
        )
        for iss, url in jwks.items()
    ]


def avvik(roller: Mapping[Rolle, Rolleoppsett], *, dev: bool) -> Iterator[tuple[str, str]]:
    """(variable, what to give) of all that does not fit together."""
    for rolle, ett in roller.items():
        yield from _i_rollen(rolle, ett, dev=dev)
    yield from _mellom_roller(roller)


def _i_rollen(rolle: Rolle, ett: Rolleoppsett, *, dev: bool) -> Iterator[tuple[str, str]]:
    if len(ett.utstedere) != len(ett.jwks):
        yield f"{rolle}_JWKS_URL", f"must give one address for each issuer of {rolle}_UTSTEDER, in the same order"
    if ett.utstedere and not ett.audience:
        yield f"{rolle}_AUDIENCE", f"must be set when {rolle}_UTSTEDER is"
    if len(set(ett.utstedere)) < len(ett.utstedere):
        yield f"{rolle}_UTSTEDER", "must name each issuer once"
    for url in ett.jwks:
        if fare := utrygg(url, dev=dev):  # whoever can change the answer can make tokens
            yield f"{rolle}_JWKS_URL", fare
            break


def _mellom_roller(roller: Mapping[Rolle, Rolleoppsett]) -> Iterator[tuple[str, str]]:
    """Nothing but the audience tells two roles of one issuer apart."""
    sett: dict[str, tuple[Rolle, str]] = {}
    for rolle, ett in roller.items():
        if len(ett.utstedere) != len(ett.jwks):
            continue
        for iss, jwks in zip(ett.utstedere, ett.jwks, strict=True):
            annen, annen_jwks = sett.setdefault(iss, (rolle, jwks))
            if annen is not rolle and jwks != annen_jwks:
                yield f"{rolle}_JWKS_URL", f"gives other keys for an issuer than {annen}_JWKS_URL; give the same"
        for annen in _foer(rolle, list(roller)):
            if set(ett.utstedere) & set(roller[annen].utstedere) and set(ett.audience) & set(roller[annen].audience):
                yield (
                    f"{rolle}_AUDIENCE",
                    f"names an audience that {annen}_AUDIENCE names too, for the same issuer: nothing would tell their "
                    "tokens apart; give each its own",
                )


def _foer(rolle: Rolle, roller: Sequence[Rolle]) -> Sequence[Rolle]:
    return roller[: roller.index(rolle)]
