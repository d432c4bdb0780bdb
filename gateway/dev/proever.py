"""Running all tests, as `gateway test` does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROT = Path(__file__).resolve().parent.parent.parent


def kjoer_tester(argumenter: Sequence[str]) -> int:
    """Run pytest over everything, or what the arguments say, on both databases; return its exit status."""
    return subprocess.run([sys.executable, "-m", "pytest", *argumenter], cwd=ROT, check=False).returncode  # noqa: S603
