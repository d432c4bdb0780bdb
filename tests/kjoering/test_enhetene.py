"""The units of systemd: valid, able to stop in time, and shut in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gateway.cli import cli
from tests.kjoering.maskin import les_enhet
from tests.kjoering.verktoey import krev
from tests.verden import ROT

MAPPE = ROT / "config" / "systemd"
ENHETER = sorted(MAPPE.glob("*.service"))
# systemd's own measure of what a service could do to the machine; above 5 it calls it exposed.
MEST_UTSATT = 2.0


@pytest.fixture
def lagt_ut(tmp_path: Path) -> list[str]:
    """The units, with a command that exists on this machine."""
    for fil in ENHETER:
        enhet = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", fil.read_text(encoding="utf-8"), flags=re.M)
        (tmp_path / fil.name).write_text(enhet, encoding="utf-8")
    return [str(tmp_path / fil.name) for fil in ENHETER]


def test_enhetene_er_gyldige(lagt_ut: list[str]) -> None:
    analyse = krev("systemd-analyze", "systemd")
    svar = subprocess.run([analyse, "verify", "--man=no", *lagt_ut], capture_output=True, text=True, check=False)
    assert (svar.returncode, svar.stderr) == (0, "")


def test_enhetene_er_stengt_inne(lagt_ut: list[str]) -> None:
    analyse = krev("systemd-analyze", "systemd")
    for fil in lagt_ut:
        svar = subprocess.run(
            [analyse, "security", "--offline=true", "--no-pager", fil], capture_output=True, text=True, check=False
        )
        maalt = re.search(r"exposure level for .*: ([\d.]+)", svar.stdout)
        assert maalt, svar.stdout + svar.stderr
        assert float(maalt[1]) <= MEST_UTSATT, svar.stdout


@pytest.mark.parametrize("fil", ENHETER, ids=lambda fil: fil.stem)
def test_en_enhet_starter_en_kommando_som_finnes_og_faar_tid_til_aa_slutte(fil: Path) -> None:
    enhet = les_enhet(fil)
    (start,) = enhet["ExecStart"]
    navn = fil.stem.removeprefix("produsentgateway-")
    assert start == f"/opt/produsentgateway/naa/bin/gateway {navn}"
    assert navn in cli.commands
    if enhet["Type"] == ["exec"]:
        assert enhet["Restart"] == ["always"]
        assert enhet["KillMode"] == ["mixed"], "SIGTERM goes to the process, which tells its own children"
        assert int(enhet["TimeoutStopSec"][0]) > 10, "it ends by itself within ten seconds"
