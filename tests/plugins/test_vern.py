"""What a plugin's process may not do to others, and what it still may."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from gateway.vertskap.vern import MASKINER

LINUX = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in MASKINER, reason="only Linux has the filter, on these machines"
)
VERNET = "import os, signal, ctypes\nfrom gateway.vertskap.vern import vern_de_andre\nassert vern_de_andre()\n"


def i_en_prosess(kode: str) -> str:
    """What the code prints, in a process that has the filter on."""
    svar = subprocess.run([sys.executable, "-c", VERNET + kode], capture_output=True, text=True, timeout=60)
    assert svar.returncode == 0, svar.stderr
    return svar.stdout.strip()


NEKTET = {
    "kill the gateway": "os.kill(os.getppid(), signal.SIGKILL)",
    "ask whether another is there": "os.kill(os.getppid(), 0)",
    "stop another group": "os.killpg(os.getppid(), signal.SIGSTOP)",
    "kill all": "os.kill(-1, signal.SIGKILL)",
    "kill the first of all": "os.kill(1, signal.SIGKILL)",
    "signal another by a handle of it": "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGTERM)",
    "trace another": "krev(libc.ptrace(16, os.getppid(), 0, 0))",
    "read the memory of another": "krev(libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0))",
    "write in the memory of another": "krev(libc.process_vm_writev(os.getppid(), 0, 0, 0, 0, 0))",
}
PROEV = """
libc = ctypes.CDLL(None, use_errno=True)
def krev(svar):
    if svar: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
try:
    {kode}
except PermissionError:
    print("nektet")
"""


@LINUX
@pytest.mark.parametrize("kode", NEKTET.values(), ids=NEKTET)
def test_det_som_roerer_andre_nektes(kode: str) -> None:
    assert i_en_prosess(PROEV.format(kode=kode)) == "nektet"


@LINUX
@pytest.mark.parametrize("hva", ["kill all", "kill the first of all", "trace another"])
def test_det_nektes_ogsaa_for_det_den_starter(hva: str) -> None:
    barnet = VERNET.replace("assert vern_de_andre()", "") + PROEV.format(kode=NEKTET[hva])
    foer = f"import subprocess, sys\nsvar = subprocess.run([sys.executable, '-c', {barnet!r}], capture_output=True)\n"
    assert i_en_prosess(foer + "print(svar.stdout)") == "b'nektet\\n'"


@LINUX
def test_det_som_ikke_roerer_andre_er_som_foer() -> None:
    kode = """
import subprocess, sys, threading, time
signal.signal(signal.SIGUSR1, lambda *_: print("hørt", flush=True))
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
traad = threading.Thread(target=lambda: print("tråd", flush=True))
traad.start()
traad.join()
print(subprocess.run(["echo", "barn"], capture_output=True, text=True).stdout.strip())
"""
    assert i_en_prosess(kode).split() == ["hørt", "hørt", "tråd", "barn"]


@LINUX
def test_filteret_kan_ikke_tas_av() -> None:
    kode = "libc = ctypes.CDLL(None, use_errno=True)\nprint(libc.prctl(22, 0, 0, 0, 0))\n" + PROEV.format(
        kode="os.kill(os.getppid(), 0)"
    )
    assert i_en_prosess(kode).split() == ["-1", "nektet"]
