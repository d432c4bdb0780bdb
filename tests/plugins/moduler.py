"""Small plugins made for a test, as modules that this process and its children can import."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.oversettelse import Oversettelse

HODE = 'from gateway.plugin import *\nVERSJON = "1"\n'
TYPER = """
@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="{type_}", beskrivelse="x", skjema={{"type": "object"}}, eksempel={{}})]
"""
OVERSETT = """
@hookimpl
def oversett(hendelse, kontekst):
    return []
"""


class Moduler:
    """A folder of plugins, each of which is the producer's of the same name."""

    def __init__(self, mappe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._mappe, self._monkeypatch = mappe, monkeypatch
        monkeypatch.syspath_prepend(str(mappe))

    def skriv(self, navn: str, kode: str) -> Pluginsted:
        modul = f"proeveplugin_{navn}"
        (self._mappe / f"{modul}.py").write_text(HODE + textwrap.dedent(kode), encoding="utf-8")
        self._monkeypatch.delitem(sys.modules, modul, raising=False)
        return Pluginsted(navn=navn, modul=modul, produsent=navn)

    def frisk(self, navn: str = "frisk", type_: str = "FRISK") -> Pluginsted:
        """One that has nothing wrong with it."""
        return self.skriv(navn, TYPER.format(type_=type_) + OVERSETT)


class TomtLager:
    """A state with nothing in it, which forgets what it is told."""

    def les(self, noekkel: str) -> None:
        """Nothing is stored."""

    def skrevet(self, oversettelse: Oversettelse) -> None:
        """Nothing is remembered."""
