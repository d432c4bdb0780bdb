"""Forms that only our own pages can send: each carries a token of the session and the person."""

from __future__ import annotations

import hashlib
import secrets

from flask import current_app, request, session
from itsdangerous import Signer
from werkzeug.exceptions import Forbidden

FELT = "csrf"


class FremmedSkjema(Forbidden):
    """The form lacks the token of this session and person."""


def csrf_token(fnr: str = "") -> str:
    """The token to put in each form. A session cookie that somebody else planted gives no token for `fnr`."""
    return signering("csrf").get_signature(f"{session.setdefault(FELT, secrets.token_urlsafe(16))}{fnr}").decode()


def kontroller_csrf(fnr: str = "") -> None:
    """Refuse the request at hand unless its form came from our own page. Raises FremmedSkjema."""
    nonce = session.get(FELT)
    if nonce is None or not signering("csrf").verify_signature(f"{nonce}{fnr}", request.form.get(FELT, "")):
        raise FremmedSkjema


def signering(formaal: str) -> Signer:
    """Keyed signatures of one purpose, compared in constant time."""
    noekkel = current_app.secret_key
    if noekkel is None:
        raise RuntimeError("The application has no secret_key; set it before pages are served.")
    return Signer(noekkel, salt=f"gateway.web.{formaal}", key_derivation="hmac", digest_method=hashlib.sha256)
