"""The Dockerfile, carried out: no Docker engine runs here, so its steps are done in a folder, with this Python as base.

What is not seen so: the base image itself, and that a build sees only what `Dockerfile.dockerignore` lets through
(which is read instead).
"""

from __future__ import annotations

import fnmatch
import http.client
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ende_til_ende.kjoerende import ledig_port, vent_til
from tests.kjoering.maskin import Maskin, bar_maskin, start_uten_rettigheter
from tests.kjoering.naboer import postgres_over_tcp
from tests.servere import egen_database
from tests.verden import ROT

DOCKERFIL = ROT / "config" / "Dockerfile"
INNEN = 60.0


@dataclass
class Trinn:
    """One `FROM`: what it starts from, and its instructions in order."""

    fra: str
    navn: str
    steg: list[tuple[str, str]] = field(default_factory=list)


def les_dockerfil(tekst: str) -> tuple[dict[str, str], list[Trinn]]:
    """The arguments before the first stage, and the stages."""
    hele = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", tekst, flags=re.M))
    argumenter: dict[str, str] = {}
    trinn: list[Trinn] = []
    for linje in filter(None, map(str.strip, hele.splitlines())):
        hva, _, resten = linje.partition(" ")
        if hva == "ARG" and not trinn:
            argumenter.update([resten.split("=", 1)])
        elif hva == "FROM":
            deler = resten.split()
            trinn.append(Trinn(fra=deler[0], navn=deler[2] if len(deler) > 1 else ""))
        else:
            trinn[-1].steg.append((hva, resten))
    return argumenter, trinn


ARGUMENTER, TRINN = les_dockerfil(DOCKERFIL.read_text(encoding="utf-8"))


@dataclass
class Bilde:
    maskin: Maskin
    miljoe: dict[str, str] = field(default_factory=dict)
    mappe: str = "/"
    kommando: list[str] = field(default_factory=list)
    bruker: str = "root"

    def bygg(self) -> None:
        for trinn in TRINN:
            self.miljoe, self.mappe = {}, "/"
            for hva, resten in trinn.steg:
                self._steg(hva, resten)

    def _steg(self, hva: str, resten: str) -> None:
        match hva:
            case "WORKDIR":
                self.mappe = resten
                self._sted(resten).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._kopier(resten.split())
            case "RUN":
                subprocess.run(
                    ["sh", "-ec", self.maskin.her(resten)],
                    cwd=self._sted(self.mappe),
                    env={**os.environ, **self.miljoe},
                    check=True,
                    timeout=300,
                )
            case "ENV":
                self.miljoe.update(par.split("=", 1) for par in resten.split())
            case "USER":
                self.bruker = resten
            case "CMD":
                self.kommando = json.loads(resten)
            case "EXPOSE":
                pass
            case _:
                raise AssertionError(f"the test does not know how to carry out {hva}")

    def _kopier(self, ord_: list[str]) -> None:
        *kilder, maal = ord_
        if kilder[0].startswith("--from="):
            assert kilder[1:] == [maal], "a venv works only where it was made"
            assert self._sted(maal).exists(), f"{maal}: no stage has made it"
            return
        til = self._sted(maal if maal.startswith("/") else f"{self.mappe}/{maal}")
        for kilde in kilder:
            fra = self.maskin.kilde / kilde
            if fra.is_dir():
                shutil.copytree(fra, til, dirs_exist_ok=True)
            else:
                til.mkdir(parents=True, exist_ok=True)
                shutil.copy(fra, til)

    def _sted(self, sti: str) -> Path:
        """Paths of the image lie in the machine's folder, all stages in one."""
        return Path(self.maskin.her(sti)) if sti != "/tmp" else self.maskin.rot / "tmp"


@pytest.fixture(scope="module")
def bildet() -> Iterator[Bilde]:
    with bar_maskin() as maskin:
        bilde = Bilde(maskin)
        bilde.bygg()
        for navn in ("opt", "etc", "src"):
            subprocess.run(["chmod", "-R", "a-w", maskin.rot / navn], check=True)  # the root file system is read-only
        yield bilde
        subprocess.run(["chmod", "-R", "u+w", maskin.rot], check=True)


