"""Running all tests, as `gateway test` does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Most tests that take long wait for something, so there may be more of them at once than there are cores. Those of one
# file share what they have started.
SAMTIDIG = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
ROT = Path(__file__).resolve().parent.parent.parent


def kjoer_tester(argumenter: Sequence[str]) -> int:
    """Run pytest over everything, or what the arguments say, on both databases; return its exit status."""
    return subprocess.run([sys.executable, "-m", "pytest", *SAMTIDIG, *argumenter], cwd=ROT, check=False).returncode  # noqa: S603
