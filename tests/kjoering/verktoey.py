"""Debian's tools that some of these tests need: without one they are skipped, and in CI they must be there."""

from __future__ import annotations

import os
import shutil

import pytest


def krev(navn: str, pakke: str) -> str:
    """The path of a command; else the test is skipped with how to get it, and in CI it fails."""
    funnet = shutil.which(navn, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if funnet is None:
        grunn = f"{navn} is not installed; `apt-get install {pakke}` brings it"
        if os.environ.get("CI"):
            pytest.fail(grunn)
        pytest.skip(grunn)
    return funnet
