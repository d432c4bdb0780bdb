"""Who reads the pages: in `prod` the person in the token that the login proxy passes on, in `dev` a test person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from gateway.http.anrop import bearer
from gateway.http.csrf import csrf_token, krev_csrf, signering
from gateway.http.tokens import HOEYT_NIVAA, Tokenkontroll, UgyldigToken
from gateway.oppsett.tokenoppsett import Rolle
from gateway.web.feilsider import feilsider

PERSON = "person"
SYNLIGE_SIFRE = 6


@dataclass(frozen=True, kw_only=True)
class Person:
    fnr: str = field(repr=False)
    navn: str | None = field(default=None, repr=False)

    @property
    def maskert_fnr(self) -> str:
        return f"{self.fnr[:SYNLIGE_SIFRE]} •••••"


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
        claims = self.tokens.claims(bearer(), Rolle.PERSON)
        if claims.get("acr") not in HOEYT_NIVAA or not isinstance(claims.get("pid"), str):
            raise UgyldigToken("The token names no person (pid) at a high level (acr).")
        return Person(fnr=claims["pid"])


@dataclass(frozen=True)
class Devinnlogging:
    """The test person of the session cookie; or of a token, as in `prod`."""

    testpersoner: Sequence[Person]
    token: Tokeninnlogging

    def person(self) -> Person | None:
        return _finn(self.testpersoner, session.get(PERSON, "")) or self.token.person()


def _finn(testpersoner: Sequence[Person], kjennemerke: str) -> Person | None:
    return next((ett for ett in testpersoner if signering(PERSON).verify_signature(ett.fnr, kjennemerke)), None)


def _kjennemerke(person: Person) -> str:
    """Stands for the person in form and cookie: a cookie is signed, not encrypted, so no fødselsnummer goes there."""
    return signering(PERSON).get_signature(person.fnr).decode()


def lag_logg_inn(testpersoner: Sequence[Person]) -> Blueprint:
    """The sign-in of `dev`: choose a test person."""
    blaatrykk = Blueprint("innlogging", __name__)
    feilsider(blaatrykk)

    @blaatrykk.get("/logg-inn")
    def logg_inn() -> str:
        personer = [(ett, _kjennemerke(ett)) for ett in testpersoner]
        return render_template("logg_inn.html", personer=personer, csrf=csrf_token())

    @blaatrykk.post("/logg-inn")
    def velg() -> Response:
        krev_csrf()
        person = _finn(testpersoner, request.form.get(PERSON, ""))
        if person is None:
            raise BadRequest("There is no such test person; choose one of the list.")
        session.clear()
        session.permanent = True
        session[PERSON] = _kjennemerke(person)
        return redirect(url_for("sider.min_side"), 303)

    @blaatrykk.post("/logg-ut")
    def logg_ut() -> Response:
        person = _finn(testpersoner, session.get(PERSON, ""))
        if person is not None:
            krev_csrf(person.fnr)
            session.clear()
        return redirect(url_for("innlogging.logg_inn"), 303)

    return blaatrykk
