"""The raw body of a request, never larger than the limit, whether its length was told beforehand or not."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from gateway.plugin.formater import UkjentInnholdstype

IDENTITET = "identity"


def les_kropp(maks: int | None = None) -> bytes:
    """The body; `maks` bytes at most, where that is less than the limit of all.

    Raises RequestEntityTooLarge, UkjentInnholdstype. No more than the limit is ever read.
    """
    if request.headers.get("Content-Encoding", IDENTITET).strip().lower() not in ("", IDENTITET):
        raise UkjentInnholdstype("Send the body as it is: no Content-Encoding is read here.")
    kropp = request.get_data()
    # A body that is sent in chunks tells no length: werkzeug then stops at the limit, as if it were the end.
    if request.content_length is None and len(kropp) >= (request.max_content_length or 0) > 0:
        raise RequestEntityTooLarge
    if maks is not None and len(kropp) > maks:
        raise RequestEntityTooLarge(f"The body is larger than the {maks} bytes that are taken here.")
    return kropp