def test_bildet_bygges_paa_en_python_som_proevene_gaar_paa() -> None:
    assert [trinn.fra for trinn in TRINN] == ["${PYTHON}"] * len(TRINN), "all stages have the same Python"
    assert re.match(r"python:3\.11(\.\d+)?-slim", ARGUMENTER["PYTHON"])


def test_bildet_kjoerer_ikke_som_root_og_starter_uten_skall() -> None:
    steg = dict(TRINN[-1].steg)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", steg["USER"]), "a number, so that runAsNonRoot can see that it is not 0"
    assert json.loads(steg["CMD"])[0] == "gateway", "the process has SIGTERM itself"


def test_alt_som_kopieres_slipper_gjennom_dockerignore_og_er_i_git() -> None:
    linjer = (ROT / "config" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    slippes = {linje.removeprefix("!") for linje in linjer if linje.startswith("!")}
    assert "*" in linjer, "nothing comes along that nobody named"
    kopieres = {
        kilde
        for trinn in TRINN
        for hva, resten in trinn.steg
        if hva == "COPY" and not resten.startswith("--from")
        for kilde in resten.split()[:-1]
    }
    assert kopieres == slippes
    sporet = subprocess.run(
        ["git", "ls-files"], cwd=ROT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for kilde in kopieres:
        assert fnmatch.filter(sporet, kilde) or fnmatch.filter(sporet, f"{kilde}/*"), kilde


def test_bildet_tar_imot_uten_aa_kunne_skrive_andre_steder_enn_i_tmp(bildet: Bilde, postgres_url: str) -> None:
    maskin = bildet.maskin
    port = ledig_port()
    with ExitStack() as opp:
        url = opp.enter_context(egen_database(postgres_url, "bildet"))
        vert, pg_port = opp.enter_context(postgres_over_tcp(url))
        base = f"postgresql://postgres@{vert}:{pg_port}/bildet_{os.getpid()}" if "host=" in url else url
        miljoe = {
            **{navn: maskin.her(verdi) for navn, verdi in bildet.miljoe.items()},
            "GATEWAY_DATA": f"{maskin.rot}/tmp/gateway",
            "TMPDIR": f"{maskin.rot}/tmp",
            "DATABASE_URL": base,
            "REDIS_URL": "rediss://gateway:passord@localhost:1/0",
            "SMTP_URL": "smtp://localhost:1",
            "HEMMELIG_NOEKKEL": "0123456789abcdef" * 4,
            "KILDE_PERMITTERING": "hemmelig",
            "KILDE_INNTEKTSMELDING": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        for rolle in ("PRODUSENT", "PERSON"):
            miljoe |= {
                f"{rolle}_UTSTEDER": f"https://{rolle.lower()}.example",
                f"{rolle}_JWKS_URL": f"https://{rolle.lower()}.example/jwks",
                f"{rolle}_AUDIENCE": rolle,
            }
        logg = opp.enter_context((maskin.rot / "logg" / "bildet").open("ab"))
        skrivbart = maskin.sted("/etc/produsentgateway/ny")
        assert start_uten_rettigheter(["touch", str(skrivbart)], miljoe, logg).wait(INNEN) != 0, "it is read-only"
        kommando = shutil.which(bildet.kommando[0], path=miljoe["PATH"])
        assert kommando == str(maskin.sted("/opt/produsentgateway/bin/gateway")), "the image's own"
        assert start_uten_rettigheter([kommando, "migrate"], miljoe, logg).wait(INNEN) == 0, maskin.logger()
        web = start_uten_rettigheter([kommando, *bildet.kommando[1:]], miljoe, logg)
        opp.callback(web.kill)
        vent_til(lambda: _svarer(port) == 200, sekunder=INNEN, hva="isready of the image")
        web.terminate()
        assert web.wait(15) == 0, maskin.logger()


def _svarer(port: int) -> int:
    forbindelse = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        forbindelse.request("GET", "/internal/isready")
        return forbindelse.getresponse().status
    except OSError:
        return 0
    finally:
        forbindelse.close()
