"""A folder for the plugins that a test makes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.moduler import Moduler


@pytest.fixture
def moduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moduler]:
    foer = set(sys.modules)
    yield Moduler(tmp_path, monkeypatch)
    for navn in set(sys.modules) - foer:
        if navn.startswith("proeveplugin_"):
            del sys.modules[navn]
