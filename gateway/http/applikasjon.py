"""The Flask application: what every door stands in, before any is opened."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Request, Response
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from gateway.http import anrop, korrelasjon, maalinger, problemer
from gateway.http.tokens import Tokenkontroll
from gateway.http.vern import vern
from gateway.inbox.proevested import Proevested
from gateway.kjerne import Kjerne
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.vertskap.oversetter import Oversetter

ROT = str(Path(__file__).resolve().parent.parent)
UTEN_OEKT = ("/api/", "/webhooks/", "/internal/")

F = TypeVar("F", bound=Callable[..., Any])

# A way in over HTTP: registers its routes, and what they need, on the application.
Doer = Callable[[Flask, Kjerne], None]


class Json(DefaultJSONProvider):
    """Norwegian letters as they are, and fields in the order of the contract."""

    ensure_ascii = False
    sort_keys = False
    # Made once, and not for every answer.
    _koder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=DefaultJSONProvider.default)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        innhold = self._koder.encode(self._prepare_response_obj(args, kwargs))
        return Response(f"{innhold}\n", mimetype=self.mimetype)


class Sideoekt(SecureCookieSessionInterface):
    """Sessions are for the pages: nobody else's request is searched for a cookie, or answered with one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(UTEN_OEKT):
            return self.make_null_session(app)
        return super().open_session(app, request)


class Applikasjon(Flask):
    """Nothing here is a coroutine, and Flask looks at every function of every request to see whether it is."""

    def ensure_sync(self, func: F) -> F:
        return func


def lag_applikasjon(
    kjerne: Kjerne, *, tokens: Tokenkontroll, doerer: Iterable[Doer], proevested: Proevested | None = None
) -> Flask:
    """The application of one core, with these doors; `proevested` is where events are tried for those who ask."""
    app = Applikasjon("gateway", template_folder="web/templates", static_folder="web/static", root_path=ROT)
    app.secret_key = kjerne.noekkelring.gjeldende
    app.config.update(
        SECRET_KEY_FALLBACKS=list(kjerne.noekkelring.oektnoekler),
        MAX_CONTENT_LENGTH=kjerne.innstillinger.maks_kropp,
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=12),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not kjerne.innstillinger.dev,
    )
    app.session_interface = Sideoekt()
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect is no answer of the contract
    app.json = Json(app)
    anrop.betjen(app, kjerne, tokens, proevested or _eget_proevested(kjerne))
    korrelasjon.registrer(app)
    maalinger.registrer(app)
    for aapne in doerer:
        aapne(app, kjerne)
    problemer.registrer(app)
    app.after_request(vern(dev=kjerne.innstillinger.dev))
    return app


def _eget_proevested(kjerne: Kjerne) -> Proevested:
    hemmelighet = Produsentnoekler(kjerne.database, kjerne.noekkelring)
    return Proevested(partial(Oversetter, sekunder=kjerne.innstillinger.oversett_sekunder, hemmelighet=hemmelighet))
