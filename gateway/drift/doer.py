"""Operations: whether the process lives, whether the product works, what waits, and the clock of `dev`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.domain.feil import IngenTilgang
from gateway.domain.helse import Forhold, Helse, antall_som_tekst, henger
from gateway.domain.tid import oslo
from gateway.drift.maalinger import Etterslepsmaaler
from gateway.drift.tilgang import krev_drift
from gateway.http import maalinger
from gateway.http.anrop import kjerne
from gateway.http.kropp import les_kropp
from gateway.http.problemer import problem
from gateway.inbox.format import les_json
from gateway.kjerne import Kjerne
from gateway.klokke import FlyttbarKlokke, still_klokken
from gateway.reading.drift import Driftsbilde, driftsbilde
from gateway.runder.alle import RUNDER
from gateway.store.migrering import mangler
from gateway.store.til_side import gi_tilbake
from gateway.vertskap.erklaering import Plugins


def drift(app: Flask, kjerne: Kjerne) -> None:
    """Open the door; neither `/internal` nor `/drift` shows anybody's data."""
    maalinger.register(app).register(Etterslepsmaaler(kjerne))
    app.register_blueprint(_ruter())


def _ruter() -> Blueprint:
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
        bilde = driftsbilde(kjerne())
        roedt = [grunn.tekst for grunn in bilde.grunner if grunn.helse is Helse.ROED]
        return jsonify(status="degradert" if roedt else "klar", grunner=roedt)

    @blaatrykk.get("/internal/metrics")
    def metrics() -> Response:
        return Response(generate_latest(maalinger.register(current_app)), content_type=CONTENT_TYPE_LATEST)

    @blaatrykk.get("/drift")
    def side() -> Response | str:
        krev_drift()
        bilde = driftsbilde(kjerne())
        if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
            return render_template("drift.html", **_som_side(bilde))
        return jsonify(_som_json(bilde))

    @blaatrykk.post("/drift/til-side/<runde>/paa-nytt")
    def paa_nytt(runde: str) -> Response:
        """Let a round try anew what it has set aside."""
        krev_drift()
        if runde not in RUNDER:
            return problem(404, "RundeFinnesIkke", f"No such round; there are: {', '.join(RUNDER)}.")
        antall = gi_tilbake(kjerne().database, runde, lambda: kjerne().doerklokke.ring(runde))
        return jsonify(runde=runde, antall=antall)

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
        for runde in RUNDER:
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


def _plugins() -> list[dict[str, Any]]:
    plugins: Plugins = kjerne().plugins
    return [
        {"navn": ett.navn, "produsent": ett.produsent, "versjon": ett.versjon, "feil": None}
        for ett in plugins.lastet.values()
    ] + [
        {"navn": ett.sted.navn, "produsent": ett.sted.produsent, "versjon": None, "feil": ett.feil}
        for ett in plugins.oedelagte.values()
    ]


def _som_json(bilde: Driftsbilde) -> dict[str, Any]:
    return {
        "helse": bilde.helse,
        "grunner": [grunn.tekst for grunn in bilde.grunner],
        "naa": bilde.naa.isoformat(),
        "plugins": _plugins(),
        "etterslep": [
            {
                "hva": ett.hva,
                "mening": ett.mening,
                "antall": ett.antall,
                "eldsteSekunder": ett.eldste_sekunder,
                "henger": henger(ett.eldste_sekunder),
                "tilSide": ett.til_side,
            }
            for ett in bilde.etterslep
        ],
        "venter": [
            {
                "hva": ett.forhold,
                "antall": ett.antall,
                "runde": ett.runde,
                "produsent": ett.produsent,
                "plugin": ett.plugin,
                "kilde": ett.kilde,
                "type": ett.type,
                "kode": ett.kode,
            }
            for ett in bilde.ventende
        ],
        "runder": [{"navn": runde.navn, "mening": runde.mening} for runde in RUNDER.values()],
    }


def _som_side(bilde: Driftsbilde) -> dict[str, Any]:
    return {
        "helse": bilde.helse,
        "grunner": bilde.grunner,
        "naa": bilde.naa,
        "plugins": _plugins(),
        "etterslep": [(ett, henger(ett.eldste_sekunder)) for ett in bilde.etterslep],
        "ventende": bilde.ventende,
        "forhold": FORHOLD,
        "klokkeslett": _klokkeslett,
        "varighet": _varighet,
        "antall": antall_som_tekst,
    }


FORHOLD = {
    Forhold.TIL_SIDE: "Satt til side",
    Forhold.KARANTENE: "Hendelser i karantene",
    Forhold.PAA_VENT: "Hendelser på vent",
    Forhold.VARSLER_FEILET: "Varsler som har feilet",
    Forhold.ANNET_INNHOLD: "Hendelser som kom igjen med annet innhold",
    Forhold.VARSLER_PROEVES_IGJEN: "Varsler som prøves igjen",
}


def _klokkeslett(tidspunkt: dt.datetime) -> str:
    """In Oslo, as Norwegians write it."""
    return f"{oslo(tidspunkt):%d.%m.%Y kl. %H.%M.%S}"


def _varighet(sekunder: float | None) -> str:
    if sekunder is None:
        return "–"
    for enhet, lengde in (("døgn", 86_400), ("t", 3_600), ("min", 60)):
        if sekunder >= 2 * lengde:
            return f"{sekunder / lengde:.0f} {enhet}"
    return f"{sekunder:.0f} s"
