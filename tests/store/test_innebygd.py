"""The database that is used when none is named: a file in the data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.store.database import aapne, innebygd_url
from gateway.store.migrering import migrer


@pytest.mark.parametrize("mappe", ["data", "med mellomrom", "100%", "a#b", "hva?", "blåbær", "%20"])
def test_filen_ligger_i_mappa_hva_enn_den_heter(tmp_path: Path, mappe: str) -> None:
    database = aapne(innebygd_url(tmp_path / mappe))
    migrer(database)
    database.lukk()
    assert [fil.name for fil in tmp_path.iterdir()] == [mappe]
    assert (tmp_path / mappe / "gateway.db").stat().st_size > 0
