"""`gateway dev` as a whole: what it says, what it keeps, and who may not disturb it. Kills are in `ende_til_ende`."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.dev.datamappe import toem
from gateway.dev.oppstart import start_alt
from gateway.klokke import FlyttbarKlokke, sann_tid
from gateway.oppsett.innstillinger import Innstillinger, Innstillingsfeil
from tests.ende_til_ende.kjoerende import Kjoerende, kjoerende_gateway
from tests.verden import ROT


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="the line that is printed is for curl and openssl"
)
def test_den_gaar_videre_med_det_den_hadde_og_reset_kjenner_alt_den_lager(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with kjoerende_gateway(data) as gateway:
        assert _foerste_webhook(gateway) == 202
        noekkel = gateway.epost_url.partition("noekkel=")[2]  # the port may be another's by then
        FlyttbarKlokke(data).still(sann_tid() + timedelta(days=1))
        with pytest.raises(Innstillingsfeil, match=f"process id {gateway.prosess.pid}"):
            start_alt(Innstillinger(data=data), reset=True)
    assert _rekkefoelge(gateway.linjer) == ["epost", "valkey"]
    with kjoerende_gateway(data) as gateway:
        assert _foerste_webhook(gateway) == 200
        assert gateway.epost_url.endswith(f"noekkel={noekkel}")
    toem(data)
    assert [ett.name for ett in data.iterdir()] == ["dev.lock"]


def _foerste_webhook(gateway: Kjoerende) -> int:
    """Paste the line that it printed."""
    (linje,) = (linje for linje in gateway.linjer if "curl -i" in linje)
    svar = subprocess.run(["bash", "-c", linje], cwd=ROT, capture_output=True, text=True, check=True).stdout
    treff = re.match(r"HTTP/1\.1 (\d+)", svar)
    assert treff, svar
    return int(treff[1])


def _rekkefoelge(linjer: list[str]) -> list[str]:
    """Which of those that the others lean on stopped first."""
    etter = linjer[linjer.index("stopping …") :]
    return list(dict.fromkeys(linje.split()[0] for linje in etter if linje.startswith(("epost ", "valkey "))))


@pytest.mark.parametrize(
    ("innstillinger", "raad"),
    [
        ({"database_url": "postgresql://ingen@127.0.0.1:1/ingen"}, "DATABASE_URL: .*start the database"),
        ({"host": "192.0.2.1"}, "PORT: .*set PORT to another"),
    ],
)
def test_det_som_hindrer_en_start_sies_med_raad(tmp_path: Path, innstillinger: dict[str, str], raad: str) -> None:
    with pytest.raises(Innstillingsfeil, match=raad):
        start_alt(Innstillinger(data=tmp_path / "data", port=0, **innstillinger), reset=False)  # type: ignore[arg-type]
