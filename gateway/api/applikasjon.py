"""The Flask application: every way in over HTTP, put together."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flask import Flask, Request, Response
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_swagger_ui import get_swaggerui_blueprint
from prometheus_client import CollectorRegistry

from gateway.api import (
    beskjeder,
    endringer,
    hendelser,
    kalenderavtaler,
    korrelasjon,
    notifikasjoner,
    oppgaver,
    problemer,
    saker,
    varsler,
    webhooks,
    whoami,
)
from gateway.api.drift import lag_drift
from gateway.api.ramme import UTVIDELSE
from gateway.kilder import Kilder
from gateway.kjerne import Kjerne
from gateway.maalinger import Etterslepsmaaler
from gateway.maalinger import registrer as registrer_maalinger
from gateway.tokens import Tokenkontroll

ROT = str(Path(__file__).resolve().parent.parent)
SWAGGER = "/swagger-ui"
UTEN_OEKT = ("/api/", "/webhooks/", "/internal/")
DOKUMENT = "/openapi.json"
BESKRIVELSE = """\
Send beskjeder, oppgaver and saker to employers on Min side – arbeidsgiver.

Press **Authorize** and paste a token. In development `gateway token produsent <application>` prints one, such as
`gateway token produsent dev-gcp:fager:fager-demo`.

Creating the same thing twice is safe: the same content answers the existing id. Updates take an `Idempotency-Key`.
"""


class Json(DefaultJSONProvider):
    """Norwegian letters as they are, and fields in the order of the contract."""

    ensure_ascii = False
    sort_keys = False


class Sideoekt(SecureCookieSessionInterface):
    """Sessions are for the pages: nobody else's request is searched for a cookie, or answered with one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(UTEN_OEKT):
            return self.make_null_session(app)
        return super().open_session(app, request)


def lag_applikasjon(kjerne: Kjerne, *, tokens: Tokenkontroll, kilder: Kilder) -> Flask:
    """The application of one core. Its pages for employers are registered by the caller."""
    app = Flask("gateway", template_folder="web/templates", static_folder="web/static", root_path=ROT)
    app.secret_key = kjerne.hemmelig_noekkel
    app.config.update(
        MAX_CONTENT_LENGTH=kjerne.innstillinger.maks_kropp,
        API_TITLE="Produsentgateway",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH=DOKUMENT.removeprefix("/"),
        API_SPEC_OPTIONS={
            "info": {"description": BESKRIVELSE},
            "security": [{"token": []}],
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
        },
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=12),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not kjerne.innstillinger.dev,
    )
    app.session_interface = Sideoekt()
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect is no answer of the contract
    app.json = Json(app)
    app.extensions[UTVIDELSE] = kjerne
    app.extensions[f"{UTVIDELSE}.tokens"] = tokens
    app.extensions[f"{UTVIDELSE}.kilder"] = kilder
    register = CollectorRegistry()
    register.register(Etterslepsmaaler(kjerne))
    korrelasjon.registrer(app)
    registrer_maalinger(app, register)
    api = problemer.GatewayApi(app)
    problemer.registrer(app)
    for ressurs in (
        whoami.ressurs,
        saker.ressurs,
        beskjeder.ressurs,
        oppgaver.ressurs,
        kalenderavtaler.ressurs,
        notifikasjoner.ressurs,
        varsler.ressurs,
        endringer.ressurs,
        hendelser.ressurs,
        hendelser.typeressurs,
        webhooks.ressurs,
    ):
        api.register_blueprint(ressurs)
    app.register_blueprint(lag_drift(register))
    app.register_blueprint(
        get_swaggerui_blueprint(
            SWAGGER,
            DOKUMENT,
            config={"app_name": "Produsentgateway", "validatorUrl": None, "persistAuthorization": True},
        )
    )

    @app.after_request
    def _vern(svar: Response) -> Response:
        svar.headers.setdefault("X-Content-Type-Options", "nosniff")
        svar.headers.setdefault("Referrer-Policy", "same-origin")
        return svar

    return app
