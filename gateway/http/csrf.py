"""Forms and links that only our own pages can make: each carries a token of the session and the person."""

from __future__ import annotations

import hashlib
import secrets

from flask import current_app, request, session
from itsdangerous import Signer
from werkzeug.exceptions import Forbidden

FELT = "csrf"


class FremmedSkjema(Forbidden):
    """The form or link lacks the token of this session and person."""


def csrf_token(*gjelder: str) -> str:
    """The token of what `gjelder` names: the person, and for a link the object too, since an address may be seen.

    A session cookie that somebody else planted in the browser gives no token for the person.
    """
    return signering(FELT).get_signature(_tekst(session.setdefault(FELT, secrets.token_urlsafe(16)), gjelder)).decode()


def krev_csrf(*gjelder: str) -> None:
    """Refuse a request that did not come from our own page. Raises FremmedSkjema."""
    nonce = session.get(FELT)
    token = request.values.get(FELT, "")
    if nonce is None or not signering(FELT).verify_signature(_tekst(nonce, gjelder), token):
        raise FremmedSkjema


def signering(formaal: str) -> Signer:
    """Keyed signatures of one purpose, compared in constant time."""
    noekkel = current_app.secret_key
    if noekkel is None:
        raise RuntimeError("The application has no secret_key; set it before pages are served.")
    return Signer(noekkel, salt=f"gateway.web.{formaal}", key_derivation="hmac", digest_method=hashlib.sha256)


def _tekst(nonce: str, gjelder: tuple[str, ...]) -> str:
    return "|".join((nonce, *gjelder))
