"""A child is kept running, heard, and stopped; and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import psutil
import pytest

from gateway.dev.prosess import Barn
from tests.ende_til_ende.kjoerende import vent_til
from tests.verden import ROT

INNEN = 10.0
VENTER = "import threading; print('her', flush=True); threading.Event().wait()"


class Linjer(list[tuple[str, str]]):
    def skriv(self, navn: str, linje: str) -> None:
        self.append((navn, linje))

    def antall(self, tekst: str) -> int:
        return sum(tekst in linje for _, linje in self)


@pytest.fixture
def linjer() -> Linjer:
    return Linjer()


@pytest.fixture
def start(linjer: Linjer) -> Iterator[Callable[..., Barn]]:
    """Start a child that runs a line of Python; it is stopped in the end."""
    startet: list[Barn] = []

    def start_python(kode: str, naadetid: float = INNEN) -> Barn:
        barn = Barn("barn", [sys.executable, "-c", kode], {"HILSEN": "hei"}, linjer.skriv, naadetid)
        barn.start()
        startet.append(barn)
        return barn

    yield start_python
    for barn in startet:
        barn.stopp()


def test_det_som_et_barn_skriver_vises_under_navnet_ogsaa_feilutgangen(
    start: Callable[..., Barn], linjer: Linjer
) -> None:
    start("import os, sys; print(os.environ['HILSEN']); print('au', file=sys.stderr); sys.stderr.flush(); " + VENTER)
    vent_til(lambda: {("barn", "hei"), ("barn", "au")} <= set(linjer), sekunder=INNEN, hva="both lines")


def test_et_barn_som_drepes_startes_igjen_og_det_sies(start: Callable[..., Barn], linjer: Linjer) -> None:
    barn = start(VENTER)
    vent_til(lambda: linjer.antall("her") == 1, sekunder=INNEN, hva="the first life")
    foerste = barn.pid
    assert foerste
    os.kill(foerste, signal.SIGKILL)
    vent_til(lambda: linjer.antall("her") == 2, sekunder=INNEN, hva="the second life")
    assert barn.pid != foerste
    assert linjer.antall("was ended by SIGKILL; it is started again in 0.4 s") == 1


def test_pausen_vokser_for_et_barn_som_doer_igjen_og_igjen(start: Callable[..., Barn], linjer: Linjer) -> None:
    start("raise SystemExit(3)")
    vent_til(lambda: linjer.antall("ended with 3") >= 3, sekunder=INNEN, hva="three deaths")
    pauser = [linje.split(" in ")[1] for _, linje in linjer][:3]
    assert pauser == ["0.4 s", "0.8 s", "1.6 s"]


def test_en_kommando_som_ikke_finnes_sies_og_proeves_igjen(linjer: Linjer) -> None:
    barn = Barn("barn", ["/finnes/ikke"], {}, linjer.skriv)
    barn.start()
    vent_til(lambda: linjer.antall("could not be started") >= 2, sekunder=INNEN, hva="two tries")
    barn.stopp()


def test_et_barn_faar_avslutte_i_ro(start: Callable[..., Barn], linjer: Linjer) -> None:
    barn = start(
        "import signal, threading; slutt = threading.Event(); signal.signal(signal.SIGTERM, lambda *_: slutt.set()); "
        "print('her', flush=True); slutt.wait(); print('ferdig', flush=True)"
    )
    vent_til(lambda: linjer.antall("her"), sekunder=INNEN, hva="the child")
    barn.stopp()
    assert linjer[-1] == ("barn", "ferdig")
    assert barn.pid is not None
    assert not psutil.pid_exists(barn.pid)


def test_et_barn_som_ikke_vil_avslutte_drepes_etter_naadetiden(start: Callable[..., Barn], linjer: Linjer) -> None:
    barn = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + VENTER, naadetid=0.3)
    vent_til(lambda: linjer.antall("her"), sekunder=INNEN, hva="the child")
    barn.stopp()
    assert linjer.antall("it is killed") == 1
    assert barn.pid is not None
    assert not psutil.pid_exists(barn.pid)


def test_et_barn_som_stoppes_mellom_to_liv_startes_ikke_igjen(start: Callable[..., Barn], linjer: Linjer) -> None:
    barn = start("raise SystemExit(3)")
    vent_til(lambda: linjer.antall("ended with 3") >= 2, sekunder=INNEN, hva="a pause of 0.8 s")
    barn.stopp()
    antall = len(linjer)
    assert not threading.Event().wait(1)
    assert len(linjer) == antall


def test_det_et_drept_barn_hadde_startet_selv_blir_ikke_igjen(start: Callable[..., Barn], linjer: Linjer) -> None:
    barn = start(
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {VENTER!r}]); "
        "print('barnebarn', p.pid, flush=True); p.wait()"
    )
    vent_til(lambda: linjer.antall("barnebarn"), sekunder=INNEN, hva="the grandchild")
    barnebarn = int(next(linje for _, linje in linjer if "barnebarn" in linje).split()[1])
    assert barn.pid
    os.kill(barn.pid, signal.SIGKILL)
    vent_til(lambda: _er_borte(barnebarn), sekunder=INNEN, hva="the grandchild gone")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux' kernel ends the children of a process that is killed")
def test_drepes_forelderen_doer_barna() -> None:
    forelder = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys, threading; from gateway.dev.prosess import Barn\n"
            f"barn = Barn('barn', [sys.executable, '-c', {VENTER!r}], {{}}, lambda *_: print(barn.pid, flush=True))\n"
            "barn.start(); threading.Event().wait()",
        ],
        cwd=ROT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with forelder:
        assert forelder.stdout
        barn = int(forelder.stdout.readline())
        assert not _er_borte(barn)
        forelder.kill()
        vent_til(lambda: _er_borte(barn), sekunder=INNEN, hva="the child of the killed supervisor gone")


def _er_borte(pid: int) -> bool:
    # In a container whose first process reaps nobody, an orphan stays as a zombie.
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
