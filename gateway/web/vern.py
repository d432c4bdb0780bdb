"""The headers that keep a page to itself."""

from __future__ import annotations

from flask import Response

# Nothing from anywhere else, and no script at all.
INNHOLDSVERN = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def vern(svar: Response) -> Response:
    """No content from elsewhere, no framing, no copy in a cache, no address told to others."""
    svar.headers["Content-Security-Policy"] = INNHOLDSVERN
    svar.headers["Cache-Control"] = "no-store"
    svar.headers["Referrer-Policy"] = "same-origin"
    svar.headers["X-Content-Type-Options"] = "nosniff"
    return svar
