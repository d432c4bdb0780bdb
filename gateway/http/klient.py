"""Who calls."""

from __future__ import annotations

from flask import request

from gateway.domain import nett
from gateway.http.anrop import kjerne


def klientadresse() -> str:
    """The address of the caller, behind the proxies that are trusted."""
    return nett.klientadresse(
        request.remote_addr or "",
        request.headers.get("X-Forwarded-For", ""),
        kjerne().innstillinger.proxynett,
    )
