"""The runbook's commands, run as they stand against a gateway with real processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.server import Web, kjoerende_web
from tests.verden import ROT

RUNBOK = (ROT / "gateway" / "drift" / "runbook.md").read_text(encoding="utf-8")
KOMMANDOER = dict.fromkeys(re.findall(r"^```sh\n(.*?)^```$", RUNBOK, flags=re.M | re.S))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with kjoerende_web(tmp_path_factory.mktemp("runbok")) as web:
        yield web


@pytest.mark.parametrize("kommando", KOMMANDOER)
def test_kommandoene_i_runboka_virker_som_de_staar(web: Web, kommando: str) -> None:
    miljoe = {
        **os.environ,
        "GATEWAY": f"http://127.0.0.1:{web.port}",
        "TOKEN": "unused-in-dev",
        "GATEWAY_DATA": str(web.data),
        "GATEWAY_UTEN_VENV": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    svar = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", kommando], cwd=ROT, env=miljoe, capture_output=True, text=True, timeout=120
    )
    assert svar.returncode == 0, svar.stderr
    assert svar.stderr == ""
    assert "urn:gateway:feil" not in svar.stdout
    assert svar.stdout.strip() or "|| true" in kommando


def test_runboka_nevner_ingen_kommando_som_ikke_proeves() -> None:
    assert len(KOMMANDOER) >= 8
    assert not set(re.findall(r"^```(\w*)$", RUNBOK, flags=re.M)) - {"sh", ""}
