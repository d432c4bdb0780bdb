"""Who reads the pages: in `prod` the person in the token that the login proxy passes on, in `dev` a test person."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from gateway.api.ramme import bearer
from gateway.tokens import HOEYT_NIVAA, Tokenkontroll, UgyldigToken
from gateway.web.vern import vern

FNR = "fnr"
CSRF = "csrf"
SYNLIGE_SIFRE = 6


@dataclass(frozen=True, kw_only=True)
class Person:
    fnr: str = field(repr=False)
    navn: str | None = field(default=None, repr=False)


class Innlogging(Protocol):
    def person(self) -> Person | None:
        """Who makes the request at hand; None for nobody who is signed in."""


@dataclass(frozen=True)
class Tokeninnlogging:
    """The person of a bearer token with a high level of assurance."""

    tokens: Tokenkontroll

    def person(self) -> Person | None:
        """Raises UgyldigToken for a token that does not hold."""
        if "Authorization" not in request.headers:
            return None
        claims = self.tokens.claims(bearer())
        if claims.get("acr") not in HOEYT_NIVAA or not isinstance(claims.get("pid"), str):
            raise UgyldigToken("The token names no person (pid) at a high level (acr).")
        return Person(fnr=claims["pid"])


@dataclass(frozen=True)
class Devinnlogging:
    """The test person of the session cookie; or of a token, as in `prod`."""

    testpersoner: Sequence[Person]
    token: Tokeninnlogging

    def person(self) -> Person | None:
        valgt = session.get(FNR)
        return next((ett for ett in self.testpersoner if ett.fnr == valgt), None) or self.token.person()


def csrf_token() -> str:
    """The token that every form of this session sends back."""
    if CSRF not in session:
        session[CSRF] = secrets.token_urlsafe(24)
    return str(session[CSRF])


def krev_csrf() -> None:
    """Refuse a form that another site sent."""
    if not hmac.compare_digest(str(session.get(CSRF, "")), request.form.get(CSRF, "")) or CSRF not in session:
        abort(403, "The form is too old, or did not come from this page; open the page again.")


def lag_logg_inn(testpersoner: Sequence[Person]) -> Blueprint:
    """The sign-in of `dev`: choose a test person."""
    blaatrykk = Blueprint("innlogging", __name__)

    @blaatrykk.get("/logg-inn")
    def logg_inn() -> str:
        personer = [(nummer, ett.navn, ett.fnr[:SYNLIGE_SIFRE]) for nummer, ett in enumerate(testpersoner)]
        return render_template("logg_inn.html", personer=personer, csrf=csrf_token())

    @blaatrykk.post("/logg-inn")
    def velg() -> Response:
        krev_csrf()
        nummer = request.form.get("person", "")
        if not nummer.isdecimal() or int(nummer) >= len(testpersoner):
            abort(422, "There is no such test person; choose one of the list.")
        session.clear()
        session.permanent = True
        session[FNR] = testpersoner[int(nummer)].fnr
        return redirect(url_for("sider.min_side"), 303)

    @blaatrykk.post("/logg-ut")
    def logg_ut() -> Response:
        krev_csrf()
        session.clear()
        return redirect(url_for("innlogging.logg_inn"), 303)

    blaatrykk.after_request(vern)
    return blaatrykk
