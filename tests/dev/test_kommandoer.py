"""Commands in another terminal than the gateway's: each says when there is none where it looks, and makes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.store.database import aapne
from gateway.store.migrering import migrer
from tests.ende_til_ende.kjoerende import kjoerende_gateway
from tests.verden import ROT

OBJEKT = "01a21940-3548-75aa-8384-5fdf01997a5f"
FNR = "15488510042"
TRENGER_EN_GATEWAY = [
    ("token", "produsent", "dev-gcp:fager:fager-demo"),
    ("token", "person", FNR),
    ("token", "ansatt", "Z990001"),
    ("klokke", "+3d"),
]
TRENGER_EN_DATABASE = [
    ("spor", OBJEKT),
    ("spor", OBJEKT, "--tekst", "hemmelig"),
    ("hendelser",),
    ("hendelser", "vis", OBJEKT),
    ("hendelser", "paa-nytt", "--alle", "--grunn", "rettet"),
    ("hendelser", "sandkasse", "permittering", "--plugin", "plugins.permittering"),
]


def kjoer(data: Path, *argumenter: str, **miljoe: str) -> subprocess.CompletedProcess[str]:
    uten = {"DATABASE_URL", "REDIS_URL", "SMTP_URL", "MILJOE"}
    return subprocess.run(
        [sys.executable, "-m", "gateway", *argumenter],
        cwd=ROT,
        env={
            **{navn: verdi for navn, verdi in os.environ.items() if navn not in uten},
            "GATEWAY_DATA": str(data),
            "GATEWAY_UTEN_VENV": "1",
            **miljoe,
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("argumenter", TRENGER_EN_GATEWAY)
@pytest.mark.parametrize("finnes", [False, True])
def test_uten_en_gateway_i_mappen_sies_det_og_ingenting_lages(
    tmp_path: Path, argumenter: tuple[str, ...], finnes: bool
) -> None:
    data = tmp_path / "feil" / "mappe"
    if finnes:
        data.mkdir(parents=True)
    svar = kjoer(data, *argumenter)
    assert (svar.returncode, svar.stdout) == (1, "")
    assert f"GATEWAY_DATA: no gateway has been started with the data folder {data}" in svar.stderr
    assert "`gateway dev`" in svar.stderr
    assert list(tmp_path.rglob("*")) == ([data.parent, data] if finnes else [])


@pytest.mark.parametrize("argumenter", TRENGER_EN_DATABASE)
def test_uten_en_database_lages_ingen(tmp_path: Path, argumenter: tuple[str, ...]) -> None:
    for url in ("", f"sqlite:///{tmp_path / 'feil' / 'gateway.db'}"):
        svar = kjoer(tmp_path / "feil", *argumenter, DATABASE_URL=url)
        assert (svar.returncode, svar.stdout) == (1, "")
        assert f"there is no database at {tmp_path / 'feil' / 'gateway.db'}" in svar.stderr
        assert ("correct DATABASE_URL" if url else "correct GATEWAY_DATA") in svar.stderr
    assert list(tmp_path.iterdir()) == []


def test_migrate_lager_ikke_mappen_til_en_database(tmp_path: Path) -> None:
    for url in ("", f"sqlite:///{tmp_path / 'feil' / 'gateway.db'}"):
        svar = kjoer(tmp_path / "feil", "migrate", DATABASE_URL=url)
        assert (svar.returncode, svar.stdout) == (1, "")
        assert f"there is no folder {tmp_path / 'feil'}" in svar.stderr
    assert list(tmp_path.iterdir()) == []
    assert kjoer(tmp_path, "migrate").returncode == 0
    assert (tmp_path / "gateway.db").exists()


@pytest.mark.parametrize("argumenter", [("config",), ("plugin", "list"), ("worker",), ("scheduler",)])
def test_ingen_annen_kommando_lager_noe_der_det_ikke_er_noen_gateway(
    tmp_path: Path, argumenter: tuple[str, ...]
) -> None:
    svar = kjoer(tmp_path / "feil", *argumenter)
    assert "Traceback" not in svar.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argumenter", [*TRENGER_EN_GATEWAY, *TRENGER_EN_DATABASE, ("migrate",)])
@pytest.mark.parametrize("data", ["x" * 300, "fil/under"])
def test_en_mappe_som_ikke_kan_brukes_sies_i_ord(tmp_path: Path, argumenter: tuple[str, ...], data: str) -> None:
    (tmp_path / "fil").touch()
    svar = kjoer(tmp_path / data, *argumenter)
    assert svar.returncode == 1
    assert "Traceback" not in svar.stderr
    assert "GATEWAY_DATA" in svar.stderr


def test_en_database_som_ikke_svarer_eller_ikke_er_gatewayens_sies_i_ord(tmp_path: Path) -> None:
    (tmp_path / "annen.db").touch()
    for kommando in (("spor", OBJEKT), ("migrate",)):
        svar = kjoer(tmp_path, *kommando, DATABASE_URL="postgresql://ingen@127.0.0.1:1/ingen")
        assert (svar.returncode, "Traceback" in svar.stderr) == (1, False)
        assert "DATABASE_URL" in svar.stderr
    svar = kjoer(tmp_path, "spor", OBJEKT, DATABASE_URL=f"sqlite:///{tmp_path / 'annen.db'}")
    assert (svar.returncode, "Traceback" in svar.stderr) == (1, False)
    assert "`gateway migrate`" in svar.stderr


def test_spor_leser_en_database_uten_aa_etterlate_en_noekkel(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'egen.db'}"
    database = aapne(url)
    migrer(database)
    database.lukk()
    svar = kjoer(tmp_path / "feil", "spor", OBJEKT, DATABASE_URL=url)
    assert (svar.returncode, svar.stdout) == (0, "no content is left\n")
    assert not (tmp_path / "feil").exists()


def test_klokke_og_token_virker_for_gatewayen_i_mappen_og_klokke_sier_om_den_gaar(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with kjoerende_gateway(data) as gateway:
        svar = kjoer(data, "klokke", "+3d")
        assert (svar.returncode, svar.stdout.count("\n")) == (0, 1)
        assert f"the `gateway dev` with process id {gateway.prosess.pid}" in svar.stderr
        token = kjoer(data, "token", "produsent", "dev-gcp:fager:fager-demo")
        assert token.stderr == ""
        hoder = {"Authorization": f"Bearer {token.stdout.strip()}"}
        assert gateway.kall("GET", "/api/v1/whoami", hoder=hoder).status == 200
    svar = kjoer(data, "klokke", "naa")
    assert svar.returncode == 0
    assert f"no `gateway dev` runs in {data} now" in svar.stderr
    assert not (data / "klokke.json").exists()
