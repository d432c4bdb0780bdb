"""/drift/hendelser: the events of all producers, and what is decided about those that are not finished."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Svar

from gateway.domain.feil import HendelseFinnesIkke, IngenTilgang, Valideringsfeil
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand
from gateway.domain.tid import les_tidspunkt
from gateway.drift.skjema import er_skjema, les_grunn, les_skjema, les_tekst
from gateway.drift.tilgang import Driftsperson, krev_drift
from gateway.drift.utsikt import utsikt_som_json
from gateway.drift.visning import klokkeslett, varighet, vil_ha_side
from gateway.http.anrop import kilder, kjerne, proevested
from gateway.http.csrf import csrf_token
from gateway.http.korrelasjon import korrelasjonsid
from gateway.inbox.driftsinngrep import Hvorfor, Inngrep, Utfall, neste_bunke, ta, ta_utvalg
from gateway.inbox.gjenspilling import HOEYST as PROEVES_OM_GANGEN
from gateway.inbox.gjenspilling import proev
from gateway.inbox.utvalg import Antall, Utvalg
from gateway.reading.cursor import les_cursor
from gateway.reading.driftshendelser import Driftshendelse, Driftsside, driftshendelser, innhold

logger = logging.getLogger(__name__)

PAA_EN_SIDE = 50
FILTER = ("produsent", "kilde", "type", "kode", "klasse", "plugin", "eksternId", "merke", "tekst")
TIDER = ("fra", "til")
ALLE = "ALLE"
TILSTANDER = {
    Hendelsestilstand.KARANTENE: "I karantene",
    Hendelsestilstand.PAA_VENT: "På vent",
    Hendelsestilstand.MOTTATT: "Mottatt, ikke prøvd",
    Hendelsestilstand.BEHANDLET: "Behandlet",
    Hendelsestilstand.FORKASTET: "Forkastet",
    ALLE: "Alle",
}
MERKE = re.compile(r"[0-9a-f]{4,16}")


def hendelsesruter(blaatrykk: Blueprint) -> None:
    @blaatrykk.get("/drift/hendelser")
    def hendelser() -> Response | str:
        person = krev_drift()
        utvalg = _utvalg(request.args, person)
        side = driftshendelser(kjerne(), utvalg, antall=PAA_EN_SIDE, etter=request.args.get("etter") or None)
        if not vil_ha_side():
            elementer = [_som_json(ett, side) for ett in side.elementer]
            return jsonify(elementer=elementer, neste=side.neste, antall=_antall(side.i_alt))
        valgt = _valgt(request.args)
        return render_template(
            "drift_hendelser.html",
            side=side,
            i_alt=_i_ord(side.i_alt),
            valgt=valgt,
            tilstand=_tilstand(request.args),
            neste=side.neste and url_for("drift.hendelser", etter=side.neste, **valgt),
            tilstander=TILSTANDER,
            klasser=list(Feilklasse),
            filter=[navn for navn in FILTER if navn not in ("klasse", *(() if person.kan_se_innhold else ("tekst",)))],
            tider=TIDER,
            kan_se_innhold=person.kan_se_innhold,
            csrf=csrf_token(person.hvem),
            klokkeslett=klokkeslett,
            alder=lambda ett: varighet((side.naa - ett.mottatt).total_seconds()),
            gjort=_gjort(),
            fortsett=request.args.get("fortsett") or None,
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
            return render_template(
                "drift_hendelse.html",
                innhold=funnet,
                hendelse=funnet.hendelse,
                kommandoer=_linjer(funnet.kommandoer),
                utfall=_linjer(funnet.utfall),
                klokkeslett=klokkeslett,
            )
        return jsonify(
            id=str(hendelse_id),
            payload=funnet.raa,
            feilmelding=funnet.melding,
            kommandoer=funnet.kommandoer,
            utfall=funnet.utfall,
        )

    @blaatrykk.post("/drift/hendelser/<inngrep>")
    def inngrep(inngrep: str) -> Response | Svar | str:
        """Try again or drop events: those of `id`, or with `alle` the next of a selection, from `etter` on.

        With `proev` nothing is done, and what would come of it is told.
        """
        person = krev_drift()
        if inngrep not in list(Inngrep):
            raise NotFound
        sagt = les_skjema(person.hvem)
        if sagt.get("proev") in (True, "ja"):
            return _proevet(Inngrep(inngrep), sagt, person)
        hvorfor = Hvorfor(hvem=person.hvem, grunn=les_grunn(sagt), korrelasjonsid=korrelasjonsid())
        utvalg = _utvalg(sagt, person)
        if sagt.get("alle") in (True, "ja"):
            les = kilder().leser(kjerne().plugins)
            utfall = ta_utvalg(kjerne(), utvalg, Inngrep(inngrep), hvorfor, les, etter=_etter(sagt))
        else:
            utfall = ta(kjerne(), _ider(sagt), Inngrep(inngrep), hvorfor, kilder().leser(kjerne().plugins))
        if er_skjema():
            return redirect(_tilbake(sagt, utfall), 303)
        return jsonify(
            antall=utfall.antall,
            avvist=dict(utfall.avvist),
            neste=utfall.neste and utfall.neste.hex,
            igjen=_antall(utfall.igjen),
        )


def _proevet(inngrep: Inngrep, sagt: Mapping[str, Any], person: Driftsperson) -> Response | str:
    """What would come of it; what events say only to those who may see it, who are in the log then."""
    neste = None
    if sagt.get("alle") in (True, "ja"):
        with kjerne().database.tilkobling():
            bunke = neste_bunke(kjerne(), _utvalg(sagt, person), _etter(sagt), PROEVES_OM_GANGEN)
        ider, neste = bunke.ider, bunke.neste
    else:
        ider = _ider(sagt)[:PROEVES_OM_GANGEN]
    utsikter = proev(kjerne(), proevested(), inngrep, ider, kilder().leser(kjerne().plugins))
    if person.kan_se_innhold:
        logger.info("operations tried out events", extra={"hvem": person.hvem, "antall": len(utsikter)})
    elementer = [utsikt_som_json(ett, med_innhold=person.kan_se_innhold) for ett in utsikter]
    if not er_skjema():
        return jsonify(elementer=elementer, neste=neste and neste.hex)
    return render_template("drift_proevet.html", elementer=elementer, inngrep=inngrep, tilbake=_valgt(sagt))


def _etter(sagt: Mapping[str, Any]) -> UUID | None:
    """Raises Valideringsfeil."""
    oppgitt = les_tekst(sagt, "etter")
    return les_cursor(oppgitt) if oppgitt else None


def _tilbake(sagt: Mapping[str, Any], utfall: Utfall) -> str:
    return url_for(
        "drift.hendelser",
        gjort=utfall.antall,
        avvist=sum(utfall.avvist.values()),
        igjen=_i_ord(utfall.igjen),
        fortsett=utfall.neste and utfall.neste.hex,
        **_valgt(sagt),
    )


def _valgt(sagt: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen, for the address of a page."""
    return {navn: verdi for navn in ("tilstand", *FILTER, *TIDER) if (verdi := les_tekst(sagt, navn))}


