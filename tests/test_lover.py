"""The laws of the house, held against the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.verden import ROT

TOPP = {"app.py", "pyproject.toml", "README.md", "LICENSE", "gateway", "plugins", "adapters", "jobs", "tests", "config"}
KODE = ("app.py", "gateway", "adapters", "jobs", "plugins")
# Whoever reads the clock itself cannot be tested with another; these two places may.
KLOKKELESERE = {"gateway/klokke.py", "adapters/smtp.py"}  # the latter for the Date of a mail, unless it is given one


@dataclass(frozen=True)
class Bekjentskap:
    """Whom the code of a room may know beside Python's own library and itself: a list of what is allowed."""

    rom: str
    rommet_selv: str
    huset: tuple[str, ...]
    pakker: frozenset[str]


BEKJENTSKAPER = (
    *(
        Bekjentskap(f"plugins/{navn}", f"plugins.{navn}", ("gateway.plugin",), frozenset())
        for navn in sorted(mappe.name for mappe in (ROT / "plugins").iterdir() if (mappe / "__init__.py").exists())
    ),
    Bekjentskap(
        "adapters",
        "adapters",
        ("gateway.plugin",),
        frozenset(
            {
                "aiosmtpd",
                "cryptography",
                "flask",
                "idna",
                "joserfc",
                "lxml",
                "marshmallow",
                "stdnum",
                "structlog",
                "werkzeug",
            }
        ),
    ),
    Bekjentskap(
        "gateway/domain",
        "gateway.domain",
        (),
        frozenset({"dateutil", "holidays", "idna", "msgspec", "nh3", "stdnum"}),
    ),
)


def _sporet() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROT, check=True, capture_output=True, text=True).stdout.splitlines()


def _kode() -> Iterator[tuple[str, ast.Module]]:
    for rot in KODE:
        for fil in sorted((ROT / rot).rglob("*.py")) if (ROT / rot).is_dir() else [ROT / rot]:
            yield str(fil.relative_to(ROT)), ast.parse(fil.read_text(encoding="utf-8"))


def test_oeverste_nivaa_er_fast() -> None:
    toppen = {Path(fil).parts[0] for fil in _sporet()}
    assert {navn for navn in toppen if not navn.startswith(".")} == TOPP


def _kjenner(tre: ast.Module) -> Iterator[str]:
    """The modules that the code imports, wherever in it."""
    for node in ast.walk(tre):
        if isinstance(node, ast.Import):
            yield from (navn.name for navn in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name where they go"
            if node.module == "gateway":  # `from gateway import store` knows `gateway.store`
                yield from (f"gateway.{navn.name}" for navn in node.names)
            else:
                yield node.module or ""


@pytest.mark.parametrize("bekjentskap", BEKJENTSKAPER, ids=lambda ett: ett.rom)
def test_et_rom_kjenner_bare_dem_det_har_lov_til(bekjentskap: Bekjentskap) -> None:
    lov = (bekjentskap.rommet_selv, *bekjentskap.huset)
    ukjente = {
        f"{fil}: {modul}"
        for fil, tre in _kode()
        if fil.startswith(f"{bekjentskap.rom}/") and not fil.startswith(f"{bekjentskap.rom}/tests/")
        for modul in _kjenner(tre)
        if not any(modul == ett or modul.startswith(f"{ett}.") for ett in lov)
        and modul.split(".")[0] not in bekjentskap.pakker | sys.stdlib_module_names
    }
    assert ukjente == set()


@pytest.mark.parametrize(
    ("kode", "kjenner"),
    [
        ("import gateway.store.database", ["gateway.store.database"]),
        ("from gateway import store, api", ["gateway.store", "gateway.api"]),
        ("def f():\n    from gateway.handling.utfoer import utfoer", ["gateway.handling.utfoer"]),
        ("if True:\n    import redis, rq", ["redis", "rq"]),
    ],
)
def test_loven_ser_hver_import(kode: str, kjenner: list[str]) -> None:
    assert list(_kjenner(ast.parse(kode))) == kjenner


def test_ingen_leser_klokka_selv() -> None:
    lesere = {
        fil
        for fil, tre in _kode()
        for node in ast.walk(tre)
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and ast.unparse(node.value) in ("dt.datetime", "datetime", "datetime.datetime", "dt.date", "date")
    }
    assert lesere <= KLOKKELESERE


def test_ingen_feil_svelges() -> None:
    svelget = [
        f"{fil}:{node.lineno}"
        for fil, tre in _kode()
        for node in ast.walk(tre)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and all(isinstance(setning, ast.Pass) for setning in node.body)
    ]
    assert svelget == []


def test_sql_som_er_ulik_mellom_databasene_staar_ett_sted() -> None:
    steder = {
        fil
        for fil, tre in _kode()
        for node in ast.walk(tre)
        if isinstance(node, ast.Attribute) and node.attr == "er_postgres" and isinstance(node.ctx, ast.Load)
    }
    assert steder <= {"gateway/store/dialekt.py", "gateway/store/database.py"}


def test_laasen_navngir_ingen_vert_og_har_hash_for_alt() -> None:
    laas = (ROT / "config" / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index-url|--find-links", laas)
    pakker = re.findall(r"^[a-z0-9].*==.*$", laas, flags=re.M)
    assert pakker
    assert all(pakke.endswith("\\") for pakke in pakker), "each is followed by its hashes"


@pytest.mark.parametrize("fil", [fil for fil in _sporet() if fil.endswith((".py", ".md", ".yaml", ".toml", ".html"))])
def test_ingenting_peker_ut_av_prosjektet(fil: str) -> None:
    assert "../" + "shared" not in (ROT / fil).read_text(encoding="utf-8")


def test_proevene_sover_ikke_og_hopper_ikke_over_uten_grunn() -> None:
    sover = re.compile(r"\btime\.sleep\(|pytest\.mark\.skip\b(?!\(reason)|assert True\b")
    funnet = [
        str(fil.relative_to(ROT))
        for fil in (ROT / "tests").rglob("*.py")
        if fil.name != "test_lover.py" and sover.search(fil.read_text(encoding="utf-8"))
    ]
    assert funnet == []
