"""Where in a plugin's own code something went wrong, without the frames of those who called it."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

import pluggy

import gateway

LENGSTE_SPOR = 20_000
LENGSTE_SETNING = 500
VERTENS = tuple(str(Path(modul.__file__).parent) + "/" for modul in (gateway, pluggy) if modul.__file__)


def spor(feil: BaseException) -> str:
    """The traceback from the plugin's first frame on. It may hold data of the event, so it is never logged."""
    funnet = traceback.TracebackException.from_exception(feil, capture_locals=False)
    ramme = _foerste_egne(feil.__traceback__)
    funnet.stack = traceback.StackSummary.from_list(traceback.extract_tb(ramme) if ramme else [])
    tekst = "".join(funnet.format())
    if len(tekst) > LENGSTE_SPOR:
        tekst = f"{tekst[: LENGSTE_SPOR // 2]}\n[…]\n{tekst[-LENGSTE_SPOR // 2 :]}"
    return sendbar(tekst)


def forklaring(feil: BaseException, mappe: str) -> str:
    """One line: what was raised, and the file and line of it under `mappe`, the plugin's own folder or file.

    For what a plugin says at load, before it has seen any event.
    """
    navn = type(feil).__name__
    if isinstance(feil, SyntaxError):
        kode = f": {feil.text.strip()}" if feil.text else ""
        return setning(f"{navn}: {feil.msg} ({vis_fil(feil.filename or '')}, line {feil.lineno}{kode})")
    rammer = traceback.extract_tb(_foerste_egne(feil.__traceback__))
    egne = [ramme for ramme in rammer if mappe and ramme.filename.startswith(mappe)] or list(rammer)
    sted = f" ({vis_fil(egne[-1].filename)}, line {egne[-1].lineno}, in {egne[-1].name})" if egne else ""
    try:
        sagt = str(feil)
    except Exception:  # noqa: BLE001 - a plugin's exception may fail to say what it is
        sagt = "what it says cannot be read"
    return setning(f"{navn}: {sagt}" if sagt else navn) + sted


def setning(tekst: str) -> str:
    """The text on one line, no longer than a person reads."""
    paa_linje = " ".join(sendbar(tekst).split())
    return paa_linje if len(paa_linje) <= LENGSTE_SETNING else f"{paa_linje[:LENGSTE_SETNING]}…"


def sendbar(tekst: str) -> str:
    """The text without lone surrogates, which no encoding can carry to the gateway."""
    return tekst.encode(errors="backslashreplace").decode()


def vis_fil(fil: str) -> str:
    """The file as seen from where the gateway runs, if it lies there."""
    sti = Path(fil)
    return str(sti.relative_to(Path.cwd())) if sti.is_relative_to(Path.cwd()) else fil


def _foerste_egne(ramme: TracebackType | None) -> TracebackType | None:
    while ramme is not None and _er_vertens(ramme.tb_frame.f_code.co_filename):
        ramme = ramme.tb_next
    return ramme


def _er_vertens(fil: str) -> bool:
    return fil.startswith((*VERTENS, "<frozen importlib")) or "/importlib/" in fil
