"""A coverage-guided fuzzer of every format. Not in CI; atheris is no dependency of the project:

    .venv/bin/pip install atheris
    .venv/bin/python -m tests.fuzz.atheris_formater tests/fuzz/korpus/formater -max_total_time=3600 -timeout=5

What it finds goes into the corpus, which `test_formater` replays; what breaks a promise is written to `crash-…`.
Without arguments it writes what it begins with.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(
    include=["adapters.formater", "gateway.inbox", "gateway.domain", "csv", "urllib.parse"]
):
    from tests.fuzz.meldinger import les_inngang, proev, skriv_froe


def en_inngang(data: bytes) -> None:
    navn, kropp = les_inngang(data)
    proev(navn, "", kropp)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        skriv_froe()
    else:
        atheris.Setup(sys.argv, en_inngang)
        atheris.Fuzz()
