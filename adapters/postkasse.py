"""The mail that the catcher has caught: one `.eml` file for each Message-ID."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import os
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4


@dataclass(frozen=True, kw_only=True)
class FangetEpost:
    meldings_id: str
    til: str = field(repr=False)
    fra: str
    emne: str = field(repr=False)
    html: str = field(repr=False)
    tekst: str = field(repr=False)
    mottatt: dt.datetime
    leveringer: int


class Postkasse:
    """The folder of caught mail: an `.eml` file for each Message-ID. Threads may share it."""

    def __init__(self, mappe: Path) -> None:
        self._mappe = mappe
        self._endret = threading.Condition()
        self._leveringer: dict[str, int] = {}

    def aapne(self) -> None:
        self._mappe.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mappe.chmod(0o700)

    def legg_inn(self, raa: bytes) -> None:
        """Store a message, or only count it if its Message-ID is here already."""
        meldings_id = email.message_from_bytes(raa, policy=email.policy.default).get("Message-ID") or uuid4().hex
        fil = self._mappe / f"{hashlib.sha256(str(meldings_id).encode(errors='replace')).hexdigest()[:32]}.eml"
        with self._endret:
            if not fil.exists():
                _skriv_atomisk(fil, raa)
            elif fil.name not in self._leveringer:
                self._leveringer[fil.name] = 1  # from before the last restart
            self._leveringer[fil.name] = self._leveringer.get(fil.name, 0) + 1
            self._endret.notify_all()

    def __len__(self) -> int:
        return len(self._filer())

    @property
    def leveringer(self) -> int:
        """All deliveries since the start, repeats included."""
        return sum(self._leveringer.values())

    def nyeste(self, antall: int | None = None) -> list[FangetEpost]:
        """The caught mails, newest first."""
        return [self._les(fil) for fil in self._filer()[:antall]]

    def vent_paa(self, antall: int, *, sekunder: float = 10) -> list[FangetEpost]:
        """Wait until so many different mails are here; newest first. Raises TimeoutError."""
        with self._endret:
            if not self._endret.wait_for(lambda: len(self) >= antall, timeout=sekunder):
                raise TimeoutError(f"{len(self)} of {antall} mails came within {sekunder} s")
        return self.nyeste()

    def _filer(self) -> list[Path]:
        return sorted(self._mappe.glob("*.eml"), key=lambda fil: (fil.stat().st_mtime_ns, fil.name), reverse=True)

    def _les(self, fil: Path) -> FangetEpost:
        melding = email.message_from_bytes(fil.read_bytes(), policy=email.policy.default)
        return FangetEpost(
            meldings_id=str(melding.get("Message-ID", "")),
            til=str(melding.get("To", "")),
            fra=str(melding.get("From", "")),
            emne=str(melding.get("Subject", "")),
            html=_del(melding, "html"),
            tekst=_del(melding, "plain"),
            mottatt=dt.datetime.fromtimestamp(fil.stat().st_mtime, dt.UTC),
            leveringer=self._leveringer.get(fil.name, 1),
        )


def _skriv_atomisk(fil: Path, innhold: bytes) -> None:
    """Whoever reads the folder sees a whole file or none."""
    midlertidig = fil.with_suffix(f".{uuid4().hex}.tmp")
    with os.fdopen(os.open(midlertidig, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as ut:
        ut.write(innhold)
    # The kernel's own stamp is too coarse to tell which of two mails came first.
    naa = time.time_ns()
    os.utime(midlertidig, ns=(naa, naa))
    midlertidig.rename(fil)


def _del(melding: EmailMessage, slag: str) -> str:
    kropp = melding.get_body((slag,))
    return str(kropp.get_content()).replace("\r\n", "\n") if kropp is not None else ""
