"""A coverage-guided fuzzer of every verifier. Not in CI; atheris is no dependency of the project:

    .venv/bin/pip install atheris
    .venv/bin/python -m tests.fuzz.atheris_signaturer tests/fuzz/korpus/signaturer -max_total_time=3600 -timeout=5

What it finds goes into the folder; what adds something is kept there as `funn-…`, and `test_signaturer` replays it. A
broken promise is written to `crash-…`. Without arguments it writes what it begins with, as `froe-…`.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["adapters.signaturer", "joserfc", "base64", "json"]):
    from tests.fuzz.innganger import les, skriv_froe
    from tests.fuzz.ordningene import OPPSETT, proev


def en_inngang(data: bytes) -> None:
    nr, anmodning = les(data)
    proev(OPPSETT[nr], anmodning)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        skriv_froe()
    else:
        atheris.Setup(sys.argv, en_inngang)
        atheris.Fuzz()
