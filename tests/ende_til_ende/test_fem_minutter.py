"""The five minutes of `hooks.md`, typed as they stand there: a plugin that is new, tested, and seen by an employer."""

from __future__ import annotations

import http.cookiejar
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from tests.ende_til_ende.kjoerende import Kjoerende, kjoerende_gateway, vent_til
from tests.verden import ROT

HOOKS = (ROT / "gateway" / "plugin" / "hooks.md").read_text(encoding="utf-8")
KOPIERES = ("app.py", "pyproject.toml", "README.md", "gateway", "plugins", "adapters", "jobs", "config")
# Somebody types for five minutes; what the machine takes of them must be little, on a slow one too.
LENGST_FOR_ETT_STEG = 60.0
LENGST_I_ALT = 240.0
INNEN = 30.0


@dataclass(frozen=True)
class Steg:
    """A block of the page, and what it says that comes of it."""

    spraak: str
    kode: str
    vist: str


def _steg() -> list[Steg]:
    (avsnitt,) = re.findall(r"^## Five minutes.*?(?=^## )", HOOKS, flags=re.M | re.S)
    funnet = re.findall(r"^```(sh|diff)\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", avsnitt, flags=re.M | re.S)
    return [Steg(*ett) for ett in funnet]


@pytest.fixture(scope="module")
def klone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code in a folder of its own, as a clone is: what is made there stays there."""
    rot = tmp_path_factory.mktemp("fem-minutter") / "produsentgateway"
    rot.mkdir()
    for navn in KOPIERES:
        if (ROT / navn).is_dir():
            shutil.copytree(ROT / navn, rot / navn, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROT / navn, rot / navn)
    (rot / ".venv").symlink_to(sys.prefix)
    return rot


@pytest.fixture(scope="module")
def gateway(klone: Path) -> Iterator[Kjoerende]:
    with kjoerende_gateway(klone / "data", rot=klone, PYTHONPATH=str(klone), PLUGINS="*") as kjoerende:
        yield kjoerende


def test_de_fem_minuttene_gaar_som_de_staar(klone: Path, gateway: Kjoerende) -> None:
    oppstart, *resten = _steg()
    assert oppstart.kode == "python3 -m gateway dev\n", "it runs already"
    begynte = time.monotonic()
    _gjoer(resten[0], klone, gateway)
    vent_til(lambda: _har_tiltak(gateway), sekunder=INNEN, hva="the new plugin is in use")
    for steg in resten[1:3]:
        _gjoer(steg, klone, gateway)
    _arbeidsgiveren_ser(gateway, "Vi har mottatt søknaden")
    for steg in resten[3:]:
        foer = _lest(gateway)
        _gjoer(steg, klone, gateway)
        if steg.spraak == "diff":
            _vent_paa_omlesing(gateway, foer)
    _arbeidsgiveren_ser(gateway, "Vi har mottatt avtalen", "Nav vurderer avtalen")
    assert time.monotonic() - begynte < LENGST_I_ALT

    _en_feil_sies_og_det_forrige_gaar_videre(klone, gateway)


def _har_tiltak(gateway: Kjoerende) -> bool:
    bilde = gateway.kall("GET", "/drift", hoder={"Accept": "application/json"}).json
    return "tiltak" in {ett["navn"] for ett in bilde["plugins"]}


def _lest(gateway: Kjoerende) -> dict[str, int]:
    """How often web and worker have read the configuration anew."""
    sagt = [linje.split()[0] for linje in gateway.linjer if "was read anew" in linje]
    return {navn: sagt.count(navn) for navn in ("web", "worker")}


def _vent_paa_omlesing(gateway: Kjoerende, foer: dict[str, int]) -> None:
    vent_til(
        lambda: all(antall > foer[navn] for navn, antall in _lest(gateway).items()),
        sekunder=INNEN,
        hva="web and worker use what was changed",
    )


def _gjoer(steg: Steg, klone: Path, gateway: Kjoerende) -> None:
    """Type what the page says, and see what it shows; a line of … stands for any."""
    if steg.spraak == "diff":
        _endre(klone / "plugins" / "tiltak" / "__init__.py", steg.kode)
        return
    begynte = time.monotonic()
    ferdig = subprocess.run(
        ["sh", "-ec", steg.kode.replace(":8080", f":{gateway.port}")],
        cwd=klone,
        env={**os.environ, **gateway.miljoe},
        capture_output=True,
        text=True,
        timeout=LENGST_FOR_ETT_STEG,
        check=False,
    )
    brukt = time.monotonic() - begynte
    ut = ferdig.stdout.replace(f":{gateway.port}", ":8080").replace("\r", "")
    assert ferdig.returncode == 0 or "not as expected" in ut, (steg.kode, ut, ferdig.stderr, gateway.utskrift)
    igjen = ut.splitlines()
    for linje in steg.vist.splitlines():
        if linje == "…":
            continue
        treff = [nr for nr, ett in enumerate(igjen) if ett.strip() == linje.strip()]
        assert treff, (linje, ut)
        igjen = igjen[treff[0] + 1 :]
    assert brukt < LENGST_FOR_ETT_STEG


def _endre(fil: Path, endring: str) -> None:
    """What an editor does with a diff of one new line after one that is there."""
    gammel, ny = (linje[1:] for linje in endring.splitlines())
    foer = fil.read_text(encoding="utf-8")
    assert foer.count(f"{gammel}\n") == 1
    fil.write_text(foer.replace(f"{gammel}\n", f"{gammel}\n{ny}\n"), encoding="utf-8")


def _arbeidsgiveren_ser(gateway: Kjoerende, *tekster: str) -> None:
    side = _logg_inn(gateway, "Kari Leder")
    adresse = f"http://127.0.0.1:{gateway.port}/min-side"

    def ser() -> bool:
        with side.open(adresse, timeout=20) as svar:
            innhold = unescape(svar.read().decode())
        return all(tekst in innhold for tekst in tekster)

    vent_til(ser, sekunder=INNEN, hva=f"the employer sees {tekster}")


def _logg_inn(gateway: Kjoerende, navn: str) -> urllib.request.OpenerDirector:
    side = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    adresse = f"http://127.0.0.1:{gateway.port}/logg-inn"
    with side.open(adresse, timeout=20) as svar:
        innhold = svar.read().decode()
    skjema = next(ett for ett in re.findall(r"<form.*?</form>", innhold, flags=re.S) if navn in unescape(ett))
    felter = {
        navn: unescape(verdi)
        for ett in re.findall(r"<(?:input|button)[^>]*>", skjema)
        for navn, verdi in [(re.findall(r'name="([^"]*)"', ett), re.findall(r'value="([^"]*)"', ett))]
        if navn and verdi
        for navn, verdi in [(navn[0], verdi[0])]
    }
    with side.open(adresse, urllib.parse.urlencode(felter).encode(), timeout=20) as svar:
        assert svar.url.endswith("/min-side"), svar.url
    return side


def _en_feil_sies_og_det_forrige_gaar_videre(klone: Path, gateway: Kjoerende) -> None:
    fil = klone / "plugins" / "tiltak" / "__init__.py"
    virker = fil.read_text(encoding="utf-8")
    fil.write_text(virker.replace("def oversett(", "def overset("), encoding="utf-8")
    vent_til(
        lambda: sum("the one before goes on" in linje for linje in gateway.linjer) >= 2,
        sekunder=INNEN,
        hva="web and worker say that the change cannot be used",
    )
    assert "did you mean oversett" in gateway.utskrift
    drift = vent_til(lambda: _drift(gateway), sekunder=INNEN, hva="/drift says so")
    assert "tiltak.overset" in drift
    siste = _steg()[-1]
    _gjoer(
        Steg(siste.spraak, siste.kode.replace("ce-id: 2", "ce-id: 3").replace('"2"', '"3"'), siste.vist), klone, gateway
    )
    foer = _lest(gateway)
    fil.write_text(virker, encoding="utf-8")
    _vent_paa_omlesing(gateway, foer)
    vent_til(lambda: not _drift(gateway), sekunder=INNEN, hva="/drift is content")


def _drift(gateway: Kjoerende) -> str:
    innhold = unescape(gateway.kall("GET", "/drift").kropp.decode())
    return innhold if "Endringen av oppsettet kan ikke brukes" in innhold else ""