def _gjort() -> tuple[int, int, str] | None:
    """What the form that led here did: how many, how many that could not be, and how many are left."""
    gjort = request.args.get("gjort", type=int)
    return None if gjort is None else (gjort, request.args.get("avvist", 0, type=int), request.args.get("igjen", ""))


def _antall(ett: Antall) -> dict[str, Any]:
    return {"antall": ett.antall, "minst": ett.minst}


def _i_ord(ett: Antall) -> str:
    return f"minst {ett.antall}" if ett.minst else str(ett.antall)


def _linjer(ting: Sequence[Mapping[str, Any]] | None) -> str:
    """For a reader's eye."""
    return "\n".join(json.dumps(ett, ensure_ascii=False, indent=2) for ett in ting or ())


def _tilstand(sagt: Mapping[str, Any]) -> str:
    """Raises Valideringsfeil."""
    tilstand = les_tekst(sagt, "tilstand") or Hendelsestilstand.KARANTENE
    if tilstand not in TILSTANDER:
        raise _ugyldig("tilstand", f"must be {', '.join(TILSTANDER)}.")
    return tilstand


def _utvalg(sagt: Mapping[str, Any], person: Driftsperson) -> Utvalg:
    """Raises Valideringsfeil; IngenTilgang for who asks for a text that they may not read."""
    tilstand = _tilstand(sagt)
    valgt: dict[str, Any] = {navn: les_tekst(sagt, navn) for navn in FILTER}
    if valgt["tekst"] and not person.kan_se_innhold:
        raise IngenTilgang("What went wrong, in words, may repeat what producers sent: DRIFT_INNHOLD_GRUPPER.")
    klasse = valgt.pop("klasse")
    if klasse and klasse not in list(Feilklasse):
        raise _ugyldig("klasse", f"must be {', '.join(Feilklasse)}.")
    if valgt["merke"] and not MERKE.fullmatch(valgt["merke"]):
        raise _ugyldig("merke", "must be 4 to 16 of 0-9 and a-f, as a list shows it.")
    return Utvalg(
        tilstander=tuple(Hendelsestilstand) if tilstand == ALLE else (Hendelsestilstand(tilstand),),
        klasse=klasse and Feilklasse(klasse),
        ekstern_id=valgt.pop("eksternId"),
        fra=_tid(sagt, "fra"),
        til=_tid(sagt, "til"),
        **valgt,
    )


def _tid(sagt: Mapping[str, Any], navn: str) -> dt.datetime | None:
    """Raises Valideringsfeil."""
    tekst = les_tekst(sagt, navn)
    try:
        return les_tidspunkt(tekst) if tekst else None
    except ValueError:
        raise _ugyldig(navn, "must be a time such as 2026-11-02T08:00, in Oslo, or with an offset.") from None


def _ugyldig(navn: str, feil: str) -> Valideringsfeil:
    return Valideringsfeil(f"{navn} {feil}", felter={"query": {navn: [feil]}})


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


def _som_json(ett: Driftshendelse, side: Driftsside) -> dict[str, Any]:
    return {
        "id": str(ett.id),
        "produsent": ett.produsent,
        "kilde": ett.kilde,
        "type": ett.type,
        "tilstand": ett.tilstand,
        "kode": ett.kode,
        "klasse": ett.klasse,
        "alderSekunder": (side.naa - ett.mottatt).total_seconds(),
        "nesteForsoek": ett.neste_forsoek and ett.neste_forsoek.isoformat(),
        "ventTil": ett.vent_til and ett.vent_til.isoformat(),
        "forsoek": ett.forsoek,
        "plugin": ett.plugin,
        "korrelasjonsid": ett.korrelasjonsid,
        "merke": ett.merke,
        "merknader": dict(ett.merknader),
    }
