"""Swagger UI, under a policy that lets in the one script of its page and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re

from flask import Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint

SWAGGER = "/swagger-ui"
SKRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# React sets styles on elements; what is drawn, and what is asked for, is our own.
INNHOLDSVERN = (
    "default-src 'none'; script-src 'self' {skript}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def registrer_swagger(app: Flask, dokument: str) -> None:
    """Serve Swagger UI for the OpenAPI document at the path `dokument`."""
    oppsett = {
        "app_name": "Produsentgateway",
        "validatorUrl": None,
        "persistAuthorization": True,
        # Else it is made of the Host header, and the page is another each time.
        "oauth2RedirectUrl": f"{SWAGGER}/oauth2-redirect.html",
    }
    blaatrykk = get_swaggerui_blueprint(SWAGGER, dokument, config=oppsett)

    @blaatrykk.after_request
    def _vern(svar: Response) -> Response:
        svar.headers["Content-Security-Policy"] = policy
        return svar

    app.register_blueprint(blaatrykk)
    # The page is the same each time, so its script is known beforehand, and no other runs in it.
    with app.test_request_context(f"{SWAGGER}/"):
        policy = INNHOLDSVERN.format(skript=_avtrykk(str(app.view_functions["swagger_ui.show"]())))


def _avtrykk(side: str) -> str:
    """The script that stands in the page, as a policy names it."""
    (skript,) = SKRIPT.findall(side)
    return f"'sha256-{base64.b64encode(hashlib.sha256(skript.encode()).digest()).decode()}'"
