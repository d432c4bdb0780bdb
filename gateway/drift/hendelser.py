"""/drift/hendelser: the unfinished events of all producers, and what is decided about them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Svar

from gateway.domain.feil import HendelseFinnesIkke, IngenTilgang, Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.drift.skjema import er_skjema, les_grunn, les_skjema, les_tekst
from gateway.drift.tilgang import krev_drift
from gateway.drift.visning import klokkeslett, varighet, vil_ha_side
from gateway.http.anrop import kilder, kjerne
from gateway.http.csrf import csrf_token
from gateway.http.korrelasjon import korrelasjonsid
from gateway.inbox.driftsinngrep import UFERDIG, Hvorfor, Inngrep, Utfall, Utvalg, ta, ta_utvalg
from gateway.reading.driftshendelser import Uferdig, Uferdigside, innhold, uferdige

logger = logging.getLogger(__name__)

PAA_EN_SIDE = 50
FILTER = ("produsent", "kilde", "type", "kode")
TILSTANDER = {Hendelsestilstand.KARANTENE: "I karantene", Hendelsestilstand.PAA_VENT: "På vent"}


def hendelsesruter(blaatrykk: Blueprint) -> None:
    @blaatrykk.get("/drift/hendelser")
    def hendelser() -> Response | str:
        person = krev_drift()
        utvalg = _utvalg(request.args)
        side = uferdige(kjerne(), utvalg, antall=PAA_EN_SIDE, etter=request.args.get("etter") or None)
        if not vil_ha_side():
            return jsonify(elementer=[_som_json(ett, side) for ett in side.elementer], neste=side.neste)
        valgt = _valgt(utvalg)
        return render_template(
            "drift_hendelser.html",
            side=side,
            utvalg=utvalg,
            valgt=valgt,
            neste=side.neste and url_for("drift.hendelser", tilstand=utvalg.tilstand, etter=side.neste, **valgt),
            tilstander=TILSTANDER,
            filter=FILTER,
            kan_se_innhold=person.kan_se_innhold,
            csrf=csrf_token(person.hvem),
            klokkeslett=klokkeslett,
            alder=lambda ett: varighet((side.naa - ett.mottatt).total_seconds()),
            gjort=_gjort(),
        )

    @blaatrykk.get("/drift/hendelser/<uuid:hendelse_id>")
    def hendelse(hendelse_id: UUID) -> Response | str:
        """What the event says, for those who may see it; who looked is in the log."""
        person = krev_drift()
        if not person.kan_se_innhold:
            raise IngenTilgang("What producers sent is for those in DRIFT_INNHOLD_GRUPPER.")
        funnet = innhold(kjerne(), hendelse_id)
        logger.info("operations read an event", extra={"hvem": person.hvem, "hendelse": str(hendelse_id)})
        if vil_ha_side():
            return render_template("drift_hendelse.html", hendelse=funnet, klokkeslett=klokkeslett)
        return jsonify(id=str(hendelse_id), payload=funnet.raa, feilmelding=funnet.melding)

    @blaatrykk.post("/drift/hendelser/<inngrep>")
    def inngrep(inngrep: str) -> Response | Svar:
        """Try again or drop events: those of `id`, or with `alle` the oldest of a selection."""
        person = krev_drift()
        if inngrep not in list(Inngrep):
            raise NotFound
        sagt = les_skjema(person.hvem)
        hvorfor = Hvorfor(hvem=person.hvem, grunn=les_grunn(sagt), korrelasjonsid=korrelasjonsid())
        utvalg = _utvalg(sagt)
        if sagt.get("alle") in (True, "ja"):
            utfall = ta_utvalg(kjerne(), utvalg, Inngrep(inngrep), hvorfor, kilder().leser(kjerne().plugins))
        else:
            utfall = ta(kjerne(), _ider(sagt), Inngrep(inngrep), hvorfor, kilder().leser(kjerne().plugins))
        if er_skjema():
            return redirect(_tilbake(utvalg, utfall), 303)
        return jsonify(antall=utfall.antall, avvist=dict(utfall.avvist))


def _tilbake(utvalg: Utvalg, utfall: Utfall) -> str:
    avvist = sum(utfall.avvist.values())
    return url_for("drift.hendelser", tilstand=utvalg.tilstand, gjort=utfall.antall, avvist=avvist, **_valgt(utvalg))


def _valgt(utvalg: Utvalg) -> dict[str, Any]:
    """The filters that are set, for the address of a page."""
    return {navn: verdi for navn in FILTER if (verdi := getattr(utvalg, navn))}


def _gjort() -> tuple[int, int] | None:
    """What the form that led here did: (how many, how many that could not be)."""
    gjort = request.args.get("gjort", type=int)
    return None if gjort is None else (gjort, request.args.get("avvist", 0, type=int))


def _utvalg(sagt: Mapping[str, Any]) -> Utvalg:
    """Raises Valideringsfeil."""
    tilstand = les_tekst(sagt, "tilstand") or Hendelsestilstand.KARANTENE
    if tilstand not in list(UFERDIG):
        feil = f"must be {' or '.join(UFERDIG)}."
        raise Valideringsfeil(f"tilstand {feil}", felter={"query": {"tilstand": [feil]}})
    return Utvalg(tilstand=Hendelsestilstand(tilstand), **{navn: les_tekst(sagt, navn) for navn in FILTER})


def _ider(sagt: Mapping[str, Any]) -> list[UUID]:
    """Raises Valideringsfeil, HendelseFinnesIkke."""
    oppgitt = sagt.get("id")
    tekster = [oppgitt] if isinstance(oppgitt, str) else oppgitt
    if not isinstance(tekster, list) or not tekster:
        feil = "must be the id of an event, or several; or give alle, with a selection."
        raise Valideringsfeil(f"id {feil}", felter={"json": {"id": [feil]}})
    try:
        return [UUID(str(ett)) for ett in tekster]
    except ValueError:
        raise HendelseFinnesIkke("No such hendelse; check the id.") from None


def _som_json(ett: Uferdig, side: Uferdigside) -> dict[str, Any]:
    return {
        "id": str(ett.id),
        "produsent": ett.produsent,
        "kilde": ett.kilde,
        "type": ett.type,
        "tilstand": ett.tilstand,
        "kode": ett.kode,
        "alderSekunder": (side.naa - ett.mottatt).total_seconds(),
        "nesteForsoek": ett.neste_forsoek and ett.neste_forsoek.isoformat(),
        "forsoek": ett.forsoek,
        "plugin": ett.plugin,
        "korrelasjonsid": ett.korrelasjonsid,
    }
