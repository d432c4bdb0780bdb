"""What RQ is told to do: `gaa`, with the name of a round. It wakes that round in this process, and is done."""

from __future__ import annotations

from collections.abc import Callable

from gateway.runder.alle import RUNDER


class UkjentRunde(Exception):
    """There is no round of this name. The text does not repeat it: it came from outside."""


_vekk: list[Callable[[str], None]] = []


def innred(vekk: Callable[[str], None]) -> None:
    """Say how this process wakes a round."""
    _vekk[:] = [vekk]


def krev_runde(navn: str) -> None:
    """Raises UkjentRunde."""
    if navn not in RUNDER:
        raise UkjentRunde("There is no such round.")


def gaa(navn: str) -> None:
    """Wake the round of this name. Raises UkjentRunde for any other name."""
    krev_runde(navn)
    (vekk,) = _vekk
    vekk(navn)
