"""The page of the mail catcher: what was caught, newest first, for whoever has the key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, Response, jsonify, make_response, render_template_string, request

if TYPE_CHECKING:
    from adapters.postkasse import FangetEpost

KAKE = "epostfanger"
VIS = 100
FLEST = 1000

# A mail may hold anything: no script, nothing fetched, and whatever it does stays in its frame.
CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HODER = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

SIDE = """<!doctype html>
<html lang="nb">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Fanget e-post ({{ antall }})</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }
article { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0; padding: 1rem; }
h2 { font-size: 1.1rem; margin: 0; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
iframe { border: 0; border-top: 1px solid #ccc; height: 12rem; margin-top: .5rem; width: 100%; }
</style>
</head>
<body>
<h1>Fanget e-post</h1>
<p>{{ antall }} e-poster fanget, {{ leveringer }} leveringer. Last siden på nytt for å se nye.</p>
{% for epost in eposter %}
<article>
<h2>{{ epost.emne }}</h2>
<p>Til {{ epost.til }}, <time datetime="{{ epost.mottatt.isoformat() }}">{{
  epost.mottatt.astimezone().strftime("%d.%m.%Y kl. %H.%M.%S") }}</time>{%
  if epost.leveringer > 1 %}, levert {{ epost.leveringer }} ganger{% endif %}</p>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy" title="Innholdet i «{{ epost.emne }}»"
  srcdoc="{{ '<base target="_blank">' ~ (epost.html or epost.tekst | e) }}"></iframe>
</article>
{% else %}
<p>Ingen e-post er fanget ennå.</p>
{% endfor %}
</body>
</html>
"""


class Fangst(Protocol):
    """What the page shows."""

    @property
    def leveringer(self) -> int: ...

    def nyeste(self, antall: int | None = None) -> Sequence[FangetEpost]: ...

    def __len__(self) -> int: ...


def lag_side(fangst: Fangst, noekkel: str) -> Flask:
    app = Flask("epostfanger", static_folder=None)
    # The cookie is not the key itself: cookies go to every port of 127.0.0.1.
    kakeverdi = hmac.digest(noekkel.encode(), KAKE.encode(), hashlib.sha256).hex()

    @app.before_request
    def krev_noekkel() -> Response | None:
        if _lik(request.cookies.get(KAKE, ""), kakeverdi) or _lik(request.args.get("noekkel", ""), noekkel):
            return None
        return Response("401: åpne siden med ?noekkel=<nøkkelen som står i terminalen>\n", 401, mimetype="text/plain")

    @app.after_request
    def sett_hoder(svar: Response) -> Response:
        svar.headers.update(HODER)
        if svar.status_code == 200 and "noekkel" in request.args:
            svar.set_cookie(KAKE, kakeverdi, httponly=True, samesite="Strict")
        return svar

    @app.get("/")
    def side() -> Response:
        return make_response(
            render_template_string(SIDE, eposter=fangst.nyeste(VIS), antall=len(fangst), leveringer=fangst.leveringer)
        )

    @app.get("/epost.json")
    def epost_json() -> Response:
        antall = min(max(request.args.get("antall", VIS, type=int), 1), FLEST)
        return jsonify(
            antall=len(fangst), leveringer=fangst.leveringer, epost=[_som_json(e) for e in fangst.nyeste(antall)]
        )

    return app


def _som_json(epost: FangetEpost) -> dict[str, Any]:
    return {
        "meldingsId": epost.meldings_id,
        "til": epost.til,
        "fra": epost.fra,
        "emne": epost.emne,
        "html": epost.html,
        "tekst": epost.tekst,
        "mottatt": epost.mottatt.isoformat(),
        "leveringer": epost.leveringer,
    }


def _lik(gitt: str, ventet: str) -> bool:
    return hmac.compare_digest(gitt.encode(errors="replace"), ventet.encode())
