"""The call at hand: the core that serves it, and the token that says who makes it."""

from __future__ import annotations

from flask import Flask, current_app, request

from gateway.http.tokens import Tokenkontroll, UgyldigToken
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne

KJERNE = "gateway.kjerne"
TOKENS = "gateway.tokens"
KILDER = "gateway.kilder"
BEARER = "bearer"


def betjen(app: Flask, kjerne: Kjerne, tokens: Tokenkontroll) -> None:
    """Have the application serve its calls with this core and this control of tokens."""
    app.extensions[KJERNE] = kjerne
    app.extensions[TOKENS] = tokens


def kjerne() -> Kjerne:
    svar: Kjerne = current_app.extensions[KJERNE]
    return svar


def tokenkontroll() -> Tokenkontroll:
    svar: Tokenkontroll = current_app.extensions[TOKENS]
    return svar


def kilder() -> Kilder:
    svar: Kilder = current_app.extensions[KILDER]
    return svar


def bearer() -> str:
    """The bearer token of the request. Raises UgyldigToken."""
    ordning, _, token = request.headers.get("Authorization", "").partition(" ")
    if ordning.lower() != BEARER:
        raise UgyldigToken("There is no bearer token.")
    return token.strip()
