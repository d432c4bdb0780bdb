"""How the pages of operations write things, for Norwegian readers; and who gets a page."""

from __future__ import annotations

import datetime as dt

from flask import request

from gateway.domain.tid import oslo


def vil_ha_side() -> bool:
    """Whether the request at hand is a browser's; others get JSON."""
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def klokkeslett(tidspunkt: dt.datetime) -> str:
    """In Oslo, as Norwegians write it."""
    return f"{oslo(tidspunkt):%d.%m.%Y kl. %H.%M.%S}"


def varighet(sekunder: float | None) -> str:
    if sekunder is None:
        return "–"
    for enhet, lengde in (("døgn", 86_400), ("t", 3_600), ("min", 60)):
        if sekunder >= 2 * lengde:
            return f"{sekunder / lengde:.0f} {enhet}"
    return f"{sekunder:.0f} s"
