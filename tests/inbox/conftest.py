"""The inbox of a producer whose plugin does everything wrong, and that of a real one."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.kjerne import Kjerne
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.lasting import last_plugins
from tests.inbox.innboks import PLUGIN, Innboks
from tests.verden import FastKlokke


@pytest.fixture
def egne_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """A plugin of the producer `fager` that does everything that a plugin can do wrong."""
    (tmp_path / "uskikkelig.py").write_text(textwrap.dedent(PLUGIN))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sys.modules.pop("uskikkelig", None)
    return last_plugins([Pluginsted(navn="uskikkelig", modul="uskikkelig", produsent="fager")], strenge=True)


@pytest.fixture
def innboks(kjerne: Kjerne, egne_plugins: Plugins) -> Iterator[Innboks]:
    ny = Innboks(replace(kjerne, plugins=egne_plugins), "fager", FastKlokke())
    yield ny
    ny.oversetter.lukk()


@pytest.fixture
def inntektsmelding(kjerne: Kjerne) -> Iterator[Innboks]:
    ny = Innboks(kjerne, "inntektsmelding", FastKlokke())
    yield ny
    ny.oversetter.lukk()
