"""Lines come under their names; a terminal that has gone away is told once, and harms nobody."""

from __future__ import annotations

import io

import pytest

from gateway.dev.terminal import Terminal


class _Lukket(io.StringIO):
    def write(self, tekst: str) -> int:
        raise BrokenPipeError


def test_hver_linje_staar_under_navnet_sitt(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(borte=lambda: pytest.fail("it is there"))
    terminal.linje("web", "hei")
    terminal.linje("scheduler", "hei")
    assert capsys.readouterr().out == "web       hei\nscheduler hei\n"


def test_en_terminal_som_er_borte_stopper_det_hele_en_gang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", _Lukket())
    stoppet: list[bool] = []
    terminal = Terminal(borte=lambda: stoppet.append(True))
    for _ in range(3):
        terminal.linje("web", "hei")
    assert stoppet == [True]
