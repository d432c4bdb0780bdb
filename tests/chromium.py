"""The browser in which the pages are tested, as people see them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGG = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window. On a machine without one, the test that asks is skipped; never in CI."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must have a browser; .ci/run installs Debian's chromium"
        pytest.skip("no Chromium on this machine: install Debian's chromium to see the pages tested")
    with sync_playwright() as playwright:
        startet = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGG))
        yield startet
        startet.close()
