"""Operations: whether the process lives, whether the product works, what waits, and the clock of `dev`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from gateway.api.kropp import les_kropp
from gateway.api.problemer import problem
from gateway.api.ramme import bearer, kjerne, tokenkontroll
from gateway.domain.feil import IngenTilgang
from gateway.inbox.format import les_json
from gateway.klokke import FlyttbarKlokke, still_klokken
from gateway.plugins import Plugins
from gateway.reading.drift import Etterslep, etterslep
from gateway.store.migrering import mangler


def lag_drift(register: CollectorRegistry) -> Blueprint:
    """`/internal` for the platform, `/drift` for people; neither shows anybody's data."""
    blaatrykk = Blueprint("drift", __name__)

    @blaatrykk.get("/internal/isalive")
    def isalive() -> Response:
        return jsonify(status="lever")

    @blaatrykk.get("/internal/isready")
    def isready() -> Response:
        mangler_ = mangler(kjerne().database)
        if mangler_:
            return problem(
                503,
                "Utilgjengelig",
                f"Migrations are missing: {', '.join(mangler_)}. Run gateway migrate.",
            )
        return jsonify(status="degradert" if (grunner := _grunner()) else "klar", grunner=grunner)

    @blaatrykk.get("/internal/metrics")
    def metrics() -> Response:
        return Response(generate_latest(register), content_type=CONTENT_TYPE_LATEST)

    @blaatrykk.get("/drift")
    def side() -> Response | str:
        _krev_drift()
        bilde = _bilde()
        if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
            return render_template("drift.html", **bilde)
        return jsonify(bilde)

    @blaatrykk.get("/drift/klokke")
    def klokke() -> Response:
        return _klokke(_dev_klokke())

    @blaatrykk.put("/drift/klokke")
    def still() -> Response:
        klokken = _dev_klokke()
        innhold = les_json(les_kropp())
        til = innhold.get("naa") if isinstance(innhold, dict) else None
        try:
            still_klokken(klokken, til if isinstance(til, str) else "")
        except (ValueError, OverflowError) as feil:
            return problem(422, "Valideringsfeil", f"naa: {feil}.", felter={"json": {"naa": [f"{feil}."]}})
        for runde in ("innboks", "varsler", "frister"):
            kjerne().doerklokke.ring(runde)
        return _klokke(klokken)

    return blaatrykk


def _klokke(klokken: FlyttbarKlokke) -> Response:
    return jsonify(naa=klokken.naa().isoformat().replace("+00:00", "Z"))


def _dev_klokke() -> FlyttbarKlokke:
    klokken = kjerne().klokke
    if not isinstance(klokken, FlyttbarKlokke):
        raise IngenTilgang("The clock can be moved in dev only.")
    return klokken


def _krev_drift() -> None:
    """In `dev` open to all, since it shows nobody's data; in `prod` for the applications that the settings name."""
    innstillinger = kjerne().innstillinger
    if innstillinger.dev:
        return
    if tokenkontroll().claims(bearer()).get("azp_name") not in innstillinger.drift_applikasjoner:
        raise IngenTilgang("The application is not among DRIFT_APPLIKASJONER.")


def _bilde() -> dict[str, Any]:
    plugins: Plugins = kjerne().plugins
    return {
        "grunner": _grunner(),
        "naa": kjerne().klokke.naa().isoformat(),
        "plugins": [
            {"navn": ett.navn, "produsent": ett.sted.produsent, "versjon": ett.sted.versjon, "feil": None}
            for ett in plugins.lastet.values()
        ]
        + [
            {"navn": ett.sted.navn, "produsent": ett.sted.produsent, "versjon": None, "feil": ett.feil}
            for ett in plugins.oedelagte.values()
        ],
        "etterslep": [_etterslep(ett) for ett in etterslep(kjerne())],
    }


def _etterslep(ett: Etterslep) -> dict[str, Any]:
    return {
        "hva": ett.hva,
        "mening": ett.mening,
        "antall": ett.antall,
        "eldsteSekunder": ett.eldste_sekunder,
        "henger": ett.henger,
    }


def _grunner() -> list[str]:
    """Why the product does not do all that it should, though it answers."""
    oedelagte = [f"plugin {ett.sted.navn} is broken" for ett in kjerne().plugins.oedelagte.values()]
    return oedelagte + [f"{ett.hva} is not being worked off" for ett in etterslep(kjerne()) if ett.henger]
