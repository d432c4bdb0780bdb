"""The next version of the gateway: a copy of this one, with a migration more."""

from __future__ import annotations

import shutil
from pathlib import Path

import gateway

KILDEKODE = ("gateway", "adapters", "jobs", "plugins", "app.py")
NESTE_MIGRERING = "9999_drill"
MIGRERING = '''\
"""A column more, that the version before knows nothing of."""


def up(migrator, db):
    db.execute_sql("ALTER TABLE notifikasjon ADD COLUMN drill TEXT")
'''


def neste_versjon(mappe: Path) -> Path:
    """Make it in a folder under `mappe`; give the folder, from which `python -m gateway` runs it."""
    denne, neste = Path(gateway.__file__).resolve().parent.parent, mappe / "neste"
    neste.mkdir()
    for navn in KILDEKODE:
        if (denne / navn).is_dir():
            shutil.copytree(denne / navn, neste / navn, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(denne / navn, neste / navn)
    (neste / "gateway" / "store" / "migrasjoner" / f"{NESTE_MIGRERING}.py").write_text(MIGRERING, encoding="utf-8")
    return neste
