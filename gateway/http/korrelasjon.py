"""The correlation id: taken from the request, or made; in every log line, log entry and answer."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from gateway.domain.personnummer import er_gyldig
from gateway.kjerne import ny_id

HODER = ("X-Request-ID", "X-Correlation-ID", "call-id", "callId", "call_id")
# As they stand in a WSGI environ, where `-` and `_` are alike.
_I_MILJOE = {navn: "HTTP_" + navn.upper().replace("-", "_") for navn in HODER}
LENGSTE = 200
LOVLIG = re.compile(rf"[A-Za-z0-9+/=_.:-]{{1,{LENGSTE}}}")


def korrelasjonsid() -> str:
    """That of the request at hand."""
    return str(g.korrelasjonsid)


def velg_id(hode: Callable[[str], str | None]) -> str:
    """The id that the request's headers give, or a new one."""
    foerste = next((id_ for navn in HODER if (id_ := hode(navn)) is not None), "")
    # Text that could break a log line or a header, or be a person's, is not taken over.
    return foerste if LOVLIG.fullmatch(foerste) and not er_gyldig(foerste) else str(ny_id())


def registrer(app: Flask) -> None:
    @app.before_request
    def _finn() -> None:
        miljoe = request.environ
        g.korrelasjonsid = id_ = velg_id(lambda navn: miljoe.get(_I_MILJOE[navn]))
        clear_contextvars()
        bind_contextvars(korrelasjonsid=id_)

    @app.after_request
    def _svar(svar: Response) -> Response:
        svar.headers["X-Correlation-ID"] = korrelasjonsid()
        return svar
