"""A bare machine for tests: a folder in which the paths of the documentation lie, and a `systemctl` that reads units.

There is no systemd and no Docker where the tests run. What stands in for systemd starts what a unit says, with the
environment that it says and without root's rights, and stops it with the signal and within the time of systemd.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.verden import ROT

# The folders of the documentation that lie inside the machine.
EGNE = re.compile(
    r"(?<![\w.~-])/(?=(?:opt|etc|var/lib|var/backups)/produsentgateway|etc/(?:sysusers\.d|systemd)\b|src\b)"
)
STOPP_SEKUNDER = 15.0
SKALL = """#!{python}
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect({sokkel!r})
s.sendall(json.dumps(sys.argv[1:]).encode())
s.shutdown(socket.SHUT_WR)
rc, tekst = json.loads(s.makefile().read())
print(tekst, end="")
sys.exit(rc)
"""


def les_miljoe(fil: Path) -> dict[str, str]:
    """The file of an environment, as systemd reads the kind that we write: one `NAME='value'` a line."""
    linjer = [linje for linje in fil.read_text(encoding="utf-8").splitlines() if linje and not linje.startswith("#")]
    return {navn: "".join(shlex.split(verdi)) for navn, _, verdi in (linje.partition("=") for linje in linjer)}


def les_enhet(fil: Path) -> dict[str, list[str]]:
    """Every `Name=value` of a unit, in order."""
    funnet: dict[str, list[str]] = {}
    for linje in fil.read_text(encoding="utf-8").splitlines():
        if "=" in linje and not linje.startswith("#"):
            navn, _, verdi = linje.partition("=")
            funnet.setdefault(navn, []).append(verdi)
    return funnet


@dataclass
class Maskin:
    rot: Path
    miljoe: dict[str, str] = field(default_factory=dict)
    prosesser: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def kilde(self) -> Path:
        """The checkout."""
        return self.rot / "utsjekk"

    def sted(self, sti: str) -> Path:
        """Where a path of the documentation lies."""
        return Path(self.her(sti))

    def her(self, tekst: str) -> str:
        """The text, with the machine's own folders in it."""
        return EGNE.sub(f"{self.rot}/", tekst)

    def kjoer(self, skript: str) -> str:
        """Run a block of commands as it is written, in the checkout; what it printed."""
        svar = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.her(skript)],
            cwd=self.kilde,
            env={**self.miljoe, "PATH": f"{self.rot}/bin:{os.environ['PATH']}", "HOME": str(self.rot)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert svar.returncode == 0, f"{skript}\n{svar.stdout}\n{svar.stderr}\n{self.logger()}"
        return svar.stdout

    def kommando(self, navn: str, innhold: str) -> None:
        """Put a command on the machine's PATH."""
        fil = self.rot / "bin" / navn
        fil.write_text(innhold, encoding="utf-8")
        fil.chmod(0o755)

    # --- systemd -----------------------------------------------------------------------------------------------

    def systemctl(self, argumenter: list[str]) -> tuple[int, str]:
        hva, *enheter = [ett for ett in argumenter if not ett.startswith("-")]
        match hva:
            case "daemon-reload":
                return 0, ""
            case "enable" | "start":
                return self._hver(enheter, self._start)
            case "stop":
                return self._hver(enheter, self.stopp)
            case "restart":
                return self._hver(enheter, lambda enhet: self.stopp(enhet) or self._start(enhet))
        return 1, f"unknown: {hva}\n"

    def _hver(self, enheter: list[str], gjoer: Callable[[str], str]) -> tuple[int, str]:
        feil = [svar for enhet in enheter if (svar := gjoer(enhet))]
        return len(feil), "".join(feil)

    def _start(self, enhet: str) -> str:
        """Start a unit and the others that it wants first; what went wrong."""
        if enhet in self.prosesser:
            return ""
        lest = les_enhet(self.sted(f"/etc/systemd/system/{enhet}.service"))
        for annen in " ".join(lest.get("Wants", [])).split():
            if annen.startswith("produsentgateway"):
                self._start(annen.removesuffix(".service"))
        tilstand = self.sted(f"/var/lib/{lest['StateDirectory'][0]}")
        tilstand.mkdir(parents=True, exist_ok=True)
        miljoe = {"PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(self.rot / "tmp")}
        for par in lest.get("Environment", []):
            miljoe.update([par.split("=", 1)])
        miljoe |= les_miljoe(Path(lest["EnvironmentFile"][0]))
        with (self.rot / "logg" / enhet).open("ab") as logg:
            prosess = start_uten_rettigheter(shlex.split(lest["ExecStart"][0]), miljoe, logg)
        if lest["Type"] == ["oneshot"]:
            return f"{enhet} failed\n" if prosess.wait(120) else ""
        self.prosesser[enhet] = prosess
        return ""

    def stopp(self, enhet: str) -> str:
        """SIGTERM, and what systemd would have had to say of it."""
        prosess = self.prosesser.pop(enhet, None)
        if prosess is None:
            return ""
        prosess.send_signal(signal.SIGTERM)
        try:
            kode = prosess.wait(STOPP_SEKUNDER)
        except subprocess.TimeoutExpired:
            os.killpg(prosess.pid, signal.SIGKILL)
            prosess.wait()
            return f"{enhet} did not stop in {STOPP_SEKUNDER} s\n"
        rent = (0, -signal.SIGTERM)  # systemd counts the latter too: it was stopped before it was quite up
        return "" if kode in rent else f"{enhet} ended with {kode}\n"

    def logger(self) -> str:
        return "\n".join(f"--- {fil.name}\n{fil.read_text()[-4000:]}" for fil in sorted((self.rot / "logg").iterdir()))


def start_uten_rettigheter(kommando: list[str], miljoe: Mapping[str, str], logg: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start it without any rights that root has: what is not writable by its mode cannot be written to.

    Not as another user, since the Python of the tests may lie where nobody else can reach it.
    """
    if os.geteuid() == 0:
        kommando = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", *kommando]
    return subprocess.Popen(
        kommando, env=dict(miljoe), cwd="/", stdout=logg, stderr=subprocess.STDOUT, start_new_session=True
    )


def _lag_kilde(maskin: Maskin) -> None:
    """The checkout: what git holds and is about to, with the machine's folders in what lies in `config`."""
    filer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for fil in filer:
        if (ROT / fil).is_file():
            maal = maskin.kilde / fil
            maal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROT / fil, maal)
    for fil in (maskin.kilde / "config").rglob("*"):
        if fil.is_file() and fil.suffix not in (".lock", ".yaml"):
            fil.write_text(maskin.her(fil.read_text(encoding="utf-8")), encoding="utf-8")


@contextmanager
def bar_maskin() -> Iterator[Maskin]:
    """A machine with a checkout and nothing else of ours; what runs on it is stopped in the end."""
    rot = Path(tempfile.mkdtemp(prefix="gateway-maskin-"))
    for navn in ("bin", "etc", "logg"):
        (rot / navn).mkdir()
    (rot / "tmp").mkdir()
    (rot / "tmp").chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO | stat.S_ISVTX)
    maskin = Maskin(rot)
    _lag_kilde(maskin)
    sokkel = str(rot / "systemd.sock")
    maskin.kommando("systemctl", SKALL.format(python=sys.executable, sokkel=sokkel))
    maskin.kommando("systemd-sysusers", f'#!/bin/sh\nexec /usr/bin/systemd-sysusers --root={rot} "$@"\n')
    lytter = socket.socket(socket.AF_UNIX)
    lytter.bind(sokkel)
    lytter.listen()
    threading.Thread(target=_tjen, args=(lytter, maskin), daemon=True).start()
    try:
        yield maskin
    finally:
        lytter.close()
        for enhet in list(maskin.prosesser):
            maskin.stopp(enhet)
        shutil.rmtree(rot, ignore_errors=True)


def _tjen(lytter: socket.socket, maskin: Maskin) -> None:
    while True:
        try:
            forbindelse, _ = lytter.accept()
        except OSError:  # closed: the test is over
            return
        with forbindelse:
            try:
                svar = maskin.systemctl(json.loads(forbindelse.makefile().read()))
            except (OSError, LookupError) as feil:
                svar = (1, f"{feil!r}\n")
            forbindelse.sendall(json.dumps(svar).encode())
