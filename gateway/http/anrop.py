"""The call at hand: the core that serves it, and the token that says who makes it."""

from __future__ import annotations

from flask import Flask, current_app, request

from gateway.http.tokens import Tokenkontroll, UgyldigToken
from gateway.inbox.kilder import Kilder
from gateway.inbox.proevested import Proevested
from gateway.kjerne import Kjerne

KJERNE = "gateway.kjerne"
TOKENS = "gateway.tokens"
KILDER = "gateway.kilder"
PROEVESTED = "gateway.proevested"
BEARER = "bearer"


def betjen(app: Flask, kjerne: Kjerne, tokens: Tokenkontroll, proevested: Proevested) -> None:
    """Have the application serve its calls with this core, this control of tokens, and this place to try events."""
    app.extensions[KJERNE] = kjerne
    app.extensions[TOKENS] = tokens
    app.extensions[PROEVESTED] = proevested


def kjerne() -> Kjerne:
    svar: Kjerne = current_app.extensions[KJERNE]
    return svar


def tokenkontroll() -> Tokenkontroll:
    svar: Tokenkontroll = current_app.extensions[TOKENS]
    return svar


def kilder() -> Kilder:
    svar: Kilder = current_app.extensions[KILDER]
    return svar


def proevested() -> Proevested:
    svar: Proevested = current_app.extensions[PROEVESTED]
    return svar


def bearer() -> str:
    """The bearer token of the request. Raises UgyldigToken."""
    ordning, _, token = request.headers.get("Authorization", "").partition(" ")
    if ordning.lower() != BEARER:
        raise UgyldigToken("There is no bearer token.")
    return token.strip()
