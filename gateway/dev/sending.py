"""Posting to a gateway that runs, as a sender does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SEKUNDER = 30.0


class UtenSvar(Exception):
    """There was no answer. The text says why."""


@dataclass(frozen=True, kw_only=True)
class Svar:
    status: int
    tekst: str

    @property
    def gikk(self) -> bool:
        return 200 <= self.status < 300

    def som_json(self) -> dict[str, Any] | None:
        try:
            svar = json.loads(self.tekst)
        except ValueError:
            return None
        return svar if isinstance(svar, dict) else None


def send(adresse: str, hoder: Mapping[str, str], kropp: bytes) -> Svar:
    """POST to an address of http or https, and follow no redirect. Raises UtenSvar."""
    delt = urlsplit(adresse)
    try:
        port = delt.port
    except ValueError:
        raise UtenSvar("its port is no number from 0 to 65535") from None
    if delt.scheme not in ("http", "https") or not delt.hostname:
        raise UtenSvar("it must begin with http:// or https://")
    klasse = http.client.HTTPSConnection if delt.scheme == "https" else http.client.HTTPConnection
    forbindelse = klasse(delt.hostname, port, timeout=SEKUNDER)
    try:
        forbindelse.request("POST", delt.path or "/", kropp, dict(hoder))
        svar = forbindelse.getresponse()
        return Svar(status=svar.status, tekst=svar.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as feil:
        raise UtenSvar(getattr(feil, "strerror", None) or type(feil).__name__) from None
    except ValueError:
        raise UtenSvar("a header holds what none may hold") from None
    finally:
        forbindelse.close()
