"""Migrations bring an empty database, of either kind, to where the tables say that it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.store.database import Database, aapne
from gateway.store.migrering import mangler, migrer
from gateway.store.tabeller import TABELLER
from tests.servere import egen_database
from tests.verden import ROT


def _bilde(database: Database) -> dict[str, object]:
    with database.tilkobling():
        return {
            tabell._meta.table_name: (
                sorted(
                    (kolonne.name, kolonne.data_type, kolonne.null)
                    for kolonne in database.motor.get_columns(tabell._meta.table_name)
                ),
                sorted(
                    (indeks.name, tuple(indeks.columns), indeks.unique)
                    for indeks in database.motor.get_indexes(tabell._meta.table_name)
                ),
            )
            for tabell in TABELLER
        }


def _tom(request: pytest.FixtureRequest, slag: str, tmp_path: Path, navn: str) -> Database:
    if slag == "sqlite":
        return aapne(f"sqlite:///{tmp_path / navn}.db")
    # Made through the fixtures' stack, so that it is dropped again whatever the test does.
    ny = egen_database(request.getfixturevalue("postgres_url"), navn)
    url = ny.__enter__()
    request.addfinalizer(lambda: ny.__exit__(None, None, None))
    return aapne(url)


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_migreringene_gir_de_tabellene_som_koden_kjenner(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path
) -> None:
    migrert = _tom(request, slag, tmp_path, "migrert")
    assert migrer(migrert) != []
    assert migrer(migrert) == []
    assert mangler(migrert) == []
    fra_migrering = _bilde(migrert)
    migrert.lukk()

    direkte = _tom(request, slag, tmp_path, "direkte")
    with direkte.tilkobling():
        direkte.motor.create_tables(TABELLER)
    assert fra_migrering == _bilde(direkte)
    direkte.lukk()


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_mange_som_migrerer_samtidig_gjoer_det_en_gang(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path
) -> None:
    database = _tom(request, slag, tmp_path, "samtidig")
    url = database.url
    database.lukk()
    program = (
        "import sys; from gateway.store.database import aapne; from gateway.store.migrering import migrer;"
        "print(len(migrer(aapne(sys.argv[1]))))"
    )
    prosesser = [
        subprocess.Popen(
            [sys.executable, "-c", program, url], cwd=ROT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    svar = [prosess.communicate(timeout=60) for prosess in prosesser]
    assert [prosess.returncode for prosess in prosesser] == [0] * 4, svar
    assert sorted(int(ut) for ut, _ in svar)[:3] == [0, 0, 0]
