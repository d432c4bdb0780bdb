"""Operations: whether the product works, what waits, and the clock of `dev`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as Svar

from gateway.domain.feil import IngenTilgang
from gateway.domain.helse import Forhold, antall_som_tekst, henger
from gateway.domain.hendelsesdata import les_json
from gateway.drift.feilsider import feilsider
from gateway.drift.hendelser import hendelsesruter
from gateway.drift.skjema import er_skjema, les_grunn, les_skjema
from gateway.drift.tilgang import krev_drift
from gateway.drift.visning import klokkeslett, varighet, vil_ha_side
from gateway.http.anrop import kjerne
from gateway.http.csrf import csrf_token
from gateway.http.korrelasjon import korrelasjonsid
from gateway.http.kropp import les_kropp
from gateway.http.problemer import problem
from gateway.kjerne import Kjerne
from gateway.klokke import FlyttbarKlokke, still_klokken
from gateway.reading.drift import Driftsbilde, driftsbilde, er_staaende
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Mengde
from gateway.runder.tilbake import gi_tilbake
from gateway.store.logg import Hvem
from gateway.vertskap.erklaering import Plugins


def drift(app: Flask, kjerne: Kjerne) -> None:
    """Open the door; `/drift` shows nobody's data."""
    del kjerne
    app.register_blueprint(_ruter())


def _ruter() -> Blueprint:
    blaatrykk = Blueprint("drift", __name__)

    hendelsesruter(blaatrykk)
    feilsider(blaatrykk)

    @blaatrykk.get("/drift")
    def side() -> Response | str:
        person = krev_drift()
        bilde = driftsbilde(kjerne())
        if vil_ha_side():
            return render_template("drift.html", csrf=csrf_token(person.hvem), **_som_side(bilde))
        return jsonify(_som_json(bilde))

    @blaatrykk.post("/drift/til-side/<runde>/paa-nytt")
    def paa_nytt(runde: str) -> Response | Svar:
        """Let a round try anew what it has set aside."""
        person = krev_drift()
        grunn = les_grunn(les_skjema(person.hvem))
        if runde not in RUNDER:
            return problem(404, "RundeFinnesIkke", f"No such round; there are: {', '.join(RUNDER)}.")
        hvem = Hvem(korrelasjonsid=korrelasjonsid(), applikasjon=person.hvem)
        antall = gi_tilbake(kjerne(), runde, hvem, grunn)
        if er_skjema():
            return redirect(url_for("drift.side"), 303)
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
                "venter": _mengde(ett.venter),
                "forfalt": _mengde(ett.forfalt),
                "proevesIgjen": _mengde(ett.proeves_igjen),
                "tilSide": _mengde(ett.til_side),
                "muligSekunder": ett.mulig_sekunder,
                "henger": henger(ett.mulig_sekunder),
                "kommerIkkeFram": er_staaende(ett),
            }
            for ett in bilde.etterslep
        ],
        "venter": [
            {
                "hva": ett.forhold,
                "antall": ett.antall,
                "eldsteSekunder": ett.eldste_sekunder,
                "runde": ett.runde,
                "produsent": ett.produsent,
                "plugin": ett.plugin,
                "kilde": ett.kilde,
                "type": ett.type,
                "kode": ett.kode,
            }
            for ett in bilde.ventende
        ],
        "varsler": [
            {
                "type": ett.type,
                "sendtSisteTime": ett.sendt_siste_time,
                "feiletSisteTime": ett.feilet_siste_time,
                "hosMottaker": {"antall": ett.hos_mottaker, "eldsteSekunder": ett.eldste_hos_mottaker_sekunder},
            }
            for ett in bilde.varsler
        ],
        "prosesser": [
            {
                "rolle": ett.rolle,
                "vert": ett.vert,
                "versjon": ett.versjon,
                "startet": ett.startet.isoformat(),
                "sistSett": ett.sist_sett.isoformat(),
            }
            for ett in bilde.prosesser
        ],
        "ulikePlugins": [ett.navn for ett in bilde.uenigheter],
        "utloeper": [{"hva": ett.navn, "dato": ett.dato.isoformat()} for ett in bilde.utloep],
        "runder": [{"navn": runde.navn, "mening": runde.mening} for runde in RUNDER.values()],
    }


def _mengde(mengde: Mengde) -> dict[str, Any]:
    return {"antall": mengde.antall, "eldsteSekunder": mengde.eldste_sekunder}


def _som_side(bilde: Driftsbilde) -> dict[str, Any]:
    return {
        "bilde": bilde,
        "plugins": _plugins(),
        "trenger_noen": lambda ett: henger(ett.mulig_sekunder) or er_staaende(ett) or ett.til_side.antall > 0,
        "kan_tas_opp": frozenset(ett.runde for ett in bilde.ventende if ett.forhold is Forhold.TIL_SIDE),
        "forhold": FORHOLD,
        "klokkeslett": klokkeslett,
        "varighet": varighet,
        "antall": antall_som_tekst,
    }


FORHOLD = {
    Forhold.TIL_SIDE: "Satt til side",
    Forhold.KARANTENE: "Hendelser i karantene",
    Forhold.PAA_VENT: "Hendelser på vent",
    Forhold.VARSLER_FEILET: "Varsler som har feilet",
    Forhold.VARSEL_UTEN_KANAL: "Varsler som ingen kanal kan sende",
    Forhold.ANNET_INNHOLD: "Hendelser som kom igjen med annet innhold",
    Forhold.VARSLER_PROEVES_IGJEN: "Varsler som prøves igjen",
}
